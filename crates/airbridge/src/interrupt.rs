//! Ctrl-C and SIGTERM: the first one ends the run after the requests in flight, the second one ends it at once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use airbridge_engine::Interrupt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::failure::{Exit, Failure, Outcome};

/// The signals that the process has received.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// For the engine: once it is set, no new requests are sent.
    pub(crate) interrupt: Interrupt,
    exit: Arc<AtomicU8>,
    came: watch::Receiver<bool>,
}

impl Signals {
    /// Starts to listen. If the system does not allow that, signals keep their usual effect.
    pub(crate) fn listen() -> Self {
        let interrupt = Interrupt::default();
        let exit = Arc::new(AtomicU8::new(0));
        let (sender, came) = watch::channel(false);
        let signals = Self { interrupt: interrupt.clone(), exit: Arc::clone(&exit), came };
        if let (Ok(mut int), Ok(mut term)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        {
            tokio::spawn(async move {
                loop {
                    let code = tokio::select! {
                        _ = int.recv() => Exit::Interrupted,
                        _ = term.recv() => Exit::Terminated,
                    };
                    if interrupt.is_set() {
                        // The second signal does not wait for requests in flight.
                        std::process::exit(i32::from(code.code()));
                    }
                    exit.store(code.code(), Ordering::SeqCst);
                    interrupt.set();
                    // There may be no receiver.
                    let _ = sender.send(true);
                }
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

    /// Runs `work` until a signal arrives. Only for work that can be dropped: reading, and waiting for an answer.
    pub(crate) async fn guard<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let mut came = self.came.clone();
        let signal = async {
            if came.wait_for(|came| *came).await.is_err() {
                // Signals are not listened for, so none can arrive.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            outcome = work => outcome,
            () = signal => Err(self.failure().unwrap_or_else(|| Failure::failed("interrupted", "interrupted"))),
        }
    }
}
