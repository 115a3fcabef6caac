//! New ids: texts with places for what the stars of a glob caught.

use airbridge_airflow::Kind;

use crate::Pattern;

/// A new id for the entries that globs match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// What a star caught, counted from 0.
    Caught(usize),
}

impl Rename {
    /// Reads `conn:dev_{1}`, or `dev_{1}` for whatever kind the entry is; `{{` and `}}` are braces. Says what is wrong
    /// with it, and what to do, if not every one of `globs` can be renamed so.
    pub fn new(text: &str, globs: &[Pattern]) -> Result<Self, String> {
        let typed = text.split_once(':').and_then(|(prefix, key)| {
            Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix).map(|kind| (kind, key))
        });
        let (kind, key) = typed.map_or((None, text), |(kind, key)| (Some(kind), key));
        let pieces = pieces(key)?;
        if pieces.is_empty() {
            return Err("leaves no id".to_owned());
        }
        for glob in globs {
            if let Some(kind) = kind.filter(|kind| glob.kind() != Some(*kind)) {
                return Err(match glob.kind() {
                    Some(other) => format!(
                        "would make a {} of a {}: the kind must stay ({} matches {}:…)",
                        kind.word(),
                        other.word(),
                        glob.text(),
                        other.prefix()
                    ),
                    None => format!(
                        "would change the kind of what `{0}` matches; match `{1}:{0}`, or rename without `{1}:`",
                        glob.text(),
                        kind.prefix()
                    ),
                });
            }
            let most = pieces.iter().filter_map(Piece::number).max().unwrap_or(0);
            if most > glob.stars() {
                let stars = match glob.stars() {
                    0 => "no star".to_owned(),
                    1 => "one star only".to_owned(),
                    stars => format!("{stars} stars only"),
                };
                return Err(format!("has {{{most}}}, and `{}` has {stars}", glob.text()));
            }
        }
        Ok(Self(pieces))
    }

    /// The new key, from what each star caught.
    pub(super) fn key(&self, caught: &[String]) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Caught(index) => caught.get(*index).cloned().unwrap_or_default(),
        };
        self.0.iter().map(text).collect()
    }
}

impl Piece {
    /// The star, counted from 1.
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
                    "has a `{brace}` that names no star; write {{1}}, {{2}} …, and `{brace}{brace}` for the brace"
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
