//! Text that becomes part of a page.

use crate::output::style::plain;

/// A page in the making. Only the markup of this program goes in as it is; everything else is escaped.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds markup. It is part of the program, so nothing from outside can be in it.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text from anywhere, inside an element or a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        // Characters that control a terminal or change the direction of writing become visible.
        for char in plain(text).chars() {
            match char {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                char => self.0.push(char),
            }
        }
        self
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        self.text(&number.to_string())
    }

    /// Adds text from anywhere as code: ids, names, values.
    pub(super) fn code(&mut self, text: &str) -> &mut Self {
        self.raw("<code>").text(text).raw("</code>")
    }

    /// Adds a sentence of this program. Text between backticks becomes code.
    pub(super) fn prose(&mut self, sentence: &'static str) -> &mut Self {
        for (index, part) in sentence.split('`').enumerate() {
            if index % 2 == 1 {
                self.code(part)
            } else {
                self.text(part)
            };
        }
        self
    }

    /// Adds texts as code, separated by commas.
    pub(super) fn codes<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> &mut Self {
        for (index, text) in texts.into_iter().enumerate() {
            self.raw(if index > 0 { ", " } else { "" }).code(text);
        }
        self
    }

    /// Adds markup that was made apart.
    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Markup;

    fn text(text: &str) -> String {
        let mut markup = Markup::default();
        markup.text(text);
        markup.finish()
    }

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(text("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_eq!(text("\" onload='x' &amp;"), "&quot; onload=&#39;x&#39; &amp;amp;");
        assert_eq!(text("</title><!-- -->"), "&lt;/title&gt;&lt;!-- --&gt;");
    }

    #[test]
    fn characters_that_change_how_text_looks_are_shown() {
        assert_eq!(text("a\u{202e}b\u{2066}c\u{200f}"), "a\\u{202e}b\\u{2066}c\\u{200f}");
        assert_eq!(text("a\nb\tc\0d\u{1b}[0m\u{85}"), "a\\nb\\tc\\u{0}d\\u{1b}[0m\\u{85}");
        assert_eq!(text("größe 漢 😀"), "größe 漢 😀");
    }

    #[test]
    fn backticks_of_a_sentence_are_code_and_its_text_is_escaped() {
        let mut markup = Markup::default();
        markup.prose("`a<b` keeps <it>").codes(["x", "<y>"]);
        assert_eq!(
            markup.finish(),
            "<code>a&lt;b</code> keeps &lt;it&gt;<code>x</code>, <code>&lt;y&gt;</code>"
        );
    }
}
