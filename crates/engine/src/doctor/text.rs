//! Words that several findings share.

use std::fmt::Display;

use airbridge_airflow::Kind;

/// How many ids or names one finding names.
const NAMED: usize = 3;

/// `a, b, c and 4 more`, each as it is shown.
pub(super) fn some<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut items = items.into_iter();
    let named: Vec<_> = items.by_ref().take(NAMED).map(|item| item.to_string()).collect();
    match items.count() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// `1 connection`, `2 variables`, `3 config options`.
pub(super) fn count(kind: Kind, number: usize) -> String {
    let (one, many) = match kind {
        Kind::Connection => ("connection", "connections"),
        Kind::Variable => ("variable", "variables"),
        Kind::Config => ("config option", "config options"),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Entries of this kind, in the plural.
pub(super) fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Config => "config options",
        kind => kind.plural(),
    }
}

/// What stands before a sentence about a place: `vault:airflow: `, and `env: ` for a place that ends with a colon.
pub(super) fn before(label: &str) -> String {
    if label.ends_with(':') { format!("{label} ") } else { format!("{label}: ") }
}

/// `is` or `are`.
pub(super) fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

#[cfg(test)]
mod tests {
    use super::some;

    #[test]
    fn items_beyond_three_are_counted() {
        assert_eq!(some(["a", "b", "c"]), "a, b, c");
        assert_eq!(some(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
    }
}
