//! Python literals.

use std::fmt::Write;

/// The longest part of a string on one line, in characters of the file.
const WIDTH: usize = 80;

/// A Python list with one string per line. Only ASCII is used, so that no id can end its string or the line, and long
/// strings are parts that Python joins.
pub(super) fn list_of_strings(strings: &[String]) -> String {
    let item = |string: &String| match parts(string).as_slice() {
        [only] => format!("    \"{only}\",\n"),
        several => {
            let quoted: Vec<_> = several.iter().map(|part| format!("\"{part}\"")).collect();
            format!("    (\n        {}\n    ),\n", quoted.join("\n        "))
        }
    };
    format!("[\n{}]", strings.iter().map(item).collect::<String>())
}

/// The string with escapes, in parts that fit on a line. At least one part.
fn parts(string: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for character in string.chars() {
        let escaped = escaped(character);
        if parts.last().is_some_and(|part| part.len() + escaped.len() > WIDTH) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(&escaped);
        }
    }
    parts
}

fn escaped(character: char) -> String {
    let mut text = String::new();
    let number = u32::from(character);
    match character {
        '"' | '\\' => text.extend(['\\', character]),
        ' '..='~' => text.push(character),
        // Writing into a string cannot fail.
        _ if number <= 0xFFFF => write!(text, "\\u{number:04x}").unwrap_or_default(),
        _ => write!(text, "\\U{number:08x}").unwrap_or_default(),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::list_of_strings;

    #[test]
    fn every_character_is_written_so_that_python_reads_it_back() {
        let list = list_of_strings(&["a\"b\\c\n\u{0}\u{e9}\u{2028}\u{1f600}'#{}%".to_owned()]);
        assert_eq!(list, "[\n    \"a\\\"b\\\\c\\u000a\\u0000\\u00e9\\u2028\\U0001f600'#{}%\",\n]");
    }

    #[test]
    fn long_string_is_split_between_escapes() {
        let list = list_of_strings(&["\u{1f600}".repeat(20)]);
        assert_eq!(list.matches("\\U0001f600").count(), 20);
        assert!(list.lines().all(|line| line.len() <= 100), "{list}");
    }
}
