//! Which names can be addressed at all.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// What is wrong with `path` as a path inside a mount, as one sentence; `None` if nothing is.
///
/// The server decodes before it routes, so `/` always separates; it cleans empty, `.` and `..` segments away with a
/// redirect to what would be another secret; and it answers 400 to what Go calls unprintable.
/// (`http/handler.go`, `cleanhttp.PrintablePathCheckHandler`; seen with OpenBao 2.7.2.)
pub(crate) fn fault(path: &str) -> Option<&'static str> {
    if path.split('/').any(str::is_empty) {
        return Some("a path has no empty segment: no `//`, and no `/` at its start or end");
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some("a path has no segment `.` or `..`");
    }
    if !path.chars().all(is_printable) {
        return Some("a path has printable characters only, and no blank other than the usual one");
    }
    None
}

/// Whether a secret can be asked for by this path.
pub(crate) fn is_addressable(path: &str) -> bool {
    fault(path).is_none()
}

/// As Go's `unicode.IsPrint`.
pub(crate) fn is_printable(character: char) -> bool {
    use GeneralCategoryGroup::{Letter, Mark, Number, Punctuation, Symbol};
    let group = character.general_category_group();
    character == ' ' || matches!(group, Letter | Mark | Number | Punctuation | Symbol)
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_the_server_takes() {
        for path in
            ["a", "a/b c", "a..b", "...", ".a", "a.", " a", "%2F?#&+", "\\", "café", "e\u{301}", "日本", "🔑"]
        {
            assert_eq!(fault(path), None, "{path:?}");
        }
    }

    #[test]
    fn what_the_server_would_clean_or_refuse() {
        for path in ["", "/a", "a/", "a//b"] {
            assert!(fault(path).unwrap().contains("empty"), "{path:?}");
        }
        for path in [".", "a/..", "../a", "a/./b"] {
            assert!(fault(path).unwrap().contains("`..`"), "{path:?}");
        }
        for path in ["a\nb", "a\u{200b}", "a\u{a0}b", "\u{feff}", "a\0", "\u{2028}"] {
            assert!(fault(path).unwrap().contains("printable"), "{path:?}");
        }
    }
}
