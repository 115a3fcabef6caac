//! A command cut into words as Airflow cuts it. (`CPython` 3.11, `shlex.split`.)

/// Where a word is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Word,
    Quoted(char),
}

/// The program and its arguments.
///
/// # Errors
/// A quote or a backslash that nothing follows.
pub fn split_command(command: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut state = State::Between;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (state, character) {
            (State::Quoted(quote), _) if character == quote => state = State::Word,
            (State::Quoted('"') | State::Between | State::Word, '\\') => {
                let next = characters.next().ok_or("nothing follows its last backslash")?;
                if state == State::Quoted('"') {
                    // Between double quotes only these two lose their backslash.
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
        State::Quoted(_) => Err("a quote in it is not closed"),
        State::Word => {
            words.push(word);
            Ok(words)
        }
        State::Between => Ok(words),
    }
}
