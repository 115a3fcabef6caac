//! Mounts: which ones there are, their version of the key-value engine, and which mount a name belongs to.

use std::collections::BTreeMap;

use airbridge_core::{Error, ErrorKind, Operation, Result};
use serde::Deserialize;

use crate::call::{Answer, Call};
use crate::client::Client;
use crate::request::Request;
use crate::settings::Settings;

/// The version of the key-value engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KvVersion {
    /// One value per path.
    One,
    /// Numbered versions, with check-and-set.
    Two,
}

impl KvVersion {
    fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// A mount of the key-value engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The path, without `/` at its start and end.
    pub(crate) path: String,
    pub(crate) version: KvVersion,
    /// Whether the version comes from the server. If it only comes from the settings, the mount is not written: a KV 1
    /// mount would store a KV 2 write under another name and in another shape.
    pub(crate) certain: bool,
}

/// The mounts of a store.
#[derive(Clone, Debug)]
pub(crate) enum Mounts {
    /// One mount; names are paths inside it.
    One(Mount),
    /// All mounts that the token sees; names start with the mount.
    Each(BTreeMap<String, Mount>),
}

impl Mounts {
    /// The mount that `name` belongs to, and the path inside it.
    ///
    /// Among all mounts the first `/` ends the mount's name, as in Airflow.
    pub(crate) fn locate<'a>(&self, name: &'a str) -> Option<(&Mount, &'a str)> {
        match self {
            Self::One(mount) => Some((mount, name)),
            Self::Each(mounts) => {
                let (mount, path) = name.split_once('/')?;
                Some((mounts.get(mount)?, path))
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mount> {
        let (one, each) = match self {
            Self::One(mount) => (Some(mount), None),
            Self::Each(mounts) => (None, Some(mounts.values())),
        };
        one.into_iter().chain(each.into_iter().flatten())
    }

    /// Finds the mounts that the settings name.
    pub(crate) async fn find(client: &Client, settings: &Settings) -> Result<Self> {
        let configured = match settings.kv_engine_version {
            None => None,
            Some(1) => Some(KvVersion::One),
            Some(2) => Some(KvVersion::Two),
            Some(other) => {
                return Err(Error::config(format!(
                    "`kv_engine_version` {other} is not valid: it must be 1 or 2"
                )));
            }
        };
        match settings.mount() {
            Some(mount) => one(client, mount, configured).await.map(Self::One),
            None => each(client, configured).await.map(Self::Each),
        }
    }
}

/// The server's description of a mount.
#[derive(Deserialize)]
struct Info {
    #[serde(rename = "type")]
    engine: String,
    options: Option<Options>,
    /// Only in the answer for one mount.
    path: Option<String>,
}

#[derive(Deserialize)]
struct Options {
    version: Option<String>,
}

/// All mounts, by path with a `/` at its end.
#[derive(Deserialize)]
struct Visible {
    secret: BTreeMap<String, Info>,
}

impl Info {
    /// The engine's version; `None` if it is not a key-value engine.
    fn version(&self) -> Option<KvVersion> {
        let version = self.options.as_ref().and_then(|options| options.version.as_deref());
        match (self.engine.as_str(), version) {
            ("kv", Some("2")) => Some(KvVersion::Two),
            // `generic` is the engine's name from before it had versions.
            ("kv" | "generic", _) => Some(KvVersion::One),
            _ => None,
        }
    }
}

async fn one(client: &Client, path: &str, configured: Option<KvVersion>) -> Result<Mount> {
    if !crate::name::is_addressable(path) {
        return Err(Error::config(format!("`{path}` is not a valid mount path")));
    }
    let endpoint = Request::Mount { path: path.to_owned() };
    let answer = match client.run(Call::new(Operation::Open, &endpoint), endpoint).await {
        // The server gives the same answer for a missing mount and for one where the token has no permission.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return denied(client, path, configured).await;
        }
        answer => answer?,
    };
    let info: Info = success(client, &answer)?;
    // For a folder inside a mount, the server describes the mount around it.
    if let Some(around) = info.path.as_deref().map(|around| around.trim_matches('/')).filter(|a| *a != path) {
        let inside = path.strip_prefix(around).unwrap_or_default().trim_matches('/');
        return Err(unusable(format!("`{path}` is a folder of the mount `{around}`, not a mount"))
            .with_hint(format!("use `mount_point` `{around}` and put `{inside}/` in front of the paths")));
    }
    let version = info.version().ok_or_else(|| {
        unusable(format!("the mount `{path}` is of type `{}`, not a key-value engine", info.engine))
    })?;
    if let Some(configured) = configured.filter(|configured| *configured != version) {
        let (configured, version) = (configured.number(), version.number());
        return Err(unusable(format!(
            "the mount `{path}` has version {version} of the key-value engine, not {configured}"
        ))
        .with_hint(format!(
            "set `kv_engine_version` to {version} or leave it out; Airflow needs the right version, too"
        )));
    }
    Ok(Mount { path: path.to_owned(), version, certain: true })
}

/// The server did not describe the mount. If it describes others, this one does not exist for the token.
async fn denied(client: &Client, path: &str, configured: Option<KvVersion>) -> Result<Mount> {
    match (visible(client).await, configured) {
        (Ok(visible), _) => {
            let kv = visible.iter().filter(|(_, info)| info.version().is_some()).map(|(name, _)| name.as_str());
            Err(no_such_mount(client.place(), path, kv.collect()))
        }
        (Err(error), Some(version)) if error.kind() == ErrorKind::PermissionDenied => {
            tracing::warn!("the server does not tell the version of the mount `{path}`: it is opened for reading only");
            Ok(Mount { path: path.to_owned(), version, certain: false })
        }
        (Err(error), _) => Err(error.with_hint(
            "give the token a permission below the mount, or set `kv_engine_version` to open the mount for reading",
        )),
    }
}

/// A mount that does not exist or cannot be used as configured.
fn unusable(message: String) -> Error {
    Error::new(ErrorKind::Config, Operation::Open, message)
}

fn no_such_mount(place: &str, path: &str, mut visible: Vec<&str>) -> Error {
    let error =
        unusable(format!("no such mount at {place}: `{path}`, or the token has no permission below it"));
    visible.sort_by_key(|name| (strsim::levenshtein(name, path), *name));
    match visible.len() {
        0 => error.with_hint(
            "check the policies of the token and the namespace: it sees no key-value mount at all",
        ),
        count => {
            let more = if count > 5 { format!(" and {} more", count - 5) } else { String::new() };
            let names: Vec<_> = visible.iter().take(5).map(|name| format!("`{name}`")).collect();
            error.with_hint(format!("use a mount that the token sees: {}{more}", names.join(", ")))
        }
    }
}

async fn each(client: &Client, configured: Option<KvVersion>) -> Result<BTreeMap<String, Mount>> {
    let mut mounts = BTreeMap::new();
    for (path, info) in visible(client).await? {
        match info.version() {
            None => {}
            Some(version) if configured.is_some_and(|configured| configured != version) => {
                tracing::info!(
                    "skipped the mount `{path}`: it has version {} of the engine",
                    version.number()
                );
            }
            // Airflow reads an id up to the first slash as the mount, so it cannot name this one.
            Some(_) if path.contains('/') => {
                tracing::info!("skipped the mount `{path}`: its name contains a slash");
            }
            Some(version) => {
                mounts.insert(path.clone(), Mount { path, version, certain: true });
            }
        }
    }
    if mounts.is_empty() {
        return Err(unusable(format!("the token sees no key-value mount at {}", client.place())).with_hint(
            "check the policies of the token, `namespace`, and `kv_engine_version` if it is set",
        ));
    }
    Ok(mounts)
}

/// Every mount that the token may use, by path without `/` at its start and end.
async fn visible(client: &Client) -> Result<Vec<(String, Info)>> {
    let endpoint = Request::Mounts;
    let answer = client.run(Call::new(Operation::Open, &endpoint), endpoint).await?;
    let Visible { secret } = success(client, &answer)?;
    Ok(secret.into_iter().map(|(path, info)| (path.trim_matches('/').to_owned(), info)).collect())
}

fn success<'a, T: Deserialize<'a>>(client: &Client, answer: &'a Answer) -> Result<T> {
    match answer.status {
        200 => answer.data().ok_or_else(|| client.unexpected_body(answer)),
        _ => Err(client.error(answer)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Info, KvVersion, Mount, Mounts, no_such_mount};

    fn info(json: &str) -> Info {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn mount_without_version_option_has_version_1() {
        for (json, version) in [
            (r#"{"type":"kv","options":{"version":"2"}}"#, Some(KvVersion::Two)),
            (r#"{"type":"kv","options":{"version":"1"}}"#, Some(KvVersion::One)),
            (r#"{"type":"kv","options":null}"#, Some(KvVersion::One)),
            (r#"{"type":"kv"}"#, Some(KvVersion::One)),
            (r#"{"type":"generic","options":{}}"#, Some(KvVersion::One)),
            (r#"{"type":"transit","options":{"version":"2"}}"#, None),
        ] {
            assert_eq!(info(json).version(), version, "{json}");
        }
    }

    #[test]
    fn name_among_all_mounts_is_split_at_the_first_slash() {
        let mount = |path: &str| Mount { path: path.to_owned(), version: KvVersion::Two, certain: true };
        let each = Mounts::Each(BTreeMap::from([("air".to_owned(), mount("air"))]));
        assert_eq!(each.locate("air/a/b"), Some((&mount("air"), "a/b")));
        assert_eq!(each.locate("air"), None);
        assert_eq!(each.locate("other/a"), None);
        assert_eq!(Mounts::One(mount("air")).locate("air/a"), Some((&mount("air"), "air/a")));
    }

    #[test]
    fn missing_mount_hint_names_the_nearest_mount_first() {
        let error = no_such_mount("vault", "sercet", vec!["kv", "secret", "a", "b", "c", "d"]);
        assert!(error.hint().unwrap().contains("sees: `secret`"), "{:?}", error.hint());
        assert!(error.hint().unwrap().ends_with("and 1 more"), "{:?}", error.hint());
        assert!(no_such_mount("vault", "x", vec![]).hint().unwrap().contains("no key-value mount"));
    }
}
