//! A shell that runs the file, as in `set -a; . ./.env`. Only assignments are read, and nothing is run or expanded.
//! (POSIX shell command language; dash, bash.)

use zeroize::Zeroizing;

use super::statement::{INHERITED, SUBSTITUTED, Statement, Value};

/// Words that decide about later lines: what follows them cannot be known without running them.
const WORDS: &[&str] = &[
    "!",
    "{",
    "}",
    "[[",
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "for",
    "while",
    "until",
    "do",
    "done",
    "case",
    "esac",
    "select",
    "function",
    "time",
    "coproc",
    ".",
    "source",
    "eval",
    "exec",
    "exit",
    "return",
    "set",
    "unset",
    "read",
    "readonly",
    "declare",
    "typeset",
    "local",
    "let",
    "alias",
    "trap",
    "command",
    "builtin",
    "export",
    "mapfile",
    "readarray",
    "printf",
    "getopts",
    "shift",
    "break",
    "continue",
    "enable",
];

const COMMAND: &str = "a shell runs a command here, and airbridge runs nothing";
const PATTERN: &str = "a shell expands this value";

/// The assignments that a shell finds. After a construct that can change how later lines are read, nothing is known.
pub(super) fn read(text: &str) -> Vec<Statement> {
    let mut shell = Shell { rest: text, line: 0 };
    let mut statements = Vec::new();
    loop {
        shell.skip_blank_lines();
        if shell.rest.is_empty() {
            return statements;
        }
        let line = shell.line;
        let mut command = Command { found: Vec::new(), kind: Kind::Assignments };
        let end = shell.command(&mut command);
        statements.extend(command.statements(end));
        if end == End::Lost {
            // A shell reads a whole line before it runs any of it.
            let lost =
                Statement { name: String::new(), value: Value::Rejected(COMMAND), lines: line..line + 1 };
            statements.push(lost);
            for statement in statements.iter_mut().filter(|statement| statement.lines.end > line) {
                statement.value = Value::Rejected(COMMAND);
            }
            return statements;
        }
    }
}

struct Shell<'a> {
    rest: &'a str,
    line: usize,
}

/// How a command ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// With its line, or with `;`.
    Plain,
    /// With `&`: its assignments are made in another process.
    Background,
    /// With a construct that is not understood here.
    Lost,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Assignments,
    Export,
    Other,
}

struct Command {
    found: Vec<Statement>,
    kind: Kind,
}

impl Command {
    fn is_empty(&self) -> bool {
        self.kind == Kind::Assignments && self.found.is_empty()
    }

    fn statements(mut self, end: End) -> Vec<Statement> {
        if end != End::Plain || self.kind == Kind::Other {
            for statement in &mut self.found {
                statement.value = Value::Rejected(COMMAND);
            }
        }
        self.found
    }
}

impl<'a> Shell<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = &self.rest[character.len_utf8()..];
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len()));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn skip_blank_lines(&mut self) {
        loop {
            self.take(|c| matches!(c, ' ' | '\t' | '\n'));
            if self.peek() != Some('#') {
                return;
            }
            self.take(|c| c != '\n');
        }
    }

    fn command(&mut self, command: &mut Command) -> End {
        loop {
            self.take(|c| matches!(c, ' ' | '\t'));
            match self.peek() {
                None | Some('\n') => return End::Plain,
                Some('#') => {
                    self.take(|c| c != '\n');
                    return End::Plain;
                }
                Some(';' | '&') if command.is_empty() => return End::Lost,
                Some(separator @ (';' | '&')) => {
                    self.next();
                    return match self.peek() {
                        Some(';' | '&' | '>') => End::Lost,
                        _ if separator == '&' => End::Background,
                        _ => End::Plain,
                    };
                }
                Some(_) => {
                    if self.word(command).is_none() {
                        return End::Lost;
                    }
                }
            }
        }
    }

    /// Reads a word of a command. `None` if it is not understood here.
    fn word(&mut self, command: &mut Command) -> Option<()> {
        let line = self.line;
        let name = self.name().filter(|_| command.kind != Kind::Other);
        if let Some(name) = name {
            self.rest = &self.rest[name.len() + 1..];
            let place = command.found.len();
            let value = Value::Rejected(COMMAND);
            command.found.push(Statement { name: name.to_owned(), value, lines: line..line + 1 });
            let (value, _) = self.value(command.kind == Kind::Export)?;
            command.found[place] = Statement { name: name.to_owned(), value, lines: line..self.line + 1 };
            return Some(());
        }
        // bash reads up to the closing bracket, even on a later line.
        if self.rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').starts_with('[') {
            return None;
        }
        let (value, quoted) = self.value(command.kind == Kind::Export)?;
        let word = match &value {
            Value::Text(word) => word.expose(),
            _ if command.kind == Kind::Other => "",
            _ => return None,
        };
        match command.kind {
            Kind::Assignments if word == "export" && !quoted && command.found.is_empty() => {
                command.kind = Kind::Export;
            }
            Kind::Export if is_name(word) => {
                let value = Value::Unknown(INHERITED);
                command.found.push(Statement { name: word.to_owned(), value, lines: line..self.line + 1 });
            }
            Kind::Export => return None,
            Kind::Assignments => {
                command.kind = Kind::Other;
                if command.found.is_empty() {
                    let value = Value::Rejected(COMMAND);
                    command.found.push(Statement { name: String::new(), value, lines: line..line + 1 });
                }
                return (!WORDS.contains(&word)).then_some(());
            }
            Kind::Other => {}
        }
        Some(())
    }

    /// The name of the assignment that starts here.
    fn name(&self) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        let name = &self.rest[..end];
        (is_name(name) && self.rest[end..].starts_with('=')).then_some(name)
    }

    /// Reads up to the end of a word, and says whether a part of it is quoted. `None` if it is not understood here.
    fn value(&mut self, is_argument: bool) -> Option<(Value, bool)> {
        let mut out = Zeroizing::new(String::with_capacity(self.rest.find('\n').unwrap_or(self.rest.len())));
        let mut unknown = None;
        let mut quoted = false;
        // A `~` is replaced at the start of a value and after an unquoted `:`.
        let mut tilde = true;
        loop {
            let at_tilde = std::mem::take(&mut tilde);
            match self.peek() {
                None | Some(' ' | '\t' | '\n' | ';' | '&') => break,
                Some('|' | '<' | '>' | '(' | ')' | '`') => return None,
                _ => {}
            }
            match self.next()? {
                '\'' => {
                    quoted = true;
                    push(&mut out, self.take(|c| c != '\''));
                    self.next()?;
                }
                '"' => {
                    quoted = true;
                    self.double_quoted(&mut out, &mut unknown)?;
                }
                '\\' => match self.next()? {
                    '\n' => {}
                    character => push_character(&mut out, character),
                },
                '$' => self.dollar(&mut out, &mut unknown, false)?,
                '~' if at_tilde => unknown = Some(PATTERN),
                '*' | '?' | '[' | '{' | '~' if is_argument => unknown = Some(PATTERN),
                // These characters have a meaning inside some shells.
                '\0' | '\u{1}' | '\u{7f}' => unknown = Some(PATTERN),
                character => {
                    tilde = character == ':';
                    push_character(&mut out, character);
                }
            }
        }
        Some((unknown.map_or_else(|| Value::text(&out), Value::Unknown), quoted))
    }

    fn double_quoted(
        &mut self,
        out: &mut Zeroizing<String>,
        unknown: &mut Option<&'static str>,
    ) -> Option<()> {
        loop {
            match self.next()? {
                '"' => return Some(()),
                '`' => return None,
                '$' => self.dollar(out, unknown, true)?,
                '\\' => match self.next()? {
                    '\n' => {}
                    character @ ('$' | '`' | '"' | '\\') => push_character(out, character),
                    character => {
                        push_character(out, '\\');
                        push_character(out, character);
                    }
                },
                '\0' | '\u{1}' | '\u{7f}' => *unknown = Some(PATTERN),
                character => push_character(out, character),
            }
        }
    }

    /// Reads what follows a `$`.
    fn dollar(
        &mut self,
        out: &mut Zeroizing<String>,
        unknown: &mut Option<&'static str>,
        in_quotes: bool,
    ) -> Option<()> {
        match self.peek() {
            // A backslash can join the next line to a name.
            Some('(' | '[' | '\\') => return None,
            Some('\'' | '"') if !in_quotes => return None,
            Some('{') => {
                self.next();
                let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
                if name.is_empty() || self.next()? != '}' {
                    return None;
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => {
                self.next();
            }
            Some(first) if first.is_ascii_alphanumeric() || first == '_' => {
                self.take(|c| c.is_ascii_alphanumeric() || c == '_');
            }
            _ => {
                push_character(out, '$');
                return Some(());
            }
        }
        *unknown = Some(SUBSTITUTED);
        Some(())
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn push_character(out: &mut Zeroizing<String>, character: char) {
    push(out, character.encode_utf8(&mut [0; 4]));
}

/// Appends without leaving a copy of a secret in freed memory.
fn push(out: &mut Zeroizing<String>, text: &str) {
    if out.capacity() - out.len() < text.len() {
        let mut larger = Zeroizing::new(String::with_capacity((out.len() + text.len()) * 2));
        larger.push_str(out);
        *out = larger;
    }
    out.push_str(text);
}
