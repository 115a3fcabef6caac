//! Which format a file has: its name decides, and where the name leaves several open, its content.

use std::fmt;

use airbridge_core::Json;

use super::yaml::{construct, parse};
use super::{Format, dotenv};

/// Why no format could be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessError {
    /// What it could be; empty if the name says nothing.
    pub candidates: Vec<Format>,
}

impl fmt::Display for GuessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |formats: &[Format]| formats.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
        match self.candidates.as_slice() {
            [] => write!(f, "the name does not tell the format; say `format=`: {}", names(&Format::ALL)),
            several => write!(f, "the file could be {}; say `format=`", names(several).replace(", ", " or ")),
        }
    }
}

impl std::error::Error for GuessError {}

/// The format of a file called `file_name` (its last part alone); `content` is `None` for a file that is not there yet.
///
/// # Errors
///
/// If name and content together leave several formats open, or none.
pub fn guess(file_name: &str, content: Option<&str>) -> Result<Format, GuessError> {
    let lower = file_name.to_lowercase();
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((lower.as_str(), ""));
    let by_kind = match extension {
        "json" => [Format::ConnectionsJson, Format::VariablesJson, Format::ConfigJson],
        "yaml" | "yml" => [Format::ConnectionsYaml, Format::VariablesYaml, Format::ConfigYaml],
        "env" => [Format::ConnectionsEnv, Format::VariablesEnv, Format::ConfigEnv],
        _ => return Err(GuessError { candidates: Vec::new() }),
    };
    let content = content.unwrap_or_default();
    if extension == "env" && (stem.is_empty() || has_our_lines(content)) {
        return Ok(Format::Dotenv);
    }
    if extension != "env" && extension != "json" && stem == "airflow_settings" {
        return Ok(Format::Astro);
    }
    if let Some(at) = ["connections", "variables", "config"].iter().position(|kind| *kind == stem) {
        return Ok(by_kind[at]);
    }
    let candidates = match extension {
        "json" => by_content(Json::parse(content).ok().as_ref(), by_kind),
        "env" => by_lines(content, by_kind),
        _ => {
            let root = parse(content).ok().flatten().and_then(|root| construct(&root).ok());
            if root.as_ref().is_some_and(is_astro) {
                vec![Format::Astro]
            } else {
                by_content(root.as_ref(), by_kind)
            }
        }
    };
    match candidates.as_slice() {
        [only] => Ok(*only),
        _ => Err(GuessError { candidates }),
    }
}

fn has_our_lines(content: &str) -> bool {
    content.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        line.split_once('=').is_some_and(|(name, _)| dotenv::is_ours(name.trim_end()))
    })
}

/// Connections stand out by their fields, variables by what only they can be; config options by nothing.
fn by_content(root: Option<&Json>, [connections, variables, config]: [Format; 3]) -> Vec<Format> {
    let all = vec![connections, variables, config];
    let Some(root) = root.and_then(Json::as_object).filter(|root| !root.is_empty()) else { return all };
    let values = || root.iter().map(|(_, value)| value);
    let has = |value: &Json, field: &str| value.as_object().is_some_and(|fields| fields.contains(field));
    let may_be_connection =
        |value: &Json| has(value, "conn_type") || has(value, "uri") || value.as_str().is_some_and(is_uri);
    if values().all(may_be_connection) {
        // Nothing but URIs could be variables too.
        return if values().any(|value| has(value, "conn_type")) { vec![connections] } else { all };
    }
    if values().any(|value| matches!(value, Json::Object(_))) {
        return vec![variables];
    }
    vec![variables, config]
}

fn by_lines(content: &str, [connections, variables, config]: [Format; 3]) -> Vec<Format> {
    let mut values = content
        .lines()
        .filter(|line| !line.is_empty() && !line.trim_start().starts_with('#'))
        .map(|line| line.split_once('=').map_or("", |(_, value)| value))
        .peekable();
    if values.peek().is_none() {
        return vec![connections, variables, config, Format::Dotenv];
    }
    if values.all(|value| is_uri(value) || value.starts_with('{')) {
        return vec![connections, variables, config];
    }
    vec![variables, config]
}

fn is_uri(text: &str) -> bool {
    text.contains("://")
}

/// `airflow:` with one of its lists.
fn is_astro(root: &Json) -> bool {
    let airflow = root.as_object().and_then(|root| root.get("airflow")).and_then(Json::as_object);
    airflow.is_some_and(|airflow| {
        ["connections", "variables", "pools"]
            .into_iter()
            .any(|list| matches!(airflow.get(list), Some(Json::Array(_))))
    })
}

#[cfg(test)]
mod tests {
    use super::{Format, guess};

    #[test]
    fn the_name_decides_and_then_the_content() {
        for (name, content, format) in [
            ("connections.json", None, Format::ConnectionsJson),
            ("Connections.YML", None, Format::ConnectionsYaml),
            ("variables.env", Some("a=b"), Format::VariablesEnv),
            ("variables.env", Some("AIRFLOW_VAR_A=b"), Format::Dotenv),
            ("config.yaml", None, Format::ConfigYaml),
            (".env", None, Format::Dotenv),
            ("prod.env", Some("# x\nexport AIRFLOW_CONN_A=t://h"), Format::Dotenv),
            ("airflow_settings.yaml", None, Format::Astro),
            ("local.yaml", Some("airflow:\n  pools: []\n"), Format::Astro),
            ("prod.json", Some(r#"{"a": {"conn_type": "t"}, "b": "t://h"}"#), Format::ConnectionsJson),
            ("prod.yaml", Some("a:\n  conn_type: t\n"), Format::ConnectionsYaml),
            ("prod.json", Some(r#"{"a": {"x": 1}}"#), Format::VariablesJson),
        ] {
            assert_eq!(guess(name, content), Ok(format), "{name}");
        }
    }

    #[test]
    fn what_stays_open_is_named() {
        for (name, content, message) in [
            (
                "prod.json",
                Some(r#"{"a": "b"}"#),
                "the file could be variables-json or config-json; say `format=`",
            ),
            (
                "prod.env",
                Some("a=https://example.test"),
                "the file could be connections-env or variables-env or config-env; say `format=`",
            ),
            (
                "prod.env",
                None,
                "the file could be connections-env or variables-env or config-env or dotenv; say `format=`",
            ),
            (
                "prod.yaml",
                None,
                "the file could be connections-yaml or variables-yaml or config-yaml; say `format=`",
            ),
        ] {
            assert_eq!(guess(name, content).unwrap_err().to_string(), message, "{name}");
        }
        assert!(
            guess("secrets.toml", None)
                .unwrap_err()
                .to_string()
                .starts_with("the name does not tell the format")
        );
    }
}
