//! Parses the arguments, and turns clap's errors into failures.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use airbridge_endpoints::STDIO;

use crate::cli::{Cli, Colour, Format};
use crate::failure::{Failure, nearest};
use crate::output::choose_colour;

/// The result of parsing the arguments.
#[derive(Debug)]
pub(crate) enum Parsed {
    /// A command.
    Run(Box<Cli>),
    /// `--help` or `--version`: what to print on standard output.
    Text(String),
    /// The arguments are not valid. The failure is printed in this format.
    Error(Failure, Format),
}

/// Parses the arguments; the first one is the name of the program.
pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Parsed {
    // clap would parse `-?format=…` as an option.
    let args: Vec<OsString> = args
        .into_iter()
        .map(|arg| match arg.to_str().and_then(|text| text.strip_prefix("-?")) {
            Some(keys) => OsString::from(format!("{STDIO}?{keys}")),
            None => arg,
        })
        .collect();
    let (format, colour) = glance(&args);
    choose_colour(colour);
    let command = Cli::command().color(clap::ColorChoice::Always);
    let parsed = command.try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => Parsed::Run(Box::new(cli)),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Parsed::Text(error.render().ansi().to_string())
        }
        Err(error) => Parsed::Error(failure(&error), format),
    }
}

/// Finds the output format and the colours without parsing the rest: failures need them, too.
fn glance(args: &[OsString]) -> (Format, Colour) {
    let words: Vec<&str> =
        args.iter().filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--").collect();
    let value = |long: &str, short: Option<&str>| {
        words.iter().enumerate().find_map(|(index, arg)| {
            if *arg == long || Some(*arg) == short {
                return words.get(index + 1).copied();
            }
            let joined = arg.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
            joined.or_else(|| {
                short
                    .and_then(|short| arg.strip_prefix(short))
                    .map(|rest| rest.strip_prefix('=').unwrap_or(rest))
            })
        })
    };
    let format = if value("--output", Some("-o")) == Some("json") { Format::Json } else { Format::Human };
    let colour = match value("--color", None) {
        Some("always") => Colour::Always,
        Some("never") => Colour::Never,
        _ => Colour::Auto,
    };
    (format, colour)
}

fn failure(error: &clap::Error) -> Failure {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            let known = commands();
            let near = nearest(&word, known.iter().map(String::as_str));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Failure::usage(format!("unknown command `{word}`"))
                .hint(format!("{near}commands: {}", known.join(", ")))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Failure::usage("no command given").hint(format!("commands: {}", commands().join(", ")))
        }
        ErrorKind::UnknownArgument
            if context(ContextKind::InvalidArg)
                .is_some_and(|arg| arg == "--to" || arg.starts_with("--to=")) =>
        {
            Failure::usage("--to sets keys of the second endpoint, and this command has one endpoint")
                .hint("use --from key=value")
        }
        _ => in_clap_words(error),
    }
}

/// The first paragraph of clap's message becomes the message, its tips become the hint.
fn in_clap_words(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut message = Vec::new();
    let mut hints = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(tip) = line.strip_prefix("tip: ") {
            hints.push(tip.to_owned());
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("usage: {usage}"));
        } else if line.starts_with("For more information") {
            // The hint is enough.
        } else {
            message.push(line.strip_prefix("error: ").unwrap_or(line).to_owned());
        }
    }
    let failure = Failure::usage(message.join(" "));
    if hints.is_empty() { failure } else { failure.hint(hints.join("; ")) }
}

fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Parsed, read};
    use crate::cli::{Command, Format};

    fn asked(args: &[&str]) -> Parsed {
        read(["airbridge"].iter().chain(args).map(Into::into))
    }

    fn wrong(args: &[&str]) -> (&'static str, String, Format) {
        match asked(args) {
            Parsed::Error(failure, format) => {
                (failure.code, format!("{}; {}", failure.message, failure.hint.unwrap_or_default()), format)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn standard_output_is_parsed_with_keys() {
        let Parsed::Run(cli) = asked(&["copy", "env:", "-?format=dotenv", "-n"]) else { panic!() };
        let Command::Copy(copy) = cli.command else { panic!() };
        assert_eq!(copy.pair.target, "stdio:?format=dotenv");
    }

    #[test]
    fn unknown_command_gets_the_nearest_as_hint() {
        let (code, text, _) = wrong(&["cpoy", "a", "b"]);
        assert_eq!(code, "usage");
        assert!(text.contains("did you mean `copy`?"), "{text}");
    }

    #[test]
    fn keys_of_a_second_endpoint_are_rejected_where_there_is_one() {
        for args in [&["list", "a", "--to", "k=v"][..], &["show", "a", "conn:x", "--to=k=v"]] {
            let (_, text, _) = wrong(args);
            assert!(text.contains("use --from key=value"), "{text}");
        }
    }

    #[test]
    fn failure_keeps_the_output_format() {
        for args in [&["list", "-o", "json"][..], &["--output=json", "list"], &["-ojson", "nonsense"]] {
            assert_eq!(wrong(args).2, Format::Json, "{args:?}");
        }
        assert_eq!(wrong(&["list"]).2, Format::Human);
    }
}
