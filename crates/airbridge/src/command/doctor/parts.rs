//! What one endpoint and a whole deployment have in common when they are examined.

use airbridge_airflow::EntryId;
use airbridge_core::{Finding, SecretName, Warning};
use airbridge_endpoints::{EndpointConfig, Error, OpenEndpoint};
use airbridge_engine::{self as engine, Answer, Place, Source};

use crate::command::session::Session;
use crate::output::style::plain;

/// What was found, and the endpoint if it could be opened.
pub(super) struct Diagnosis {
    pub(super) findings: Vec<Finding>,
    pub(super) source: Option<Source>,
}

impl Diagnosis {
    /// Findings without an open endpoint.
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        Self { findings, source: None }
    }
}

/// Opens an endpoint; what it warns of becomes a finding. The error is the finding of a failure.
pub(super) async fn opened(
    prepared: EndpointConfig,
    findings: &mut Vec<Finding>,
) -> Result<OpenEndpoint, Finding> {
    let label = prepared.label.clone();
    match prepared.open().await {
        Ok(mut open) => {
            let place = open.source().endpoint().place().to_owned();
            findings.push(Finding::ok("open", format!("{place} can be opened")));
            findings.extend(std::mem::take(&mut open.notes).into_iter().map(noted));
            Ok(open)
        }
        Err(error) => Err(unopened(&label, &error)),
    }
}

fn unopened(label: &str, error: &Error) -> Finding {
    let message = format!("{label} cannot be opened: {}", error.message);
    Finding::problem("open", message).maybe_hint(error.hint.clone())
}

/// A warning as a finding, in the check that is called like the warning.
pub(super) fn noted(warning: Warning) -> Finding {
    Finding::warning(warning.code.word(), warning.message).maybe_hint(warning.hint)
}

pub(super) fn names_of(answers: &[Answer]) -> Vec<SecretName> {
    answers.iter().map(|answer| answer.name.clone()).collect()
}

/// What probably keeps Airflow from finding an entry, if no place has it.
pub(super) async fn cause(
    session: &Session,
    sources: &[(&str, &Source)],
    id: &EntryId,
    places: &[Place],
) -> Option<String> {
    if engine::is_found(places) {
        return None;
    }
    let (mut known, mut unlisted) = (Vec::new(), Vec::new());
    for (label, source) in sources {
        match engine::known_ids(label, source, &session.progress).await {
            Ok(ids) => known.push(ids),
            Err(_) => unlisted.push(plain(label)),
        }
    }
    engine::near_entry(id, &known).or_else(|| {
        (!unlisted.is_empty())
            .then(|| format!("check the id; {} cannot be listed for similar ones", unlisted.join(" and ")))
    })
}
