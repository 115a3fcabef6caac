//! Builds the layout of each of Airflow's backend classes from its kwargs.
//!
//! The facts come from running the provider versions that [`AirflowVersion`] lists.

use std::sync::Arc;

use super::kind::PerKind;
use super::lookup::Pattern;
use super::names::Layout;
use super::roots::{Guard, RootKwargs, Roots, TeamLookup};
use super::scheme::{LayoutError, Paths, Prefix, Scheme};
use super::style::{KeyStyle, clean_path, dashed};
use crate::entry::Kind;
use crate::reader::AirflowVersion;

/// The maximum length of a team's name, by its database column.
const LONGEST_TEAM: usize = 50;

/// The separator between a team and an id in AWS, Google and Azure, independent of `sep`.
const TEAM_SEPARATOR: &str = "--";

/// The ids that AWS and Azure backends reject.
const DASHES: Guard = Guard { separator: TEAM_SEPARATOR, config: true, in_teams: true };

/// The default prefixes of Google and Azure.
const FLAT_DEFAULTS: [&str; 3] = ["airflow-connections", "airflow-variables", "airflow-config"];

pub(super) fn build(
    scheme: &Scheme,
    version: AirflowVersion,
    team: Option<&str>,
) -> Result<Layout, LayoutError> {
    check_team(version, team)?;
    let mut layout = match scheme {
        Scheme::AwsSecretsManager { prefixes, sep, lookup } => {
            let sep = sep.as_deref().unwrap_or("/");
            let root = |_, prefix: &str| Ok(stripped(prefix, sep));
            // Without a prefix, Airflow requests no names of teams.
            let of_team =
                |root: &str, team: &str| (!root.is_empty()).then(|| format!("{root}{team}{TEAM_SEPARATOR}"));
            let defaults = ["airflow/connections", "airflow/variables", "airflow/config"];
            let mut layout = prefixed("AWS Secrets Manager", prefixes, defaults, team, root, of_team)?;
            layout.look_up(lookup)?;
            layout.kwargs = Some(RootKwargs { word: "prefix", sep: Some(sep.to_owned()) });
            layout
        }
        Scheme::AwsSsm { prefixes, lookup } => {
            let root = |_, prefix: &str| {
                let root = format!("{}/", prefix.trim_end_matches('/'));
                Ok(if root.starts_with('/') { root } else { format!("/{root}") })
            };
            let defaults = ["/airflow/connections", "/airflow/variables", "/airflow/config"];
            let mut layout =
                prefixed("AWS Parameter Store", prefixes, defaults, team, root, dashes_after_team)?;
            layout.look_up(lookup)?;
            layout
        }
        Scheme::GcpSecretManager { prefixes, sep } => {
            let sep = sep.as_deref().unwrap_or("-");
            let root = |kind, prefix: &str| google_root(kind, prefix, sep);
            let mut layout =
                prefixed("Google Secret Manager", prefixes, FLAT_DEFAULTS, team, root, dashes_after_team)?;
            // Unlike the three other classes, this one does not reject config options.
            layout.guard = Some(Guard { config: false, ..DASHES });
            layout.kwargs = Some(RootKwargs { word: "prefix", sep: Some(sep.to_owned()) });
            layout
        }
        Scheme::AzureKeyVault { prefixes, sep } => {
            let sep = sep.as_deref().unwrap_or("-");
            let root = |_, prefix: &str| Ok(dashed(&stripped(prefix, sep), sep));
            let of_team =
                |root: &str, team: &str| Some(format!("{root}{}{TEAM_SEPARATOR}", dashed(team, sep)));
            let mut layout = prefixed("Azure Key Vault", prefixes, FLAT_DEFAULTS, team, root, of_team)?;
            layout.style =
                KeyStyle::Dashed { separator: sep.to_owned(), checked: version != AirflowVersion::V2_11 };
            layout.kwargs = Some(RootKwargs { word: "prefix", sep: Some(sep.to_owned()) });
            layout
        }
        Scheme::Vault { paths, mount_point, global_secrets_path, use_team_secrets_path } => {
            let global = global_secrets_path.as_deref();
            if version == AirflowVersion::V2_11 {
                check_vault_2_11(paths, global, *use_team_secrets_path)?;
            }
            let mount_in_names = vault_mount_in_names(mount_point)?;
            vault(paths, mount_in_names, global, use_team_secrets_path.unwrap_or(true), team)
        }
        Scheme::Environment => environment(team),
        Scheme::Files { kinds } => files(kinds, team),
        Scheme::Database { ignores_case, writes } => {
            let rules = writes.map(|rules| (version, rules));
            database(KeyStyle::Row { ignores_case: *ignores_case, rules }, team)
        }
    };
    if version == AirflowVersion::V2_11 {
        layout.guard = None;
    }
    Ok(layout)
}

fn check_team(version: AirflowVersion, team: Option<&str>) -> Result<(), LayoutError> {
    let Some(team) = team else { return Ok(()) };
    let message = if version == AirflowVersion::V2_11 {
        "Airflow 2.11 does not support teams; remove `team`, or set `airflow_version=3.3`"
    } else if team.is_empty() {
        "the name of the team is empty; remove `team` to use the entries that all teams share"
    } else if team.chars().count() > LONGEST_TEAM {
        "the name of a team can have at most 50 characters"
    } else {
        return Ok(());
    };
    Err(LayoutError::new("team", message))
}

/// A backend class whose names consist of a prefix and an id.
fn prefixed(
    place: &'static str,
    prefixes: &PerKind<Prefix>,
    defaults: [&str; 3],
    team: Option<&str>,
    root: impl Fn(Kind, &str) -> Result<String, LayoutError>,
    of_team: impl Fn(&str, &str) -> Option<String>,
) -> Result<Layout, LayoutError> {
    let [connections, variables, config] = defaults;
    let defaults = PerKind { connections, variables, config };
    let roots = PerKind::try_from_fn(|kind| {
        let (plural, entries) = (kind.plural(), kind.in_prose());
        let prefix = match prefixes.get(kind) {
            Prefix::Default => *defaults.get(kind),
            Prefix::Text(text) => text,
            Prefix::Off => {
                let absent = format!(
                    "`{plural}_prefix` is null, so Airflow does not look up {entries} in {place}; set `{plural}_prefix`, or \
                     exclude {entries}"
                );
                let off_by = Some(format!("{plural}_prefix"));
                return Ok(Roots { absent, off_by, ..Roots::default() });
            }
        };
        let shared = vec![root(kind, prefix)?];
        let own = |team: &str| shared.iter().filter_map(|root| of_team(root, team)).collect();
        let absent = format!(
            "`{plural}_prefix` is empty, so Airflow does not look up {entries} of teams in {place}; set `{plural}_prefix`, or \
             remove `team`"
        );
        Ok(Roots::of(kind, shared.clone(), team.map(own), absent))
    })?;
    Ok(Layout {
        place,
        roots,
        style: KeyStyle::Verbatim,
        team: team.map(Arc::from),
        team_lookup: TeamLookup::ThenShared,
        guard: Some(DASHES),
        kwargs: Some(RootKwargs { word: "prefix", sep: None }),
    })
}

/// AWS Secrets Manager and Azure strip all *characters* of the separator from the end of a prefix. An empty prefix is
/// not followed by a separator.
fn stripped(prefix: &str, sep: &str) -> String {
    let prefix = prefix.trim_end_matches(|c| sep.contains(c));
    if prefix.is_empty() { String::new() } else { format!("{prefix}{sep}") }
}

#[expect(clippy::unnecessary_wraps, reason = "has the same signature as rules that return `None`")]
fn dashes_after_team(root: &str, team: &str) -> Option<String> {
    Some(format!("{root}{team}{TEAM_SEPARATOR}"))
}

/// Google strips nothing. Its constructor checks only the prefix of connections.
fn google_root(kind: Kind, prefix: &str, sep: &str) -> Result<String, LayoutError> {
    let fits = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let message = "must contain only letters, digits, `-` and `_`; otherwise Airflow does not start";
    if kind == Kind::Connection && !fits(sep) {
        return Err(LayoutError::new("sep", message));
    }
    if kind == Kind::Connection && !fits(prefix) {
        return Err(LayoutError::new("connections_prefix", message));
    }
    Ok(format!("{prefix}{sep}"))
}

fn check_vault_2_11(
    paths: &PerKind<Paths>,
    global: Option<&str>,
    use_team_secrets_path: Option<bool>,
) -> Result<(), LayoutError> {
    let list = Kind::ALL.into_iter().find(|kind| matches!(paths.get(*kind), Paths::List(_)));
    if let Some(kind) = list {
        let message = "the Vault provider of Airflow 2.11 does not support a list of paths; set one path, or set `airflow_version=3.3`";
        return Err(LayoutError::new(format!("{}_path", kind.plural()), message));
    }
    let unknown = [
        ("global_secrets_path", global.is_some()),
        ("use_team_secrets_path", use_team_secrets_path.is_some()),
    ];
    match unknown.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((key, _)) => {
            let message = format!(
                "the Vault provider of Airflow 2.11 does not support it; remove `{key}`, or set `airflow_version=3.3`"
            );
            Err(LayoutError::new(key, message))
        }
    }
}

/// Whether ids start with their mount. For Airflow, a mount point of null is the same as an empty one.
fn vault_mount_in_names(mount_point: &Prefix) -> Result<bool, LayoutError> {
    match mount_point {
        Prefix::Default => Ok(false),
        Prefix::Off => Ok(true),
        Prefix::Text(mount) if !mount.is_empty() && mount.trim_matches('/').is_empty() => {
            let message = "slashes are not a valid mount point; remove `mount_point` to use `secret`, or set it to null if the \
                           ids start with their mount";
            Err(LayoutError::new("mount_point", message))
        }
        Prefix::Text(mount) => Ok(mount.is_empty()),
    }
}

fn vault(
    paths: &PerKind<Paths>,
    mount_in_names: bool,
    global: Option<&str>,
    use_team_secrets_path: bool,
    team: Option<&str>,
) -> Layout {
    let roots = |kind: Kind| {
        let (plural, entries) = (kind.plural(), kind.in_prose());
        let mut bases: Vec<&str> = match paths.get(kind) {
            Paths::Default => vec![plural],
            Paths::Off => Vec::new(),
            Paths::Text(path) => vec![path],
            Paths::List(paths) => paths.iter().map(String::as_str).collect(),
        };
        // It also enables a kind whose own path is null.
        bases.extend(global);
        let below = |team: Option<&str>| {
            let mut roots: Vec<String> = Vec::new();
            for base in &bases {
                let path = clean_path(&format!("{base}/{}", team.unwrap_or_default()));
                let root = if path.is_empty() { path } else { format!("{path}/") };
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
            roots
        };
        let absent = if bases.is_empty() {
            format!(
                "`{plural}_path` has no path, so Airflow does not look up {entries} in Vault; set `{plural}_path`, or exclude \
                 {entries}"
            )
        } else {
            "`use_team_secrets_path` is false, so Airflow does not look up secrets of teams in Vault; remove `team`".to_owned()
        };
        let own = team.map(|team| if use_team_secrets_path { below(Some(team)) } else { Vec::new() });
        let off_by = bases.is_empty().then(|| format!("{plural}_path"));
        Roots { off_by, ..Roots::of(kind, below(None), own, absent) }
    };
    Layout {
        place: "Vault",
        roots: PerKind {
            connections: roots(Kind::Connection),
            variables: roots(Kind::Variable),
            config: roots(Kind::Config),
        },
        style: if mount_in_names { KeyStyle::MountedPath } else { KeyStyle::Path },
        team: team.map(Arc::from),
        team_lookup: TeamLookup::Alone,
        guard: use_team_secrets_path.then_some(Guard { separator: "/", config: false, in_teams: false }),
        kwargs: Some(RootKwargs { word: "path", sep: None }),
    }
}

fn environment(team: Option<&str>) -> Layout {
    let roots = |kind: Kind, shared: &str| {
        let own = team.map(|team| vec![format!("{shared}_{}___", team.to_uppercase())]);
        Roots::of(kind, vec![shared.to_owned()], own, String::new())
    };
    let absent =
        "Airflow does not look up config options in these environment variables; exclude config options"
            .to_owned();
    Layout {
        place: "environment variables",
        roots: PerKind {
            connections: roots(Kind::Connection, "AIRFLOW_CONN_"),
            variables: roots(Kind::Variable, "AIRFLOW_VAR_"),
            config: Roots { absent, ..Roots::default() },
        },
        style: KeyStyle::Upper,
        team: team.map(Arc::from),
        team_lookup: TeamLookup::ThenShared,
        guard: Some(Guard { separator: "___", config: false, in_teams: true }),
        kwargs: None,
    }
}

fn files(kinds: &[Kind], team: Option<&str>) -> Layout {
    let roots = |kind: Kind| {
        let entries = kind.in_prose();
        if kinds.contains(&kind) {
            let roots = vec![format!("{}/", kind.plural())];
            Roots::of(kind, roots.clone(), team.map(|_| roots), String::new())
        } else {
            let absent = format!("this file cannot hold {entries}; exclude {entries}, or use another format");
            Roots { absent, ..Roots::default() }
        }
    };
    Layout {
        place: "files",
        roots: PerKind {
            connections: roots(Kind::Connection),
            variables: roots(Kind::Variable),
            config: roots(Kind::Config),
        },
        style: KeyStyle::Verbatim,
        team: team.map(Arc::from),
        team_lookup: TeamLookup::Alone,
        guard: None,
        kwargs: None,
    }
}

/// The metadata database. Airflow asks for the rows of the team and of none at the same time.
fn database(style: KeyStyle, team: Option<&str>) -> Layout {
    let mut layout = files(&[Kind::Connection, Kind::Variable], team);
    "the metadata database holds no config options; exclude config options"
        .clone_into(&mut layout.roots.config.absent);
    Layout { place: "the metadata database", style, team_lookup: TeamLookup::ThenShared, ..layout }
}

impl Layout {
    /// The layout of `scheme` in Airflow of `version`. With a `team`, it has only that team's names: neither the
    /// shared names nor config options, which do not belong to teams.
    ///
    /// # Errors
    ///
    /// If Airflow does not start with these kwargs, or does not support the team.
    pub fn new(scheme: &Scheme, version: AirflowVersion, team: Option<&str>) -> Result<Self, LayoutError> {
        build(scheme, version, team)
    }

    /// Compiles the lookup patterns.
    fn look_up(&mut self, lookup: &PerKind<Option<String>>) -> Result<(), LayoutError> {
        for kind in Kind::ALL {
            if let Some(pattern) = lookup.get(kind) {
                let compiled = Pattern::new(pattern).map_err(|message| {
                    LayoutError::new(format!("{}_lookup_pattern", kind.plural()), message)
                })?;
                self.roots.get_mut(kind).pattern = Some(compiled);
            }
        }
        Ok(())
    }
}
