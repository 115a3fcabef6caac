//! From a glob to the regular expression that it means, with a group around each star.

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

/// A piece of a glob.
#[derive(Debug)]
enum Token {
    /// An expression that stands for itself.
    Expression(String),
    /// `**/` at the beginning: any number of folders.
    LeadingFolders,
    /// `/**/`: any number of folders.
    InnerFolders,
    /// `/**` at the end: everything below a folder.
    Below,
}

/// The branches of the groups that are open, and those of the glob itself.
struct Parser<'a> {
    characters: Peekable<Chars<'a>>,
    previous: Option<char>,
    current: Option<char>,
    /// The last branch gets the next token. The first one is the glob itself.
    branches: Vec<Vec<Token>>,
    /// For each open `{`: where its branches begin.
    open: Vec<usize>,
}

const STAR: &str = "(.*)";

/// Translates `glob`; the meaning is that of the crate `globset` when `/` is an ordinary character and `\` escapes
/// nothing. The error says what is wrong.
pub(super) fn translate(glob: &str) -> Result<String, String> {
    let characters = glob.chars().peekable();
    let mut parser =
        Parser { characters, previous: None, current: None, branches: vec![Vec::new()], open: Vec::new() };
    while let Some(character) = parser.next() {
        match character {
            '?' => parser.push("."),
            '*' => parser.star(),
            '[' => parser.class()?,
            '{' => {
                parser.open.push(parser.branches.len());
                parser.branches.push(Vec::new());
            }
            '}' => parser.close_group()?,
            ',' if !parser.open.is_empty() => parser.branches.push(Vec::new()),
            character => parser.push(&literal(character)),
        }
    }
    if !parser.open.is_empty() {
        return Err("`{` is not closed; write `[{]` for the character".to_owned());
    }
    let tokens: Vec<Token> = parser.branches.into_iter().flatten().collect();
    let expression = match tokens.as_slice() {
        // `**` alone matches everything.
        [Token::LeadingFolders] => STAR.to_owned(),
        tokens => expression(tokens),
    };
    Ok(format!("(?-u)^{expression}$"))
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        self.previous = self.current;
        self.current = self.characters.next();
        self.current
    }

    fn branch(&mut self) -> &mut Vec<Token> {
        if self.branches.is_empty() {
            self.branches.push(Vec::new());
        }
        let last = self.branches.len() - 1;
        &mut self.branches[last]
    }

    fn push(&mut self, expression: &str) {
        self.branch().push(Token::Expression(expression.to_owned()));
    }

    fn two_stars(&mut self) {
        self.push(STAR);
        self.push(STAR);
    }

    /// `*`, or `**`, which stands for folders where it is a whole part of a path.
    fn star(&mut self) {
        let before = self.previous;
        if self.characters.peek() != Some(&'*') {
            return self.push(STAR);
        }
        self.next();
        let after = self.characters.peek().copied();
        if self.branch().is_empty() {
            if after.is_some_and(|after| after != '/') {
                return self.two_stars();
            }
            self.branch().push(Token::LeadingFolders);
            self.next();
            return;
        }
        let in_group = self.branches.len() > 1;
        if before != Some('/') && !(in_group && matches!(before, Some(',' | '{'))) {
            return self.two_stars();
        }
        let folders = match after {
            None => Token::Below,
            Some(',' | '}') if in_group => Token::Below,
            Some('/') => Token::InnerFolders,
            Some(_) => return self.two_stars(),
        };
        if !matches!(folders, Token::Below) || after.is_none() {
            self.next();
        }
        // It takes the place of the `/` before it; two of them in a row are one.
        match self.branch().pop() {
            Some(same @ (Token::LeadingFolders | Token::Below)) => self.branch().push(same),
            _ => self.branch().push(folders),
        }
    }

    /// `[abc]`, `[a-z]`, `[!a]` or `[^a]`; a `]` or `-` that comes first is the character.
    fn class(&mut self) -> Result<(), String> {
        let negated = matches!(self.characters.peek(), Some('!' | '^'));
        if negated {
            self.next();
        }
        let mut ranges: Vec<(char, char)> = Vec::new();
        let mut in_range = false;
        loop {
            let Some(character) = self.next() else {
                return Err("`[` is not closed; write `[[]` for the character".to_owned());
            };
            match (character, ranges.last_mut()) {
                (']', Some(_)) => break,
                (end, Some(range)) if in_range => {
                    range.1 = end;
                    if range.1 < range.0 {
                        return Err(format!("`{}-{end}` is not a valid range", range.0));
                    }
                    in_range = false;
                }
                ('-', Some(_)) => in_range = true,
                (character, _) => ranges.push((character, character)),
            }
        }
        if in_range {
            ranges.push(('-', '-'));
        }
        let mut class = String::from(if negated { "[^" } else { "[" });
        for (first, last) in ranges {
            class.push_str(&literal(first));
            if first != last {
                class.extend(["-", &literal(last)]);
            }
        }
        class.push(']');
        self.push(&class);
        Ok(())
    }

    /// The end of `{a,b}`; branches that are empty do not count.
    fn close_group(&mut self) -> Result<(), String> {
        let start =
            self.open.pop().ok_or_else(|| "`}` without `{`; write `[}]` for the character".to_owned())?;
        let branches: Vec<_> = self.branches.drain(start..).map(|branch| expression(&branch)).collect();
        let branches: Vec<_> = branches.into_iter().filter(|branch| !branch.is_empty()).collect();
        if branches.is_empty() {
            // It counts as a piece of the glob all the same.
            self.push("");
        } else {
            self.push(&format!("(?:{})", branches.join("|")));
        }
        Ok(())
    }
}

fn expression(tokens: &[Token]) -> String {
    let texts = tokens.iter().map(|token| match token {
        Token::Expression(expression) => expression.as_str(),
        Token::LeadingFolders => "(?:/?|(.*)/)",
        Token::InnerFolders => "(?:/|/(.*)/)",
        Token::Below => "/(.*)",
    });
    texts.collect()
}

/// The bytes of a character. Every byte that could mean something in an expression is spelled as a number.
fn literal(character: char) -> String {
    let mut text = String::new();
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}
