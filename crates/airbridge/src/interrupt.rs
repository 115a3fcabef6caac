//! Ctrl-C and SIGTERM: the first one ends the run after the requests in flight, the second one without waiting for them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use airbridge_core::ErrorKind;
use airbridge_engine::{FinishedStep, Interrupt, StepResult};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::failure::{Exit, Failure, Outcome};

/// How long the report may take after the second signal. A disk that does not answer must not keep the program running.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The signals that the process has received.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// For the engine: once it is set, no new requests are sent.
    pub(crate) interrupt: Interrupt,
    exit: Arc<AtomicU8>,
    /// How many there were.
    came: watch::Receiver<u8>,
}

impl Signals {
    /// Starts to listen. If the system does not allow that, signals keep their usual effect.
    pub(crate) fn listen() -> Self {
        let interrupt = Interrupt::default();
        let exit = Arc::new(AtomicU8::new(0));
        let (sender, came) = watch::channel(0);
        let signals = Self { interrupt: interrupt.clone(), exit: Arc::clone(&exit), came };
        if let (Ok(mut int), Ok(mut term)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        {
            tokio::spawn(async move {
                let mut next = async || {
                    tokio::select! {
                        _ = int.recv() => Exit::Interrupted,
                        _ = term.recv() => Exit::Terminated,
                    }
                };
                for number in 1..=2 {
                    exit.store(next().await.code(), Ordering::SeqCst);
                    interrupt.set();
                    // There may be no receiver.
                    let _ = sender.send(number);
                }
                // The third signal waits for nothing.
                let _ = tokio::time::timeout(LAST_WORDS, next()).await;
                std::process::exit(i32::from(exit.load(Ordering::SeqCst)));
            });
        }
        signals
    }

    /// The exit code after a signal; `None` without one.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.exit.load(Ordering::SeqCst) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }

    /// The failure of a run that was interrupted before it wrote anything.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.exit().map(|exit| {
            let (code, what) = match exit {
                Exit::Terminated => ("terminated", "terminated"),
                _ => ("interrupted", "interrupted"),
            };
            Failure { exit, code, message: format!("{what}; nothing was written"), hint: None }
        })
    }

    /// How a run that wrote ended because of a signal; `None` without one.
    pub(crate) fn ended(&self, finished: &[FinishedStep]) -> Option<Failure> {
        let exit = self.exit()?;
        let code = if exit == Exit::Terminated { "terminated" } else { "interrupted" };
        let written = || finished.iter().filter(|finished| finished.step.decision.is_change());
        let number =
            |wanted: &dyn Fn(&StepResult) -> bool| written().filter(|step| wanted(&step.outcome)).count();
        let left = match number(&|outcome| *outcome == StepResult::NotTried) {
            0 => "all entries were tried".to_owned(),
            1 => "1 entry was not tried".to_owned(),
            untried => format!("{untried} entries were not tried"),
        };
        let message = if *self.came.borrow() < 2 {
            format!("{code}: requests in flight were completed, {left}")
        } else {
            let lost = |outcome: &StepResult| matches!(outcome, StepResult::Failed(error) if error.kind() == ErrorKind::AnswerLost);
            let writes = match number(&lost) {
                1 => "1 write may have happened".to_owned(),
                writes => format!("{writes} writes may have happened"),
            };
            format!("stopped at once; {writes}, {left}")
        };
        let bad = number(&|outcome| !outcome.is_good()) > 0;
        let hint = bad.then(|| "run the same command again to continue".to_owned());
        Some(Failure { exit, code, message, hint })
    }

    /// Runs `work`, which writes, until a second signal arrives. Returns whether it ran to its end.
    pub(crate) async fn until_second(&self, work: impl Future<Output = ()>) -> bool {
        tokio::select! {
            () = work => true,
            () = self.arrival(2) => false,
        }
    }

    async fn arrival(&self, number: u8) {
        let mut came = self.came.clone();
        if came.wait_for(|came| *came >= number).await.is_err() {
            // Signals are not listened for, so none can arrive.
            std::future::pending::<()>().await;
        }
    }

    /// Runs `work` until a signal arrives. Only for work that can be dropped: reading, and waiting for an answer.
    pub(crate) async fn guard<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        tokio::select! {
            outcome = work => outcome,
            () = self.arrival(1) => Err(self.failure().unwrap_or_else(|| Failure::failed("interrupted", "interrupted"))),
        }
    }
}
