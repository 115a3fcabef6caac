//! A bundle as a document: decrypted as a whole before anything of it is read, and encrypted as a whole.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use airbridge_airflow::ReadRules;
use airbridge_airflow::file::Bundle;
use airbridge_bundle::{Key, Lock, decrypt, encrypt};
use airbridge_core::{
    Content, Document, DocumentError, Edit, Metadata, Payload, Record, Rejection, Rendered, SecretName,
    SecretText,
};
use zeroize::Zeroizing;

use crate::bundle::StatesRules;

/// A bundle that is read, or a new one. A new one that was written is read without a key: if the file has exactly the bytes
/// that were encrypted, then it has the content.
pub(super) struct BundleFile {
    access: BundleAccess,
    state: Mutex<State>,
}

enum BundleAccess {
    Read(Key),
    Write(Lock),
}

#[derive(Default)]
struct State {
    rules: Option<ReadRules>,
    known: Option<Known>,
}

/// An encrypted file whose content is known. Trying a passphrase takes a second, so it is tried once only.
struct Known {
    cipher: Vec<u8>,
    plain: SecretText,
}

impl BundleFile {
    /// An existing bundle.
    pub(super) fn to_read(key: Key) -> Self {
        Self { access: BundleAccess::Read(key), state: Mutex::default() }
    }

    /// A new bundle, whose payloads are read by `rules` unless others are set.
    pub(super) fn to_write(lock: Lock, rules: ReadRules) -> Self {
        let state = State { rules: Some(rules), known: None };
        Self { access: BundleAccess::Write(lock), state: Mutex::new(state) }
    }

    /// The rules by which the payloads are read; `None` before an existing bundle is parsed.
    pub(super) fn rules(&self) -> Option<ReadRules> {
        self.state().rules.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state changes by single assignments, so a poisoned lock is still valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The decrypted content.
    fn plain(&self, state: &mut State, cipher: &[u8]) -> Result<SecretText, DocumentError> {
        if let Some(known) = state.known.as_ref().filter(|known| known.cipher == cipher) {
            return Ok(known.plain.clone());
        }
        let BundleAccess::Read(key) = &self.access else {
            return Err(DocumentError::new("the file is not the one that was written"));
        };
        let mut bytes = decrypt(cipher, key)?;
        let plain = match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => SecretText::new(text),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                return Err(DocumentError::new("the content is not a bundle of airbridge")
                    .with_hint("name a file that `airbridge export` made"));
            }
        };
        state.known = Some(Known { cipher: cipher.to_vec(), plain: plain.clone() });
        Ok(plain)
    }
}

impl fmt::Debug for BundleFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BundleFile")
    }
}

impl StatesRules for BundleFile {
    fn set_rules(&self, rules: &ReadRules) {
        self.state().rules = Some(rules.clone());
    }
}

impl Document for BundleFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        let mut state = self.state();
        let plain = self.plain(&mut state, bytes)?;
        let Bundle { rules, records, .. } = Bundle::parse(&plain)?;
        // The endpoint reads all payloads by the rules that it was opened with.
        if *state.rules.get_or_insert_with(|| rules.clone()) != rules {
            return Err(DocumentError::new("the file was replaced by a bundle of another source")
                .with_hint("run the same command again"));
        }
        Ok(records)
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        Bundle::check(name, payload)
    }

    fn keeps_spelling(&self) -> bool {
        true
    }

    fn keeps_metadata(&self) -> bool {
        true
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let records = before.map(|before| self.parse(before)).transpose()?.unwrap_or_default();
        let mut state = self.state();
        let (BundleAccess::Write(lock), Some(rules)) = (&self.access, state.rules.clone()) else {
            return Err(DocumentError::new("a bundle is only written as a whole")
                .with_hint("use `airbridge export FROM FILE.age`"));
        };
        let bundle = Bundle { rules, records: edited(records, edits), written: Vec::new() };
        let plain = bundle.to_text();
        let is_same = Bundle::parse(&plain).is_ok_and(|read| read.records == bundle.records);
        if !is_same {
            return Err(DocumentError::new("the entries cannot be written without a change"));
        }
        let cipher = encrypt(plain.expose().as_bytes(), lock)?;
        state.known = Some(Known { cipher: cipher.clone(), plain });
        Ok(Rendered { bytes: Zeroizing::new(cipher), reformatted: Vec::new() })
    }
}

/// The records with the edits, which keep the position of what they replace.
fn edited(records: Vec<Record>, edits: &[Edit<'_>]) -> Vec<Record> {
    let mut places: HashMap<SecretName, usize> =
        records.iter().enumerate().map(|(at, record)| (record.name.clone(), at)).collect();
    let mut records: Vec<Option<Record>> = records.into_iter().map(Some).collect();
    for edit in edits {
        let at = *places.entry(edit.name.clone()).or_insert_with(|| {
            records.push(None);
            records.len() - 1
        });
        let before = records[at].take().and_then(|record| record.metadata);
        records[at] = edit.payload.map(|payload| {
            let below = before.as_deref().unwrap_or(Metadata::NONE);
            let metadata = edit.metadata.unwrap_or(Metadata::NONE).over(below);
            Record {
                name: edit.name.clone(),
                content: Content::Payload(payload.clone()),
                note: None,
                left_out: Vec::new(),
                metadata: metadata.boxed(),
            }
        });
    }
    records.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
