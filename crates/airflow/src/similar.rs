//! The valid key that is probably meant by one that a tool ignores or rejects.

/// Words that people use for the same thing.
const SYNONYMS: [&[&str]; 8] = [
    &["login", "user", "username"],
    &["password", "pass", "passwd", "pwd"],
    &["schema", "database", "db", "dbname"],
    &["host", "hostname", "server"],
    &["type", "engine"],
    &["name", "key", "id"],
    &["value", "val"],
    &["slot", "slots"],
];

/// The most similar of `known`: the same word with or without a prefix such as `conn_`, a synonym, or a slip of the
/// keyboard. `None` if none is similar.
pub(crate) fn similar<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let key = key.to_lowercase();
    let last = |word: &str| word.rsplit('_').next().unwrap_or_default().to_owned();
    let equal = |known: &&&str| last(known) == last(&key);
    let synonym = |known: &&&str| {
        SYNONYMS.iter().any(|words| words.contains(&&*last(known)) && words.contains(&&*last(&key)))
    };
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&key, known);
    let slip = || {
        let near = known.iter().filter(|known| likeness(known) > 0.6);
        near.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
    };
    let exact = known.iter().find(|known| **known == key);
    exact.or_else(|| known.iter().find(equal)).or_else(|| known.iter().find(synonym)).or_else(slip).copied()
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn key_with_another_prefix_or_word_or_a_slip_is_recognised() {
        let connection = ["conn_id", "conn_type", "conn_host", "conn_login", "conn_schema", "conn_extra"];
        for (key, near) in [
            ("extra", Some("conn_extra")),
            ("Conn_Host", Some("conn_host")),
            ("user", Some("conn_login")),
            ("db", Some("conn_schema")),
            ("conn_extr", Some("conn_extra")),
            ("note", None),
        ] {
            assert_eq!(similar(key, &connection), near, "{key}");
        }
        assert_eq!(similar("key", &["variable_name", "variable_value"]), Some("variable_name"));
        assert_eq!(similar("val", &["variable_name", "variable_value"]), Some("variable_value"));
        assert_eq!(similar("Host", &["conn_type", "host"]), Some("host"));
    }
}
