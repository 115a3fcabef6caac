//! How an id becomes the end of a name, and which ids an end could come from.

use std::borrow::Cow;

/// How an id becomes the end of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyStyle {
    /// As it is: AWS, Google, files.
    Verbatim,
    /// In capitals, by Unicode's full mapping: environment variables.
    Upper,
    /// Each `_` becomes the separator, and the store ignores case: Azure.
    Dashed {
        /// The separator.
        separator: String,
        /// Whether the provider asks only for names that Key Vault can have (microsoft-azure 13.3 and later).
        checked: bool,
    },
    /// As the end of a path below a mount, in which runs of `/` and those at the edges vanish: Vault.
    Path,
    /// As [`Path`](Self::Path), with the mount as the first part of the id; the root stands between: `MOUNT/ROOT/REST`.
    MountedPath,
}

/// How sure the way back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// No other id has this name.
    Exact,
    /// Other ids have this name, but this is how people write them.
    Guess,
    /// Other ids have this name, and no spelling is usual.
    Open,
}

impl KeyStyle {
    /// The name that Airflow asks for; `None` if it does not ask.
    pub(super) fn spell(&self, root: &str, key: &str) -> Option<String> {
        match self {
            Self::Verbatim => Some(format!("{root}{key}")),
            Self::Upper => Some(format!("{root}{}", key.to_uppercase())),
            Self::Dashed { separator, checked } => {
                let name = dashed(&format!("{root}{key}"), separator);
                (!checked || is_key_vault_name(&name)).then_some(name)
            }
            Self::Path => Some(clean_path(&format!("{root}{key}"))),
            Self::MountedPath => {
                let (mount, rest) = key.split_once('/')?;
                // With nothing before the slash, the mount is the first part of what is left.
                Some(clean_path(&format!("{mount}/{root}{rest}")))
            }
        }
    }

    /// Why the name that Airflow asks for would not be this id's own, with the way out; `None` if it is.
    pub(super) fn fault(&self, key: &str) -> Option<&'static str> {
        let path = match self {
            Self::Verbatim | Self::Upper | Self::Dashed { .. } => return None,
            Self::Path => key,
            Self::MountedPath => match key.split_once('/') {
                None => {
                    return Some(
                        "without a mount point, Airflow takes the mount from what stands before the first `/` of an id; \
                         set `mount_point`, or rename it to `MOUNT/ID`",
                    );
                }
                Some(_) => key,
            },
        };
        if path.split('/').any(str::is_empty) {
            Some(
                "a `/` at its start or end, and `//`, vanish from the path, so Airflow would read another secret; rename it",
            )
        } else if path.split('/').any(|part| matches!(part, "." | "..")) {
            Some(
                "parts `.` and `..` are resolved in the address, so Airflow would read another secret; rename it",
            )
        } else {
            None
        }
    }

    /// What names must be made of, where Airflow does not ask for others.
    pub(super) fn alphabet(&self) -> &'static str {
        match self {
            Self::Dashed { .. } => "1 to 127 of the characters `0-9`, `a-z`, `A-Z` and `-`",
            _ => "at least one character",
        }
    }

    /// The ids that `name` could stand for below `root`, the likeliest first. Not all of them where there are many, and
    /// possibly some that have another name: the caller spells them again.
    pub(super) fn keys(&self, root: &str, name: &str) -> Vec<String> {
        let Some(rest) = self.below(root, name) else { return Vec::new() };
        match self {
            Self::Verbatim | Self::Path => vec![rest.to_owned()],
            Self::Upper => vec![lower(rest)],
            Self::Dashed { separator, .. } if separator.is_empty() => vec![rest.to_owned()],
            Self::Dashed { separator, .. } => vec![rest.replace(separator.as_str(), "_"), rest.to_owned()],
            Self::MountedPath => {
                let mount = name.split_once('/').map_or(name, |(mount, _)| mount);
                vec![format!("{mount}/{rest}")]
            }
        }
    }

    /// How sure it is that an end of a name that reads as `key` stands for it.
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

    /// The part of an id in which multi-team Airflow looks for its separator.
    pub(super) fn guarded<'a>(&self, key: &'a str) -> Cow<'a, str> {
        match self {
            Self::Verbatim | Self::Upper | Self::Path => Cow::Borrowed(key),
            Self::Dashed { separator, .. } => Cow::Owned(dashed(key, separator)),
            Self::MountedPath => Cow::Borrowed(key.split_once('/').map_or("", |(_, rest)| rest)),
        }
    }

    /// The text by which names are told apart.
    pub(super) fn fold(&self, name: &str) -> String {
        match self {
            Self::Dashed { .. } => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        }
    }

    /// What follows `root` in `name`, past the mount where names carry one.
    fn below<'a>(&self, root: &str, name: &'a str) -> Option<&'a str> {
        match self {
            Self::Verbatim | Self::Upper | Self::Path => name.strip_prefix(root),
            Self::Dashed { .. } => {
                let (start, rest) = name.split_at_checked(root.len())?;
                start.eq_ignore_ascii_case(root).then_some(rest)
            }
            Self::MountedPath => name.split_once('/')?.1.strip_prefix(root),
        }
    }
}

/// Azure's backend class: every `_` becomes the separator, in the prefix as well.
pub(super) fn dashed(text: &str, separator: &str) -> String {
    text.replace('_', separator)
}

/// What the server gets to see: no empty parts.
pub(super) fn clean_path(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// Variables are in capitals and ids, by habit, are not; a capital without a way back stays as it is.
fn lower(rest: &str) -> String {
    let lower = rest.to_lowercase();
    if lower.to_uppercase() == rest { lower } else { rest.to_owned() }
}

fn is_key_vault_name(name: &str) -> bool {
    (1..=127).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
