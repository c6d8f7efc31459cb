//! The known forms of lines, and what one line says about the next.

use std::collections::VecDeque;

use jiff::civil::DateTime;

use super::members::{Members, Placed};
use super::os400_date::DateOrder;
use super::vms::Versions;
use super::zos::Layout;
use super::{
    Entry, connect_enterprise, dos, eplf, mac, name_first, netware, nonstop, octal, os2, os400,
    unix, vm_cms, vms, vshell, vxworks,
};

/// The form of one line.
#[expect(clippy::large_enum_variant, reason = "it is passed on at once")]
pub(super) enum Found {
    Entry(Entry),
    /// A later line, or the end, gives the result.
    Pending,
    /// A heading, an older version, or part of the entry above.
    NoEntry,
}

/// Reads lines in every known form.
#[derive(Clone, Debug)]
pub(super) struct Forms {
    now: DateTime,
    /// z/OS: the layout that the last heading announced.
    layout: Option<Layout>,
    /// VMS: a line with only a name.
    first_half: Option<Vec<u8>>,
    /// VMS: whether the line before belongs to an entry on several lines.
    is_behind_half: bool,
    versions: Versions,
    /// OS/400.
    date_order: DateOrder,
    members: Members,
    is_os400: bool,
    /// Whether the lines are those of `DIR`.
    is_dos: bool,
    is_below_nonstop: bool,
    is_below_vxworks: bool,
    /// Lines that turned out to be entries, or not.
    released: VecDeque<Result<Entry, Vec<u8>>>,
}

impl Forms {
    pub(super) fn new(now: DateTime) -> Self {
        Self {
            now,
            layout: None,
            first_half: None,
            is_behind_half: false,
            versions: Versions::default(),
            date_order: DateOrder::default(),
            members: Members::default(),
            is_os400: false,
            is_dos: false,
            is_below_nonstop: false,
            is_below_vxworks: false,
            released: VecDeque::new(),
        }
    }

    pub(super) fn of_directory(&mut self, name: &[u8]) {
        self.members.of_directory(name);
    }

    /// Reads one line. Returns `None` if it is in no known form.
    pub(super) fn read(&mut self, line: &[u8]) -> Option<Found> {
        let is_behind_half = std::mem::replace(&mut self.is_behind_half, false);
        if let Some(first) = self.first_half.take() {
            match vms::parse_halves(&first, line) {
                Some((entry, version)) => {
                    self.is_behind_half = true;
                    return Some(self.version(entry, version));
                }
                None => self.release_half(&first),
            }
        }
        if is_behind_half && vms::is_continuation(line) {
            self.is_behind_half = true;
            return Some(Found::NoEntry);
        }
        self.understood(line)
    }

    /// Returns the results of earlier lines. Call this after each line and at the end.
    pub(super) fn released(&mut self) -> Option<Result<Entry, Vec<u8>>> {
        self.released.pop_front()
    }

    /// Ends the listing.
    pub(super) fn end(&mut self) {
        if let Some(first) = self.first_half.take() {
            self.release_half(&first);
        }
        self.released.extend(self.members.release(None).map(Ok));
    }

    /// Returns whether `line` is a heading or a total of a known form.
    pub(super) fn is_about_the_listing(&mut self, line: &[u8], has_entry: bool) -> bool {
        if vxworks::is_header(line) {
            self.is_below_vxworks |= !has_entry;
            return true;
        }
        connect_enterprise::is_total(line) || self.is_heading_of_dos(line, has_entry)
    }

    /// Returns whether `line` is a heading or a total of `DIR`. Among other entries it is a name.
    fn is_heading_of_dos(&mut self, line: &[u8], has_entry: bool) -> bool {
        self.is_dos |= !has_entry && dos::is_heading(line);
        self.is_dos && (dos::is_heading(line) || dos::is_total(line))
    }

    /// Reads a line in one of the known forms.
    fn understood(&mut self, line: &[u8]) -> Option<Found> {
        // The forms that most servers print come first. No line fits two forms.
        if let Some(entry) = mac::parse(line, self.now)
            .or_else(|| unix::parse(line, self.now))
            .or_else(|| dos::parse(line).inspect(|_| self.is_dos = true))
            .or_else(|| eplf::parse(line))
            .or_else(|| netware::parse(line, self.now))
        {
            self.released.extend(self.members.release(None).map(Ok));
            return Some(Found::Entry(entry));
        }
        // OS/400 comes before OS/2, whose parser would take the type for part of the name.
        let object = os400::parse(line, &mut self.date_order, self.now);
        let file = self.members.release(object.as_ref());
        self.released.extend(file.map(Ok));
        if let Some(object) = object {
            self.is_os400 = true;
            return Some(match self.members.place(object) {
                Placed::Entry(entry) => Found::Entry(entry),
                Placed::Listed => Found::NoEntry,
                Placed::Held => Found::Pending,
            });
        }
        if nonstop::is_header(line) {
            self.is_below_nonstop = true;
            return Some(Found::NoEntry);
        }
        let os2 = os2::parse(line).filter(|_| !self.is_os400);
        if let Some(entry) = os2.or_else(|| nonstop::parse(line, self.is_below_nonstop)) {
            return Some(Found::Entry(entry));
        }
        if let Some((entry, version)) = vms::parse(line) {
            return Some(self.version(entry, version));
        }
        if let Some(layout) = Layout::below(line) {
            self.layout = Some(layout);
            return Some(Found::NoEntry);
        }
        if vms::is_heading(line) {
            // The next lines list another directory.
            self.versions = Versions::default();
            return Some(Found::NoEntry);
        }
        if vms::is_first_half(line) {
            self.first_half = Some(line.to_vec());
            return Some(Found::Pending);
        }
        let layout = self.layout.or_else(|| Layout::of(line));
        layout
            .and_then(|layout| layout.parse(line))
            .or_else(|| connect_enterprise::parse(line, self.now))
            .or_else(|| vshell::parse(line, self.now))
            .or_else(|| vxworks::parse(line, self.is_below_vxworks))
            .or_else(|| vm_cms::parse(line))
            .or_else(|| octal::parse(line))
            .or_else(|| name_first::parse(line))
            .map(Found::Entry)
    }

    /// Releases a first half without a second. Its name shows what it is (VMS servers that print
    /// bare names).
    fn release_half(&mut self, half: &[u8]) {
        let released = match vms::parse_name(half) {
            Some((entry, version)) if self.versions.is_older(&entry, version) => return,
            Some((entry, _)) => Ok(entry),
            None => Err(half.to_vec()),
        };
        self.released.push_back(released);
    }

    fn version(&mut self, entry: Entry, version: u64) -> Found {
        if self.versions.is_older(&entry, version) {
            Found::NoEntry
        } else {
            Found::Entry(entry)
        }
    }
}
