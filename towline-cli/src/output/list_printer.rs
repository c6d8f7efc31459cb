//! Prints entries of listings as lines of text or JSON.

use std::mem;
use std::sync::Arc;

use anstyle::Style;
use jiff::tz::TimeZone;
use towline::{Entry, EntryKind, RemotePath};
use towline_proto::name::escape;

use crate::error::Error;
use crate::operand::name_codec::NameCodec;
use crate::output::entry::{is_directory, time};
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::size;
use crate::output::style;
use crate::output::table::{Align, Cell, Table};

/// What to print of each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Details {
    Name,
    /// Permissions, owner, group, size and time too.
    All {
        /// Whether sizes are rounded for people.
        rounds_sizes: bool,
    },
}

/// Prints the entries of a directory while they arrive.
#[derive(Debug)]
pub(crate) struct ListPrinter {
    printer: Arc<Printer>,
    codec: NameCodec,
    /// Lines that have not been printed yet, as text or JSON.
    lines: Lines,
    events: String,
}

impl ListPrinter {
    pub(crate) fn new(printer: &Arc<Printer>, codec: NameCodec, details: Details) -> Self {
        Self {
            printer: Arc::clone(printer),
            codec,
            lines: Lines::new(codec, details, printer.has_colour()),
            events: String::new(),
        }
    }

    /// Adds an entry, with `name` as its name in text. `path` is `None` if the name cannot be part
    /// of a path.
    pub(crate) fn add(&mut self, name: &[u8], path: Option<&RemotePath>, entry: &Entry) {
        if self.printer.is_json() {
            let event = json::Event::entry(path, entry, self.codec);
            self.events.push_str(&self.printer.line_of(&event));
        } else {
            self.lines.add(name, entry);
        }
    }

    /// Prints the entries added so far. Columns never become narrower.
    ///
    /// # Errors
    /// [`Error::StdoutClosed`] or [`Error::Stdout`].
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let text = match self.printer.is_json() {
            true => mem::take(&mut self.events),
            false => self.lines.take(),
        };
        self.printer.data(&text)
    }
}

/// Lines of text, with or without details.
#[derive(Debug)]
struct Lines {
    codec: NameCodec,
    /// The local time zone.
    zone: TimeZone,
    details: Details,
    colour: bool,
    table: Table,
}

impl Lines {
    fn new(codec: NameCodec, details: Details, colour: bool) -> Self {
        let columns = match details {
            Details::All { .. } => LONG_COLUMNS,
            Details::Name => &[Align::Left],
        };
        Self {
            codec,
            zone: TimeZone::system(),
            details,
            colour,
            table: Table::new(columns.iter().copied()),
        }
    }

    /// Adds an entry with this path as its name.
    fn add(&mut self, path: &[u8], entry: &Entry) {
        let mut name = self.codec.shown(path);
        if is_directory(entry) {
            name.push('/');
        }
        let style = self.style(entry.kind);
        let Details::All { rounds_sizes } = self.details else {
            return self.table.row([Cell::new(name, style)]);
        };
        let letter = match entry.kind {
            EntryKind::File => "-",
            EntryKind::Link => "l",
            EntryKind::Other | EntryKind::Unknown => "?",
            _ => "d",
        };
        let text = |text: &Option<String>| escape(text.as_deref().unwrap_or_default().as_bytes());
        let size = entry
            .size
            .map_or_else(String::new, |size| match rounds_sizes {
                true => size::short(size),
                false => size.to_string(),
            });
        let modified = entry.modified.as_ref();
        let modified = modified.map_or_else(String::new, |modified| time(modified, &self.zone));
        let target = entry.link_target.as_deref();
        let target = target.map_or_else(String::new, |target| {
            format!("-> {}", self.codec.shown(target))
        });
        // The target has no column of its own, because names differ a lot in length.
        let name = match target.is_empty() {
            true => Cell::new(name, style),
            false => Cell::new(format!("{style}{name}{style:#} {target}"), style::PLAIN),
        };
        self.table.row([
            Cell::new(letter, style),
            text(&entry.permissions).into(),
            text(&entry.owner).into(),
            text(&entry.group).into(),
            size.into(),
            modified.into(),
            name,
        ]);
    }

    /// Takes the lines so far. Columns never become narrower.
    fn take(&mut self) -> String {
        self.table.take_rows()
    }

    fn style(&self, kind: EntryKind) -> Style {
        match kind {
            _ if !self.colour => style::PLAIN,
            EntryKind::File => style::PLAIN,
            EntryKind::Link => style::LINK,
            EntryKind::Other | EntryKind::Unknown => style::OTHER,
            _ => style::DIRECTORY,
        }
    }
}

const LONG_COLUMNS: &[Align] = &[
    Align::Left,
    Align::Left,
    Align::Left,
    Align::Left,
    Align::Right,
    Align::Left,
    Align::Left,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: EntryKind, size: Option<u64>) -> Entry {
        let mut entry = Entry::new(name, kind);
        entry.size = size;
        entry
    }

    fn lines(colour: bool) -> String {
        let details = Details::All {
            rounds_sizes: false,
        };
        let mut lines = Lines::new(NameCodec::default(), details, colour);
        lines.add(b"a", &entry("a", EntryKind::File, Some(5)));
        lines.add(b"bee", &entry("bee", EntryKind::Directory, None));
        let mut link = entry("c", EntryKind::Link, Some(1234));
        link.link_target = Some(b"a\x1b".to_vec());
        lines.add(b"c", &link);
        lines.take()
    }

    #[test]
    fn columns_that_nobody_fills_are_left_out() {
        let plain = "-     5  a\nd        bee/\nl  1234  c -> a\\x1b\n";
        assert_eq!(lines(false), plain);
        let coloured = lines(true);
        assert_ne!(coloured, plain);
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}
