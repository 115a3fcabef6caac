//! Tables for people: rows with aligned columns.

use anstyle::Style;

use super::style::{padded, paint, width};

/// A cell: its style and its content.
pub(crate) type Cell = (Style, String);

/// A wider cell moves only the rest of its own row.
const WIDEST: usize = 56;

/// Formats rows with aligned columns, each after `indent`. Empty cells at the end of a row are not padded.
pub(crate) fn rows(indent: &str, rows: &[Vec<Cell>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|(_, text)| width(text));
            cells.filter(|width| *width <= WIDEST).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let used = row.iter().rposition(|(_, text)| !text.is_empty()).map_or(0, |last| last + 1);
        text.push_str(indent);
        for (index, (style, cell)) in row[..used].iter().enumerate() {
            if index + 1 == used {
                text.push_str(&paint(*style, cell));
            } else if widths[index] > 0 || !cell.is_empty() {
                text.push_str(&padded(*style, cell, widths[index]));
                text.push_str("  ");
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use anstyle::Style;

    use super::rows;

    #[test]
    fn columns_are_aligned() {
        let cell = |text: &str| (Style::new(), text.to_owned());
        let table = [
            vec![cell("a"), cell("long"), cell("x")],
            vec![cell("漢漢"), cell(""), cell("y")],
            vec![cell("c"), cell("d"), cell("")],
        ];
        assert_eq!(rows("  ", &table), "  a     long  x\n  漢漢        y\n  c     d\n");
    }
}
