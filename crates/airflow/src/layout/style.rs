//! How a backend class writes ids in names, and which ids a name could have.

use std::borrow::Cow;

use super::scheme::RowRules;
use crate::entry::Kind;
use crate::ids::{constructor_keeps, rest_api_accepts};
use crate::reader::AirflowVersion;

/// How a backend class writes an id after the root of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyStyle {
    /// Unchanged: AWS, Google, files.
    Verbatim,
    /// In upper case, by Unicode's full mapping: environment variables.
    Upper,
    /// Each `_` becomes the separator, and the store ignores case: Azure.
    Dashed {
        /// The separator.
        separator: String,
        /// Whether the provider requests only valid Key Vault names (microsoft-azure 13.3 and later).
        checked: bool,
    },
    /// As the end of a path below a mount. Repeated `/` and those at the start and end are removed. Vault.
    Path,
    /// Unchanged: a row of the metadata database.
    Row {
        /// Whether the database ignores the case of ids.
        ignores_case: bool,
        /// The rules that an id must follow to be stored; `None` for ids that exist already.
        rules: Option<(AirflowVersion, RowRules)>,
    },
    /// Like [`Path`](Self::Path), but the first part of the id is the mount, and the root comes after it:
    /// `MOUNT/ROOT/REST`.
    MountedPath,
}

/// How certain it is which id a name has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// No other id has this name.
    Exact,
    /// Other ids would have this name, but this one is the usual form.
    Guess,
    /// Other ids would have this name, and none is the usual form.
    Open,
}

impl KeyStyle {
    /// The name that Airflow requests. `None` if it requests none.
    pub(super) fn spell(&self, root: &str, key: &str) -> Option<String> {
        match self {
            Self::Verbatim | Self::Row { .. } => Some(format!("{root}{key}")),
            Self::Upper => Some(format!("{root}{}", key.to_uppercase())),
            Self::Dashed { separator, checked } => {
                let name = dashed(&format!("{root}{key}"), separator);
                (!checked || is_key_vault_name(&name)).then_some(name)
            }
            Self::Path => Some(clean_path(&format!("{root}{key}"))),
            Self::MountedPath => {
                let (mount, rest) = key.split_once('/')?;
                // If the mount is empty, the first part of the rest becomes the mount.
                Some(clean_path(&format!("{mount}/{root}{rest}")))
            }
        }
    }

    /// Why the name that Airflow requests would belong to another id, with a hint. `None` if the name is unique.
    pub(super) fn fault(&self, kind: Kind, key: &str) -> Option<&'static str> {
        let path = match self {
            Self::Row { rules: Some((version, rules)), .. } if kind == Kind::Connection => {
                return row_fault(*version, *rules, key);
            }
            Self::Verbatim | Self::Upper | Self::Dashed { .. } | Self::Row { .. } => return None,
            Self::Path => key,
            Self::MountedPath => match key.split_once('/') {
                None => {
                    return Some(
                        "without `mount_point`, Airflow uses the part of the id before the first `/` as the mount; set \
                         `mount_point`, or rename the entry to `MOUNT/ID`",
                    );
                }
                Some(_) => key,
            },
        };
        if path.split('/').any(str::is_empty) {
            Some(
                "`//`, and `/` at the start or end, are removed from the path, so Airflow would read another secret; rename \
                 the entry",
            )
        } else if path.split('/').any(|part| matches!(part, "." | "..")) {
            Some(
                "the parts `.` and `..` are resolved in the URL, so Airflow would read another secret; rename the entry",
            )
        } else {
            None
        }
    }

    /// The rule for names, if Airflow does not request others.
    pub(super) fn alphabet(&self) -> &'static str {
        match self {
            Self::Dashed { .. } => "1 to 127 of the characters `0-9`, `a-z`, `A-Z` and `-`",
            _ => "at least one character",
        }
    }

    /// The ids that `name` could have below `root`, the most likely first. The list may be incomplete, and may contain
    /// ids with another name: the caller must compute their names and compare.
    pub(super) fn keys(&self, root: &str, name: &str) -> Vec<String> {
        let Some(rest) = self.below(root, name) else { return Vec::new() };
        match self {
            Self::Verbatim | Self::Path | Self::Row { .. } => vec![rest.to_owned()],
            Self::Upper => vec![lower(rest)],
            Self::Dashed { separator, .. } if separator.is_empty() => vec![rest.to_owned()],
            Self::Dashed { separator, .. } => vec![rest.replace(separator.as_str(), "_"), rest.to_owned()],
            Self::MountedPath => {
                let mount = name.split_once('/').map_or(name, |(mount, _)| mount);
                vec![format!("{mount}/{rest}")]
            }
        }
    }

    /// How certain it is that a name that was parsed as `key` belongs to it.
    pub(super) fn certainty(&self, key: &str) -> Certainty {
        let has_letters = |key: &str| !key.is_ascii() || key.contains(|c: char| c.is_ascii_alphabetic());
        match self {
            Self::Dashed { separator, .. } if key.contains('_') || key.contains(separator.as_str()) => {
                Certainty::Open
            }
            Self::Upper | Self::Dashed { .. } if has_letters(key) => Certainty::Guess,
            _ => Certainty::Exact,
        }
    }

    /// The part of an id in which Airflow looks for its separator in multi-team mode.
    pub(super) fn guarded<'a>(&self, key: &'a str) -> Cow<'a, str> {
        match self {
            Self::Verbatim | Self::Upper | Self::Path | Self::Row { .. } => Cow::Borrowed(key),
            Self::Dashed { separator, .. } => Cow::Owned(dashed(key, separator)),
            Self::MountedPath => Cow::Borrowed(key.split_once('/').map_or("", |(_, rest)| rest)),
        }
    }

    /// The canonical form of a name, by which names are compared.
    pub(super) fn fold(&self, name: &str) -> String {
        match self {
            Self::Dashed { .. } => name.to_ascii_lowercase(),
            Self::Row { ignores_case: true, .. } => name.to_lowercase(),
            _ => name.to_owned(),
        }
    }

    /// The part of `name` after `root`, and after the mount if names contain it.
    fn below<'a>(&self, root: &str, name: &'a str) -> Option<&'a str> {
        match self {
            Self::Verbatim | Self::Upper | Self::Path | Self::Row { .. } => name.strip_prefix(root),
            Self::Dashed { .. } => {
                let (start, rest) = name.split_at_checked(root.len())?;
                start.eq_ignore_ascii_case(root).then_some(rest)
            }
            Self::MountedPath => name.split_once('/')?.1.strip_prefix(root),
        }
    }
}

/// Why Airflow cannot store a connection with this id, or its tasks not read it.
fn row_fault(version: AirflowVersion, rules: RowRules, key: &str) -> Option<&'static str> {
    if rules == RowRules::RestApi && !rest_api_accepts(key, version) {
        Some(match version {
            AirflowVersion::V2_11 => {
                "an id that the REST API accepts has 1 to 200 of the characters `0-9`, `a-z`, `A-Z`, `_`, `-` and `.`; rename the \
                 entry"
            }
            AirflowVersion::V3_3 => {
                "an id that the REST API accepts has 1 to 200 letters, digits, and characters of `_-.`; rename the entry"
            }
        })
    } else if constructor_keeps(key, version).is_none_or(|kept| kept != key) {
        Some(match version {
            AirflowVersion::V2_11 => {
                "an id in the database has 1 to 250 of the characters `0-9`, `a-z`, `A-Z`, `_` and `#!()-.:/\\`; rename the \
                 entry"
            }
            AirflowVersion::V3_3 => {
                "an id in the database has 1 to 250 letters, digits, and characters of `_#!()-.:/\\`; rename the entry"
            }
        })
    } else if version == AirflowVersion::V3_3 && key.contains('/') {
        Some("tasks of Airflow 3 cannot ask the API server for an id with `/`; rename the entry")
    } else {
        None
    }
}

/// The text with every `_` replaced by the separator. Azure's backend class does this to the prefix as well.
pub(super) fn dashed(text: &str, separator: &str) -> String {
    text.replace('_', separator)
}

/// The path as the server receives it, without empty parts.
pub(super) fn clean_path(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// The usual form of an id in an upper-case name: lower case, if converting it back gives the same name.
fn lower(rest: &str) -> String {
    let lower = rest.to_lowercase();
    if lower.to_uppercase() == rest { lower } else { rest.to_owned() }
}

fn is_key_vault_name(name: &str) -> bool {
    (1..=127).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
