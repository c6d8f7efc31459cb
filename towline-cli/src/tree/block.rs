//! The entries of a large directory, block by block.

use std::mem;

use towline::Entry;
use towline_proto::listing::{Precision, Zone};

use crate::output::entry;

/// So many entries are sorted and shown together at least.
const SHORT_BLOCK: usize = 1000;

/// And at most.
const LONG_BLOCK: usize = 50_000;

/// Entries that are sorted and shown together.
///
/// A block is short while nothing is gained by waiting: while entries come sorted, as most servers
/// send a `LIST`, and while their times are known. Else it is long, to the end of the directory.
#[derive(Debug)]
pub(crate) struct Block {
    entries: Vec<Entry>,
    /// The name that came last.
    last: Vec<u8>,
    /// Whether times will be shown.
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

    /// Adds an entry. Gives the entries so far, sorted, when the block is full.
    pub(crate) fn push(&mut self, mut entry: Entry) -> Option<Vec<Entry>> {
        if entry.name < self.last || (self.dated && is_unsettled(&entry)) {
            self.limit = LONG_BLOCK;
        }
        self.last.clone_from(&entry.name);
        // Nobody shows the server's own line, which is the largest part of many entries.
        entry.raw = Vec::new();
        self.entries.push(entry);
        if self.entries.len() < self.limit {
            return None;
        }
        let mut full = mem::take(&mut self.entries);
        entry::sort(&mut full);
        Some(full)
    }

    /// What has come since the last full block, as it came.
    pub(crate) fn rest(self) -> Vec<Entry> {
        self.entries
    }
}

/// Whether the time of `entry` may be put right once the session has learnt how the server's clock
/// is set, which it does after its first listing.
fn is_unsettled(entry: &Entry) -> bool {
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

    /// The names of the blocks that `names` come in, the rest last.
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
        // The names that were swapped stand on both sides of a border.
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
