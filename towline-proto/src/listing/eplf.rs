//! `LIST` as EPLF, the easily parsed format of publicfile and anonftpd
//! (cr.yp.to/ftp/list/eplf.html): `+facts,`, then a tab and the name.
//!
//! ```text
//! +i901.4711,m1784005678,r,s280,<tab>prices.csv
//! +i901.4712,m1784001234,/,<tab>drafts
//! ```
//!
//! Times are seconds since 1970, so they need no zone.

use super::clock::since_1970;
use super::{Entry, EntryKind, text};
use crate::number::number;

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let facts = line.strip_prefix(b"+")?;
    let tab = memchr::memchr(b'\t', facts)?;
    let (facts, name) = (&facts[..tab], &facts[tab + 1..]);
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, EntryKind::Other);
    for fact in facts.split(|byte| *byte == b',') {
        match fact {
            b"/" => entry.kind = EntryKind::Directory,
            b"r" if entry.kind == EntryKind::Other => entry.kind = EntryKind::File,
            [b's', size @ ..] => entry.size = number(size),
            [b'm', seconds @ ..] => entry.modified = number(seconds).and_then(since_1970),
            [b'u', b'p', mode @ ..] => entry.permissions = Some(text(mode)),
            // `i...` identifies the file. Servers may send other facts.
            _ => {}
        }
    }
    entry.raw = line.to_vec();
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str) -> Entry {
        parse(line.as_bytes()).expect("an entry")
    }

    #[test]
    fn reads_facts_in_any_order() {
        let file = entry("+i901.4711,m1784005678,r,s280,up644,\t a, name");
        assert_eq!(
            (file.name.as_slice(), file.kind),
            (b" a, name".as_slice(), EntryKind::File)
        );
        assert_eq!(
            (file.size, file.permissions.as_deref()),
            (Some(280), Some("644"))
        );
        let time = file.modified.and_then(|modified| modified.timestamp());
        assert_eq!(time, "2026-07-14T05:07:58Z".parse().ok());
        for facts in ["/", "r,/", "/,r,", "m1,/,s0"] {
            assert_eq!(entry(&format!("+{facts}\tx")).kind, EntryKind::Directory);
        }
        assert_eq!(entry("+\tx").kind, EntryKind::Other);
        assert_eq!(entry("+new,r,smany,mnever\tx").size, None);
    }

    #[test]
    fn refuses_what_is_not_eplf() {
        for line in ["", "+", "+r,s1", "+r,s1 x", "+r\t", "r\tx"] {
            assert!(parse(line.as_bytes()).is_none(), "{line:?}");
        }
    }
}
