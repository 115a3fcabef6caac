//! Unit tests of layouts. `tests/naming.rs` of this crate compares them with the requests of a real Airflow.

mod back;
mod forward;
mod lookup;
mod properties;
mod survey;

use airbridge_core::SecretName;

use super::{Layout, Parsed, Paths, PerKind, Prefix, Scheme};
use crate::{AirflowVersion, EntryId};

/// The layout of Airflow 3.3 without a team.
fn layout(scheme: &Scheme) -> Layout {
    Layout::new(scheme, AirflowVersion::V3_3, None).unwrap()
}

/// The layout of a team.
fn of_team(scheme: &Scheme, team: &str) -> Layout {
    Layout::new(scheme, AirflowVersion::V3_3, Some(team)).unwrap()
}

/// A backend class without kwargs.
fn preset(name: &str) -> Scheme {
    let prefixes = PerKind::default();
    match name {
        "aws_secrets_manager" => {
            Scheme::AwsSecretsManager { prefixes, sep: None, lookup: PerKind::default() }
        }
        "aws_ssm" => Scheme::AwsSsm { prefixes, lookup: PerKind::default() },
        "gcp_secret_manager" => Scheme::GcpSecretManager { prefixes, sep: None },
        "azure_key_vault" => Scheme::AzureKeyVault { prefixes, sep: None },
        "vault" => Scheme::Vault {
            paths: PerKind::default(),
            mount_point: Prefix::Default,
            global_secrets_path: None,
            use_team_secrets_path: None,
        },
        "environment" => Scheme::Environment,
        other => panic!("no backend class {other}"),
    }
}

/// AWS Secrets Manager with prefixes for connections and variables.
fn secrets_manager(connections: &str, variables: &str) -> Scheme {
    let prefixes = PerKind {
        connections: Prefix::Text(connections.to_owned()),
        variables: Prefix::Text(variables.to_owned()),
        config: Prefix::Off,
    };
    Scheme::AwsSecretsManager { prefixes, sep: None, lookup: PerKind::default() }
}

/// Azure with a separator.
fn azure(sep: &str) -> Scheme {
    Scheme::AzureKeyVault { prefixes: PerKind::default(), sep: Some(sep.to_owned()) }
}

/// Vault with paths for connections.
fn vault(connections: &[&str], mount_point: Prefix) -> Scheme {
    let connections = Paths::List(connections.iter().map(|path| (*path).to_owned()).collect());
    Scheme::Vault {
        paths: PerKind { connections, ..PerKind::default() },
        mount_point,
        global_secrets_path: None,
        use_team_secrets_path: None,
    }
}

fn id(text: &str) -> EntryId {
    EntryId::parse(text).unwrap()
}

fn ids(texts: &[&str]) -> Vec<EntryId> {
    texts.iter().map(|text| id(text)).collect()
}

/// The name of an entry, or the reason why it has none.
fn name_of(layout: &Layout, entry: &str) -> Result<String, &'static str> {
    layout.name_of(&id(entry)).map(|name| name.to_string()).map_err(|error| error.reason)
}

/// The result of parsing a name, as a string.
fn parse(layout: &Layout, name: &str) -> String {
    let team = layout.team().map(str::to_owned);
    let show = |id: &EntryId| {
        assert_eq!(id.team.as_deref(), team.as_deref());
        id.to_string()
    };
    match layout.parse(&SecretName::new(name)) {
        Parsed::Exact(id) => show(&id),
        Parsed::Guess(id) => format!("{}?", show(&id)),
        Parsed::Ambiguous(ids) => ids.iter().map(show).collect::<Vec<_>>().join(" or "),
        Parsed::Foreign => "foreign".to_owned(),
    }
}
