//! Keeps values out of core dumps and out of other processes' sight.

/// Switches core dumps off and forbids other processes of the same user to attach or to read this one's memory. A system
/// that refuses is worth a word in the log and no more.
pub(crate) fn harden() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if setrlimit(Resource::Core, none).is_err() {
        tracing::warn!("core dumps cannot be switched off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
            tracing::warn!("this process cannot be closed to debuggers");
        }
    }
}

/// A panic says where it happened and how to report it. Its message stays unsaid: it may quote what was being worked on.
pub(crate) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write;
        let place =
            panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        // Nothing is left to tell anybody if even this fails.
        let _ = writeln!(
            anstream::stderr(),
            "airbridge stopped because of a fault of its own{place}.\nPlease report this line; no value is in it."
        );
    }));
}
