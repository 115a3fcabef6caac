//! Asks for a passphrase at the terminal, which does not show it.

use std::io::{self, IsTerminal, Read, Stdin, Write};

use airbridge_core::SecretText;
use airbridge_endpoints::{Error, Result};
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::output::style::filtered;

/// The length of the longest passphrase in bytes. The buffer never grows, so no copy of it is left in memory.
const LIMIT: usize = 4096;

/// Asks for the passphrase of a bundle. A new one is asked for twice.
pub(crate) fn ask(bundle: &str, is_new: bool) -> Result<SecretText> {
    let stdin = io::stdin();
    if !stdin.is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::usage_with_hint(
            format!("cannot ask for the passphrase of {bundle}: no terminal is attached"),
            "set AIRBRIDGE_PASSPHRASE_FILE to a file that holds it",
        ));
    }
    let first = read(&stdin, &format!("Passphrase of {bundle}: "))?;
    if is_new && read(&stdin, "The same again: ")? != first {
        return Err(Error::usage_with_hint("the two passphrases differ", "run the command again"));
    }
    Ok(first)
}

/// The terminal as it was, which is restored on drop.
struct Quiet<'a>(&'a Stdin, Termios);

impl<'a> Quiet<'a> {
    /// Stops the terminal from showing what is typed. Each key is read at once, also Ctrl-C: a signal would end the program
    /// before the terminal is restored.
    fn new(stdin: &'a Stdin) -> io::Result<Self> {
        let before = tcgetattr(stdin)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin, OptionalActions::Now, &quiet)?;
        Ok(Self(stdin, before))
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.0, OptionalActions::Now, &self.1);
        let _ = writeln!(anstream::stderr());
    }
}

/// What ended the input.
enum End {
    Line,
    Interrupt,
    Nothing,
}

fn read(stdin: &Stdin, prompt: &str) -> Result<SecretText> {
    let mut typed = Zeroizing::new(Vec::with_capacity(LIMIT));
    let end = Quiet::new(stdin).and_then(|_quiet| {
        write!(anstream::stderr(), "{}", filtered(prompt)).and_then(|()| anstream::stderr().flush())?;
        keys(unbuffered(stdin)?, &mut typed)
    });
    match end {
        Ok(End::Line) if !typed.is_empty() => match std::str::from_utf8(&typed) {
            Ok(text) => Ok(SecretText::new(text)),
            Err(_) => Err(Error::usage_with_hint(
                "the passphrase is not UTF-8",
                "type it again, or set AIRBRIDGE_PASSPHRASE_FILE",
            )),
        },
        Ok(End::Interrupt) => {
            // What Ctrl-C does otherwise.
            let _ = kill_process(getpid(), Signal::INT);
            Err(no_passphrase())
        }
        _ => Err(no_passphrase()),
    }
}

fn no_passphrase() -> Error {
    Error::usage_with_hint(
        "no passphrase was entered",
        "run the command again, or set AIRBRIDGE_PASSPHRASE_FILE",
    )
}

/// Standard input without the buffer of the library, which is never wiped.
fn unbuffered(stdin: &Stdin) -> io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(stdin.as_fd().try_clone_to_owned()?.into())
}

/// Reads keys up to the end of the line.
fn keys(mut input: impl Read, typed: &mut Zeroizing<Vec<u8>>) -> io::Result<End> {
    let mut key = Zeroizing::new([0]);
    loop {
        match input.read(&mut *key) {
            Ok(0) => return Ok(End::Nothing),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match key[0] {
            b'\n' | b'\r' => return Ok(End::Line),
            // Ctrl-C, Ctrl-D, backspace, Ctrl-U.
            3 => return Ok(End::Interrupt),
            4 => return Ok(if typed.is_empty() { End::Nothing } else { End::Line }),
            8 | 127 => while typed.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {},
            21 => typed.clear(),
            byte if typed.len() < LIMIT => typed.push(byte),
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{End, LIMIT, keys};

    fn typed(input: &[u8]) -> (&'static str, String) {
        let mut typed = Zeroizing::new(Vec::new());
        let end = match keys(input, &mut typed) {
            Ok(End::Line) => "line",
            Ok(End::Interrupt) => "interrupt",
            Ok(End::Nothing) => "nothing",
            Err(_) => "error",
        };
        (end, String::from_utf8(typed.to_vec()).unwrap())
    }

    #[test]
    fn keys_are_read_up_to_the_end_of_the_line_and_can_be_corrected() {
        for (input, end, text) in [
            (&b"abc\nmore"[..], "line", "abc"),
            (b"abc\r", "line", "abc"),
            ("a\u{e9}\u{7f}b\u{8}c\n".as_bytes(), "line", "ac"),
            (b"\x7f\x7fx\n", "line", "x"),
            (b"wrong\x15right\n", "line", "right"),
            (b"abc\x04", "line", "abc"),
            (b"\x04", "nothing", ""),
            (b"", "nothing", ""),
            (b"abc\x03", "interrupt", "abc"),
        ] {
            assert_eq!(typed(input), (end, text.to_owned()), "{input:?}");
        }
        assert_eq!(typed(&vec![b'x'; LIMIT + 1]).0, "error");
    }
}
