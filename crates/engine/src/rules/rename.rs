//! Templates with `{1}`, `{2}` … for what the stars of a glob matched: new ids, and new values.

use airbridge_airflow::Kind;

use crate::glob::Pattern;

/// A template for the new ids of the entries that globs match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// What a star matched; stars are counted from 0.
    Caught(usize),
}

impl Rename {
    /// Parses `conn:dev_{1}`, or `dev_{1}` for an entry of any kind; `{{` and `}}` are braces.
    ///
    /// # Errors
    /// A template that is not valid, or that cannot be used for one of `globs`: another kind, or more stars than the glob
    /// has. The message says what to do.
    pub fn new(text: &str, globs: &[Pattern]) -> Result<Self, String> {
        let typed = text.split_once(':').and_then(|(prefix, key)| {
            Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix).map(|kind| (kind, key))
        });
        let (kind, key) = typed.map_or((None, text), |(kind, key)| (Some(kind), key));
        let pieces = pieces(key)?;
        if pieces.is_empty() {
            return Err("is an empty id".to_owned());
        }
        for glob in globs {
            if let Some(kind) = kind.filter(|kind| glob.kind() != Some(*kind)) {
                return Err(match glob.kind() {
                    Some(other) => format!(
                        "would turn a {1} into a {0}: the kind cannot change ({2} matches {3}:…)",
                        kind.word(),
                        other.word(),
                        glob.text(),
                        other.prefix()
                    ),
                    None => format!(
                        "would change the kind of entries that `{0}` matches; match `{1}:{0}`, or rename without `{1}:`",
                        glob.text(),
                        kind.prefix()
                    ),
                });
            }
        }
        check_stars(&pieces, globs)?;
        Ok(Self(pieces))
    }

    /// The new key, from what each star matched.
    pub(super) fn key(&self, caught: &[String]) -> String {
        filled(&self.0, caught)
    }
}

/// A template for the new value of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill(Vec<Piece>);

impl Fill {
    /// Parses a value; `None` if it has no `{1}`, `{2}` … Other braces are ordinary characters, as in JSON and Jinja;
    /// `{{1}}` stands for `{1}`.
    ///
    /// # Errors
    /// A number that is larger than the stars of one of `globs`. The message says what to do.
    pub fn new(text: &str, globs: &[Pattern]) -> Result<Option<Self>, String> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            let inner = from.strip_prefix("{{").unwrap_or(&from[1..]);
            let doubled = from.starts_with("{{");
            let end = if doubled { "}}" } else { "}" };
            let number = inner.split_once(end).and_then(|(number, after)| {
                let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
                let index = number.parse::<usize>().ok().filter(|_| digits)?.checked_sub(1)?;
                Some((number, index, after))
            });
            match number {
                Some((number, _, after)) if doubled => {
                    plain.extend(["{", number, "}"]);
                    rest = after;
                }
                Some((_, index, after)) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Caught(index));
                    rest = after;
                }
                None => {
                    plain.push('{');
                    rest = &from[1..];
                }
            }
        }
        plain.push_str(rest);
        if pieces.is_empty() && plain == text {
            return Ok(None);
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        check_stars(&pieces, globs)?;
        Ok(Some(Self(pieces)))
    }

    /// The new value, from what each star matched.
    pub(super) fn text(&self, caught: &[String]) -> String {
        filled(&self.0, caught)
    }
}

fn filled(pieces: &[Piece], caught: &[String]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Caught(index) => caught.get(*index).cloned().unwrap_or_default(),
    };
    pieces.iter().map(text).collect()
}

/// Rejects a number that is larger than the stars of a glob.
fn check_stars(pieces: &[Piece], globs: &[Pattern]) -> Result<(), String> {
    let most = pieces.iter().filter_map(Piece::number).max().unwrap_or(0);
    let Some(glob) = globs.iter().find(|glob| most > glob.stars()) else { return Ok(()) };
    let stars = match glob.stars() {
        0 => "no star".to_owned(),
        1 => "only one star".to_owned(),
        stars => format!("only {stars} stars"),
    };
    Err(format!("has {{{most}}}, and `{}` has {stars}", glob.text()))
}

impl Piece {
    /// The number of the star, counted from 1.
    fn number(&self) -> Option<usize> {
        match self {
            Self::Text(_) => None,
            Self::Caught(index) => Some(index + 1),
        }
    }
}

fn pieces(key: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), key);
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        let number = (brace == "{").then(|| rest.split_once('}')).flatten();
        let number = number.and_then(|(number, after)| Some((number.parse::<usize>().ok()?, after)));
        match number.and_then(|(number, after)| Some((number.checked_sub(1)?, after))) {
            Some((index, after)) => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Caught(index));
                rest = after;
            }
            None => {
                return Err(format!(
                    "has a `{brace}` without the number of a star; write {{1}}, {{2}} …, or `{brace}{brace}` for the character"
                ));
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}
