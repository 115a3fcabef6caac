//! What observers see of a run; the engine itself prints nothing.

/// Which endpoint of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first.
    Source,
    /// The second.
    Target,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Finding out what is there.
    List(Side),
    /// Reading values.
    Read(Side),
    /// Writing.
    Write,
    /// Reading back what was written.
    Verify,
}

/// A step of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A phase begins; `total` where it is known.
    Begin(Phase, Option<usize>),
    /// So many more are through.
    Advance(Phase, usize),
    /// The phase is over.
    End(Phase),
}

/// Whoever shows progress.
pub trait Observer: Sync {
    /// Called often; must not block.
    fn on(&self, event: Event);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {
    fn on(&self, _event: Event) {}
}
