//! Splitting a command into words as Airflow does. (`CPython` 3.11, `shlex.split`.)

/// The state of the parser.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Word,
    Quoted(char),
}

/// Splits a command into the program and its arguments.
///
/// # Errors
///
/// If a quote is not closed, or if the command ends with a backslash. The error is the end of a sentence that starts
/// with "the command".
pub fn split_command(command: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut state = State::Between;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (state, character) {
            (State::Quoted(quote), _) if character == quote => state = State::Word,
            (State::Quoted('"') | State::Between | State::Word, '\\') => {
                let next = characters.next().ok_or("ends with a backslash")?;
                if state == State::Quoted('"') {
                    // Between double quotes, a backslash escapes only these two characters.
                    if !matches!(next, '"' | '\\') {
                        word.push('\\');
                    }
                } else {
                    state = State::Word;
                }
                word.push(next);
            }
            (State::Quoted(_), _) => word.push(character),
            (State::Between | State::Word, ' ' | '\t' | '\r' | '\n') => {
                if state == State::Word {
                    words.push(std::mem::take(&mut word));
                }
                state = State::Between;
            }
            (State::Between | State::Word, '"' | '\'') => state = State::Quoted(character),
            (State::Between | State::Word, _) => {
                state = State::Word;
                word.push(character);
            }
        }
    }
    match state {
        State::Quoted(_) => Err("has an unclosed quote"),
        State::Word => {
            words.push(word);
            Ok(words)
        }
        State::Between => Ok(words),
    }
}
