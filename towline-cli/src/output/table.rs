//! Tables with aligned columns. Columns that are empty in every row are omitted.

use std::{fmt, mem};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::output::style;

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// The text of a cell. It must be escaped already.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    /// The width in columns of the terminal.
    width: usize,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, style: Style) -> Self {
        let text = text.into();
        let width = match text.is_ascii() {
            true => text.len(),
            false => text.width(),
        };
        Self { text, width, style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, style::PLAIN)
    }
}

/// A table whose rows may be taken in blocks. Columns never become narrower.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<(Align, usize)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new(columns: impl IntoIterator<Item = Align>) -> Self {
        Self {
            columns: columns.into_iter().map(|align| (align, 0)).collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) {
        let row: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        for ((_, width), cell) in self.columns.iter_mut().zip(&row) {
            *width = (*width).max(cell.width);
        }
        self.rows.push(row);
    }

    /// Takes the rows so far, as lines. Columns keep their widths.
    pub(crate) fn take_rows(&mut self) -> String {
        let text = self.to_string();
        self.rows.clear();
        text
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            // Trailing spaces are omitted.
            let mut gap = 0;
            let mut first = true;
            for ((align, width), cell) in self.columns.iter().zip(row) {
                if *width == 0 {
                    continue;
                }
                if !mem::take(&mut first) {
                    gap += 2;
                }
                let padding = width - cell.width;
                if *align == Align::Right {
                    gap += padding;
                }
                if !cell.text.is_empty() {
                    let Cell { text, style, .. } = cell;
                    write!(f, "{:gap$}{style}{text}{style:#}", "")?;
                    gap = 0;
                }
                if *align == Align::Left {
                    gap += padding;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_columns_and_drops_empty_ones() {
        let mut table = Table::new([Align::Left, Align::Left, Align::Right]);
        table.row(["a", "", "1"]);
        table.row(["bcd", "", "23"]);
        assert_eq!(table.to_string(), "a     1\nbcd  23\n");
    }

    #[test]
    fn counts_columns_of_the_terminal_and_not_characters() {
        let mut table = Table::new([Align::Left, Align::Left]);
        table.row(["\u{65e5}\u{672c}", "wide"]);
        table.row(["e\u{301}", "combined"]);
        assert_eq!(
            table.to_string(),
            "\u{65e5}\u{672c}  wide\ne\u{301}     combined\n"
        );
    }

    #[test]
    fn later_blocks_keep_the_width() {
        let mut table = Table::new([Align::Left, Align::Left]);
        table.row(["long", "x"]);
        assert_eq!(table.take_rows(), "long  x\n");
        table.row(["a", "x"]);
        assert_eq!(table.take_rows(), "a     x\n");
    }

    #[test]
    fn styles_take_no_room() {
        let mut table = Table::new([Align::Left, Align::Left]);
        table.row([Cell::new("a", style::ERROR), "x".into()]);
        table.row(["bc", "x"]);
        let text = table.to_string();
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "a   x\nbc  x\n"
        );
        assert!(text.contains("\u{1b}["));
    }
}
