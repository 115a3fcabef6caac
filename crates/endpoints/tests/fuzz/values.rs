//! JSON, connections, variables and config options.

use airbridge_airflow::{
    AirflowVersion, Dialect, Kind, ReadRules, Reader, Reading, Request, Spelling, compare, encode_for, read,
};
use airbridge_core::{Json, JsonStyle, Payload, SecretText};
use proptest::prop_assert_eq;
use proptest::test_runner::TestCaseError;

use crate::{Outcome, is_clean};

const READERS: [Reader; 3] = [Reader::Core2, Reader::Core3, Reader::Task3];
const VERSIONS: [AirflowVersion; 2] = [AirflowVersion::V2_11, AirflowVersion::V3_3];

fn dialects() -> [Dialect; 6] {
    let extra_conn_words = vec![("user".to_owned(), vec!["who".to_owned()])];
    [
        Dialect::Text,
        Dialect::SecretsManager { extra_conn_words },
        Dialect::Vault,
        Dialect::File,
        Dialect::EnvFile,
        Dialect::Astro,
    ]
}

pub(crate) fn json(input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    if let Err(error) = Json::parse_entries(&SecretText::new(&*text)) {
        is_clean(&error.to_string())?;
    }
    let parsed = match Json::parse(&text) {
        Ok(parsed) => parsed,
        Err(error) => return is_clean(&error.to_string()),
    };
    is_clean(&format!("{parsed:?}"))?;
    for style in [JsonStyle::LINE, JsonStyle::indented(2).sorted()] {
        let again = Json::parse(parsed.to_text(style).expose());
        prop_assert_eq!(again.as_ref().map(Json::kind), Ok(parsed.kind()));
        prop_assert_eq!(again.map(|again| again.to_text(style)), Ok(parsed.to_text(style)));
    }
    Ok(())
}

pub(crate) fn connection(input: &[u8]) -> Outcome {
    entry(Kind::Connection, input)
}

pub(crate) fn value(input: &[u8]) -> Outcome {
    entry(Kind::Variable, input)?;
    entry(Kind::Config, input)
}

/// Reads the input by the rules of every place, and writes it for every place.
fn entry(kind: Kind, input: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(input);
    let fields = Json::parse(&text).ok().and_then(|json| json.as_object().cloned()).map(Payload::Fields);
    for payload in [Payload::text(text.as_ref())].into_iter().chain(fields) {
        for dialect in dialects() {
            for reader in READERS {
                let reading = read(&dialect, reader, kind, &payload);
                is_clean(&format!("{reading:?}"))?;
                match reading {
                    Reading::Unreadable(error) => is_clean(&error.to_string())?,
                    Reading::Missing => {}
                    reading => written(kind, &payload, &reading, input)?,
                }
            }
        }
    }
    Ok(())
}

/// What is written for a place is read there as it was read at the source. The input decides the place.
fn written(kind: Kind, payload: &Payload, reading: &Reading, input: &[u8]) -> Outcome {
    let chosen =
        input.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let dialects = dialects();
    let version = VERSIONS[chosen / 7 % VERSIONS.len()];
    let to = ReadRules { dialect: dialects[chosen % dialects.len()].clone(), version };
    let spelling = [Spelling::Keep, Spelling::Uri, Spelling::Json][chosen / 17 % 3];
    let fits = |_: &Payload| Ok(());
    let request = Request { kind, payload: Some(payload), reading, to: &to, spelling, fits: &fits };
    let encoded = match encode_for(&request) {
        Ok(encoded) => encoded,
        Err(error) => return is_clean(&error.message),
    };
    let back = read(&to.dialect, version.task_reader(), kind, &encoded.payload);
    let difference = compare(reading, &back);
    if !difference.reads_the_same() {
        return Err(TestCaseError::fail(format!("{to:?} reads back {difference:?}")));
    }
    if encoded.verbatim && encoded.payload != *payload {
        return Err(TestCaseError::fail("a payload that is called verbatim is another one"));
    }
    Ok(())
}
