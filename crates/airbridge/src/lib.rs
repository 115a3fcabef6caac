//! The program `airbridge`: arguments, commands, questions and output.
//!
//! | to change | look at |
//! | --- | --- |
//! | a command or an option | `cli`, and `usage` for errors in arguments |
//! | endpoints, their keys, `airbridge.toml` and rules | the crate `airbridge-endpoints` |
//! | what a command does | `command`, one file each |
//! | what people and machines see | `output` |
//! | exit codes and failures | `failure` |

mod cli;
mod command;
mod confirm;
mod failure;
mod hardening;
mod interrupt;
mod logging;
mod output;
mod passphrase;
mod usage;

use std::process::ExitCode;

use cli::Colour;
use failure::{Exit, Failure};
use output::Screen;
use usage::Parsed;

/// Runs the program with the arguments of this process.
pub fn run() -> ExitCode {
    hardening::quiet_panics();
    let cli = match usage::read(std::env::args_os()) {
        Parsed::Run(cli) => *cli,
        Parsed::Text(text) => {
            let printed = Screen::bare(cli::Format::Human).result(&text);
            return exit(if printed.is_ok() { Exit::Done } else { Exit::Failed });
        }
        Parsed::Error(failure, format) => {
            Screen::bare(format).fail("airbridge.error/1", &failure);
            return exit(failure.exit);
        }
    };
    let colour = match cli.output.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none()
        }
    };
    logging::start(cli.output.verbose, cli.output.quiet, colour);
    hardening::harden();
    let env = airbridge_endpoints::ProcessEnvironment::capture();
    let format = cli.output.output;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::failed("system", format!("cannot start threads: {}", error.kind()));
            Screen::bare(format).fail("airbridge.error/1", &failure);
            return exit(failure.exit);
        }
    };
    let code = runtime.block_on(command::run(cli, env));
    // A question without an answer must not keep the program running.
    runtime.shutdown_background();
    exit(code)
}

fn exit(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
