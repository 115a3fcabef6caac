//! The commands, one file each; `transfer` is what plan, copy, export and import share.

mod compare;
mod export;
mod import;
mod list;
mod report;
mod scripts;
mod session;
mod show;
mod transfer;

use crate::cli::{Cli, Command};
use crate::endpoint::environment::ProcessEnvironment;
use crate::failure::{Exit, Outcome};
use crate::interrupt::Signals;
use crate::output::Screen;
use session::Session;

/// Runs a command to its exit. Whatever fails has been said by then.
pub(crate) async fn run(cli: Cli, env: ProcessEnvironment) -> Exit {
    let Cli { command, output } = cli;
    let screen = Screen::new(&output);
    let session = |screen: &Screen| Session::new(screen.clone(), &output, &env, Signals::listen());
    let schema = schema(&command);
    let outcome: Outcome<Exit> = match command {
        Command::List(args) => match session(&screen) {
            Ok(session) => list::run(session, args).await,
            Err(failure) => Err(failure),
        },
        Command::Show(args) => match session(&screen) {
            Ok(session) => show::run(session, args).await,
            Err(failure) => Err(failure),
        },
        Command::Diff(args) => match session(&screen) {
            Ok(session) => compare::run(session, args).await,
            Err(failure) => Err(failure),
        },
        // These say their failures themselves: they may have a report to write.
        Command::Plan(args) => return transfer::run(session(&screen), &screen, transfer::plan(args)).await,
        Command::Copy(args) => return transfer::run(session(&screen), &screen, transfer::copy(args)).await,
        Command::Export(args) => return transfer::run(session(&screen), &screen, export::job(args)).await,
        Command::Import(args) => return transfer::run(session(&screen), &screen, import::job(args)).await,
        Command::Completions { shell } => scripts::completions(&screen, shell),
        Command::Man => scripts::man(&screen),
    };
    outcome.unwrap_or_else(|failure| {
        screen.fail(schema, &failure);
        failure.exit
    })
}

/// The document that a command prints.
fn schema(command: &Command) -> &'static str {
    match command {
        Command::List(_) => "airbridge.list/1",
        Command::Show(_) => "airbridge.show/1",
        Command::Plan(_) => "airbridge.plan/1",
        Command::Diff(_) => "airbridge.diff/1",
        Command::Copy(_) | Command::Export(_) | Command::Import(_) => "airbridge.report/1",
        Command::Completions { .. } | Command::Man => "airbridge.error/1",
    }
}
