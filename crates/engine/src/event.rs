//! Progress of a run, as observers see it. The engine itself prints nothing.

/// An endpoint of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first endpoint; it is only read.
    Source,
    /// The second endpoint.
    Target,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Listing names.
    List(Side),
    /// Reading values.
    Read(Side),
    /// Writing to the target.
    Write,
    /// Reading back what was written.
    Verify,
}

/// A step of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A phase begins. The number is how many items it has, if that is known.
    Begin(Phase, Option<usize>),
    /// This many more items are done.
    Advance(Phase, usize),
    /// The phase is over.
    End(Phase),
}

/// Receives the progress of a run.
pub trait Observer: Sync {
    /// Called often, possibly from several threads; must not block.
    fn on(&self, event: Event);
}

/// An observer that ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {
    fn on(&self, _event: Event) {}
}
