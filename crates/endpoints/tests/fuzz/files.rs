//! Every format of files. The first line of an input names the format.

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::file::{
    Bundle, DotenvDialect, Format, Options, ProbeFacts, VariablesReader, guess, skipped_entries,
};
use airbridge_core::{Content, Document, Edit, Payload, Record, SecretName, SecretText};
use proptest::test_runner::TestCaseError;

use crate::{Outcome, is_clean};

pub(crate) fn document(input: &[u8]) -> Outcome {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (name, content) = (String::from_utf8_lossy(&input[..at]), input.get(at + 1..).unwrap_or_default());
    if let Err(error) = guess(&format!("{name}.yaml"), str::from_utf8(content).ok()) {
        is_clean(&error.to_string())?;
    }
    if let Err(error) = skipped_entries(content) {
        is_clean(&error.to_string())?;
    }
    if let Err(error) = ProbeFacts::parse(content) {
        is_clean(&error.to_string())?;
    }
    // A format that is damaged itself is read as each of the formats.
    let formats = Format::parse(&name).map_or(Format::ALL.to_vec(), |format| vec![format]);
    for format in formats {
        for reader in [VariablesReader::Import, VariablesReader::Backend] {
            for dialect in [None].into_iter().chain(DotenvDialect::ALL.map(Some)) {
                let options = Options { reader, dialect, version: AirflowVersion::V3_3 };
                let document = format.document(options);
                let check = if format.is_writable() { keeps_promises } else { is_read_cleanly };
                check(&*document, content)
                    .map_err(|error| TestCaseError::fail(format!("{format} {options:?}: {error}")))?;
                if format != Format::Dotenv {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// The content of a bundle.
pub(crate) fn bundle(input: &[u8]) -> Outcome {
    let text = SecretText::new(String::from_utf8_lossy(input));
    let bundle = match Bundle::parse(&text) {
        Ok(bundle) => bundle,
        Err(error) => {
            is_clean(&error.to_string())?;
            return is_clean(error.hint.as_deref().unwrap_or_default());
        }
    };
    let again = Bundle::parse(&bundle.to_text()).map_err(|error| TestCaseError::fail(error.to_string()))?;
    if again.rules != bundle.rules || again.records != bundle.records {
        return Err(TestCaseError::fail("a bundle is read back differently"));
    }
    Ok(())
}

/// The entries of a file that have a readable payload and a name of their own.
fn entries(records: &[Record]) -> Vec<(&SecretName, &Payload)> {
    let own = |record: &&Record| records.iter().filter(|other| other.name == record.name).count() == 1;
    let payloads = records.iter().filter(own).filter_map(|record| match &record.content {
        Content::Payload(payload) => Some((&record.name, payload)),
        Content::Hidden(_) => None,
    });
    payloads.collect()
}

/// A file that can only be read: neither its error nor what is shown of its entries has a value.
fn is_read_cleanly(document: &dyn Document, content: &[u8]) -> Outcome {
    parsed(document, content).map(|_| ())
}

/// The entries of a file; none if it cannot be understood.
fn parsed(document: &dyn Document, content: &[u8]) -> Result<Option<Vec<Record>>, TestCaseError> {
    let records = match document.parse(content) {
        Ok(records) => records,
        Err(error) => {
            is_clean(&error.to_string())?;
            is_clean(error.hint.as_deref().unwrap_or_default())?;
            return Ok(None);
        }
    };
    // Names are shown, also those that damage made of a value.
    for record in &records {
        is_clean(&format!("{:?} {:?}", record.content, record.note))?;
    }
    Ok(Some(records))
}

fn keeps_promises(document: &dyn Document, content: &[u8]) -> Outcome {
    let Some(records) = parsed(document, content)? else { return Ok(()) };
    let entries = entries(&records);
    let mut fitting = Vec::new();
    for (name, payload) in entries {
        match document.check(name, payload) {
            Ok(()) => fitting.push((name, payload)),
            Err(rejection) => is_clean(&rejection.message)?,
        }
    }
    let edits: Vec<Edit<'_>> =
        fitting.iter().map(|(name, payload)| Edit { name, payload: Some(payload), metadata: None }).collect();
    // Into a new file, and into the file that it is from.
    for before in [None, Some(content)] {
        let rendered = match document.render(before, &edits) {
            Ok(rendered) => rendered,
            Err(error) => {
                is_clean(&error.to_string())?;
                // A change of an existing file is rejected if it would lose something else.
                if before.is_some() {
                    continue;
                }
                return Err(TestCaseError::fail(format!("what was read cannot be written: {error}")));
            }
        };
        let again = document
            .parse(&rendered.bytes)
            .map_err(|error| TestCaseError::fail(format!("what was written cannot be read: {error}")))?;
        for (name, payload) in &fitting {
            let found = again.iter().find(|record| record.name == **name).map(|record| &record.content);
            if found != Some(&Content::Payload((*payload).clone())) {
                return Err(TestCaseError::fail(format!("{name:?} is read back as another value")));
            }
        }
    }
    Ok(())
}
