//! Aligned columns. Columns that are empty in every row do not appear.

use std::fmt;

/// Where a cell's text stands in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of cells. The cells' text must be printable already.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: impl Into<Vec<Align>>) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let width = |row: &Vec<String>| cell(row, column).chars().count();
                self.rows.iter().map(width).max().unwrap_or_default()
            })
            .collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, align) in self.columns.iter().enumerate() {
                let width = widths[column];
                if width == 0 {
                    continue;
                }
                if !line.is_empty() {
                    line.push_str("  ");
                }
                let text = cell(row, column);
                line.push_str(&match align {
                    Align::Left => format!("{text:<width$}"),
                    Align::Right => format!("{text:>width$}"),
                });
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn cell(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_columns_and_drops_empty_ones() {
        let mut table = Table::new([Align::Left, Align::Left, Align::Right]);
        table.row(["a".to_owned(), String::new(), "1".to_owned()]);
        table.row(["bcd".to_owned(), String::new(), "23".to_owned()]);
        assert_eq!(table.to_string(), "a     1\nbcd  23\n");
    }
}
