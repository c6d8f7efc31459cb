//! `LIST` of Peter's server (FTPd, NetPresenz) on classic Mac OS. It resembles `ls -l`, but a file
//! has the sizes of its data fork, of its resource fork and of both. A folder has the number of
//! items in it.
//!
//! ```text
//! -------r--         512   204800   205312 Apr 12  1997 SoundKit.sit
//! drwxrwxr-x               folder        2 Jun 14  1998 archive
//! ```

use jiff::civil::DateTime;

use super::columns::Columns;
use super::date::date;
use super::mode::Mode;
use super::{Entry, EntryKind, text};
use crate::number::number;

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    // The words in the second and third columns rule out most lines of `ls -l`.
    let behind_mode = line.get(10..)?.trim_ascii_start();
    let is_folder = behind_mode.starts_with(b"folder ");
    if !is_folder && !starts_with_two_numbers(behind_mode) {
        return None;
    }
    let (mode, _) = Mode::in_line(line)?;
    let columns = Columns::of(line);
    let (size, date_at) = match mode.kind {
        EntryKind::Directory if is_folder => {
            number(columns.get(2)?)?;
            (None, 3)
        }
        EntryKind::File => (Some(both_forks(&columns)?), 4),
        _ => return None,
    };
    let dated = date(&columns, date_at, now)?;
    let name = line.get(dated.end + 1..).filter(|name| !name.is_empty())?;
    let mut entry = Entry::new(name, mode.kind);
    entry.size = size;
    entry.modified = dated.modified;
    entry.permissions = Some(text(mode.text));
    entry.raw = line.to_vec();
    Some(entry)
}

fn starts_with_two_numbers(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = text[digits..].trim_ascii_start();
    digits > 0 && behind.first().is_some_and(u8::is_ascii_digit)
}

/// Returns the third number if it is the sum of the first two. Only then are the columns sizes, not
/// a link count and numeric owner and group.
fn both_forks(columns: &Columns<'_>) -> Option<u64> {
    let column = |at| columns.get(at).and_then(number);
    let (data, resource, both) = (column(1)?, column(2)?, column(3)?);
    (data.checked_add(resource)? == both).then_some(both)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    #[test]
    fn reads_files_and_folders() {
        let line = b"-------r--         512   204800   205312 Apr 12  1997 Sound Kit.sit";
        let file = parse(line, NOW).expect("an entry");
        assert_eq!(file.name, b"Sound Kit.sit");
        assert_eq!((file.kind, file.size), (EntryKind::File, Some(205_312)));
        assert_eq!((file.owner, file.group), (None, None));
        let line = b"drwxrwxr-x               folder        2 Jun 14  1998 archive";
        let folder = parse(line, NOW).expect("an entry");
        assert_eq!(folder.name, b"archive");
        assert_eq!((folder.kind, folder.size), (EntryKind::Directory, None));
        let time = folder.modified.map(|modified| modified.time);
        assert_eq!(time, Some(civil(1998, 6, 14).at(0, 0, 0, 0)));
    }

    #[test]
    fn leaves_the_lines_of_unix_alone() {
        for line in [
            "",
            "-rw-r--r-- 1 jo staff 5 Nov 20 22:57 x",
            "-rw-r--r-- 1 1000 1000 5 Nov 20 22:57 x",
            "-rw-r--r-- 1 1000 5 Nov 20 22:57 x",
            "drwxr-xr-x folder 4096 5 Nov 20 22:57 x",
            "drwxr-xr-x folder group Nov 20 22:57 x",
            "-rw-r--r-- folder 5 Nov 20 22:57 x",
            "drwxr-xr-x folder 2 Nov 20 22:57 ",
        ] {
            assert!(parse(line.as_bytes(), NOW).is_none(), "{line}");
        }
    }
}
