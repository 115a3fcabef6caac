//! Changes the lines of single entries in block-style YAML and keeps every other line.

use std::ops::Range;

use zeroize::Zeroizing;

/// A file as lines.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// The byte offset of each line.
    starts: Vec<usize>,
}

/// A replacement of lines.
pub(crate) struct Change {
    /// The lines to replace, counted from 1. An empty range is an insertion before its start.
    pub(crate) lines: Range<usize>,
    pub(crate) text: Zeroizing<String>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        // A line feed at the end of the file does not start another line.
        starts.pop_if(|start| *start == text.len());
        Self { text, starts }
    }

    /// The line after the last one.
    pub(crate) fn end(&self) -> usize {
        self.starts.len() + 1
    }

    /// A line with its line break, counted from 1.
    pub(crate) fn get(&self, line: usize) -> &'a str {
        &self.text[self.start(line)..self.start(line + 1)]
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line - 1).copied().unwrap_or(self.text.len())
    }

    /// The lines of each entry of a block. `begins` has the first line of each entry, and `end` is the line after the
    /// block. Blank lines after an entry, and comments indented by at most `column`, belong to no entry.
    pub(crate) fn entries(&self, begins: &[usize], end: usize, column: usize) -> Vec<Range<usize>> {
        let ends = begins.iter().skip(1).copied().chain([end]);
        let own = |(begin, mut end): (usize, usize)| {
            while end > begin + 1 && self.is_between(end - 1, column) {
                end -= 1;
            }
            begin..end
        };
        begins.iter().copied().zip(ends).map(own).collect()
    }

    fn is_between(&self, line: usize, column: usize) -> bool {
        let text = self.get(line);
        let inner = text.trim_start_matches(' ');
        inner.trim().is_empty() || (inner.starts_with('#') && text.len() - inner.len() <= column)
    }

    /// Whether the text of a line starts in this column, and not with a bracket or another YAML indicator.
    pub(crate) fn begins_block(&self, line: usize, column: usize) -> bool {
        let text = self.get(line);
        let blanks = text.len() - text.trim_start_matches(' ').len();
        blanks == column && !text[blanks..].starts_with(['{', '[', '?', '&', '*', '!'])
    }

    /// The column of the dashes of a block-style list whose items start on these lines, and the line after the list.
    /// `None` if the list is not in block style.
    pub(crate) fn block_list(&self, begins: &[usize]) -> Option<(usize, usize)> {
        let dash = |line: usize| {
            let text = self.get(line);
            let blanks = text.len() - text.trim_start_matches(' ').len();
            text[blanks..].starts_with("- ").then_some(blanks)
        };
        let (first, last) = (*begins.first()?, *begins.last()?);
        let column = dash(first)?;
        let regular =
            begins.iter().all(|line| dash(*line) == Some(column)) && begins.is_sorted_by(|a, b| a < b);
        let ends = |line: &usize| {
            let text = self.get(*line);
            let inner = text.trim_start_matches(' ');
            !inner.trim().is_empty() && !inner.starts_with('#') && text.len() - inner.len() <= column
        };
        let end = (last + 1..self.end()).find(ends).unwrap_or(self.end());
        regular.then_some((column, end))
    }

    /// The first line after `line` that ends the document.
    pub(crate) fn document_end(&self, line: usize) -> usize {
        let marks = |line: &usize| {
            let text = self.get(*line).trim_end();
            text == "..." || text == "---" || text.starts_with("... ") || text.starts_with("--- ")
        };
        (line + 1..self.end()).find(marks).unwrap_or(self.end())
    }

    /// The text after the changes, which must not overlap.
    pub(crate) fn changed(&self, mut changes: Vec<Change>) -> Zeroizing<String> {
        changes.sort_by_key(|change| (change.lines.start, change.lines.end));
        let room: usize = changes.iter().map(|change| change.text.len() + 1).sum();
        let mut out = Zeroizing::new(String::with_capacity(self.text.len() + room));
        let mut line = 1;
        for change in changes {
            out.push_str(&self.text[self.start(line)..self.start(change.lines.start)]);
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&change.text);
            line = change.lines.end.max(line);
        }
        out.push_str(&self.text[self.start(line)..]);
        out
    }
}
