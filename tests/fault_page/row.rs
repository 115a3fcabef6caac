//! One fault, and the proof of what airbridge does about it.

/// A fault of a service, of the network or of this machine.
pub(crate) struct Row {
    /// What goes wrong.
    pub(crate) fault: &'static str,
    /// What airbridge does then.
    pub(crate) answer: &'static str,
    pub(crate) proof: Proof,
}

/// What shows that the answer is true.
pub(crate) enum Proof {
    /// Tests that cause the fault: the file in the repository, and the name of the function.
    Tests(&'static [(&'static str, &'static str)]),
    /// Why there is no test.
    None(&'static str),
}

/// The faults of one service.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: &'static [Row],
}

/// A fault that tests cause.
pub(crate) const fn tested(
    fault: &'static str,
    answer: &'static str,
    tests: &'static [(&'static str, &'static str)],
) -> Row {
    Row { fault, answer, proof: Proof::Tests(tests) }
}

/// A fault that no test causes.
pub(crate) const fn untested(fault: &'static str, answer: &'static str, reason: &'static str) -> Row {
    Row { fault, answer, proof: Proof::None(reason) }
}
