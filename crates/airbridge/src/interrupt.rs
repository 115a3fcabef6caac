//! Ctrl-C and SIGTERM: the first asks for the end, the second is the end.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use airbridge_engine::Interrupt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::failure::{Exit, Failure, Outcome};

/// Signals that came in.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// For the engine: nothing more is begun once it is set.
    pub(crate) interrupt: Interrupt,
    exit: Arc<AtomicU8>,
    came: watch::Receiver<bool>,
}

impl Signals {
    /// Begins to listen. Without a runtime that can, signals keep their usual effect.
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
                        // Somebody who asks twice does not want to wait for what is in flight.
                        std::process::exit(i32::from(code.code()));
                    }
                    exit.store(code.code(), Ordering::SeqCst);
                    interrupt.set();
                    // Nobody may be waiting.
                    let _ = sender.send(true);
                }
            });
        }
        signals
    }

    /// The exit of whoever was interrupted.
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

    /// `work`, unless a signal comes first. For what may be dropped half-way: reading, and waiting for an answer.
    pub(crate) async fn guard<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let mut came = self.came.clone();
        let signal = async {
            if came.wait_for(|came| *came).await.is_err() {
                // Nobody listens for signals, so none can come.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            outcome = work => outcome,
            () = signal => Err(self.failure().unwrap_or_else(|| Failure::failed("interrupted", "interrupted"))),
        }
    }
}
