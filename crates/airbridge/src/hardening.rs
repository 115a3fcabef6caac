//! Keeps values out of core dumps and out of reach of other processes.

/// Turns off core dumps, and forbids other processes of the same user to attach to this one or to read its memory. If the
/// system does not allow that, a warning is logged.
pub(crate) fn harden() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if setrlimit(Resource::Core, none).is_err() {
        tracing::warn!("core dumps cannot be turned off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
            tracing::warn!("this process cannot be protected from debuggers");
        }
    }
}

/// Makes a panic print where it happened and how to report it. The message of the panic is not printed, because it may
/// contain a value.
pub(crate) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write;
        let place =
            panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        // If standard error is closed, there is nothing else to do.
        let _ = writeln!(
            anstream::stderr(),
            "airbridge stopped because of an internal error{place}.\nPlease report this line; it contains no values."
        );
    }));
}
