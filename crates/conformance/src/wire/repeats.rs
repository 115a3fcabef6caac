//! What is left of an error that repeats a value which was written before, in any encoding.

use std::sync::Arc;

use airbridge_core::{
    Action, Change, Error, Json, NamePrefix, Payload, Read, ScrubbingStore, SecretStore, SecretStoreExt,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::quoted::{ECHOES, spellings};
use super::{Wire, WireFault};
use crate::case::Case;
use crate::{CANARY, Subject};

/// Writes a value, and lists and reads while every answer is an error that repeats it.
pub(super) async fn run(wire: &Wire, subject: &Subject) {
    let case = Case::new(subject, 84, "an error that repeats a written value does not show it");
    let found = subject.payloads.iter().find_map(|payload| Some((payload, canary_of(payload)?)));
    let Some((payload, value)) = found else {
        case.fail("no payload of the subject has a text with the canary")
    };
    let store = ScrubbingStore::new(Arc::clone(&subject.store));
    let name = case.name("0000");
    let change = Change::new(name.clone(), Action::Create(payload.clone()));
    for outcome in store.write_each(&[change]).await {
        case.ok("a create", outcome.map(drop));
    }
    for form in ECHOES {
        for (encoding, text) in encodings(&value) {
            for status in [400, 403] {
                let body = form.replace("ECHO", &text);
                wire.fail(move |_| WireFault::Says { status, body: body.clone() });
                let list = store.list_page(&NamePrefix::new(case.prefix()), None).await.map(drop);
                let read = store.read_batch(&[Read::current(name.clone())]).await;
                let read =
                    read.and_then(|mut outcomes| outcomes.pop().map_or(Ok(()), |found| found.map(drop)));
                for (what, outcome) in [("a list", list), ("a read", read)] {
                    let what = format!("{what} ({status}, {encoding}, {form})");
                    // A service may answer 400 for an absent secret, too.
                    if let Err(error) = outcome {
                        quiet(&case, &what, &error);
                    }
                }
            }
        }
    }
    wire.mend();
}

fn quiet(case: &Case<'_>, what: &str, error: &Error) {
    case.quiet_error(what, error);
    let shown = format!("{error} {} {error:?}", error.hint().unwrap_or_default());
    let quoted = spellings().iter().any(|spelling| shown.contains(spelling));
    case.hold(!quoted, format!("the error of {what} shows the value in base64"));
}

/// `value` in the encodings in which a server could repeat it, each as the content of a string of JSON.
fn encodings(value: &str) -> [(&'static str, String); 6] {
    let quoted = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        text.chars().flat_map(escaped).collect::<String>()
    };
    let percent: String = value.bytes().map(percent).collect();
    let form = percent.replace("%20", "+");
    [
        ("as it is", quoted(value)),
        ("JSON in a string", quoted(&quoted(value))),
        ("percent-encoded", percent),
        ("form-encoded", form.to_lowercase()),
        ("base64", STANDARD.encode(format!("x{value}"))),
        ("base64 for URLs", URL_SAFE_NO_PAD.encode(format!("xx{value}xx"))),
    ]
}

fn escaped(char: char) -> Vec<char> {
    if char.is_ascii() && !char.is_control() {
        return vec![char];
    }
    let mut units = [0; 2];
    let units = char.encode_utf16(&mut units);
    units.iter().flat_map(|unit| format!("\\u{unit:04x}").chars().collect::<Vec<_>>()).collect()
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// The first text in a payload that has the canary.
fn canary_of(payload: &Payload) -> Option<String> {
    match payload {
        Payload::Text(text) => Some(text.expose()).filter(|text| text.contains(CANARY)).map(str::to_owned),
        Payload::Fields(fields) => fields.iter().find_map(|(_, value)| in_json(value)),
    }
}

fn in_json(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.expose()).filter(|text| text.contains(CANARY)).map(str::to_owned),
        Json::Array(items) => items.iter().find_map(in_json),
        Json::Object(fields) => fields.iter().find_map(|(_, value)| in_json(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => None,
    }
}
