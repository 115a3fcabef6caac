//! The string literals of Rust source, for tests that read messages.

/// The string literals of `source`, in order, with their escapes resolved as far as messages need it. Comments are
/// skipped, and so is everything from `#[cfg(test)] mod tests {` on.
pub(crate) fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or(source);
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(char) = rest.chars().next() {
        rest = if rest.starts_with("//") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(after) = rest.strip_prefix('\'') {
            after_quote(after)
        } else if let Some((literal, after)) = raw(rest) {
            found.push(literal.to_owned());
            after
        } else if let Some(after) = rest.strip_prefix('"') {
            let (literal, after) = plain(after);
            found.push(literal);
            after
        } else {
            &rest[char.len_utf8()..]
        };
    }
    found
}

/// The source after a single quote: after the character literal, or after the quote of a lifetime.
fn after_quote(rest: &str) -> &str {
    let mut chars = rest.char_indices();
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => rest[2..].split_once('\'').map_or("", |(_, after)| after),
        (Some(_), Some((at, '\''))) => &rest[at + 1..],
        _ => rest,
    }
}

/// A raw string literal at the start of `rest`, and what follows it.
fn raw(rest: &str) -> Option<(&str, &str)> {
    let after = rest.strip_prefix('r')?;
    let content = after.trim_start_matches('#');
    let hashes = &after[..after.len() - content.len()];
    content.strip_prefix('"')?.split_once(&format!("\"{hashes}"))
}

/// The literal that ends at the next quote, and what follows it.
fn plain(rest: &str) -> (String, &str) {
    let mut literal = String::new();
    let mut chars = rest.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (literal, &rest[at + 1..]),
            '\\' => match chars.next() {
                Some((_, '\n')) => while chars.next_if(|(_, char)| char.is_whitespace()).is_some() {},
                Some((_, 'n')) => literal.push('\n'),
                Some((_, escaped)) => literal.push(escaped),
                None => break,
            },
            _ => literal.push(char),
        }
    }
    (literal, "")
}

#[test]
fn literals_of_every_form_are_found_and_comments_are_skipped() {
    let source = "let a = \"one \\\"1\\\"\"; // \"no\"\nlet b: &'static str = r#\"two \"2\"\"#;\n\
                  let c = ['\"', '\\'', 'x'];\nf(\"three \\\n    lines\");\n\
                  #[cfg(test)]\nmod tests { \"no\" }";
    assert_eq!(literals(source), ["one \"1\"", "two \"2\"", "three lines"]);
}
