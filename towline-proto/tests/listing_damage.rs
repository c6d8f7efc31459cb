//! One value of a line cannot be read. The line still shows its name, and that value is unknown.

#![expect(clippy::expect_used, reason = "helpers of a test")]

use std::fs;
use std::path::Path;

use jiff::civil::{DateTime, date};
use towline_proto::listing::{Dialect, Entry, EntryKind, Line, ListingParser};

const NOW: DateTime = date(2026, 11, 21).at(12, 0, 0, 0);

/// The entries of a listing, and whether their lines were understood.
fn read(lines: &[Vec<u8>]) -> Vec<(Entry, bool)> {
    let mut parser = ListingParser::new(Dialect::List, NOW);
    let mut found: Vec<Line> = Vec::new();
    for line in lines {
        found.push(parser.line(line));
        found.extend(std::iter::from_fn(|| parser.left_over()));
    }
    found.extend(std::iter::from_fn(|| parser.finish()));
    let entries = found.into_iter().filter_map(|line| match line {
        Line::Entry(entry) => Some((entry, true)),
        Line::Aligned(entry) => Some((entry, false)),
        Line::Ignored | Line::Pending | Line::Unknown(_) => None,
    });
    entries.collect()
}

/// The words of `line` beside the name: where they begin and end.
fn values(line: &[u8], name: &[u8]) -> Vec<(usize, usize)> {
    let beside = if line.ends_with(name) {
        0..line.len() - name.len()
    } else if line.starts_with(name) {
        name.len()..line.len()
    } else {
        return Vec::new();
    };
    let mut words = Vec::new();
    let mut start = None;
    for at in beside.clone() {
        match (line[at].is_ascii_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(begin)) => {
                words.push((begin, at));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|begin| (begin, beside.end)));
    words
}

/// Whether the form of the line depends on this word: its mode, mark or type, or whether it is part of
/// the facts of EPLF or of a mailbox.
fn is_structure(line: &[u8], (begin, end): (usize, usize)) -> bool {
    let word = &line[begin..end];
    let is_mark = word.starts_with(b"<") || word.starts_with(b"[") || word.starts_with(b"*");
    let is_version = begin > 0 && !line[begin - 1].is_ascii_whitespace();
    is_mark || is_version || begin == 0 || word == b"-" || line[end..].starts_with(b"\t")
}

const HEADINGS: usize = 3;

/// The lines around line `at` below the headings, and its place among them.
fn around(lines: &[Vec<u8>], at: usize) -> (Vec<Vec<u8>>, usize) {
    const LINES: usize = 8;
    let headings = lines.len().min(HEADINGS);
    let first = at.saturating_sub(LINES).max(headings);
    let mut taken = lines[..headings].to_vec();
    taken.extend_from_slice(&lines[first..lines.len().min(first.max(at) + LINES)]);
    let place = if at < headings {
        at
    } else {
        at - first + headings
    };
    (taken, place)
}

/// What is lost of an entry if one of its values is replaced by characters that stand for nothing.
fn losses(listing: &Path) -> (u32, Vec<String>) {
    let (mut tried, mut lost) = (0, Vec::new());
    let text = fs::read(listing).expect("a listing");
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
    let lines: Vec<Vec<u8>> = lines.collect();
    let sound = read(&lines);
    let is_sound = |name: &[u8]| sound.iter().any(|(entry, _)| entry.name == name);
    for (entry, _) in &sound {
        let is_plain = entry.kind != EntryKind::Link && !entry.name.starts_with(b" ");
        let at = lines.iter().position(|line| *line == entry.raw);
        let Some(at) = at.filter(|_| is_plain) else {
            continue;
        };
        let (around, place) = around(&lines, at);
        for word in values(&entry.raw, &entry.name) {
            for junk in [b'?', b'*'] {
                if is_structure(&entry.raw, word) {
                    continue;
                }
                let mut damaged = around.clone();
                damaged[place][word.0..word.1].fill(junk);
                let found = read(&damaged);
                tried += 1;
                let is_wrong = found.iter().any(|(found, _)| !is_sound(&found.name));
                let found = found.iter().find(|(found, _)| found.name == entry.name);
                let is_kept = found.is_some_and(|(found, _)| {
                    let has_size = [entry.size, None].contains(&found.size);
                    let has_kind = [entry.kind, EntryKind::Unknown].contains(&found.kind);
                    has_kind && (has_size || entry.kind == EntryKind::Other)
                });
                if is_wrong || !is_kept {
                    lost.push(String::from_utf8_lossy(&damaged[place]).into_owned());
                }
            }
        }
    }
    (tried, lost)
}

/// Listings in the corpus of which lines are in the same columns as others, so that nothing is in doubt.
const CLEAR: [&str; 22] = [
    "aix",
    "connect-enterprise",
    "dos-long-years",
    "filezilla-server-1.9.4",
    "gnu-ls",
    "hp-ux",
    "iis-unix-style",
    "netware",
    "nonstop",
    "numbers",
    "os400",
    "proftpd-1.3.8",
    "pure-ftpd-1.0.50",
    "pyftpdlib-2.2.0",
    "russian-koi8",
    "vms-cmu",
    "vms-tcpip-services",
    "vsftpd-3.0.3",
    "vxworks",
    "wftpd",
    "zos-members",
    "zos-unix",
];

#[test]
fn an_unreadable_value_costs_itself_alone() {
    for listing in CLEAR {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
        let (tried, lost) = losses(&corpus.join(listing).join("list.txt"));
        assert!(tried > 0, "{listing}");
        assert!(lost.is_empty(), "{listing}: {lost:#?}");
    }
}

/// The name, the size and whether there is a time, of the only entry of a listing.
fn only(listing: &str) -> (String, EntryKind, Option<u64>, bool) {
    let lines: Vec<Vec<u8>> = listing
        .lines()
        .map(|line| line.as_bytes().to_vec())
        .collect();
    let mut found = read(&lines);
    assert_eq!(found.len(), 1, "{listing}: {found:?}");
    let (entry, is_understood) = found.remove(0);
    assert!(is_understood, "{listing}");
    let name = String::from_utf8_lossy(&entry.name).into_owned();
    (
        name,
        entry.kind,
        entry.size.or(entry.allocated),
        entry.modified.is_some(),
    )
}

#[test]
fn values_may_have_another_form_or_width() {
    let file = |name: &str, size, has_time| (name.to_owned(), EntryKind::File, size, has_time);
    for (listing, expected) in [
        (
            "-rw-r--r-- 1 jo staff 5 Jan 13 12020 x",
            file("x", Some(5), false),
        ),
        (
            "-rw-r--r-- 1 jo staff 5 20200113 x",
            file("x", Some(5), true),
        ),
        (
            "-rw-r--r-- 1 jo staff 5 2020-01-13 x",
            file("x", Some(5), true),
        ),
        (
            "-rw-r--r--+ 1 jo 5 20200113 12:30 x",
            file("x", Some(5), true),
        ),
        (
            "X.TEX  213/216  29-JAN-1996 03:33:12  [ANON]   (RWED,RWED,,)",
            file("X.TEX", Some(109_056), true),
        ),
        (
            "X.TEX;1  1,213/1,216  29-JAN-1996 03:33",
            file("X.TEX", Some(621_056), true),
        ),
        (
            "my x.tex;1  2  29-JAN-1996 03:33",
            file("my x.tex", Some(1024), true),
        ),
        (
            "X.TEX;1\n  2\n  29-JAN-1996 03:33\n  [A,B]  (RWED,,,)",
            file("X.TEX", Some(1024), false),
        ),
        ("X.TEX;1\n29-JAN-1996 03:33:12", file("X.TEX", None, true)),
        ("  -1    Feb-28-1998  05:23:30   x", file("x", None, true)),
        (
            "volume unit referred ext used recfm lrecl blksz dsorg dsname\n\
             clm001 3390 2026/05/22 1 200 fb 80 8000 ps claims.d261120",
            file("claims.d261120", None, false),
        ),
        (
            " name     vv.mm   created       changed      size  init   mod   id\n\
             payroll   01.03 2023/08/15 2024/09/16 10:48    11    11     0 edi042",
            file("payroll", None, true),
        ),
        (
            "10-23-26  03:25PM              1\u{a0}234 x",
            file("x", Some(1234), true),
        ),
    ] {
        assert_eq!(only(listing), expected, "{listing}");
    }
}
