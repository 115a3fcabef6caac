//! Where a listing begins.

/// The path that contains every name that starts with `prefix`: what precedes the last slash.
pub(crate) fn path(prefix: &str) -> &str {
    match prefix.rsplit_once('/') {
        Some((path, _)) if !path.is_empty() => path,
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn path_contains_every_name_that_starts_with_the_prefix() {
        assert_eq!(path("/airflow/connections/"), "/airflow/connections");
        assert_eq!(path("/airflow/conn"), "/airflow");
        for everywhere in ["", "/", "/airflow"] {
            assert_eq!(path(everywhere), "/", "{everywhere}");
        }
    }
}
