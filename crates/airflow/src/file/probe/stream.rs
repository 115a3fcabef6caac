//! The lines as a whole: a header, the entries, and a last line with their number.

use airbridge_core::{DocumentError, Fields, Json, Record};

use super::super::text;
use super::header::Header;
use super::line::Line;

/// What to do about a stream that is not whole.
const RUN_AGAIN: &str = "run the probe again, see what it printed to standard error, and hand its output on through a pipe or a file of its own";

/// A whole stream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) header: Header,
    pub(super) lines: Vec<Line>,
}

impl Stream {
    pub(super) fn parse(text: &str) -> Result<Self, DocumentError> {
        let is_ended = text.ends_with('\n');
        let all: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
        let last = all.len();
        let mut rest = all.into_iter().enumerate().map(|(at, line)| (at + 1, line));
        let object = |number: usize, line: &str| match Json::parse(line) {
            Ok(Json::Object(fields)) => Ok(fields),
            _ if number == last && !is_ended => {
                Err(fail(number, "the output of the probe is cut off in this line"))
            }
            _ => Err(fail(number, "expected one JSON object that a probe writes")),
        };
        let (first, header) = rest.next().unwrap_or((1, ""));
        if header.trim().is_empty() {
            return Err(fail(first, "expected the header of a probe, found nothing"));
        }
        let header = Header::parse(&object(first, header)?).map_err(|error| error.at_line(first))?;
        let mut lines: Vec<Line> = Vec::new();
        let mut is_whole = false;
        for (number, line) in rest {
            if is_whole {
                return Err(fail(number, "expected nothing after the last line of a probe"));
            }
            let fields = object(number, line)?;
            if fields.contains("end") {
                is_whole = true;
                check_end(&fields, lines.len()).map_err(|message| fail(number, &message))?;
            } else {
                lines.push(Line::parse(&fields, number).map_err(|error| error.at_line(number))?);
            }
        }
        if !is_whole {
            return Err(fail(last, "the output of the probe is cut off: its last line is missing"));
        }
        let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
        text::reject_duplicates(ids.iter().map(String::as_str).zip(lines.iter().map(|line| line.number)))?;
        Ok(Self { header, lines })
    }

    pub(super) fn into_records(self) -> Vec<Record> {
        self.lines.into_iter().map(|line| line.record).collect()
    }
}

fn fail(line: usize, message: &str) -> DocumentError {
    DocumentError::new(message).at_line(line).with_hint(RUN_AGAIN)
}

/// Checks the last line: only the number of entries.
fn check_end(fields: &Fields, lines: usize) -> Result<(), String> {
    match fields.get("end") {
        Some(Json::Number(number)) if fields.len() == 1 => {
            if number.expose() == lines.to_string() {
                return Ok(());
            }
            let is_number =
                number.expose().len() < 10 && number.expose().bytes().all(|byte| byte.is_ascii_digit());
            let said = if is_number { number.expose() } else { "another number of" };
            Err(format!("the probe wrote {said} entries, but {lines} are here"))
        }
        _ => Err("expected only the number of entries in the last line".to_owned()),
    }
}
