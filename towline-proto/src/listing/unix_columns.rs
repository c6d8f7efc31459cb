//! The columns of a line of `ls -l` around its date: size, owner, group and name.

use super::columns::Columns;
use super::date::Dated;
use super::link::split_link;
use super::mode::Mode;
use super::size::size;
use super::{Entry, EntryKind, text};
use crate::number::number;

/// A line with a known mode.
pub(super) struct Reading<'a> {
    pub(super) line: &'a [u8],
    pub(super) mode: Mode<'a>,
    pub(super) columns: &'a Columns<'a>,
}

impl Reading<'_> {
    /// Returns the size that ends before column `at`, and the column where it begins. A device has
    /// two numbers instead, and no size.
    pub(super) fn size(&self, at: usize) -> Option<(Option<u64>, usize)> {
        let last = self.columns.get(at - 1)?;
        if self.mode.is_device() || self.mode.kind == EntryKind::Unknown {
            let before = at.checked_sub(2).and_then(|at| self.columns.get(at))?;
            let is_major = before.ends_with(b",") && number(last).is_some();
            // HP-UX: `64 0x010000`; FreeBSD: `0x1e`.
            let is_hex = last.starts_with(b"0x");
            if is_major || is_hex && number(before).is_some() {
                return Some((None, at - 2));
            }
            if is_hex || memchr::memchr(b',', last).is_some() {
                return Some((None, at - 1));
            }
        }
        Some((size(last)?, at - 1))
    }

    /// Returns whether the number in column `at` may be only the end of the size, or the year of
    /// the date. Then a number is before it, where the group ends in other lines: `1 234 567`,
    /// `12 2026 Nov 20 22:57`.
    pub(super) fn may_be_part_of_size(&self, at: usize) -> bool {
        // The columns before the size: mode, link count, owner and group.
        let fewest = 4 - usize::from(self.mode.has_count);
        let [Some(before), Some(last)] = [self.columns.get(at - 1), self.columns.get(at)] else {
            return false;
        };
        let (Some(before_number), Some(number)) = (number(before), number(last)) else {
            return false;
        };
        let is_group_of_digits = last.len() == 3 && before_number < 1000 && before.len() <= 3;
        let is_year = last.len() == 4 && (1970..2100).contains(&number);
        at > fewest && (is_group_of_digits || is_year)
    }

    pub(super) fn entry(&self, size: Option<u64>, size_at: usize, dated: &Dated) -> Option<Entry> {
        // One space follows the date. The rest is the name.
        let name = self
            .line
            .get(dated.end + 1..)
            .filter(|name| !name.is_empty())?;
        let kind = self.mode.kind;
        // It may be a link, or not.
        if kind == EntryKind::Unknown && memchr::memmem::find(name, b" -> ").is_some() {
            return None;
        }
        let (name, link_target) = match kind {
            EntryKind::Link => split_link(name, size),
            _ => (name, None),
        };
        let columns = self.columns;
        let has_link_count =
            !self.mode.has_count && size_at > 1 && columns.get(1).and_then(number).is_some();
        let owner_at = 1 + usize::from(has_link_count);
        let mut entry = Entry::new(name, kind);
        entry.size = size.filter(|_| kind != EntryKind::Link);
        entry.modified = dated.modified;
        entry.permissions = Some(text(self.mode.text));
        entry.owner = columns
            .span(owner_at, (owner_at + 1).min(size_at))
            .map(text);
        entry.group = columns.span(owner_at + 1, size_at).map(text);
        // `?` stands for an owner or a group that the server cannot read.
        for name in [&mut entry.owner, &mut entry.group] {
            name.take_if(|name| name == "?");
        }
        entry.link_target = link_target.map(<[u8]>::to_vec);
        Some(entry)
    }
}
