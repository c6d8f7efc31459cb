//! Whole listings, each with what must come of every line.
//!
//! `listings/<server>/list.txt` or `mlsd.txt` is the listing, byte for byte;
//! beside it, `.expected` has its time (`now ...`) and one line per line:
//! `ignored`, `pending`, `unknown`, or kind, size, time of change, permissions,
//! owner, group, name and a link's target, with `-` for what is not known and `<=`
//! ahead of the bytes that blocks can hold. What became of pending lines, but for halves
//! that the next line completed, is told at the end.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of a test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use towline_proto::listing::{
    Dialect, Entry, EntryKind, Line, LineSplitter, ListingParser, Modified, Precision, Zone,
};

#[test]
fn reads_every_listing_of_the_corpus() {
    let mut lines = 0;
    let mut servers = BTreeSet::new();
    for path in listings() {
        let listing = fs::read(&path).expect("a listing");
        let expected_path = path.with_extension("expected");
        let expected = fs::read_to_string(&expected_path)
            .unwrap_or_else(|error| panic!("{}: {error}", expected_path.display()));
        let now = expected.lines().find_map(|line| line.strip_prefix("now "));
        let now: DateTime = now
            .and_then(|now| now.parse().ok())
            .expect("a line `now ...`");
        let found = format!("now {now:.0}\n{}", read(&listing, dialect(&path), now));
        assert!(
            found == expected,
            "{}: found\n{found}\nbut expected\n{expected}",
            path.display()
        );
        lines += listing.iter().filter(|byte| **byte == b'\n').count();
        servers.insert(path.parent().map(Path::to_owned));
    }
    let servers = servers.len();
    assert!(
        lines >= 300 && servers >= 20,
        "only {lines} lines of {servers} servers"
    );
}

fn listings() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
    let servers = fs::read_dir(corpus)
        .expect("the corpus")
        .map(|server| server.expect("a server").path());
    let mut listings: Vec<PathBuf> = servers
        .filter(|server| server.is_dir())
        .flat_map(|server| fs::read_dir(server).expect("a server's listings"))
        .map(|file| file.expect("a file").path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    listings.sort();
    listings
}

fn dialect(path: &Path) -> Dialect {
    match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mlsd") => Dialect::Mlsd,
        Some("list") => Dialect::List,
        _ => panic!("{}: neither list.txt nor mlsd.txt", path.display()),
    }
}

fn read(listing: &[u8], dialect: Dialect, now: DateTime) -> String {
    let mut parser = ListingParser::new(dialect, now);
    let mut splitter = LineSplitter::default();
    let mut found = String::new();
    splitter.push(listing);
    while let Some(line) = splitter.next_line().expect("lines of bounded length") {
        let shown = show_line(&parser.line(line));
        writeln!(found, "{shown}").expect("a string takes everything");
    }
    while let Some(line) = parser.finish() {
        writeln!(found, "{}", show_line(&line)).expect("a string takes everything");
    }
    assert_eq!(
        splitter.finish(),
        None,
        "the listing ends with a line break"
    );
    found
}

fn show_line(line: &Line) -> String {
    match line {
        Line::Entry(entry) => show(entry),
        Line::Aligned(entry) => format!("aligned {}", show(entry)),
        Line::Ignored => "ignored".to_owned(),
        Line::Pending => "pending".to_owned(),
        Line::Unknown(_) => "unknown".to_owned(),
    }
}

fn show(entry: &Entry) -> String {
    let kind = match entry.kind {
        EntryKind::File => "file",
        EntryKind::Directory => "dir",
        EntryKind::Link => "link",
        EntryKind::Other => "other",
        EntryKind::Unknown => "unknown-kind",
        EntryKind::CurrentDirectory | EntryKind::ParentDirectory => {
            panic!("not an entry: {entry:?}")
        }
    };
    let size = match (entry.size, entry.allocated) {
        (Some(size), _) => size.to_string(),
        (None, Some(allocated)) => format!("<={allocated}"),
        (None, None) => "-".to_owned(),
    };
    let modified = entry.modified.map_or_else(|| "-".to_owned(), show_time);
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let (permissions, owner, group) = (
        or_dash(&entry.permissions),
        or_dash(&entry.owner),
        or_dash(&entry.group),
    );
    let name = entry.name.escape_ascii();
    let target = entry
        .link_target
        .as_ref()
        .map_or_else(String::new, |target| {
            format!(" -> \"{}\"", target.escape_ascii())
        });
    format!("{kind} {size} {modified} {permissions} {owner} {group} \"{name}\"{target}")
}

fn show_time(modified: Modified) -> String {
    let zone = match modified.zone {
        Zone::Utc => "Z",
        Zone::Server => "",
    };
    match modified.precision {
        Precision::Day => format!("{}{zone}", modified.time.date()),
        Precision::Minute => format!("{}{zone}", modified.time.strftime("%Y-%m-%dT%H:%M")),
        Precision::Second => format!("{}{zone}", modified.time),
    }
}
