//! `airflow-db:PATH`: Airflow's metadata database, by the settings of a deployment.

mod settings;

use std::path::PathBuf;

use airbridge_airflow::{AirflowVersion, Dialect, RowRules, Scheme};
use airbridge_backend_airflow_db::{Address, Settings};
use airbridge_core::{SecretText, patiently};

use crate::build::BuildContext;
use crate::endpoint::{EndpointConfig, OpenStore};
use crate::error::Result;
use crate::files::UsedFile;
use crate::kind::Kind;
use crate::naming;
use crate::value::Key;
use settings::{Deployment, Wanted};

pub(crate) const KIND: Kind = Kind {
    scheme: "airflow-db",
    spelling: "airflow-db:PATH",
    examples: &["airflow-db:airflow.cfg", "airflow-db:sqlite:////srv/airflow/airflow.db"],
    label: "Airflow's metadata database; `airflow-db:` is that of this process's own Airflow",
    place_key: Some("path"),
    class: None,
    keys: KEYS,
    network: None,
    variables: &["AIRFLOW__", "PG", "MYSQL_"],
    forwards_keys: false,
    build,
};

const KEYS: &[Key] = &[
    Key::own(
        "path",
        "An `airflow.cfg`, an env file, the folder AIRFLOW_HOME, or an address without a password; also what follows the \
         colon",
    )
    .default_is("this process's own Airflow"),
    Key::own("sql_alchemy_conn", "Address of the database, as in `[database]`")
        .default_is("the deployment's")
        .secret(Some("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"), None),
    Key::own("fernet_key", "Key that encrypts the rows, as in `[core]`; several are separated by commas")
        .default_is("the deployment's")
        .secret(Some("AIRFLOW__CORE__FERNET_KEY"), None),
    Key::own("sql_alchemy_schema", "Schema of the tables, as in `[database]`").default_is("the deployment's"),
    Key::own("allow_plaintext", "`true` writes rows without encryption if there is no `fernet_key`")
        .default_is("`false`"),
    Key::own("ca_file", "PEM file of the certificate authorities to trust, if the address names none")
        .default_is("the system's"),
];

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let keys = &mut context.keys;
    let place = keys.text("path")?;
    let address = place.as_deref().filter(|place| place.contains("://")).map(SecretText::new);
    let path = place.filter(|_| address.is_none()).map(PathBuf::from);
    let given = Wanted {
        address: keys.secret("sql_alchemy_conn")?.or(address),
        fernet_key: keys.secret("fernet_key")?,
        schema: keys.text("sql_alchemy_schema")?,
    };
    let allow_plaintext = keys.flag("allow_plaintext")?.unwrap_or(false);
    let ca_file = keys.path("ca_file")?;
    let deployment = Deployment::read(path.as_deref(), given, &mut context)?;
    deployment.check()?;
    if let Some(file) = deployment.database_file() {
        context.keys.uses(if context.access.writes() {
            UsedFile::written(file, "the database")
        } else {
            UsedFile::read(file, "the database")
        });
    }
    let (write, team, env) = (context.access.writes(), context.team.clone(), context.env.variables.clone());
    let (version, configured_by) = (context.chosen_version, deployment.origin.clone());
    let configured = context.configured_later(move || async move {
        let found = deployment.resolve().await?;
        let address = Address::parse(&found.address.text, &found.address.place)?;
        let mut notes = address.notes(&found.address.place);
        let settings = Settings {
            address,
            schema: found.schema,
            fernet_key: found.fernet_key,
            team: team.clone(),
            allow_plaintext,
            write,
            ca_file,
            env,
        };
        let store = patiently(|| airbridge_backend_airflow_db::open(settings.clone())).await?;
        notes.extend(store.notes());
        let version = version.unwrap_or(if store.is_airflow_3() {
            AirflowVersion::V3_3
        } else {
            AirflowVersion::V2_11
        });
        let scheme = Scheme::Database {
            ignores_case: store.ignores_case(),
            writes: write.then_some(RowRules::Database),
        };
        let layout = naming::layout(&scheme, version, team.as_deref())?;
        Ok(OpenStore {
            version: Some(version),
            notes,
            ..OpenStore::new(store, layout, Dialect::Row { respelled: false })
        })
    });
    configured.map(|configured| EndpointConfig { configured_by, ..configured })
}
