//! The commands, one file each. `transfer` is what plan, copy, export and import share.

mod apply;
mod bundles;
mod caution;
mod check;
mod compare;
mod doctor;
mod endpoints;
mod export;
mod import;
mod list;
mod ours;
mod output_path;
mod outputs;
mod page;
mod policy;
mod probe;
mod recording;
mod report;
mod runs;
mod saved;
mod saving;
mod scripts;
mod session;
mod setup;
mod show;
mod transfer;
mod undo;

use airbridge_endpoints::ProcessEnvironment;

use crate::cli::{Cli, Command};
use crate::failure::{Exit, Outcome};
use crate::output::Screen;
use setup::Setup;

/// Runs a command to its exit. Failures have been printed by then.
pub(crate) async fn run(cli: Cli, env: ProcessEnvironment) -> Exit {
    let Cli { command, output } = cli;
    let setup = Setup { output, env };
    match command {
        Command::Plan(args) => Box::pin(transfer::run(&setup, transfer::job::plan(args))).await,
        Command::Copy(args) => Box::pin(transfer::run(&setup, transfer::job::copy(args))).await,
        Command::Export(args) => Box::pin(transfer::run(&setup, export::job(args))).await,
        Command::Import(args) => Box::pin(transfer::run(&setup, import::job(args))).await,
        Command::Apply(args) => Box::pin(apply::run(setup, *args)).await,
        Command::List(args) => {
            let screen = setup.screen();
            end(&screen, "airbridge.list/1", list::run(&setup, &screen, args).await)
        }
        Command::Show(args) => {
            let screen = setup.screen();
            end(&screen, "airbridge.show/1", show::run(&setup, &screen, args).await)
        }
        Command::Diff(args) => {
            let screen = setup.screen();
            end(&screen, "airbridge.diff/1", compare::run(&setup, &screen, args).await)
        }
        Command::Check(args) => {
            let screen = setup.screen();
            end(&screen, check::SCHEMA, check::run(&setup, &screen, *args).await)
        }
        Command::Probe(args) => {
            let screen = setup.screen();
            end(&screen, "airbridge.error/1", probe::run(&setup, &screen, args).await)
        }
        Command::Doctor(args) => {
            let screen = setup.screen();
            end(&screen, "airbridge.doctor/1", doctor::run(&setup, &screen, args).await)
        }
        Command::Runs { run } => {
            let screen = setup.screen();
            end(&screen, runs::schema(run.as_deref()), runs::run(&setup, &screen, run.as_deref()))
        }
        Command::Undo(args) => {
            let screen = setup.screen();
            let schema = if args.dry_run { "airbridge.plan/1" } else { "airbridge.report/1" };
            end(&screen, schema, undo::run(&setup, &screen, *args).await)
        }
        Command::Policy(args) => {
            let screen = setup.screen();
            end(&screen, policy::SCHEMA, policy::run(&setup, &screen, *args).await)
        }
        Command::Endpoints { scheme } => {
            let screen = setup.screen();
            end(&screen, "airbridge.endpoints/1", endpoints::run(&screen, scheme.as_deref()))
        }
        Command::Completions { shell } => {
            let screen = setup.screen();
            end(&screen, "airbridge.error/1", scripts::completions(&screen, shell))
        }
        Command::Man => {
            let screen = setup.screen();
            end(&screen, "airbridge.error/1", scripts::man(&screen))
        }
    }
}

/// Prints the failure of a command that only reads and prints; `schema` is that of its document.
fn end(screen: &Screen, schema: &str, outcome: Outcome<Exit>) -> Exit {
    outcome.unwrap_or_else(|failure| {
        screen.fail(schema, &failure);
        failure.exit
    })
}
