//! Names of environment variables that are nearly Airflow's.

use strsim::damerau_levenshtein;

/// What people write for `CONN` and `VAR`.
const WORDS: [(&str, &[&str]); 2] = [
    ("AIRFLOW_CONN_", &["CONN", "CON", "CONNS", "CONNECTION", "CONNECTIONS"]),
    ("AIRFLOW_VAR_", &["VAR", "VARS", "VARIABLE", "VARIABLES"]),
];

/// The name that Airflow would read and that is probably meant by `name`, which Airflow does not read: `AIRFLOW_CONN_PG`
/// for `AIRFLOW__CONN_PG`, `AIRFLOW_CONNECTION_PG` and `airflow_conn_pg`. `None` for a name that Airflow reads or that is
/// not similar.
pub fn near_variable_name(name: &str) -> Option<String> {
    if WORDS.iter().any(|(start, _)| name.starts_with(start)) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let (first, rest) = upper.split_once('_')?;
    if damerau_levenshtein(first, "AIRFLOW") > 1 {
        return None;
    }
    let (second, id) = rest.trim_start_matches('_').split_once('_')?;
    let id = id.trim_start_matches('_');
    let (start, _) = WORDS.iter().find(|(_, words)| words.contains(&second))?;
    (!id.is_empty()).then(|| format!("{start}{id}"))
}

/// The keys in the lines of a file (`NAME=…`, `export NAME=…`, `NAME: …`) that are nearly Airflow's, each with the name that is
/// probably meant.
pub fn near_variable_names(text: &str) -> Vec<(String, String)> {
    let key = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let end = line.find(|char: char| !(char.is_ascii_alphanumeric() || char == '_'))?;
        let (key, rest) = line.split_at(end);
        rest.trim_start().starts_with(['=', ':']).then(|| key.to_owned())
    };
    let near = |key: String| near_variable_name(&key).map(|near| (key, near));
    text.lines().filter_map(key).filter_map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::{near_variable_name, near_variable_names};

    #[test]
    fn name_that_is_nearly_airflows_is_recognised() {
        for (name, meant) in [
            ("AIRFLOW__CONN_PG", "AIRFLOW_CONN_PG"),
            ("AIRFLOW__CONN__PG", "AIRFLOW_CONN_PG"),
            ("AIRFLOW_CON_PG", "AIRFLOW_CONN_PG"),
            ("AIRFLOW_CONNECTION_PG_OLD", "AIRFLOW_CONN_PG_OLD"),
            ("AIRFLOW_VARS_A", "AIRFLOW_VAR_A"),
            ("AIRFLOW_VARIABLE_A", "AIRFLOW_VAR_A"),
            ("airflow_var_a", "AIRFLOW_VAR_A"),
            ("AIRFOW_CONN_PG", "AIRFLOW_CONN_PG"),
        ] {
            assert_eq!(near_variable_name(name).as_deref(), Some(meant), "{name}");
        }
        for name in [
            "AIRFLOW_CONN_PG",
            "AIRFLOW_CONN__TEAM___PG",
            "AIRFLOW_VAR_A",
            "AIRFLOW_HOME",
            "AIRFLOW__CORE__FERNET_KEY",
            "AIRFLOW_CONN_",
            "AIRFLOW_VARS_",
            "AIRFLOW_UID",
            "MY_CONN_PG",
            "",
        ] {
            assert_eq!(near_variable_name(name), None, "{name}");
        }
    }

    #[test]
    fn keys_are_found_in_lines() {
        let text = "# AIRFLOW_VARS_B=1\nexport AIRFLOW_VARS_A='x'\n  AIRFLOW__CONN_PG: http://h\nAIRFLOW_VAR_C=AIRFLOW_VARS_D=1\n";
        let pair = |key: &str, meant: &str| (key.to_owned(), meant.to_owned());
        assert_eq!(
            near_variable_names(text),
            [pair("AIRFLOW_VARS_A", "AIRFLOW_VAR_A"), pair("AIRFLOW__CONN_PG", "AIRFLOW_CONN_PG")]
        );
    }
}
