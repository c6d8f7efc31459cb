//! Collects the entries of a large directory in sorted blocks.

use std::mem;

use towline::Entry;
use towline_proto::listing::{Precision, Zone};

use crate::output::entry;

/// The number of entries in a short block.
const SHORT_BLOCK: usize = 1000;

/// The number of entries in a long block.
const LONG_BLOCK: usize = 50_000;

/// Entries that are sorted and printed together.
///
/// Blocks are short as long as waiting gains nothing: the entries arrive in order, as most servers
/// send a `LIST`, and their times are known. Otherwise, all further blocks are long.
#[derive(Debug)]
pub(crate) struct Block {
    entries: Vec<Entry>,
    /// The last name.
    last: Vec<u8>,
    /// Whether times will be printed.
    dated: bool,
    limit: usize,
}

impl Block {
    pub(crate) fn new(dated: bool) -> Self {
        Self {
            entries: Vec::new(),
            last: Vec::new(),
            dated,
            limit: SHORT_BLOCK,
        }
    }

    /// Adds an entry. Returns the sorted entries if the block is full.
    pub(crate) fn push(&mut self, mut entry: Entry) -> Option<Vec<Entry>> {
        if entry.name < self.last || (self.dated && may_be_corrected(&entry)) {
            self.limit = LONG_BLOCK;
        }
        self.last.clone_from(&entry.name);
        // The original line is not printed, and is the largest part of many entries.
        entry.raw = Vec::new();
        self.entries.push(entry);
        if self.entries.len() < self.limit {
            return None;
        }
        let mut full = mem::take(&mut self.entries);
        entry::sort(&mut full);
        Some(full)
    }

    /// The entries since the last full block, unsorted.
    pub(crate) fn rest(self) -> Vec<Entry> {
        self.entries
    }
}

/// Whether the time of `entry` may still be corrected: after its first listing, a session knows the
/// offset of the server's clock.
fn may_be_corrected(entry: &Entry) -> bool {
    entry.modified.is_some_and(|modified| {
        modified.zone == Zone::Server && modified.precision != Precision::Day
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use towline::EntryKind;
    use towline_proto::listing::Modified;

    use super::*;

    const COUNT: usize = 120_500;

    /// The blocks into which `names` are divided, the rest last.
    fn blocks(dated: bool, modified: Option<Modified>, names: &[String]) -> Vec<Vec<String>> {
        let mut block = Block::new(dated);
        let mut blocks = Vec::new();
        for name in names {
            let mut entry = Entry::new(name.as_str(), EntryKind::File);
            entry.modified = modified;
            blocks.extend(block.push(entry));
        }
        blocks.push(block.rest());
        let name = |entry: Entry| String::from_utf8(entry.name).unwrap();
        let names = |block: Vec<Entry>| block.into_iter().map(name).collect();
        blocks.into_iter().map(names).collect()
    }

    fn lengths(blocks: &[Vec<String>]) -> Vec<usize> {
        blocks.iter().map(Vec::len).collect()
    }

    fn sorted(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("{number:06}")).collect()
    }

    #[test]
    fn blocks_are_short_while_names_come_sorted() {
        let names = sorted(COUNT);
        let blocks = blocks(false, None, &names);
        assert_eq!(blocks[0].len(), SHORT_BLOCK);
        assert_eq!(lengths(&blocks).last(), Some(&500));
        assert_eq!(blocks.concat(), names);
    }

    #[test]
    fn blocks_are_long_once_a_name_is_out_of_order() {
        let mut names = sorted(COUNT);
        names.swap(SHORT_BLOCK - 1, SHORT_BLOCK);
        let blocks = blocks(false, None, &names);
        // The swapped names are on both sides of a boundary.
        assert_eq!(
            lengths(&blocks),
            [SHORT_BLOCK, LONG_BLOCK, LONG_BLOCK, 19_500]
        );
        assert!(blocks.iter().take(3).all(|block| block.is_sorted()));
    }

    #[test]
    fn a_directory_that_fits_into_a_long_block_comes_whole() {
        let mut names = sorted(LONG_BLOCK - 1);
        names.reverse();
        assert_eq!(lengths(&blocks(false, None, &names)), [LONG_BLOCK - 1]);
    }

    #[test]
    fn times_that_may_still_be_put_right_are_waited_for() {
        let modified = |zone, precision| Modified {
            time: date(2026, 11, 21).at(23, 8, 0, 0),
            precision,
            zone,
        };
        let names = sorted(SHORT_BLOCK + 1);
        for (dated, zone, precision, first) in [
            (true, Zone::Server, Precision::Minute, SHORT_BLOCK + 1),
            (true, Zone::Server, Precision::Day, SHORT_BLOCK),
            (true, Zone::Utc, Precision::Second, SHORT_BLOCK),
            (false, Zone::Server, Precision::Minute, SHORT_BLOCK),
        ] {
            let blocks = blocks(dated, Some(modified(zone, precision)), &names);
            assert_eq!(blocks[0].len(), first, "{dated} {zone:?} {precision:?}");
        }
    }
}
