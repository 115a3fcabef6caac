//! The paths that the server can address.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Why `path` is not valid inside a mount, as one sentence; `None` if it is valid.
///
/// The server decodes a path before it routes the request, so `/` always separates. It redirects a path with empty, `.`
/// or `..` segments to the path without them, which is another secret. It answers 400 to characters that Go does not
/// count as printable.
/// (`http/handler.go`, `cleanhttp.PrintablePathCheckHandler`; seen with OpenBao 2.7.2.)
pub(crate) fn fault(path: &str) -> Option<&'static str> {
    if path.split('/').any(str::is_empty) {
        return Some("a path must not have empty segments: no `//`, and no `/` at its start or end");
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some("a path must not have a segment `.` or `..`");
    }
    if !path.chars().all(is_printable) {
        return Some("a path must consist of printable characters, and a plain space is the only blank");
    }
    None
}

/// Whether a secret can have this path.
pub(crate) fn is_addressable(path: &str) -> bool {
    fault(path).is_none()
}

/// Whether Go's `unicode.IsPrint` is true for `character`.
pub(crate) fn is_printable(character: char) -> bool {
    use GeneralCategoryGroup::{Letter, Mark, Number, Punctuation, Symbol};
    let group = character.general_category_group();
    character == ' ' || matches!(group, Letter | Mark | Number | Punctuation | Symbol)
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn paths_that_the_server_accepts_are_valid() {
        for path in
            ["a", "a/b c", "a..b", "...", ".a", "a.", " a", "%2F?#&+", "\\", "café", "e\u{301}", "日本", "🔑"]
        {
            assert_eq!(fault(path), None, "{path:?}");
        }
    }

    #[test]
    fn paths_that_the_server_rewrites_or_rejects_are_invalid() {
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
