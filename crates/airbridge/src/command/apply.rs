//! `apply`: executes a saved plan, if both sides are still as they were.

use airbridge_endpoints::Access;

use super::saved::{Asked, SavedPlan};
use super::setup::Setup;
use super::transfer;
use super::transfer::job::{EndpointText, Job, Mode};
use super::undo::enter;
use crate::cli::{ApplyArgs, CautionOptions, CopyOptions, OutputOptions, SelectOptions, absolute};
use crate::failure::{Exit, Outcome};
use crate::output::Screen;
use crate::output::saved_plan;

/// Runs the command to its exit. Failures have been printed by then.
pub(super) async fn run(setup: Setup, args: ApplyArgs) -> Exit {
    let screen = setup.screen();
    let loaded = SavedPlan::load(&args.plan);
    let outcome = loaded.and_then(|saved| {
        if args.write.dry_run {
            shown(&screen, &saved).map(Err)
        } else {
            started(&setup, args, saved).map(Ok)
        }
    });
    match outcome {
        Ok(Ok((setup, job))) => Box::pin(transfer::run(&setup, job)).await,
        Ok(Err(exit)) => exit,
        Err(failure) => {
            screen.fail("airbridge.report/1", &failure);
            failure.exit
        }
    }
}

/// Shows the saved plan. Nothing is opened.
fn shown(screen: &Screen, saved: &SavedPlan) -> Outcome<Exit> {
    if screen.is_json() {
        screen.document(saved.document.clone())?;
    } else {
        screen.result(&saved_plan::text(&saved.document, screen.verbose))?;
    }
    Ok(Exit::Done)
}

/// The job that the plan describes, in the folder in which it was made.
fn started(setup: &Setup, args: ApplyArgs, saved: SavedPlan) -> Outcome<(Setup, Job)> {
    let ApplyArgs { plan: _, mut write, bundle, backup, rates } = args;
    write.report = write.report.map(absolute);
    let (bundle, backup) = (bundle.absolute(), backup.absolute());
    let Asked {
        from,
        to,
        from_keys,
        to_keys,
        directory,
        config,
        only,
        include,
        exclude,
        allow_unused,
        ids: _,
        team,
        rules,
        on_conflict,
        since,
        partial,
        allow_loss,
        asks_for_losses: _,
        value_format,
        restore_deleted,
        max_delete,
    } = saved.asked.clone();
    enter(&directory)?;
    if let Some(rules) = &rules {
        rules.check()?;
    }
    let mut options = bundle.options();
    backup.recipients.add_to(&mut options);
    let caution = CautionOptions { allow_unused, ..CautionOptions::default() };
    let job = Job {
        verb: "apply",
        source: EndpointText { text: from, keys: from_keys },
        target: EndpointText { text: to, keys: to_keys },
        access: Access::Write,
        select: SelectOptions { only, include, exclude, ids: None, team, caution },
        rules: rules.map(|rules| rules.path),
        rates,
        bundle: options,
        copying: CopyOptions {
            on_conflict,
            since,
            partial,
            allow_loss,
            value_format,
            restore_deleted,
            ..CopyOptions::default()
        },
        max_delete,
        backup: backup.backup,
        saved: Some(saved),
        mode: Mode::Write(write),
    };
    // A plan may come from elsewhere: commands are allowed with `--allow-commands` here, never by the file.
    let output =
        OutputOptions { config: config.or_else(|| setup.output.config.clone()), ..setup.output.clone() };
    Ok((Setup { output, env: setup.env.clone() }, job))
}
