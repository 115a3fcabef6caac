//! Diagnostics on standard error. They contain no values at any level.

use std::io::{self, Write};

use tracing_subscriber::filter::{EnvFilter, LevelFilter};

use crate::output::style::filtered;

/// Starts logging of airbridge's own crates: warnings by default, info with `-v`, debug with `-vv`, trace with `-vvv`. Logs
/// of other crates are never shown, because they may contain requests and responses (AWS's credential providers print
/// the whole response).
pub(crate) fn start(verbosity: u8, quiet: bool, colour: bool) {
    let own = match (quiet, verbosity) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    // The filter matches every crate whose name starts with it.
    let filter = EnvFilter::new(format!("off,airbridge={own}"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Filtered)
        .with_ansi(colour)
        .with_target(verbosity > 1)
        .without_time();
    // This fails only if logging has been started before.
    let _ = subscriber.try_init();
}

/// Standard error, without what could control a terminal. A line is written at once.
struct Filtered;

impl Write for Filtered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(filtered(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
