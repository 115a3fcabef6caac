//! Where entries probably are, if no name is where Airflow looks.

use std::collections::BTreeMap;

use airbridge_core::SecretName;
use strsim::damerau_levenshtein;

use super::names::Layout;
use crate::entry::Kind;

/// How many starts are named.
const NAMED: usize = 3;

/// A start that names have in common and that could be the root of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// How the names start, with the separator: `airflow-connections-`.
    pub start: String,
    /// How many names start like this.
    pub count: usize,
    /// The kwargs with which Airflow would look there, each with its value; empty where there are no kwargs for it.
    pub kwargs: Vec<(String, String)>,
}

impl Layout {
    /// Starts of `names` that could be the root of `kind`: those with other separators or a slip in a word, and those with
    /// a word such as `connections` in them. The most frequent come first.
    pub fn elsewhere<'a>(
        &self,
        kind: Kind,
        names: impl IntoIterator<Item = &'a SecretName>,
    ) -> Vec<Elsewhere> {
        let roots: Vec<&str> = self.roots.get(kind).own.iter().map(String::as_str).collect();
        let wanted: Vec<Vec<&str>> = roots.iter().map(|root| words(root)).collect();
        let mut starts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names {
            let name = name.as_str();
            if let Some(start) = start(name, &wanted, kind).filter(|start| !roots.contains(start)) {
                *starts.entry(start).or_default() += 1;
            }
        }
        let mut starts: Vec<_> = starts.into_iter().collect();
        starts.sort_by_key(|(start, count)| (usize::MAX - count, start.len()));
        starts.truncate(NAMED);
        let found = |(start, count): (&str, usize)| Elsewhere {
            start: start.to_owned(),
            count,
            kwargs: self.kwargs_for(kind, start),
        };
        starts.into_iter().map(found).collect()
    }

    /// The kwargs with which names of `kind` begin with `start`.
    fn kwargs_for(&self, kind: Kind, start: &str) -> Vec<(String, String)> {
        let Some(kwargs) = &self.kwargs else { return Vec::new() };
        let prefix = start.trim_end_matches(is_separator);
        let mut found = Vec::new();
        let sep = &start[prefix.len()..];
        if let Some(other) = kwargs.sep.as_deref().filter(|other| *other != sep) {
            found.push(("sep".to_owned(), sep.to_owned()));
            let is_same =
                self.roots.get(kind).own.iter().any(|root| root.strip_suffix(other) == Some(prefix));
            if is_same {
                return found;
            }
        }
        found.push((format!("{}_{}", kind.plural(), kwargs.word), prefix.to_owned()));
        found
    }
}

/// The part of `name` that could be a root of `kind`, with the separator after it.
fn start<'a>(name: &'a str, wanted: &[Vec<&str>], kind: Kind) -> Option<&'a str> {
    let parts = words(name);
    let like = |root: &&Vec<&str>| {
        !root.is_empty() && parts.len() > root.len() && root.iter().zip(&parts).all(|(a, b)| alike(a, b))
    };
    let last = match wanted.iter().find(like) {
        Some(root) => root.len() - 1,
        None => parts.iter().position(|part| is_word_for(kind, part)).filter(|at| at + 1 < parts.len())?,
    };
    // All parts are slices of the name.
    let end = parts.get(last + 1)?.as_ptr() as usize - name.as_ptr() as usize;
    name.get(..end)
}

fn is_separator(char: char) -> bool {
    matches!(char, '/' | '-' | '_' | '.' | ':')
}

fn words(name: &str) -> Vec<&str> {
    name.split(is_separator).filter(|word| !word.is_empty()).collect()
}

/// Whether two words are the same but for case, or for one slip in a long word.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a == b || (a.chars().count() >= 5 && damerau_levenshtein(&a, &b) <= 1)
}

/// Whether people write `word` for entries of this kind.
fn is_word_for(kind: Kind, word: &str) -> bool {
    let known: &[&str] = match kind {
        Kind::Connection => &["connections", "connection", "conns", "conn"],
        Kind::Variable => &["variables", "variable", "vars", "var"],
        Kind::Config => &["config", "configs", "configuration"],
    };
    known.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use airbridge_core::SecretName;

    use super::Elsewhere;
    use crate::{AirflowVersion, Kind, Layout, Paths, PerKind, Prefix, Scheme};

    fn elsewhere(scheme: &Scheme, kind: Kind, names: &[&str]) -> Vec<Elsewhere> {
        let names: Vec<_> = names.iter().map(SecretName::new).collect();
        Layout::new(scheme, AirflowVersion::V3_3, None).unwrap().elsewhere(kind, &names)
    }

    fn one(scheme: &Scheme, kind: Kind, name: &str) -> (String, String) {
        let mut found = elsewhere(scheme, kind, &[name]);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let Elsewhere { start, kwargs, .. } = found.remove(0);
        let kwargs: Vec<_> = kwargs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        (start, kwargs.join(" "))
    }

    fn aws(prefix: &str, sep: &str) -> Scheme {
        let prefix = Prefix::Text(prefix.to_owned());
        let prefixes = PerKind { connections: prefix, ..PerKind::default() };
        Scheme::AwsSecretsManager { prefixes, sep: Some(sep.to_owned()), lookup: PerKind::default() }
    }

    #[test]
    fn other_separator_prefix_or_slip_is_found_with_the_kwargs_for_it() {
        let default = aws("airflow/connections", "/");
        for (scheme, name, start, kwargs) in [
            (
                &default,
                "airflow-connections-a",
                "airflow-connections-",
                "sep=- connections_prefix=airflow-connections",
            ),
            (&default, "airflow/connections-a_b", "airflow/connections-", "sep=-"),
            (
                &default,
                "airflow/conections/a",
                "airflow/conections/",
                "connections_prefix=airflow/conections",
            ),
            (
                &default,
                "prod/airflow/connections/a",
                "prod/airflow/connections/",
                "connections_prefix=prod/airflow/connections",
            ),
            (&default, "team/conn/a", "team/conn/", "connections_prefix=team/conn"),
            (
                &aws("x", "/"),
                "airflow/connections/a",
                "airflow/connections/",
                "connections_prefix=airflow/connections",
            ),
        ] {
            assert_eq!(one(scheme, Kind::Connection, name), (start.to_owned(), kwargs.to_owned()), "{name}");
        }
    }

    #[test]
    fn path_of_vault_is_found() {
        let scheme = Scheme::Vault {
            paths: PerKind { variables: Paths::Text("vars".to_owned()), ..PerKind::default() },
            mount_point: Prefix::Default,
            global_secrets_path: None,
            use_team_secrets_path: None,
        };
        let expected = ("airflow/variables/".to_owned(), "variables_path=airflow/variables".to_owned());
        assert_eq!(one(&scheme, Kind::Variable, "airflow/variables/a"), expected);
    }

    #[test]
    fn names_without_a_likeness_are_left_out_and_the_others_counted() {
        let scheme = aws("airflow/connections", "/");
        let names = ["prod/db", "a-connections-b", "a-connections-c", "b-connections-d", "connections"];
        let found = elsewhere(&scheme, Kind::Connection, &names);
        let found: Vec<_> = found.iter().map(|found| (found.start.as_str(), found.count)).collect();
        assert_eq!(found, [("a-connections-", 2), ("b-connections-", 1)]);
    }
}
