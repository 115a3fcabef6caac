//! Mounts: where they are, which version of the key-value engine they have, and which mount a name belongs to.

use std::collections::BTreeMap;

use airbridge_core::{Error, ErrorKind, Operation, Result};
use serde::Deserialize;

use crate::client::Client;
use crate::settings::{Settings, wrong};
use crate::transport::{Answer, Call};

/// The version of the key-value engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KvVersion {
    /// One value per path.
    One,
    /// Numbered versions, check-and-set.
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
    /// Its path, without slashes around it.
    pub(crate) path: String,
    pub(crate) version: KvVersion,
    /// Whether the server said so; a version that the user alone vouches for is good for reading only, since a KV 1
    /// mount keeps what a KV 2 write sends under another name and in another shape.
    pub(crate) certain: bool,
}

/// The mounts of a store.
#[derive(Clone, Debug)]
pub(crate) enum Mounts {
    /// One; names are paths inside it.
    One(Mount),
    /// All that the token sees; names start with the mount.
    Each(BTreeMap<String, Mount>),
}

impl Mounts {
    /// The mount that `name` belongs to and the path inside it.
    ///
    /// Among all mounts the first `/` separates, as in Airflow.
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

    /// Finds the mounts that the settings speak of.
    pub(crate) async fn find(client: &Client, settings: &Settings) -> Result<Self> {
        let said = match settings.kv_engine_version {
            None => None,
            Some(1) => Some(KvVersion::One),
            Some(2) => Some(KvVersion::Two),
            Some(other) => {
                return Err(wrong(format!("kv_engine_version {other} does not exist; there are 1 and 2")));
            }
        };
        match settings.mount() {
            Some(mount) => one(client, mount, said).await.map(Self::One),
            None => each(client, said).await.map(Self::Each),
        }
    }
}

/// What the server says of a mount.
#[derive(Deserialize)]
struct Info {
    #[serde(rename = "type")]
    engine: String,
    options: Option<Options>,
    /// Only where one mount was asked for.
    path: Option<String>,
}

#[derive(Deserialize)]
struct Options {
    version: Option<String>,
}

/// All mounts, by path with a slash at the end.
#[derive(Deserialize)]
struct Visible {
    secret: BTreeMap<String, Info>,
}

impl Info {
    /// The version; `None` if this is no key-value engine.
    fn version(&self) -> Option<KvVersion> {
        let version = self.options.as_ref().and_then(|options| options.version.as_deref());
        match (self.engine.as_str(), version) {
            ("kv", Some("2")) => Some(KvVersion::Two),
            // Before it had versions the engine was called `generic`.
            ("kv" | "generic", _) => Some(KvVersion::One),
            _ => None,
        }
    }
}

async fn one(client: &Client, path: &str, said: Option<KvVersion>) -> Result<Mount> {
    if !crate::name::is_addressable(path) {
        return Err(wrong(format!("`{path}` cannot be a mount")));
    }
    let call = Call::get(Operation::Open, format!("sys/internal/ui/mounts/{path}"));
    let answer = match client.send(&call).await {
        // The server says the same of a mount that is not there and of one where the token may do nothing.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return denied(client, path, said).await,
        answer => answer?,
    };
    let info: Info = success(client, &call, &answer)?;
    // Asked for a folder, the server tells of the mount around it.
    if let Some(around) = info.path.as_deref().map(|around| around.trim_matches('/')).filter(|a| *a != path) {
        let inside = path.strip_prefix(around).unwrap_or_default().trim_matches('/');
        return Err(unfit(format!("`{path}` is a folder of the mount `{around}`, not a mount"))
            .with_hint(format!("use mount_point `{around}` and put `{inside}/` in front of the paths")));
    }
    let version = info.version().ok_or_else(|| {
        unfit(format!("the mount `{path}` is of type `{}` and keeps no key-value secrets", info.engine))
    })?;
    if let Some(said) = said.filter(|said| *said != version) {
        let (said, version) = (said.number(), version.number());
        return Err(unfit(format!(
            "the mount `{path}` has version {version} of the key-value engine, not {said}"
        ))
        .with_hint(format!(
            "leave kv_engine_version out, or say {version}; Airflow needs the right one too"
        )));
    }
    Ok(Mount { path: path.to_owned(), version, certain: true })
}

/// The server does not tell of the mount. If it tells of others, this one is not there for us.
async fn denied(client: &Client, path: &str, said: Option<KvVersion>) -> Result<Mount> {
    match (visible(client).await, said) {
        (Ok(visible), _) => {
            let kv = visible.iter().filter(|(_, info)| info.version().is_some()).map(|(name, _)| name.as_str());
            Err(not_there(client.place(), path, kv.collect()))
        }
        (Err(error), Some(version)) if error.kind() == ErrorKind::PermissionDenied => {
            tracing::warn!("the server does not say which version `{path}` has: it is opened for reading only");
            Ok(Mount { path: path.to_owned(), version, certain: false })
        }
        (Err(error), _) => Err(error.with_hint(
            "the token needs some right below the mount; kv_engine_version says what the server does not, for reading",
        )),
    }
}

/// What the settings name and the server does not have, or has otherwise.
fn unfit(message: String) -> Error {
    Error::new(ErrorKind::Config, Operation::Open, message)
}

fn not_there(place: &str, path: &str, mut visible: Vec<&str>) -> Error {
    let error = unfit(format!("{place} has no mount `{path}`, or the token may do nothing there"));
    visible.sort_by_key(|name| (distance(name, path), *name));
    match visible.len() {
        0 => {
            error.with_hint("the token sees no key-value mount at all: check its policies and the namespace")
        }
        count => {
            let more = if count > 5 { format!(" and {} more", count - 5) } else { String::new() };
            let names: Vec<_> = visible.iter().take(5).map(|name| format!("`{name}`")).collect();
            error.with_hint(format!("it sees {}{more}", names.join(", ")))
        }
    }
}

async fn each(client: &Client, said: Option<KvVersion>) -> Result<BTreeMap<String, Mount>> {
    let mut mounts = BTreeMap::new();
    for (path, info) in visible(client).await? {
        match info.version() {
            None => {}
            Some(version) if said.is_some_and(|said| said != version) => {
                tracing::info!(
                    "mount `{path}` is left out: it has version {} of the engine",
                    version.number()
                );
            }
            // Airflow takes what is before the first slash of an id for the mount, so it never gets there.
            Some(_) if path.contains('/') => {
                tracing::info!("mount `{path}` is left out: its name has a slash");
            }
            Some(version) => {
                mounts.insert(path.clone(), Mount { path, version, certain: true });
            }
        }
    }
    if mounts.is_empty() {
        return Err(unfit(format!("the token sees no key-value mount of {}", client.place()))
            .with_hint("check its policies, the namespace, and kv_engine_version if you say one"));
    }
    Ok(mounts)
}

/// Every mount that the token may use, without slashes around.
async fn visible(client: &Client) -> Result<Vec<(String, Info)>> {
    let call = Call::get(Operation::Open, "sys/internal/ui/mounts");
    let answer = client.send(&call).await?;
    let Visible { secret } = success(client, &call, &answer)?;
    Ok(secret.into_iter().map(|(path, info)| (path.trim_matches('/').to_owned(), info)).collect())
}

fn success<'a, T: Deserialize<'a>>(client: &Client, call: &Call, answer: &'a Answer) -> Result<T> {
    match answer.status {
        200 => answer.data().ok_or_else(|| client.odd(call, answer)),
        _ => Err(client.error(call, answer)),
    }
}

/// How many characters have to be changed, added or removed to get from one to the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Info, KvVersion, Mount, Mounts, distance, not_there};

    fn info(json: &str) -> Info {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_mount_without_options_has_version_1() {
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
    fn among_all_mounts_the_first_slash_separates() {
        let mount = |path: &str| Mount { path: path.to_owned(), version: KvVersion::Two, certain: true };
        let each = Mounts::Each(BTreeMap::from([("air".to_owned(), mount("air"))]));
        assert_eq!(each.locate("air/a/b"), Some((&mount("air"), "a/b")));
        assert_eq!(each.locate("air"), None);
        assert_eq!(each.locate("other/a"), None);
        assert_eq!(Mounts::One(mount("air")).locate("air/a"), Some((&mount("air"), "air/a")));
    }

    #[test]
    fn a_missing_mount_names_the_nearest_first() {
        let error = not_there("vault", "sercet", vec!["kv", "secret", "a", "b", "c", "d"]);
        assert!(error.hint().unwrap().starts_with("it sees `secret`"), "{:?}", error.hint());
        assert!(error.hint().unwrap().ends_with("and 1 more"), "{:?}", error.hint());
        assert!(not_there("vault", "x", vec![]).hint().unwrap().contains("no key-value mount"));
    }

    #[test]
    fn distances() {
        for (a, b, expected) in [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("secret", "sercet", 2)]
        {
            assert_eq!(distance(a, b), expected);
        }
    }
}
