//! The environment variables of the process.

use std::collections::BTreeSet;

use airbridge_backend_files::stdin_is_socket;
use airbridge_core::Environment;

use crate::error::{Error, Result};

/// The environment variables at one point in time.
#[derive(Clone, Debug, Default)]
pub struct ProcessEnvironment {
    /// The variables whose name and value are UTF-8.
    pub variables: Environment,
    /// The names of variables whose value is not UTF-8.
    pub undecodable: BTreeSet<String>,
}

impl ProcessEnvironment {
    /// Captures the variables of this process.
    pub fn capture() -> Self {
        let mut undecodable = BTreeSet::new();
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            if let Ok(value) = value.into_string() {
                Some((name, value))
            } else {
                undecodable.insert(name);
                None
            }
        });
        Self { variables: variables.collect(), undecodable }
    }

    /// Checks that standard input is not the channel between a task of Airflow 3 and its supervisor, which every process that
    /// the task starts inherits. Reading it would take messages from the task and wait for ever.
    ///
    /// # Errors
    ///
    /// [`Usage`](crate::Class::Usage) if it is a socket and a task of Airflow has started this process.
    pub fn check_stdin(&self) -> Result<()> {
        if self.variables.get("AIRFLOW_CTX_TASK_ID").is_some() && stdin_is_socket() {
            return Err(Error::usage("standard input is the channel of this Airflow task, so it is not read").hint(
                "hand entries over with `probe.pipe([...])` of `airbridge probe`, or add `< /dev/null` or a pipe to the command",
            ));
        }
        Ok(())
    }

    /// The variables of one endpoint: those that start with `prefix` (the key `env_prefix`) under their usual names, and
    /// the others unless the prefixed ones replace their family.
    pub fn of_side(&self, prefix: Option<&str>) -> Self {
        let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else { return self.clone() };
        let marks = self.undecodable.iter().map(|name| (name.as_str(), "".into()));
        let all: Environment =
            marks.chain(self.variables.iter().map(|(name, value)| (name, value.clone()))).collect();
        let variables = self.variables.with_prefix(prefix);
        let seen = all.with_prefix(prefix);
        let undecodable = seen
            .iter()
            .map(|(name, _)| name.to_owned())
            .filter(|name| variables.get(name).is_none())
            .collect();
        Self { variables, undecodable }
    }
}

#[cfg(test)]
mod tests {
    use super::ProcessEnvironment;

    #[test]
    fn prefixed_variables_are_visible_under_their_usual_names_even_if_not_utf8() {
        let process = ProcessEnvironment {
            variables: [("OLD_AIRFLOW_VAR_A", "1"), ("AIRFLOW_VAR_B", "2"), ("HOME", "h")]
                .into_iter()
                .collect(),
            undecodable: ["OLD_AIRFLOW_VAR_C".to_owned(), "AIRFLOW_VAR_D".to_owned()].into(),
        };
        let side = process.of_side(Some("OLD_"));
        assert_eq!(
            (side.variables.get("AIRFLOW_VAR_A"), side.variables.get("AIRFLOW_VAR_B")),
            (Some("1"), None)
        );
        assert!(side.undecodable.contains("AIRFLOW_VAR_C") && !side.undecodable.contains("AIRFLOW_VAR_D"));
    }
}
