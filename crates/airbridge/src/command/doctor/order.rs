//! The lookup of one entry through all places of a deployment, in the order of its Airflow.

use airbridge_airflow::{AirflowVersion, EntryId, Kind};
use airbridge_core::{Finding, Health};
use airbridge_endpoints::{LookupOrder, LookupPlace, LookupStep};
use airbridge_engine::{self as engine, Asked, Place, Source};

use super::parts::{Diagnosis, cause, names_of, noted, opened};
use crate::command::session::Session;

/// Asks every place, and says which one answers and what it hides.
pub(super) async fn follow(session: &Session, order: LookupOrder, id: &EntryId) -> Diagnosis {
    let LookupOrder { label: _, version, steps } = order;
    let (mut findings, mut places, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        let label = step.label;
        let found = ask(step, version, id, &mut findings).await;
        if let Some(source) = found.source {
            sources.push((label, source));
        }
        places.push(Place::new(label, found.asked));
    }
    let borrowed: Vec<_> = sources.iter().map(|(label, source)| (*label, source)).collect();
    let cause = cause(session, &borrowed, id, &places).await;
    findings.extend(engine::lookup(id, &places, cause));
    // The document is about the first place that could be asked: the backend, if there is one.
    let source = sources.into_iter().next().map(|(_, source)| source);
    Diagnosis { findings, source }
}

/// A place that was asked.
struct Found {
    asked: Asked,
    /// The open endpoint, if it is one.
    source: Option<Source>,
}

impl From<Asked> for Found {
    fn from(asked: Asked) -> Self {
        Self { asked, source: None }
    }
}

async fn ask(step: LookupStep, version: AirflowVersion, id: &EntryId, findings: &mut Vec<Finding>) -> Found {
    let is_metastore = step.is_metastore();
    if is_metastore && let Some(why) = unreachable(version, id) {
        return Asked::Not(why).into();
    }
    let mut config = match step.place {
        LookupPlace::Endpoint(config) => *config,
        LookupPlace::NotAsked(why) => return Asked::Not(engine::not_asked(why)).into(),
        LookupPlace::NotKnown { message, hint } => {
            let finding = Finding::warning("lookup", format!("not known from here: {message}")).hint(hint);
            return Asked::Unknown(finding).into();
        }
        LookupPlace::Unusable(error) => {
            let finding = Finding::problem("settings", error.message).maybe_hint(error.hint);
            return Asked::Unknown(finding).into();
        }
    };
    findings.extend(std::mem::take(&mut config.notes).into_iter().map(noted));
    let mut of_place = Vec::new();
    let source = match opened(config, &mut of_place).await {
        Ok(open) => open.into_source(),
        Err(problem) => return Asked::Unknown(problem).into(),
    };
    of_place.extend(engine::identity(&source));
    let found = source.endpoint().read_rules.version;
    if is_metastore && found != version {
        let message = format!(
            "the database is that of Airflow {}, and this lookup is that of Airflow {}",
            found.text(),
            version.text()
        );
        let hint = format!("set `airflow_version={}`", found.text());
        of_place.push(Finding::warning("airflow-version", message).hint(hint));
    }
    let asked = match engine::ask(&source, id).await {
        Ok(asked) => asked,
        Err(error) => Asked::Unknown(engine::failure("lookup", source.endpoint().place(), &error)),
    };
    if let Asked::Names(answers) = &asked {
        of_place.extend(engine::diagnosed(&source, &names_of(answers)).await);
    }
    let label = step.label;
    findings.extend(of_place.into_iter().map(|finding| match finding.result {
        // What is well needs no name of the place before it, which it contains.
        Health::Ok if finding.check == "open" => finding,
        _ => Finding { message: format!("{label}: {}", finding.message), ..finding },
    }));
    Found { asked, source: Some(source) }
}

/// Why tasks cannot get an entry from the metadata database, whatever it has.
fn unreachable(version: AirflowVersion, id: &EntryId) -> Option<Finding> {
    let has_slash = version == AirflowVersion::V3_3 && id.kind == Kind::Connection && id.key.contains('/');
    has_slash.then(|| {
        let message = "tasks of Airflow 3 cannot ask the API server for a connection whose id contains `/`";
        Finding::warning("lookup", format!("not asked: {message}")).hint("rename the connection")
    })
}
