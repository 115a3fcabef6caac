//! The forms in which an assignment can be written. The caller takes the first one that every tool reads back.

use zeroize::Zeroizing;

/// The forms, the simplest first. Those with line breaks come last.
pub(super) fn spellings(name: &str, value: &str) -> Vec<Zeroizing<String>> {
    let line = |before: &str, value: &str, after: &str| {
        Zeroizing::new(["", name, "=", before, value, after, "\n"].concat())
    };
    let mut forms = vec![
        line("", value, ""),
        line("'", value, "'"),
        line("\"", value, "\""),
        line("\"", &escaped(value, false), "\""),
        line("\"", &escaped(value, true), "\""),
        line("'", &Zeroizing::new(value.replace('\'', "'\\''")), "'"),
    ];
    forms.sort_by_key(|form| form.matches('\n').count() > 1);
    forms
}

/// The value with the escapes that are needed between double quotes, optionally also for line breaks and tabs.
fn escaped(value: &str, breaks: bool) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 2));
    for character in value.chars() {
        match character {
            '\\' | '"' | '$' => out.extend(['\\', character]),
            '`' if !breaks => out.extend(['\\', character]),
            '\n' if breaks => out.push_str("\\n"),
            '\r' if breaks => out.push_str("\\r"),
            '\t' if breaks => out.push_str("\\t"),
            _ => out.push(character),
        }
    }
    out
}
