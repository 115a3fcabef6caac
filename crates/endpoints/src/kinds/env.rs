//! `env:`: this process's own variables.

use std::sync::Arc;

use airbridge_airflow::{Dialect, Scheme, near_variable_name};
use airbridge_backend_files::EnvironmentStore;
use airbridge_core::SecretStore;

use super::notes;
use crate::airflow_config::AirflowClass;
use crate::build::BuildContext;
use crate::endpoint::{Access, EndpointConfig};
use crate::error::{Error, Result};
use crate::kind::Kind;

const CLASS: AirflowClass = AirflowClass {
    configurable: false,
    ..AirflowClass::new("airflow.secrets.environment_variables.EnvironmentVariablesBackend")
};

pub(crate) const KIND: Kind = Kind {
    scheme: "env",
    spelling: "env:",
    examples: &["env:", "env: --from env_prefix=OLD_"],
    label: "`AIRFLOW_CONN_*` and `AIRFLOW_VAR_*` of this process; source only",
    place_key: None,
    class: Some(&CLASS),
    keys: &[],
    network: None,
    variables: &["AIRFLOW_CONN_", "AIRFLOW_VAR_", "AIRFLOW__"],
    forwards_keys: false,
    build,
};

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    if context.access == Access::Write {
        return Err(Error::usage("env: cannot be a target: a process cannot change the variables of others")
            .hint("write a file instead, such as file:moved.env?format=dotenv"));
    }
    let layout = context.layout(&Scheme::Environment)?;
    let names = context.env.variables.iter().map(|(name, _)| name);
    let near = |name: &str| near_variable_name(name).map(|near| (name.to_owned(), near));
    for note in notes::near_names("env:", names.filter_map(near).collect()) {
        context.keys.note(note);
    }
    let (variables, undecodable) = (context.env.variables.clone(), context.env.undecodable.clone());
    let store: Arc<dyn SecretStore> = Arc::new(EnvironmentStore::new(variables, undecodable));
    context.configured(layout, Dialect::Text, move || {
        let store = Arc::clone(&store);
        async move { Ok(store) }
    })
}
