//! The values that an error must not repeat.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use zeroize::Zeroizing;

use super::echo::Text;
use super::parts::parts;
use crate::{Error, Payload, SecretName};

/// How many payloads of earlier calls are known.
const RECENT: usize = 64;

/// A part of a value in a server's words counts from this number of characters on.
const LEAST_IN_WORDS: usize = 4;

/// A part in a message or hint of the adapter counts from this number of characters on. Shorter ones are words of the message
/// more often than values.
const LEAST_IN_MESSAGE: usize = 8;

/// How many different texts of one call are compared with all of its values. A batch can have 100,000 of both.
const COMPARED: usize = 64;

/// A payload, and its parts once they are needed.
struct Value {
    payload: Payload,
    parts: OnceLock<Vec<Zeroizing<String>>>,
}

impl Value {
    fn new(payload: &Payload) -> Arc<Self> {
        Arc::new(Self { payload: payload.clone(), parts: OnceLock::new() })
    }

    fn is_repeated_by(&self, text: &Text, least: usize, public: &Text) -> bool {
        let parts = self.parts.get_or_init(|| parts(&self.payload));
        parts.iter().any(|part| text.repeats(part, least, public))
    }
}

/// The last payloads that a store read or wrote. They are wiped when the last clone of them is dropped.
#[derive(Default)]
pub(super) struct Recent(Mutex<VecDeque<Arc<Value>>>);

impl Recent {
    /// Adds the last of `payloads`, and forgets the oldest.
    pub(super) fn add<'a>(&self, payloads: impl Iterator<Item = &'a Payload>) {
        let mut last = VecDeque::with_capacity(RECENT);
        for payload in payloads {
            if last.len() == RECENT {
                last.pop_front();
            }
            last.push_back(payload);
        }
        let mut known = self.known();
        known.extend(last.into_iter().map(Value::new));
        let surplus = known.len().saturating_sub(RECENT);
        known.drain(..surplus);
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Arc<Value>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recent")
    }
}

/// Scrubs the errors of one call.
pub(super) struct Scrubber {
    place: String,
    /// The value of each item of the call, if it has one.
    values: Vec<Option<Arc<Value>>>,
    /// The values of earlier calls.
    recent: Vec<Arc<Value>>,
    /// What was found about each text, because the items of a batch often fail in the same words.
    known: HashMap<(usize, String), bool>,
}

impl Scrubber {
    /// For errors of the store at `place`, with the value of each item of the call.
    pub(super) fn new<'a>(
        place: &str,
        values: impl Iterator<Item = Option<&'a Payload>>,
        recent: &Recent,
    ) -> Self {
        let recent = recent.known().iter().cloned().collect();
        let values = values.map(|value| value.map(Value::new)).collect();
        Self { place: place.to_owned(), values, recent, known: HashMap::new() }
    }

    /// The error without the texts that repeat a value. `item` is the position of the item that failed, if it is only one.
    pub(super) fn scrub(&mut self, error: Error, item: Option<usize>) -> Error {
        let (own, words) = error.own_and_words();
        let name = error.name().map(SecretName::as_str).unwrap_or_default();
        let mut repeats = |text: &str, least| !text.is_empty() && self.repeats(text, least, name, item);
        let words_repeat = repeats(words, LEAST_IN_WORDS);
        let own_repeats = repeats(own, LEAST_IN_MESSAGE);
        let hint_repeats = error.hint().is_some_and(|hint| repeats(hint, LEAST_IN_MESSAGE));
        let message = if own_repeats {
            let (place, word) = (&self.place, error.kind().word());
            Some(format!(
                "{place} failed ({word}); the message is left out, because it repeats a part of a value"
            ))
        } else if words_repeat {
            Some(format!("{own}; the server's words are left out, because they repeat a part of a value"))
        } else {
            None
        };
        let error = match message {
            Some(message) => error.with_message(message),
            None => error,
        };
        if hint_repeats { error.without_hint() } else { error }
    }

    /// Whether a text repeats a value. What the place and the name have, too, says nothing about values: a variable may well
    /// contain the region.
    fn repeats(&mut self, text: &str, least: usize, name: &str, item: Option<usize>) -> bool {
        let key = (least, text.to_owned());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let (read, public) = (Text::new(text), Text::new(&format!("{}\n{name}", self.place)));
        let of_call = match item {
            Some(item) if self.known.len() >= COMPARED => self.values.get(item..=item),
            _ => Some(&*self.values),
        };
        let mut values = self.recent.iter().chain(of_call.unwrap_or_default().iter().flatten());
        let found = values.any(|value| value.is_repeated_by(&read, least, &public));
        if self.known.len() < COMPARED {
            self.known.insert(key, found);
        }
        found
    }
}
