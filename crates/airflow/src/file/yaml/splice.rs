//! Changing single entries of a block of YAML and leaving every other line as it is.

use std::ops::Range;

use zeroize::Zeroizing;

/// A file by its lines.
pub(in crate::file) struct Lines<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
}

/// What to put where lines stood.
pub(in crate::file) struct Change {
    /// Lines, counted from 1; none for an insertion before the line it begins with.
    pub(in crate::file) lines: Range<usize>,
    pub(in crate::file) text: Zeroizing<String>,
}

impl<'a> Lines<'a> {
    pub(in crate::file) fn of(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        // A line feed at the very end begins no line.
        starts.pop_if(|start| *start == text.len());
        Self { text, starts }
    }

    /// The line after the last one.
    pub(in crate::file) fn end(&self) -> usize {
        self.starts.len() + 1
    }

    /// A line, counted from 1, with its end.
    pub(in crate::file) fn get(&self, line: usize) -> &'a str {
        &self.text[self.start(line)..self.start(line + 1)]
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line - 1).copied().unwrap_or(self.text.len())
    }

    /// The lines of each entry of a block, given the lines where they begin and the line where the block must have
    /// ended. Blank lines behind an entry, and comments no deeper than `column`, belong to none.
    pub(in crate::file) fn entries(&self, begins: &[usize], end: usize, column: usize) -> Vec<Range<usize>> {
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

    /// Whether nothing but blanks stands before this column of a line, and no bracket opens there.
    pub(in crate::file) fn begins_block(&self, line: usize, column: usize) -> bool {
        let text = self.get(line);
        let blanks = text.len() - text.trim_start_matches(' ').len();
        blanks == column && !text[blanks..].starts_with(['{', '[', '?', '&', '*', '!'])
    }

    /// The column of the dashes of a block list whose items begin on these lines, and the line behind it; `None` if it
    /// is no such list.
    pub(in crate::file) fn block_list(&self, begins: &[usize]) -> Option<(usize, usize)> {
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
    pub(in crate::file) fn document_end(&self, line: usize) -> usize {
        let marks = |line: &usize| {
            let text = self.get(*line).trim_end();
            text == "..." || text == "---" || text.starts_with("... ") || text.starts_with("--- ")
        };
        (line + 1..self.end()).find(marks).unwrap_or(self.end())
    }

    /// The text with the changes made, which must not overlap.
    pub(in crate::file) fn changed(&self, mut changes: Vec<Change>) -> Zeroizing<String> {
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
