//! Diagnostics on standard error; never values, whatever the level.

use tracing_subscriber::filter::{EnvFilter, LevelFilter};

/// Starts logging: nothing but warnings without `-v`, then info, debug and trace of airbridge's own crates. What the
/// vendors' crates say, warnings too, may hold requests and answers (AWS's credential providers print the whole reply),
/// so it is never shown.
pub(crate) fn start(verbosity: u8, quiet: bool, colour: bool) {
    let own = match (quiet, verbosity) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    // A target matches every crate whose name starts with it.
    let filter = EnvFilter::new(format!("off,airbridge={own}"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(verbosity > 1)
        .without_time();
    // Only a second call in one process could fail, and then the first one logs.
    let _ = subscriber.try_init();
}
