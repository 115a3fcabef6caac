//! Detects the format of a file by its name, and by its content if the name fits several formats.

use std::fmt;

use airbridge_core::Json;

use super::dotenv;
use super::format::Format;
use super::probe::is_probe;
use super::yaml::{construct, parse};

/// The format of a file is not clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessError {
    /// The possible formats; empty if the file name fits no format.
    pub candidates: Vec<Format>,
}

impl fmt::Display for GuessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |formats: &[Format]| formats.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
        match self.candidates.as_slice() {
            [] => write!(
                f,
                "cannot detect the format by the file name; set `format=` to one of: {}",
                names(&Format::ALL)
            ),
            several => {
                write!(f, "the format could be {}; set `format=`", names(several).replace(", ", " or "))
            }
        }
    }
}

impl std::error::Error for GuessError {}

/// Detects the format of a file. `file_name` is the last part of its path, and `content` is `None` if the file does not
/// exist yet.
///
/// # Errors
///
/// If several formats or none fit the name and the content.
pub fn guess(file_name: &str, content: Option<&str>) -> Result<Format, GuessError> {
    if content.is_some_and(is_probe) {
        return Ok(Format::Probe);
    }
    let lower = file_name.to_lowercase();
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((lower.as_str(), ""));
    let by_kind = match extension {
        "json" => [Format::ConnectionsJson, Format::VariablesJson, Format::ConfigJson],
        "yaml" | "yml" => [Format::ConnectionsYaml, Format::VariablesYaml, Format::ConfigYaml],
        "env" => [Format::ConnectionsEnv, Format::VariablesEnv, Format::ConfigEnv],
        _ => return Err(GuessError { candidates: Vec::new() }),
    };
    let content = content.unwrap_or_default();
    if extension == "env" && (stem.is_empty() || has_airflow_variables(content)) {
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

fn has_airflow_variables(content: &str) -> bool {
    content.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        line.split_once('=').is_some_and(|(name, _)| dotenv::is_airflow_variable(name.trim_end()))
    })
}

/// Connections can be recognised by their fields, and variables by values that only they can have. Nothing is specific
/// to config options.
fn by_content(root: Option<&Json>, [connections, variables, config]: [Format; 3]) -> Vec<Format> {
    let all = vec![connections, variables, config];
    let Some(root) = root.and_then(Json::as_object).filter(|root| !root.is_empty()) else { return all };
    let values = || root.iter().map(|(_, value)| value);
    let has = |value: &Json, field: &str| value.as_object().is_some_and(|fields| fields.contains(field));
    let may_be_connection =
        |value: &Json| has(value, "conn_type") || has(value, "uri") || value.as_str().is_some_and(is_uri);
    if values().all(may_be_connection) {
        // If all values are URIs, they could also be variables.
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

/// Whether there is a key `airflow` with one of the lists of a settings file.
fn is_astro(root: &Json) -> bool {
    let airflow = root.as_object().and_then(|root| root.get("airflow")).and_then(Json::as_object);
    airflow.is_some_and(|airflow| {
        ["connections", "variables", "pools"]
            .into_iter()
            .any(|list| matches!(airflow.get(list), Some(Json::Array(_))))
    })
}

#[cfg(test)]
mod tests;
