//! Ends the tests if a parser does not end.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than any parser takes for an input of the largest size, on any machine.
const ENDLESS: Duration = Duration::from_mins(2);

/// The case that runs now.
struct Case {
    since: Instant,
    description: String,
}

/// Watches the case that runs now from a thread of its own.
pub(crate) struct Watch(Arc<Mutex<Option<Case>>>);

impl Watch {
    pub(crate) fn start() -> Self {
        let case: Arc<Mutex<Option<Case>>> = Arc::default();
        let watched = Arc::clone(&case);
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_secs(5));
                let case = watched.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(case) = case.as_ref().filter(|case| case.since.elapsed() > ENDLESS) {
                    eprintln!("no end after {} s: {}", ENDLESS.as_secs(), case.description);
                    std::process::abort();
                }
            }
        });
        Self(case)
    }

    pub(crate) fn starts(&self, target: &str, seed: u64, input: &[u8]) {
        let description =
            format!("{target}, AIRBRIDGE_FUZZ_SEED={seed}, input {:?}", String::from_utf8_lossy(input));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Case { since: Instant::now(), description });
    }

    pub(crate) fn ends(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
