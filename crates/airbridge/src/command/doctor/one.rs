//! One endpoint: all of it, or the lookup of one entry there.

use airbridge_airflow::EntryId;
use airbridge_core::Finding;
use airbridge_endpoints::EndpointConfig;
use airbridge_engine::{self as engine, Asked, Place, Source};

use super::parts::{Diagnosis, cause, names_of, noted, opened};
use crate::command::session::Session;

pub(super) async fn diagnose(
    session: &Session,
    mut config: EndpointConfig,
    id: Option<&EntryId>,
) -> Diagnosis {
    let mut findings: Vec<_> = std::mem::take(&mut config.notes).into_iter().map(noted).collect();
    let source = match opened(config, &mut findings).await {
        Ok(open) => open.into_source(),
        Err(problem) => {
            findings.push(problem);
            return Diagnosis::of(findings);
        }
    };
    match id {
        None => findings.extend(engine::examine(&source, &session.progress).await),
        Some(id) => findings.extend(follow(session, &source, id).await),
    }
    Diagnosis { findings, source: Some(source) }
}

/// Follows the lookup of one entry.
async fn follow(session: &Session, source: &Source, id: &EntryId) -> Vec<Finding> {
    let label = source.endpoint().label.clone();
    let mut findings: Vec<_> = engine::identity(source).into_iter().collect();
    let asked = match engine::ask(source, id).await {
        Ok(asked) => asked,
        Err(error) => {
            findings.push(engine::failure("lookup", source.endpoint().place(), &error));
            return findings;
        }
    };
    let names = match &asked {
        Asked::Names(answers) => names_of(answers),
        Asked::Not(_) | Asked::Unknown(_) => Vec::new(),
    };
    findings.extend(engine::diagnosed(source, &names).await);
    let places = [Place::new(&label, asked)];
    let cause = cause(session, &[(label.as_str(), source)], id, &places).await;
    findings.extend(engine::lookup(id, &places, cause));
    findings
}
