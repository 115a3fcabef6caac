//! What a server says, made safe to show in one line.

/// The longest excerpt of a server's words, in characters.
const LONGEST: usize = 300;

/// One line of at most 300 characters: white space becomes single spaces, control characters and the full stop at the
/// end go. Show it only where the service names principals, permissions and states, never a value.
pub fn safe_text(words: &str) -> String {
    let line = words.split(|char: char| char.is_whitespace() || char.is_control());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches(['.', ' ']);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// Whether a word from a server can be shown as it is: an error code, a request id.
pub fn is_safe_word(word: &str) -> bool {
    let safe = |char: char| char.is_ascii_alphanumeric() || "-_.=+/".contains(char);
    (1..=80).contains(&word.len()) && word.chars().all(safe)
}

#[cfg(test)]
mod tests {
    use super::{is_safe_word, safe_text};

    #[test]
    fn text_is_one_short_line_without_control_characters() {
        assert_eq!(safe_text(" a\r\n b\u{1b}[31m\u{9b}. "), "a b [31m");
        assert_eq!(safe_text(&"x".repeat(300)).chars().count(), 300);
        assert_eq!(safe_text(&"é".repeat(400)).chars().count(), 301);
    }

    #[test]
    fn word_is_safe_if_it_looks_like_a_code() {
        assert!(is_safe_word("AccessDenied") && is_safe_word("7b1c-X=="));
        assert!(!is_safe_word("") && !is_safe_word("<html>") && !is_safe_word("a b"));
        assert!(!is_safe_word(&"x".repeat(81)));
    }
}
