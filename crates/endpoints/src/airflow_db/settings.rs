//! Where the address and the keys of a metadata database come from: the keys of the endpoint, then the settings of the
//! deployment, which may name a command, or an entry of its secrets backend.

use std::path::{Path, PathBuf};

use airbridge_airflow::deployment::{Given, SettingSource};
use airbridge_airflow::{EntryId, Kind, Reading, read};
use airbridge_backend_airflow_db::{Address, DatabaseKind, Fernet};
use airbridge_core::{Content, Environment, Json, Read, SecretStoreExt, SecretText, Warning, WarningCode};

use crate::build::BuildContext;
use crate::deployment::{self, Source};
use crate::endpoint::EndpointConfig;
use crate::error::{CHMOD, Error, Result};
use crate::files::UsedFile;

/// The section and option of each setting, and then that of older versions.
const ADDRESS: &[(&str, &str)] = &[("database", "sql_alchemy_conn"), ("core", "sql_alchemy_conn")];
const FERNET_KEY: &[(&str, &str)] = &[("core", "fernet_key")];
const SCHEMA: &[(&str, &str)] = &[("database", "sql_alchemy_schema"), ("core", "sql_alchemy_schema")];

/// How an address begins that Airflow 3 gives to the processes of a task in place of the real one.
const NOT_ALLOWED: &str = "airflow-db-not-allowed:";

/// What the keys of the endpoint give.
pub(super) struct Wanted {
    pub(super) address: Option<SecretText>,
    pub(super) fernet_key: Option<SecretText>,
    pub(super) schema: Option<String>,
}

/// A value, and its place in messages.
#[derive(Clone)]
pub(super) struct Value {
    pub(super) text: SecretText,
    pub(super) place: String,
}

/// A value that is known, or is an entry of the deployment's secrets backend.
enum Setting {
    Known(Value),
    /// The key of the config option.
    InBackend {
        key: String,
        place: String,
    },
}

/// What the database needs.
pub(super) struct Resolved {
    pub(super) address: Value,
    pub(super) fernet_key: SecretText,
    pub(super) schema: Option<String>,
}

/// The settings of a metadata database.
pub(super) struct Deployment {
    address: Setting,
    fernet_key: Option<Setting>,
    schema: Option<String>,
    /// The secrets backend of the deployment, if a setting is an entry in it.
    backend: Option<EndpointConfig>,
    /// The file and option, or the variable, that holds the address.
    pub(super) origin: Option<String>,
}

impl Deployment {
    /// Reads what the keys do not give from the settings at `path`, or from this process's own Airflow.
    pub(super) fn read(path: Option<&Path>, given: Wanted, context: &mut BuildContext) -> Result<Self> {
        let key = |text, place: &str| Setting::Known(Value { text, place: place.to_owned() });
        let Wanted { address, fernet_key, schema } = given;
        // With both keys, nothing of a deployment is used.
        let mut source = match (path, &address, &fernet_key) {
            (None, Some(_), Some(_)) => None,
            _ => Some(Source::read(path, context, &is_setting)?),
        };
        if let Some(file) = source.as_ref().and_then(Source::file).filter(|file| file.is_file()) {
            context.keys.uses(UsedFile::read(file, "the settings of the deployment"));
        }
        let has_address = address.is_some();
        let mut setting = |places| match &mut source {
            Some(source) => read_setting(source, places, context),
            None => Ok(None),
        };
        let address = match address {
            Some(text) => Some(key(text, "`sql_alchemy_conn`")),
            None => setting(ADDRESS)?,
        };
        let fernet_key = match fernet_key {
            Some(text) => Some(key(text, "`fernet_key`")),
            None => setting(FERNET_KEY)?,
        };
        let schema = match (schema, has_address) {
            (None, false) => match setting(SCHEMA)? {
                Some(Setting::Known(value)) => Some(value.text.expose().to_owned()),
                _ => None,
            },
            (schema, _) => schema,
        };
        let notes = source.as_mut().map(|source| std::mem::take(&mut source.notes)).unwrap_or_default();
        for note in notes {
            context.keys.note(note);
        }
        let address = address.ok_or_else(|| no_address(source.as_ref()))?;
        let settings = [Some(&address), fernet_key.as_ref()];
        let in_backend = settings.iter().any(|setting| matches!(setting, Some(Setting::InBackend { .. })));
        let backend = in_backend.then(|| backend(path, context)).transpose()?;
        let origin = match &address {
            Setting::Known(value) if has_address => None,
            Setting::Known(Value { place, .. }) | Setting::InBackend { place, .. } => Some(place.clone()),
        };
        Ok(Self { address, fernet_key, schema: schema.filter(|schema| !schema.is_empty()), backend, origin })
    }

    /// Checks what is known without a request.
    pub(super) fn check(&self) -> Result<()> {
        if let Setting::Known(value) = &self.address {
            check_address(&value.text, &value.place)?;
        }
        if let Some(Setting::Known(value)) = &self.fernet_key {
            check_fernet_key(&value.text, &value.place)?;
        }
        Ok(())
    }

    /// The file of a SQLite database.
    pub(super) fn database_file(&self) -> Option<PathBuf> {
        match &self.address {
            Setting::Known(value) => check_address(&value.text, &value.place).ok().flatten(),
            Setting::InBackend { .. } => None,
        }
    }

    /// Reads what is in the deployment's secrets backend.
    pub(super) async fn resolve(self) -> Result<Resolved> {
        let source = match self.backend {
            Some(backend) => Some(Box::pin(backend.open()).await?.into_source()),
            None => None,
        };
        let source = source.as_ref();
        let address = resolve(self.address, source).await?;
        let fernet_key = match self.fernet_key {
            Some(setting) => {
                let value = resolve(setting, source).await?;
                check_fernet_key(&value.text, &value.place)?;
                value.text
            }
            None => SecretText::default(),
        };
        Ok(Resolved { address, fernet_key, schema: self.schema })
    }
}

/// Whether a variable is a setting of the metadata database.
fn is_setting(name: &str) -> bool {
    let of = |(section, option): &(&str, &str)| {
        name.starts_with(&format!("AIRFLOW__{}__{}", section.to_uppercase(), option.to_uppercase()))
    };
    [ADDRESS, FERNET_KEY, SCHEMA].iter().any(|places| places.iter().any(of))
}

fn read_setting(
    source: &mut Source,
    places: &[(&str, &str)],
    context: &BuildContext,
) -> Result<Option<Setting>> {
    let found = source.deployment.setting(places).map_err(|fault| source.failure(fault))?;
    let is_secret = places != SCHEMA;
    Ok(match found {
        SettingSource::Nowhere => None,
        SettingSource::Text(Given { text, spot, unexpanded }) => {
            let place = source.place(&spot);
            if unexpanded {
                let message =
                    format!("{place}: a `$` in the value names no variable that is set, and is not expanded");
                source.notes.push(Warning::new(WarningCode::UnsetVariable, message));
            }
            if is_secret && !text.is_empty() && source.is_exposed(&spot) {
                let message =
                    format!("{place}: the secret is in plain text, and other users can read the file");
                source.notes.push(Warning::new(WarningCode::PlainSecret, message).with_hint(CHMOD));
            }
            Some(Setting::Known(Value { text, place }))
        }
        SettingSource::Command(Given { text, spot, .. }) => {
            let place = source.place(&spot);
            let environment: &Environment = &source.deployment.environment;
            let text =
                deployment::command_output(text.expose(), &place, environment, context.allow_commands)?;
            // A command ends its output with a line break, which Airflow keeps and both values ignore.
            let text = SecretText::new(text.expose().trim_end_matches('\n'));
            Some(Setting::Known(Value { text, place }))
        }
        SettingSource::Secret(Given { text, spot, .. }) => {
            Some(Setting::InBackend { key: text.expose().to_owned(), place: source.place(&spot) })
        }
    })
}

fn no_address(source: Option<&Source>) -> Error {
    let whose = source.map(Source::whose).unwrap_or_default();
    Error::configuration(format!("{whose} names no metadata database ([database] sql_alchemy_conn)")).hint(
        "write airflow-db:PATH with the `airflow.cfg` or env file of the deployment, or set \
         AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    )
}

/// The secrets backend that the same settings configure.
fn backend(path: Option<&Path>, context: &BuildContext) -> Result<EndpointConfig> {
    let mut keys = deployment::KIND.no_keys();
    if let Some(path) = path {
        keys.insert_place("path", &path.to_string_lossy(), crate::value::Origin::CommandLine)?;
    }
    // Its prefix has selected the variables of the settings, and config options belong to no team.
    deployment::KIND.configure(BuildContext { team: None, ..context.beside(keys) })
}

/// The value of a setting, read from the deployment's secrets backend if it is there.
async fn resolve(setting: Setting, source: Option<&airbridge_engine::Source>) -> Result<Value> {
    let (key, place) = match setting {
        Setting::Known(value) => return Ok(value),
        Setting::InBackend { key, place } => (key, place),
    };
    let missing = |what: &str| {
        Error::failed("not-found", format!("{place}: config:{key} {what} the deployment's secrets backend"))
            .hint("check the option, and what `airbridge list` shows of the backend")
    };
    let endpoint = source.ok_or_else(|| missing("has no place in"))?.endpoint();
    let name = endpoint.layout.name_of(&EntryId::new(Kind::Config, key.as_str()));
    let name = name.map_err(|_| missing("cannot be read from"))?;
    let mut found = endpoint.store.read_all(&[Read::current(name)], &|_| ()).await?;
    let stored = found.pop().transpose()?.flatten().ok_or_else(|| missing("is not in"))?;
    let Content::Payload(payload) = stored.content else { return Err(missing("has no readable value in")) };
    let reader = endpoint.read_rules.version.core_reader();
    match read(&endpoint.read_rules.dialect, reader, Kind::Config, &payload) {
        Reading::Value { value: Json::String(text), .. } => Ok(Value { text, place }),
        _ => Err(missing("is not a string in")),
    }
}

/// Checks a key before a database is contacted.
fn check_fernet_key(key: &SecretText, place: &str) -> Result<()> {
    match Fernet::new(key) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::configuration(format!("{place}: the value is not a Fernet key")).hint(
            "copy `[core] fernet_key` of the deployment as it is; several keys are separated by commas",
        )),
    }
}

/// Checks an address before a database is contacted, and returns the file of a SQLite database.
fn check_address(address: &SecretText, place: &str) -> Result<Option<PathBuf>> {
    if address.expose().starts_with(NOT_ALLOWED) {
        return Err(Error::configuration(format!(
            "{place}: this process was started by a task of Airflow 3, which keeps the metadata database from it"
        ))
        .hint("import the file that `airbridge probe` prints in the task and call `probe.pipe([...])`, or run airbridge outside tasks"));
    }
    let address = Address::parse(address, place)?;
    let is_file = address.kind == DatabaseKind::Sqlite;
    Ok(is_file.then(|| Path::new(&address.database).to_owned()))
}
