//! The valid word that is most similar to one that is not valid.

/// The most similar of `known`, ignoring case, or `None` if none is similar enough to be a slip of the keyboard.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (strsim::normalized_damerau_levenshtein(&word, &candidate.to_lowercase()), candidate)
        })
        .filter(|(likeness, _)| *likeness > 0.55)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// All of `known`, which are paths of Python classes, sorted by how similar their last part is to that of `path`.
pub(crate) fn nearest_classes<'a>(path: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let likeness = |candidate: &str| strsim::jaro_winkler(&name(path), &name(candidate));
    let mut known: Vec<_> = known.into_iter().collect();
    known.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    known
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn similar_word_is_found_and_a_different_one_is_not() {
        assert_eq!(nearest("connection_prefix", ["connections_prefix", "sep"]), Some("connections_prefix"));
        assert_eq!(nearest("VAULT", ["aws", "vault"]), Some("vault"));
        assert_eq!(nearest("walt", ["aws", "azure", "vault"]), Some("vault"));
        assert_eq!(nearest("asw", ["file", "aws", "env"]), Some("aws"));
        assert_eq!(nearest("zzz", ["aws", "vault"]), None);
    }
}
