//! `completions` and `man`, generated from the options.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Screen;

pub(super) fn completions(screen: &Screen, shell: Shell) -> Outcome<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "airbridge", &mut script);
    print(screen, &script)
}

/// The manual page of the program, followed by those of its commands.
pub(super) fn man(screen: &Screen) -> Outcome<Exit> {
    let mut command = Cli::command().disable_help_flag(true);
    // Gives every command its full name.
    command.build();
    let mut page = Vec::new();
    let mut render = |command: clap::Command| clap_mangen::Man::new(command).render(&mut page);
    let failed = |_| Failure::failed("output", "the manual page cannot be generated");
    render(command.clone()).map_err(failed)?;
    for subcommand in command.get_subcommands() {
        render(subcommand.clone()).map_err(failed)?;
    }
    print(screen, &page)
}

fn print(screen: &Screen, text: &[u8]) -> Outcome<Exit> {
    screen.result(&String::from_utf8_lossy(text))?;
    Ok(Exit::Done)
}
