//! `env:`: this process's own variables.

use std::sync::Arc;

use airbridge_airflow::{Dialect, Scheme};
use airbridge_backend_files::EnvironmentStore;

use super::{Access, Built, Opened, Opening, naming};
use crate::backends::Key;
use crate::error::{Error, Result};

pub(crate) const KEYS: &[Key] = &[];

/// Those that Airflow's class does not have.
pub(crate) const OWN: &[&str] = &[];

pub(crate) fn build(opening: Opening) -> Result<Built> {
    if opening.role == Access::Write {
        return Err(Error::usage("env: can only be read: a process cannot change what others see")
            .hint("write a file for the shell, Docker or Compose instead: file:moved.env?format=dotenv"));
    }
    let layout = naming::layout(&Scheme::Environment, opening.version, opening.team.as_deref())?;
    let store = EnvironmentStore::new(opening.env.variables.clone(), opening.env.undecodable.clone());
    opening.built(move || async move { Ok(Opened::store(Arc::new(store), layout, Dialect::Text)) })
}
