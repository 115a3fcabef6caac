//! The result for people: what is missing, unused and unknown, with file and line.

use std::path::Path;

use airbridge_airflow::Kind;
use airbridge_engine::Endpoint;
use anstyle::Style;

use super::code::Code;
use super::row::{Row, Use};
use crate::output::side::side;
use crate::output::style::{BAD, BOLD, CHANGE, DIM, count, kind_count, paint, plain};
use crate::output::table::{Cell, rows};

/// The uses of an entry that are listed without `-v`.
const LISTED: usize = 3;

/// The result for people. `verbose` lists every use, and the entries that are present.
pub(super) fn human(endpoint: &Endpoint, code: &Code, found: &[Row<'_>], verbose: bool) -> String {
    let mut text = format!("{}\n{}\n", side(endpoint, BOLD), code_line(code));
    let sections = [
        ("missing", BAD, Use::Missing { required: true }),
        ("missing, and not needed", CHANGE, Use::Missing { required: false }),
        ("dynamic: the id is known only when the code runs", CHANGE, Use::Dynamic),
        ("unused", DIM, Use::Unused),
        ("present", Style::new(), Use::Present),
    ];
    let section =
        |title: &str, table: &[Vec<Cell>]| format!("\n{}\n{}", paint(BOLD, title), rows("  ", table));
    for (title, style, used) in sections {
        if used == Use::Present && !verbose {
            continue;
        }
        let belonging = found.iter().filter(|row| row.used == used);
        let table: Vec<Vec<Cell>> = belonging.flat_map(|row| lines(row, style, verbose)).collect();
        if !table.is_empty() {
            text.push_str(&section(title, &table));
        }
    }
    if !code.broken.is_empty() {
        let row = |broken: &airbridge_dags::Broken| -> Vec<Cell> {
            let place = broken.line.map_or_else(|| file(&broken.file), |line| at(&broken.file, line));
            vec![(CHANGE, place), (Style::new(), broken.problem.phrase().to_owned())]
        };
        let table: Vec<_> = code.broken.iter().map(row).collect();
        text.push_str(&section("not read completely", &table));
    }
    format!("{text}\n{}\n", summary(found))
}

fn code_line(code: &Code) -> String {
    let kinds = [Kind::Connection, Kind::Variable].map(|kind| kind_count(kind, code.ids_of(kind)));
    format!("{}: {}, which use {}", code.folders(), count(code.files, "file", "files"), kinds.join(" and "))
}

/// The lines of one row: the entry with its first use, and further uses below it.
fn lines(row: &Row<'_>, style: Style, verbose: bool) -> Vec<Vec<Cell>> {
    let message = row.message.as_deref().map(plain).unwrap_or_default();
    let Some(id) = &row.id else {
        let Some(found) = row.dynamic else { return Vec::new() };
        return vec![vec![
            (style, at(&found.file, found.line)),
            (Style::new(), row.kind.word().to_owned()),
            (DIM, message),
        ]];
    };
    let name = match (row.used, &row.name) {
        (Use::Unused, Some(name)) => plain(name.as_str()),
        _ => String::new(),
    };
    let uses = row.references.iter().map(|found| (at(&found.file, found.line), found.how.phrase()));
    let taken: Vec<_> = uses.take(if verbose { usize::MAX } else { LISTED }).collect();
    let more = row.references.len() - taken.len();
    let entry = (style, plain(&id.to_string()));
    let mut lines = Vec::new();
    for (place, how) in taken {
        let entry = if lines.is_empty() { entry.clone() } else { (style, String::new()) };
        let remark = if lines.is_empty() && !message.is_empty() {
            format!("{how}; {message}")
        } else {
            how.to_owned()
        };
        lines.push(vec![entry, (Style::new(), place), (DIM, remark)]);
    }
    if lines.is_empty() {
        lines.push(vec![entry, (DIM, name), (DIM, message)]);
    }
    if more > 0 {
        let more = format!("and {}", count(more, "more use", "more uses"));
        lines.push(vec![(style, String::new()), (DIM, more), (DIM, String::new())]);
    }
    lines
}

fn at(path: &Path, line: u32) -> String {
    format!("{}:{line}", file(path))
}

fn file(path: &Path) -> String {
    plain(&path.display().to_string())
}

fn summary(found: &[Row<'_>]) -> String {
    let number = |used| found.iter().filter(|row| row.used == used).count();
    let parts = [
        (number(Use::Missing { required: true }), BAD, "missing"),
        (number(Use::Missing { required: false }), CHANGE, "missing and not needed"),
        (number(Use::Dynamic), CHANGE, "dynamic"),
        (number(Use::Unused), DIM, "unused"),
    ];
    let parts = parts.iter().filter(|(number, ..)| *number > 0);
    let parts: Vec<_> =
        parts.map(|(number, style, words)| paint(*style, &format!("{number} {words}"))).collect();
    let present = count(number(Use::Present), "entry is present", "entries are present");
    if parts.is_empty() { format!("{present}.") } else { format!("{present}; {}", parts.join(", ")) }
}
