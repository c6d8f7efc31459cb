//! The mode at the start of a line of `ls -l`.

use super::EntryKind;
use super::columns::is_blank;

/// `drwxr-xr-x`. A mark for an ACL or a label may follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode<'a> {
    /// The type and the flags.
    pub(super) text: &'a [u8],
    pub(super) kind: EntryKind,
    /// Whether the link count follows without a space: `drwx------+111`.
    pub(super) has_count: bool,
}

/// The number of flags in a mode, and the minimum for servers that omit some.
const FLAGS: usize = 9;
const FEWEST_FLAGS: usize = 6;

/// The number of marks behind the flags: for an ACL, a label, extended attributes, or a flag that
/// has its own place.
const MOST_MARKS: usize = 2;

impl<'a> Mode<'a> {
    /// Finds the mode in `line`. Also returns the line from the mode on. Blanks and the numbers of
    /// the inode and of blocks (`ls -is`) may precede it.
    pub(super) fn in_line(line: &'a [u8]) -> Option<(Self, &'a [u8])> {
        const MOST_NUMBERS: usize = 2;
        let blanks = |text: &[u8]| text.iter().take_while(|byte| is_blank(byte)).count();
        let mut listed = &line[blanks(line)..];
        for _ in 0..MOST_NUMBERS {
            let digits = listed.iter().take_while(|byte| byte.is_ascii_digit());
            let behind = &listed[digits.count()..];
            if behind.len() == listed.len() {
                break;
            }
            listed = &behind[blanks(behind)..];
        }
        Self::at_start_of(listed).map(|mode| (mode, listed))
    }

    fn at_start_of(line: &'a [u8]) -> Option<Self> {
        let (letter, behind) = line.split_first()?;
        let kind = match letter {
            // Plan 9 marks append-only files, and Cray's Unix marks migrated files.
            b'-' | b'f' | b'F' | b'a' | b'm' => EntryKind::File,
            b'd' => EntryKind::Directory,
            b'l' => EntryKind::Link,
            b'?' => EntryKind::Unknown,
            b'b' | b'c' | b'e' | b'p' | b's' | b'D' | b'C' | b'M' | b'n' | b'P' => EntryKind::Other,
            _ if letter.is_ascii_graphic() => EntryKind::Unknown,
            _ => return None,
        };
        let is_known = kind != EntryKind::Unknown || *letter == b'?';
        let count = |is_flag: fn(&u8) -> bool| {
            let flags = behind.iter().take(FLAGS);
            flags.take_while(|byte| is_flag(byte)).count()
        };
        let flags = match behind.first() {
            Some(b'?') => count(|byte| *byte == b'?'),
            _ if has_damaged_flags(behind) && is_known => FLAGS,
            _ => count(is_flag),
        };
        let (is_whole, text) = (flags == FLAGS, &line[..=flags]);
        let mut rest = &behind[flags..];
        if is_whole {
            let marks = rest.iter().take(MOST_MARKS);
            let marks = marks.take_while(|byte| b"+.@*#-tTx".contains(byte)).count();
            rest = &rest[marks..];
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_delimited = rest.get(digits).is_some_and(is_blank);
        let fewest = if is_known { FEWEST_FLAGS } else { FLAGS };
        let is_mode = flags >= fewest && is_delimited && (is_whole || digits == 0);
        is_mode.then_some(Self {
            text,
            kind,
            has_count: digits > 0,
        })
    }

    pub(super) fn is_device(&self) -> bool {
        matches!(self.text.first(), Some(b'b' | b'c'))
    }
}

fn is_flag(byte: &u8) -> bool {
    b"rwxsStTlL-".contains(byte)
}

/// Returns whether a word of nine flags is at the start of `text`, and one or two of them are wrong.
fn has_damaged_flags(text: &[u8]) -> bool {
    const MOST_WRONG: usize = 2;
    let Some((flags, rest)) = text.split_at_checked(FLAGS) else {
        return false;
    };
    let wrong = flags.iter().filter(|byte| !is_flag(byte)).count();
    (1..=MOST_WRONG).contains(&wrong)
        && flags.iter().all(u8::is_ascii_graphic)
        && rest.first().is_some_and(is_blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_mode() {
        for (line, text, kind, has_count) in [
            ("-rw-r--r-- 1", "-rw-r--r--", EntryKind::File, false),
            ("drwxr-sr-t+ 1", "drwxr-sr-t", EntryKind::Directory, false),
            (
                "drwxr-xr-x+@ 2 jo",
                "drwxr-xr-x",
                EntryKind::Directory,
                false,
            ),
            ("-rw-r--r--- 2 jo", "-rw-r--r--", EntryKind::File, false),
            (
                "drwxrwxrwxt 2 jo",
                "drwxrwxrwx",
                EntryKind::Directory,
                false,
            ),
            (
                "drwx------+111 jo",
                "drwx------",
                EntryKind::Directory,
                true,
            ),
            ("drwxr-xr-x17 jo", "drwxr-xr-x", EntryKind::Directory, true),
            ("drw-r--rw  1", "drw-r--rw", EntryKind::Directory, false),
            ("drwxrwx 2", "drwxrwx", EntryKind::Directory, false),
            ("lrwxrwxrwx@\t1", "lrwxrwxrwx", EntryKind::Link, false),
            ("  12 8 -rw-r--r-- 1", "-rw-r--r--", EntryKind::File, false),
            ("ar-xr-xr-x 2", "ar-xr-xr-x", EntryKind::File, false),
            ("?????????? ?", "??????????", EntryKind::Unknown, false),
            ("-rw-r--r--# 1", "-rw-r--r--", EntryKind::File, false),
            ("drw-r--q-? 1", "drw-r--q-?", EntryKind::Directory, false),
            ("Zrwxrwxrwx 1", "Zrwxrwxrwx", EntryKind::Unknown, false),
        ] {
            let expected = Mode {
                text: text.as_bytes(),
                kind,
                has_count,
            };
            let found = Mode::in_line(line.as_bytes()).map(|(mode, _)| mode);
            assert_eq!(found, Some(expected), "{line}");
        }
    }

    #[test]
    fn refuses_what_is_no_mode() {
        for line in [
            "",
            "-",
            "-rw-r--r--",
            "drwxr 1",
            "drwxrwx2 jo",
            "-rw-rqqq-- 1",
            "drwx--/my/x 1",
            "Zrwxrwx 1",
            "1 2 3 -rw-r--r-- 1",
            "x -rw-r--r-- 1",
            "d???? 1",
        ] {
            assert_eq!(Mode::in_line(line.as_bytes()), None, "{line}");
        }
    }
}
