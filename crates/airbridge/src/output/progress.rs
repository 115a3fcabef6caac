//! Progress bars on standard error, for phases that take longer than a second.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use airbridge_engine::{Event, Observer, Phase, Side};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::screen::Screen;

const DELAY: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(120);

/// Shows what the engine is doing, if standard error is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: Option<Bars>,
}

#[derive(Debug, Default)]
struct Bars {
    all: MultiProgress,
    running: Mutex<HashMap<Phase, ProgressBar>>,
}

impl Progress {
    /// Shows bars at a terminal, unless --quiet or --output json is given.
    pub(crate) fn new(screen: &Screen) -> Self {
        let visible = io::stderr().is_terminal() && !screen.quiet && !screen.is_json();
        Self { shown: visible.then(Bars::default) }
    }
}

impl Observer for Progress {
    fn on(&self, event: Event) {
        let Some(bars) = &self.shown else { return };
        let mut running = bars.running.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begin(phase, total) => {
                let bar = ProgressBar::hidden();
                bar.set_style(style(total));
                bar.set_message(words(phase));
                if let Some(total) = total {
                    bar.set_length(total as u64);
                }
                show_later(&bars.all, &bar);
                running.insert(phase, bar);
            }
            Event::Advance(phase, more) => {
                if let Some(bar) = running.get(&phase) {
                    bar.inc(more as u64);
                }
            }
            Event::End(phase) => {
                if let Some(bar) = running.remove(&phase) {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

/// Shows the bar once its phase has run for a second.
fn show_later(all: &MultiProgress, bar: &ProgressBar) {
    let (all, bar) = (all.clone(), bar.clone());
    thread::spawn(move || {
        thread::sleep(DELAY);
        if !bar.is_finished() {
            let bar = all.add(bar);
            bar.enable_steady_tick(TICK);
        }
    });
}

fn style(total: Option<usize>) -> ProgressStyle {
    let template = match total {
        Some(_) => "{spinner} {msg:<24} {bar:30} {pos}/{len} {elapsed}",
        None => "{spinner} {msg:<24} {pos} {elapsed}",
    };
    // The templates are constants; the default is used if one is wrong.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::List(Side::Source) => "listing the source",
        Phase::List(Side::Target) => "listing the target",
        Phase::Read(Side::Source) => "reading the source",
        Phase::Read(Side::Target) => "reading the target",
        Phase::Write => "writing",
        Phase::Verify => "reading back",
    }
}
