//! A format for the tests: one entry a line, its name, `=` and the bytes of its text in hexadecimal.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use airbridge_core::{
    Content, Document, DocumentError, Edit, Payload, Record, Rejection, Rendered, SecretName, State,
};
use zeroize::Zeroizing;

type Hook = Box<dyn FnMut() + Send>;

/// The format. `?` for the text is a damaged entry; upper-case digits are rewritten and reported.
#[derive(Default)]
pub(crate) struct HexLines {
    /// How often a file was parsed.
    pub(crate) parsed: AtomicUsize,
    /// Whether rendering fails.
    pub(crate) broken: bool,
    /// What happens in the world while a file is rendered.
    pub(crate) meanwhile: Mutex<Option<Hook>>,
}

impl std::fmt::Debug for HexLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HexLines")
    }
}

impl Document for HexLines {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        self.parsed.fetch_add(1, Ordering::Relaxed);
        let text = str::from_utf8(bytes).map_err(|_| DocumentError::new("this is not UTF-8 text"))?;
        let record = |(index, line): (usize, &str)| {
            let (name, digits) = line.split_once('=').ok_or_else(|| {
                let error = DocumentError::new("a `=` is missing").at_line(index + 1).at_column(1);
                error.in_field("entry").with_hint("write NAME=HEX")
            })?;
            let content = match decode(digits) {
                Some(text) => Content::Payload(Payload::text(text)),
                None => Content::Hidden(State::Damaged { message: format!("line {} is damaged", index + 1) }),
            };
            Ok(Record { name: name.into(), content, note: None, left_out: Vec::new(), metadata: None })
        };
        text.lines().enumerate().map(record).collect()
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        if name.as_str().contains(['=', '\n', '\r']) {
            return Err(Rejection::new("name-invalid", "a name holds no `=` and no line break"));
        }
        match payload {
            Payload::Text(_) => Ok(()),
            Payload::Fields(_) => Err(Rejection::new("shape", "a line holds one text")),
        }
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        if let Some(meanwhile) = self.meanwhile.lock().unwrap().as_mut() {
            meanwhile();
        }
        if self.broken {
            return Err(DocumentError::new("it cannot be spelt"));
        }
        let before = String::from_utf8(before.unwrap_or_default().to_vec()).unwrap();
        let lines = before.lines().filter_map(|line| line.split_once('='));
        let mut lines: BTreeMap<_, _> = lines.map(|(name, digits)| (name, digits.to_owned())).collect();
        let untouched = |name: &str| !edits.iter().any(|edit| edit.name.as_str() == name);
        let changed =
            lines.iter().filter(|(name, digits)| untouched(name) && **digits != digits.to_lowercase());
        let reformatted = changed.map(|(name, _)| SecretName::new(*name)).collect();
        for edit in edits {
            match edit.payload {
                Some(Payload::Text(text)) => lines.insert(edit.name.as_str(), encode(text.expose())),
                Some(Payload::Fields(_)) => return Err(DocumentError::new("a line holds one text")),
                None => lines.remove(edit.name.as_str()),
            };
        }
        let bytes = lines.iter().fold(String::new(), |mut text, (name, digits)| {
            writeln!(text, "{name}={}", digits.to_lowercase()).unwrap();
            text
        });
        Ok(Rendered { bytes: Zeroizing::new(bytes.into_bytes()), reformatted })
    }
}

/// A string as this format spells it.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn decode(digits: &str) -> Option<String> {
    let bytes = digits.as_bytes().chunks(2).map(|pair| {
        let pair = str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}
