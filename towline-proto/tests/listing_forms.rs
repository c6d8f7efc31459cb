//! Forms of listings and dates that few servers print. What has two readings is not guessed: it
//! costs that field, or the line counts as not understood.

#![expect(clippy::panic, reason = "helpers of a test")]

use jiff::civil::{DateTime, date};
use towline_proto::listing::{Dialect, EntryKind, Line, ListingParser, Precision, Zone};

const NOW: DateTime = date(2026, 11, 21).at(12, 0, 0, 0);

fn lines(dialect: Dialect, listing: &str) -> Vec<Line> {
    let mut parser = ListingParser::new(dialect, NOW);
    let mut found = Vec::new();
    for line in listing.lines() {
        found.push(parser.line(line.as_bytes()));
        found.extend(std::iter::from_fn(|| parser.left_over()));
    }
    found.extend(std::iter::from_fn(|| parser.finish()));
    found
}

/// The names and kinds of the entries. Fails on a line that is not understood.
fn names(listing: &str) -> Vec<(String, EntryKind)> {
    let found = lines(Dialect::List, listing).into_iter();
    let named = found.filter_map(|line| match line {
        Line::Entry(entry) => Some((
            String::from_utf8_lossy(&entry.name).into_owned(),
            entry.kind,
        )),
        Line::Ignored | Line::Pending => None,
        Line::Aligned(entry) => panic!("{entry:?}"),
        Line::Unknown(text) => panic!("{}", text.escape_ascii()),
    });
    named.collect()
}

/// Name, size and time of one line.
fn read(text: &str) -> (String, Option<u64>, Option<DateTime>) {
    match lines(Dialect::List, text).remove(0) {
        Line::Entry(entry) => (
            String::from_utf8_lossy(&entry.name).into_owned(),
            entry.size,
            entry.modified.map(|modified| modified.time),
        ),
        other => panic!("{text}: {other:?}"),
    }
}

fn dated(written: &str) -> Option<DateTime> {
    for name in ["x", "2019 x", "a -> b", "10:30 x"] {
        let (found, size, _) = read(&format!("-rw-r--r-- 1 jo staff 5 {written} {name}"));
        assert_eq!((found.as_str(), size), (name, Some(5)), "{written}");
    }
    read(&format!("-rw-r--r-- 1 jo staff 5 {written} x")).2
}

#[test]
fn a_date_may_have_any_of_these_forms() {
    let minute = Some(date(2026, 9, 20).at(22, 57, 0, 0));
    for written in [
        "Sep 20 10:57PM",
        "Sept 20 22:57",
        "Sept. 20 22:57",
        "20.9.26 22:57",
        "09-20-26 10:57PM",
        "09/20/2026 10:57 PM",
        "20-Sep 22:57",
        "20.Sep. 22:57",
        "Sep/20 22:57",
        "20/09 22:57",
        "09/20 22:57",
        "20.09 22:57",
        "2026-09-20T22:57",
        "Sun Sep 20 22:57",
        "九月 20 22:57",
        "9月 20 22:57",
        "20 сентября 22:57",
        "20. September 22:57",
        "20 settembre 22:57",
        "septiembre 20 22:57",
        "syys 20 22:57",
        "Σεπ 20 22:57",
        "вер 20 22:57",
    ] {
        assert_eq!(dated(written), minute, "{written}");
    }
    let second = Some(date(2026, 9, 20).at(22, 57, 10, 0));
    for written in [
        "Sun Sep 20 22:57:10 2026",
        "2026-09-20T22:57:10",
        "2026-09-20T22:57:10Z",
        "2026-09-20T23:57:10+01:00",
        "2026-09-20T19:27:10-0330",
        "1789945030",
    ] {
        assert_eq!(dated(written), second, "{written}");
    }
}

#[test]
fn a_date_with_a_zone_is_in_utc() {
    for (written, zone) in [
        ("2026-09-20T22:57:10", Zone::Server),
        ("2026-09-20T22:57:10Z", Zone::Utc),
        ("1789945030", Zone::Utc),
    ] {
        let line = format!("-rw-r--r-- 1 jo staff 5 {written} x");
        let found = lines(Dialect::List, &line).remove(0);
        let Line::Entry(entry) = found else {
            panic!("{found:?}")
        };
        let time = entry.modified.map(|it| (it.zone, it.precision));
        assert_eq!(time, Some((zone, Precision::Second)), "{written}");
    }
}

#[test]
fn a_date_with_two_readings_is_none() {
    for written in [
        "05/06/07 22:57",
        "05-06-07 22:57",
        "20/09/26 22:57",
        "26-11-20 22:57",
        "05/06 22:57",
        "31/31 22:57",
        "20-Foo 22:57",
        "2026-02-30T22:57:10",
        "2026-09-20T25:57:10Z",
        "Sun Feb 30 22:57:10 2026",
        "? ? ?",
        "?",
        "---",
    ] {
        assert_eq!(dated(written), None, "{written}");
    }
}

#[test]
fn a_word_behind_a_clock_of_24_hours_is_part_of_the_name() {
    for name in ["PM report", "am x"] {
        for written in [
            "Nov 20 10:57",
            "2026-11-20 10:57",
            "20.11.2026 10:57",
            "11/20/2026 22:57",
        ] {
            let (found, ..) = read(&format!("-rw-r--r-- 1 jo staff 5 {written} {name}"));
            assert_eq!(found, name, "{written}");
        }
    }
}

#[test]
fn a_size_that_may_be_only_a_part_of_it_is_none() {
    for columns in [
        "1 jo staff 1 234 567",
        "1 jo staff 12 345",
        "1 jo 5 2026",
        "1 jo staff 5 2026",
        "1 jo staff 4 K",
        "1 jo staff 0,123",
    ] {
        let (name, size, time) = read(&format!("-rw-r--r-- {columns} Nov 20 22:57 x"));
        assert_eq!(name, "x", "{columns}");
        // A numeric group looks like the 5 in the third.
        let expected = (columns == "1 jo 5 2026").then_some(2026);
        assert_eq!(size, expected, "{columns}");
        assert_eq!(time, Some(date(2026, 11, 20).at(22, 57, 0, 0)));
    }
    for (columns, size) in [
        ("1 1000 100 567", 567),
        ("1 1000 100 2026", 2026),
        ("1 jo domain users 567", 567),
        ("1 jo staff 12 2345", 2345),
        ("1 jo staff 1234 567", 567),
    ] {
        let found = read(&format!("-rw-r--r-- {columns} Nov 20 22:57 x")).1;
        assert_eq!(found, Some(size), "{columns}");
    }
}

#[test]
fn the_directories_below_are_not_part_of_the_listing() {
    let expected = vec![
        ("sub".to_owned(), EntryKind::Directory),
        ("a".to_owned(), EntryKind::File),
    ];
    for heading in ["./sub:", "sub:", "/home/jo/my sub:", ".\\sub:"] {
        for above in ["", ".:\n", "total 8\n", ".:\ntotal 8\n"] {
            let listing = format!(
                "{above}drwxr-xr-x 2 jo staff 4096 Nov 20 22:57 sub
-rw-r--r-- 1 jo staff 5 Nov 20 22:57 a

{heading}
total 4
-rw-r--r-- 1 jo staff 5 Nov 20 22:57 a
-rw-r--r-- 1 jo staff 5 Nov 20 22:57 b
ls: cannot open directory './sub/deep': Permission denied

{heading}
-rw-r--r-- 1 jo staff 5 Nov 20 22:57 c"
            );
            assert_eq!(names(&listing), expected, "{listing}");
        }
    }
    // Without the empty line, it is a line that is not understood.
    let listing = "-rw-r--r-- 1 jo staff 5 Nov 20 22:57 a\nwarning:\n";
    let unknown = Line::Unknown(b"warning:".to_vec());
    assert_eq!(lines(Dialect::List, listing)[1], unknown);
    // Above all entries, it is the path of this directory.
    for above in ["total 4", "Hello, jo", "Hello jo", ""] {
        let listing = format!("{above}\n\n/pub:\n-rw-r--r-- 1 jo staff 5 Nov 20 22:57 a");
        let found = lines(Dialect::List, &listing);
        let is_entry = |line: &Line| matches!(line, Line::Entry(_));
        assert!(found.iter().any(is_entry), "{listing}");
    }
}

#[test]
fn a_slash_marks_a_directory_and_is_not_in_its_name() {
    let directory = vec![("sub".to_owned(), EntryKind::Directory)];
    assert_eq!(
        names("drwxr-xr-x 2 jo staff 5 Nov 20 22:57 sub/"),
        directory
    );
    assert_eq!(names("10-23-26  03:25PM  <DIR>          sub/"), directory);
    for (text, name) in [("type=dir; sub/", "sub"), ("type=file; sub/", "sub/")] {
        let Line::Entry(entry) = lines(Dialect::Mlsd, text).remove(0) else {
            panic!("{text}")
        };
        assert_eq!(entry.name, name.as_bytes());
    }
    // Other marks of `ls -F` may be in a name.
    for name in ["a*", "a@", "a|", "a="] {
        let (found, ..) = read(&format!("-rwxr-xr-x 1 jo staff 5 Nov 20 22:57 {name}"));
        assert_eq!(found, name);
    }
}

#[test]
fn a_name_and_a_number_are_no_total() {
    for first in ["setup.ini 95", "boot_rom 12", "a-b 5", "A1 5", "a/ 5"] {
        let unknown = Line::Unknown(first.as_bytes().to_vec());
        let last = lines(Dialect::List, first).pop();
        assert_eq!(last, Some(unknown), "{first}");
    }
    for first in ["total 95", "total: 95", "samtals 12", "合計 5"] {
        assert_eq!(lines(Dialect::List, first), [Line::Ignored], "{first}");
    }
}

#[test]
fn the_output_of_the_command_dir_has_headings() {
    let listing = r" Volume in drive C is SYSTEM
 Volume Serial Number is 1234-ABCD

 Directory of C:\drop

10/23/2026  03:25 PM    <DIR>          .
10/23/2026  03:25 PM    <DIR>          ..
10/23/2026  03:25 PM    <DIR>          in
10/23/2026  03:25 PM             1,234 a file.txt
               1 File(s)          1,234 bytes
               3 Dir(s)  10,000,000,000 bytes free";
    let expected = vec![
        ("in".to_owned(), EntryKind::Directory),
        ("a file.txt".to_owned(), EntryKind::File),
    ];
    assert_eq!(names(listing), expected);
    let empty = " Directory of C:\\drop\n\n    0 File(s)    0 bytes";
    assert_eq!(names(empty), []);
    assert!(
        !lines(Dialect::List, empty)
            .iter()
            .any(|line| matches!(line, Line::Unknown(_)))
    );
    let german = "23.10.2026  15:25             1.234 x\n   1 Datei(en),   1.234 Bytes";
    assert_eq!(names(german), [("x".to_owned(), EntryKind::File)]);
}

#[test]
fn a_name_like_a_total_of_dir_is_not_lost_among_others() {
    for listing in [
        "2 report(1)\nb.txt",
        "b.txt\n2 report(1)",
        "b\nDirectory of x",
    ] {
        let found = lines(Dialect::List, listing);
        assert!(!found.contains(&Line::Ignored), "{found:?}");
    }
}

#[test]
fn a_line_of_dos_keeps_its_name_whatever_else_is_odd() {
    let afternoon = Some(date(2026, 10, 23).at(15, 25, 0, 0));
    for start in [
        "2026/10/23  下午 03:25",
        "2026-10-23  午後 03:25",
        "10-23-26  03:25下午",
        "23.10.26  15:25",
        "10-23-26  03:25 p.m.",
    ] {
        assert_eq!(
            read(&format!("{start}    1,234 a b")),
            ("a b".to_owned(), Some(1234), afternoon),
            "{start}"
        );
    }
    let (name, size, time) = read("10-23-26  μμ 03:25    1234 x");
    assert_eq!((name.as_str(), size, time), ("x", Some(1234), None));
}

#[test]
fn files_of_vm_cms_are_named_by_name_and_type() {
    let listing = "\
LEDGER   TXT      V         71         26          1 2026-04-02 12:33:20 EDI001
LEDGER   INDEX A1 F         80          7          1 11/21/26 23:26:08
ARCHIVE           DIR        -          -          -  2/07/26  1:29:15 -
PLAN.TXT V 71 26 1 2026-04-02 12:33:20 TCP291";
    let file = |name: &str| (name.to_owned(), EntryKind::File);
    assert_eq!(
        names(listing),
        [
            file("LEDGER.TXT"),
            file("LEDGER.INDEX"),
            ("ARCHIVE".to_owned(), EntryKind::Directory),
            file("PLAN.TXT"),
        ]
    );
    let (_, size, time) = read("A B V 71 26 1 2026-04-02 12:33:20 C");
    assert_eq!(size, None, "records are not bytes");
    assert_eq!(time, Some(date(2026, 4, 2).at(12, 33, 20, 0)));
}

/// MPE/iX, Unisys A, Stratus VOS, `dls`, HTML and others: not read, and never misread.
#[test]
fn a_form_that_is_not_known_is_not_misread() {
    for line in [
        "          16W  HBD          0   67107839   1       32  1  *  incoming/",
        "           1B  BA         115 2147483647   1       16  1  *  ledger",
        "LEDGER DATA 120 03/04/26 10:10",
        "w       1  93-01-01 00:00:00  ledger",
        "README              763  Information about this server",
        "bin/                  -  ",
        "<A HREF=\"bin/\">bin</A>. . . . [May  8  1997]",
        "{\"name\":\"x\",\"size\":5}",
        "x|5|2026-01-01",
        "a.txt, b.txt, c.txt",
        "-rw-r--r--;1;jo;staff;5;x",
        "-rw-r--r-- 1 jo staff 5 Nov 20 x",
        "10-23-26  03:25PM                   x",
        "Files: 1  Blocks: 1",
    ] {
        let unknown = Line::Unknown(line.as_bytes().to_vec());
        let mut found = lines(Dialect::List, line);
        // Later lines may show its columns.
        found.retain(|line| *line != Line::Pending);
        assert_eq!(found, [unknown], "{line}");
    }
}

#[test]
fn a_year_may_have_five_digits() {
    let day = Some(date(2002, 10, 8).at(0, 0, 0, 0));
    for written in [
        "Oct  8  19102",
        "8 Oct 19102",
        "08-Oct-19102",
        "Oct 08, 19102",
    ] {
        let row = format!("-rw-r--r-- 1 jo staff 5 {written} x");
        assert_eq!(read(&row), ("x".to_owned(), Some(5), day), "{written}");
    }
    let minute = Some(date(2002, 10, 8).at(14, 5, 0, 0));
    for written in [
        "10-08-19102  02:05PM",
        "10/08/19102  14:05",
        "10-08-102  02:05PM",
    ] {
        let row = format!("{written}       5 x");
        assert_eq!(read(&row), ("x".to_owned(), Some(5), minute), "{written}");
        let row = format!("{written}       <DIR>          x");
        assert_eq!(read(&row), ("x".to_owned(), None, minute), "{written}");
    }
    assert_eq!(
        read("01-01-19100  12:00AM  5 x").2.map(|it| it.year()),
        Some(2000)
    );
}

#[test]
fn a_year_and_a_time_may_follow_a_day_with_a_point() {
    let minute = Some(date(2002, 10, 8).at(9, 47, 0, 0));
    let row = "-rw-r--r-- 1 jo staff 5 08. Oct 2002 09:47 a name";
    assert_eq!(read(row), ("a name".to_owned(), Some(5), minute));
    // A padded year stands in the place of a time, so a name follows it.
    for written in ["8. Oct  2002", "8. Oct 2002 "] {
        let row = format!("-rw-r--r-- 1 jo staff 5 {written} 09:47 x");
        assert_eq!(read(&row).0, "09:47 x", "{written}");
    }
    let row = "-rw-r--r-- 1 jo staff 5 8. Oct 2002 09:47";
    assert_eq!(read(row).0, "09:47");
}

#[test]
fn a_listing_of_names_may_have_blanks_in_some() {
    let listing = "My Documents\na.txt\nb.txt\nOld - 2/\nc.txt\n";
    let expected = [
        ("My Documents", EntryKind::Unknown),
        ("a.txt", EntryKind::Unknown),
        ("b.txt", EntryKind::Unknown),
        ("Old - 2", EntryKind::Directory),
        ("c.txt", EntryKind::Unknown),
    ];
    let expected = expected.map(|(name, kind)| (name.to_owned(), kind));
    assert_eq!(names(listing), expected);
}
