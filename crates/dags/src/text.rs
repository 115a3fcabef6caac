//! Strings of the code with the places where values are inserted and the lines where they come from.

/// Stands for an inserted value in a [`Text`].
pub(crate) const HOLE: char = '\u{fffc}';

/// The longest combined text, in bytes. Constants that repeat one another could grow without bound.
const MAX_BYTES: usize = 1 << 20;

/// A string of the code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    content: String,
    /// Where lines begin: a byte offset in `content` and the line in the file.
    lines: Vec<(usize, u32)>,
    /// Whether a part is the default of a parameter, so that callers can change it.
    pub(crate) is_overridable: bool,
}

impl Text {
    /// Text whose lines are those of the file.
    pub(crate) fn of_lines(text: &str, first_line: u32) -> Self {
        let mut result = Self::default();
        result.at_line(first_line);
        let mut line = first_line;
        for character in text.chars() {
            result.push(character);
            if character == '\n' {
                line = line.saturating_add(1);
                result.at_line(line);
            }
        }
        result
    }

    /// No text yet, and as overridable as another.
    pub(crate) fn like(other: &Self) -> Self {
        Self { is_overridable: other.is_overridable, ..Self::default() }
    }

    /// The value of an expression that is known only when the code runs.
    pub(crate) fn hole(line: u32) -> Self {
        let mut result = Self::default();
        result.at_line(line);
        result.push(HOLE);
        result
    }

    /// The text, with [`HOLE`] for each inserted value.
    pub(crate) fn as_str(&self) -> &str {
        &self.content
    }

    /// Whether the whole text is known.
    pub(crate) fn is_known(&self) -> bool {
        !self.content.contains(HOLE)
    }

    /// Whether it contains Jinja.
    pub(crate) fn is_template(&self) -> bool {
        self.content.contains("{{") || self.content.contains("{%")
    }

    /// What follows comes from this line.
    pub(crate) fn at_line(&mut self, line: u32) {
        if self.lines.last().is_none_or(|(_, last)| *last != line) {
            self.lines.push((self.content.len(), line));
        }
    }

    /// Appends a character of the current line.
    pub(crate) fn push(&mut self, character: char) {
        self.content.push(character);
    }

    /// Appends another text. If the result would be too long, the other text counts as an inserted value.
    pub(crate) fn append(&mut self, other: &Self) {
        self.is_overridable |= other.is_overridable;
        if !self.content.is_empty() && self.content.len().saturating_add(other.content.len()) > MAX_BYTES {
            self.content.push(HOLE);
            return;
        }
        let start = self.content.len();
        self.lines.extend(other.lines.iter().map(|(offset, line)| (start + offset, *line)));
        self.content.push_str(&other.content);
    }

    /// The line in the file of a byte of the text.
    pub(crate) fn line_of(&self, offset: usize) -> u32 {
        let after = self.lines.partition_point(|(start, _)| *start <= offset);
        self.lines.get(after.saturating_sub(1)).map_or(1, |(_, line)| *line)
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn line_is_found_after_texts_are_joined() {
        let mut text = Text::of_lines("a\nb", 3);
        text.append(&Text::of_lines("c\nd", 10));
        let lines: Vec<u32> = (0..6).map(|offset| text.line_of(offset)).collect();
        assert_eq!(lines, [3, 3, 4, 10, 10, 11]);
    }
}
