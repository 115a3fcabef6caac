//! The endpoints of the matrix, and a new location at each of them for every copy.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use airbridge_tests::classes::KEY_VAULT;
use airbridge_tests::{
    Airbridge, AirflowApi, AwsUser, GoogleProject, MetadataDatabase, Place, Run, System, VaultMount,
};
use serde_json::json;

use crate::key_vault::KeyVault;

/// The team of the databases.
pub(crate) const TEAM: &str = "team_red";

/// A kind of endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Folder,
    Yaml,
    Dotenv,
    Astro,
    Environment,
    Bundle,
    Aws,
    Parameters,
    Google,
    Azure,
    Vault2,
    Vault1,
    Postgres,
    MariaDb,
    Sqlite,
    Api2,
    Api3,
}

impl Kind {
    /// All, in the order of the tables.
    pub(crate) const ALL: [Self; 17] = [
        Self::Folder,
        Self::Yaml,
        Self::Dotenv,
        Self::Astro,
        Self::Environment,
        Self::Bundle,
        Self::Aws,
        Self::Parameters,
        Self::Google,
        Self::Azure,
        Self::Vault2,
        Self::Vault1,
        Self::Postgres,
        Self::MariaDb,
        Self::Sqlite,
        Self::Api2,
        Self::Api3,
    ];

    /// The kinds that a copy can write. A bundle is only written as a whole, by an export.
    pub(crate) fn is_written(self) -> bool {
        !matches!(self, Self::Environment | Self::Bundle)
    }

    /// Whether a copy from this kind to `to` is made. Version 2 of the API does not show what it holds.
    pub(crate) fn is_copied_to(self, to: Self) -> bool {
        let is_api = |kind| matches!(kind, Self::Api2 | Self::Api3);
        to.is_written() && self != Self::Api3 && !(is_api(self) && is_api(to))
    }

    /// Whether the target hides a part of what it holds.
    pub(crate) fn hides(self) -> bool {
        matches!(self, Self::Api2 | Self::Api3)
    }

    /// The kinds that have teams, or belong to one team with `--team`.
    pub(crate) const WITH_TEAMS: [Self; 11] = [
        Self::Folder,
        Self::Dotenv,
        Self::Aws,
        Self::Parameters,
        Self::Google,
        Self::Azure,
        Self::Vault2,
        Self::Vault1,
        Self::Postgres,
        Self::MariaDb,
        Self::Sqlite,
    ];

    /// The name in the tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Folder => "JSON folder",
            Self::Yaml => "YAML files",
            Self::Dotenv => "`.env`",
            Self::Astro => "`airflow_settings.yaml`",
            Self::Environment => "`env:`",
            Self::Bundle => "bundle",
            Self::Aws => "`aws:`",
            Self::Parameters => "`aws-ssm:`",
            Self::Google => "`gcp:`",
            Self::Azure => "`azure:`",
            Self::Vault2 => "`vault:` KV 2",
            Self::Vault1 => "`vault:` KV 1",
            Self::Postgres => "`airflow-db:` PostgreSQL",
            Self::MariaDb => "`airflow-db:` MariaDB",
            Self::Sqlite => "`airflow-db:` SQLite",
            Self::Api2 => "`airflow-api:` Airflow 2",
            Self::Api3 => "`airflow-api:` Airflow 3",
        }
    }

    /// A new, empty location of this kind.
    pub(crate) fn location(self, user: &Airbridge, name: &str) -> Location {
        let home = user.home();
        std::fs::create_dir_all(home.join(name)).unwrap();
        let fast = |mut place: Place| {
            // The test servers accept higher rates than the services.
            place.endpoint.push_str("&rate=1000");
            place
        };
        match self {
            Self::Folder => Location::of_files(Place::folder(home, name), home, name),
            Self::Yaml => Location::of_files(Place::files(home, name, "yaml"), home, name),
            Self::Dotenv => Location::of_one_file(home, name, ".env"),
            Self::Astro => Location::of_one_file(home, name, "airflow_settings.yaml"),
            Self::Environment | Self::Bundle => panic!("no copy writes there"),
            Self::Aws => Location::of_amazon(|user| fast(Place::aws(user))),
            Self::Parameters => Location::of_amazon(Place::parameters),
            Self::Google => {
                let project = GoogleProject::counted();
                let place = fast(Place::google(&project));
                Location::new(place, move || project.calls().count_writes().to_string())
            }
            Self::Azure => {
                let vault = KeyVault::new();
                let place = fast(in_azure(&vault, &name.replace(['/', '-'], "_").to_uppercase()));
                let written = move || {
                    // Keep all of it: the vault stops when its runtime is dropped.
                    let vault = &vault;
                    ["PUT", "PATCH", "POST", "DELETE"]
                        .iter()
                        .map(|method| vault.double.count(method))
                        .sum::<usize>()
                };
                Location::new(place, move || written().to_string())
            }
            Self::Vault2 => Location::of_vault(2),
            Self::Vault1 => Location::of_vault(1),
            Self::Postgres => Location::of_database(System::Postgres),
            Self::MariaDb => Location::of_database(System::MariaDb),
            Self::Sqlite => Location::of_database(System::Sqlite),
            Self::Api2 => Location::of_api("2"),
            Self::Api3 => Location::of_api("3"),
        }
    }
}

/// A key vault for airbridge and for Airflow. No other place may have this `name`.
fn in_azure(vault: &KeyVault, name: &str) -> Place {
    let prefix = format!("{name}_");
    let own = [
        ("AZURE_TOKEN_CREDENTIALS".to_owned(), "ManagedIdentityCredential".to_owned()),
        ("REQUESTS_CA_BUNDLE".to_owned(), vault.double.ca().display().to_string()),
    ];
    Place {
        endpoint: format!("{}&env_prefix={prefix}", vault.endpoint()),
        settings: vault.variables_with(&prefix),
        backend: KEY_VAULT,
        kwargs: json!({ "vault_url": vault.double.url(), "verify_challenge_resource": false }),
        variables: [vault.variables(), own.to_vec()].concat(),
        google: None,
    }
}

/// One place, and a value that changes with every write there.
pub(crate) struct Location {
    pub(crate) place: Place,
    written: Box<dyn Fn() -> String + Send + Sync>,
    shared: Option<Shared>,
}

/// A server that all copies share. Each begins when it is empty, and leaves a database of its own for Airflow to read.
struct Shared {
    api: AirflowApi,
    kept: MetadataDatabase,
}

/// Copies into a server that all copies share, one for each server.
static ONE_AT_A_TIME: [Mutex<()>; 2] = [Mutex::new(()), Mutex::new(())];

impl Location {
    /// Waits until no other copy uses the place, and empties it if others have used it.
    pub(crate) fn enter(&self) -> Option<MutexGuard<'static, ()>> {
        let api = self.shared.as_ref()?.api;
        let lock = &ONE_AT_A_TIME[usize::from(api.airflow() == "3")];
        let alone = lock.lock().unwrap_or_else(PoisonError::into_inner);
        api.clear();
        Some(alone)
    }

    /// Keeps what the place holds now for Airflow to read.
    pub(crate) fn keep(&self, user: &Airbridge) {
        let Some(Shared { api, kept }) = &self.shared else { return };
        let copy = ["copy", AirflowApi::DATABASE, &kept.endpoint(), "--yes"];
        let losses = ["--allow-loss", "absent-vs-empty"];
        let mut command = user.command([&copy[..], &losses].concat());
        command.envs(api.deployment()).envs(kept.settings());
        Run::from(command.output().unwrap()).code(0);
    }

    /// A value that differs after every write.
    pub(crate) fn written(&self) -> String {
        (self.written)()
    }

    fn new(place: Place, written: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { place, written: Box::new(written), shared: None }
    }

    fn of_amazon(place: impl Fn(&AwsUser) -> Place) -> Self {
        let user = AwsUser::in_account();
        Self::new(place(&user), move || user.calls().count_writes().to_string())
    }

    fn of_vault(version: u8) -> Self {
        let mount = VaultMount::counted(version);
        Self::new(Place::vault(&mount), move || mount.calls().count_writes().to_string())
    }

    fn of_api(airflow: &'static str) -> Self {
        let (api, kept) = (AirflowApi::new(airflow), MetadataDatabase::new(System::Sqlite, "3"));
        let prefix = format!("{}_", AirflowApi::unique_name("API"));
        let user = AirflowApi::user().map(|(name, value)| (format!("{prefix}{name}"), value.to_owned()));
        let place = Place {
            endpoint: format!("{}?env_prefix={prefix}", api.endpoint()),
            settings: user.to_vec(),
            ..Place::database(&kept)
        };
        let written = move || api.sql("SELECT * FROM connection; SELECT * FROM variable");
        Self { place, written: Box::new(written), shared: Some(Shared { api, kept }) }
    }

    fn of_database(system: System) -> Self {
        let database = MetadataDatabase::new(system, "3");
        database.sql(&format!("INSERT INTO team (name) VALUES ('{TEAM}')"));
        Self::new(Place::database(&database), move || database.rows())
    }

    fn of_files(place: Place, home: &Path, folder: &str) -> Self {
        let folder = home.join(folder);
        Self::new(place, move || seen(&folder))
    }

    /// A file that no backend of Airflow reads.
    fn of_one_file(home: &Path, folder: &str, file: &str) -> Self {
        let place = Place { endpoint: format!("file:{folder}/{file}"), ..Place::environment(Vec::new()) };
        Self::of_files(place, home, folder)
    }
}

/// The files of a folder, with their times of modification and content.
fn seen(folder: &Path) -> String {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let look = |path: &PathBuf| {
        let modified = std::fs::metadata(path).unwrap().modified().unwrap();
        format!("{} {modified:?} {}\n", path.display(), std::fs::read_to_string(path).unwrap())
    };
    files.iter().map(look).collect()
}

/// The place as one of Airflow's own backends reads it. A `.env` file becomes environment variables. An
/// `airflow_settings.yaml`, which no backend reads, is copied to a folder first.
pub(crate) fn as_airflow_reads(user: &Airbridge, place: &Place, kind: Kind) -> Place {
    let path = place.endpoint.trim_start_matches("file:");
    match kind {
        Kind::Dotenv => {
            Place { endpoint: place.endpoint.clone(), ..Place::environment(lines(&user.read(path))) }
        }
        // It holds what the folder holds that it was exported from.
        Kind::Bundle => {
            let folder = path.trim_end_matches(".age").to_owned();
            Place { endpoint: place.endpoint.clone(), ..Place::folder(user.home(), &folder) }
        }
        Kind::Astro => {
            let folder = format!("{path}.read");
            let target = format!("file:{folder}/");
            user.run(["copy", &place.endpoint, &target, "--yes"]).code(0);
            Place { endpoint: place.endpoint.clone(), ..Place::folder(user.home(), &folder) }
        }
        _ => place.clone(),
    }
}

/// The variables of a `.env` file, as Astro's own loader reads them: one pair of quotes around a value is dropped.
fn lines(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    let bare = |value: &str| {
        let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
        inside('"').or_else(|| inside('\'')).unwrap_or(value).to_owned()
    };
    pairs.map(|(name, value)| (name.to_owned(), bare(value))).collect()
}
