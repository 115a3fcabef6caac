//! The places that the Airflow of a deployment asks for an entry, in order: its secrets backend, its environment, its metadata
//! database.
//!
//! Tasks of Airflow 3 ask for the last through the API server, which first asks its own backend and environment.

use std::path::PathBuf;

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::deployment::Section;

use crate::build::BuildContext;
use crate::deployment::{self, Source};
use crate::endpoint::{Access, EndpointConfig};
use crate::error::{Error, Result};
use crate::kinds::env;
use crate::open::{OpenOptions, Start, read};
use crate::value::Origin;

/// The places that a deployment's tasks ask for an entry, in order.
#[derive(Debug)]
pub struct LookupOrder {
    /// The deployment, as the user wrote it.
    pub label: String,
    /// The version of its Airflow, unless its database says otherwise.
    pub version: AirflowVersion,
    /// The places. Never empty.
    pub steps: Vec<LookupStep>,
}

/// One place of the order.
#[derive(Debug)]
pub struct LookupStep {
    /// The place, as messages name it.
    pub label: &'static str,
    /// How to ask it.
    pub place: LookupPlace,
}

/// How to ask one place of the order.
#[derive(Debug)]
pub enum LookupPlace {
    /// It is this endpoint.
    Endpoint(Box<EndpointConfig>),
    /// Airflow does not ask it, and why.
    NotAsked(String),
    /// The settings do not say what it has, with a hint.
    NotKnown {
        /// Why.
        message: String,
        /// What the user can do about it.
        hint: String,
    },
    /// The settings for it are not valid.
    Unusable(Error),
}

impl LookupStep {
    /// Whether it is the metadata database.
    pub fn is_metastore(&self) -> bool {
        self.label == METASTORE
    }
}

const BACKEND: &str = "secrets backend";
const OF_WORKERS: &str = "secrets backend of the workers";
const OF_API_SERVER: &str = "secrets backend of the API server";
const ENVIRONMENT: &str = "environment";
const METASTORE: &str = "metadata database";

/// The order of the deployment that `text` names, or `None` if it is another type of endpoint. No service is contacted.
///
/// # Errors
/// As [`configure`](crate::configure) for what concerns the deployment as a whole. What is wrong with one place is in its step.
pub fn lookup_order(options: &OpenOptions, text: &str, more: &[String]) -> Result<Option<LookupOrder>> {
    let (Start { kind, .. }, context) = read(options, text, more, Access::Read)?;
    if kind.scheme != deployment::KIND.scheme {
        return Ok(None);
    }
    let mut keys = context.keys.clone();
    let path = keys.text("path")?.map(PathBuf::from);
    let section = deployment::section(&mut keys)?;
    let source = Source::read(path.as_deref(), &context, &deployment::is_setting)?;
    let backend = |section| source.deployment.backend(section).map_err(|fault| source.failure(fault));
    let found = backend(section)?.map(|found| found.section);
    let of_workers = found == Some(Section::Workers);
    let backend_context = |keys| BuildContext { prefix: context.prefix.clone(), ..context.beside(keys) };
    let first = match found {
        None => LookupPlace::NotAsked(format!("{} configures no secrets backend", source.whose())),
        Some(_) => endpoint(deployment::KIND.configure(backend_context(context.keys.clone()))),
    };
    let mut steps = vec![
        LookupStep { label: if of_workers { OF_WORKERS } else { BACKEND }, place: first },
        LookupStep { label: ENVIRONMENT, place: environment(&source, &context) },
    ];
    if of_workers && section.is_none() && backend(Some(Section::Secrets))?.is_some() {
        let mut keys = context.keys.clone();
        keys.insert_place("section", "secrets", Origin::CommandLine)?;
        let place = endpoint(deployment::KIND.configure(backend_context(keys)));
        steps.push(LookupStep { label: OF_API_SERVER, place });
    }
    steps.push(LookupStep { label: METASTORE, place: metastore(path, &context) });
    Ok(Some(LookupOrder { label: context.label, version: context.version, steps }))
}

fn endpoint(configured: Result<EndpointConfig>) -> LookupPlace {
    match configured {
        Ok(config) => LookupPlace::Endpoint(Box::new(config)),
        Err(error) => LookupPlace::Unusable(error),
    }
}

/// The variables of the deployment: those of an env file, or of this process. An `airflow.cfg` has none.
fn environment(source: &Source, context: &BuildContext) -> LookupPlace {
    let Some(variables) = source.environment() else {
        return LookupPlace::NotKnown {
            message: format!(
                "{} does not contain the environment variables of the deployment",
                source.whose()
            ),
            hint: "run `airbridge doctor airflow:` where the deployment runs, or name its env file"
                .to_owned(),
        };
    };
    let mut context = context.beside(env::KIND.no_keys());
    if source.is_env_file() {
        context.env.variables = variables.clone();
        context.env.undecodable.clear();
    }
    endpoint(env::KIND.configure(context))
}

#[cfg(feature = "airflow-db")]
fn metastore(path: Option<PathBuf>, context: &BuildContext) -> LookupPlace {
    let kind = &crate::airflow_db::KIND;
    let mut keys = kind.no_keys();
    let inserted = match path {
        Some(path) => keys.insert_place("path", &path.to_string_lossy(), Origin::CommandLine),
        None => Ok(()),
    };
    let configured = inserted.and_then(|()| kind.configure(context.beside(keys)));
    match configured {
        Err(error) if error.message.contains("names no metadata database") => LookupPlace::NotKnown {
            message: error.message,
            hint: "name the settings that have `sql_alchemy_conn`, or run `airbridge doctor airflow:` where the scheduler runs"
                .to_owned(),
        },
        configured => endpoint(configured),
    }
}

#[cfg(not(feature = "airflow-db"))]
fn metastore(_path: Option<PathBuf>, _context: &BuildContext) -> LookupPlace {
    LookupPlace::NotKnown {
        message: "this build of airbridge cannot read it".to_owned(),
        hint: "use a build with the feature `airflow-db`".to_owned(),
    }
}
