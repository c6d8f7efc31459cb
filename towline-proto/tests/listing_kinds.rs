//! Lines that are odd in one way each: what is clear in them is read, and what is not costs itself
//! alone.

#![expect(clippy::panic, reason = "helpers of a test")]

use jiff::civil::{DateTime, date};
use towline_proto::listing::{Dialect, Entry, EntryKind, Line, ListingParser};

const NOW: DateTime = date(2026, 11, 21).at(12, 0, 0, 0);

fn line(dialect: Dialect, line: &[u8]) -> Line {
    ListingParser::new(dialect, NOW).line(line)
}

fn entry(text: &str) -> Entry {
    match line(Dialect::List, text.as_bytes()) {
        Line::Entry(entry) => entry,
        other => panic!("{text}: {other:?}"),
    }
}

/// Name, kind, size and time.
type Fields = (String, EntryKind, Option<u64>, Option<DateTime>);

fn read(text: &str) -> Fields {
    let entry = entry(text);
    let name = String::from_utf8_lossy(&entry.name).into_owned();
    let time = entry.modified.map(|modified| modified.time);
    (name, entry.kind, entry.size, time)
}

fn file(name: &str, size: Option<u64>, time: Option<DateTime>) -> Fields {
    (name.to_owned(), EntryKind::File, size, time)
}

fn directory(name: &str, time: Option<DateTime>) -> Fields {
    (name.to_owned(), EntryKind::Directory, None, time)
}

const fn minute(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> Option<DateTime> {
    Some(date(year, month, day).at(hour, minute, 0, 0))
}

#[test]
fn year_and_time_behind_a_comma_are_no_part_of_the_name() {
    assert_eq!(
        read("-rwxr-xr-x    1 jo staff        12 Mar 09, 2004 17:05 7 new price.txt"),
        file("7 new price.txt", Some(12), minute(2004, 3, 9, 17, 5))
    );
    assert_eq!(
        read("12  Mar 09, 2004 17:05 7 new price.txt"),
        file("7 new price.txt", Some(12), minute(2004, 3, 9, 17, 5))
    );
}

#[test]
fn a_year_of_two_digits_is_of_the_same_century_in_every_form() {
    let expected = minute(2012, 5, 6, 10, 24);
    for text in [
        "     70212      A          05-06-12   10:24  x",
        "     70212      A          05-06-112  10:24  x",
        "05-06-12  10:24AM                70212 x",
        "05/06/12  10:24                  70212 x",
        "-rw-r--r-- 1 jo staff 70212 May 06, 12 10:24 x",
        "-rw-r--r-- 1 jo staff 70212 06-may-12 10:24 x",
        "-[RWCEAFMS] jo  70212     May 06, 12 10:24 am x",
        "x         70212      05-06-12        10:24",
        "70212    May-06-12  10:24   x",
        "jo 00003444 00070212 <x>     120506-1024  A R       TCP BIN",
    ] {
        assert_eq!(read(text), file("x", Some(70212), expected), "{text}");
    }
    let seconds =
        |time: Option<DateTime>| time.map(|time| time.with().second(1).build().expect("a time"));
    let nonstop = r#"X        101             70212 6-May-12 10:24:01 150,104 "nunu""#;
    assert_eq!(read(nonstop), file("X", Some(70212), seconds(expected)));
    let os400 = "JO             70212 05/30/12 10:24:01 *STMF      x";
    assert_eq!(read(os400).3, seconds(minute(2012, 5, 30, 10, 24)));
    let last_century = "     70212      A          05-06-97   10:24  x";
    assert_eq!(read(last_century).3, minute(1997, 5, 6, 10, 24));
}

#[test]
fn facts_behind_two_blanks_are_facts() {
    let found = line(
        Dialect::Mlsd,
        b"  Type=file;Size=77;Modify=20260105060708; a name",
    );
    let Line::Entry(entry) = found else {
        panic!("{found:?}")
    };
    assert_eq!(
        (entry.name.as_slice(), entry.kind, entry.size),
        (b"a name".as_slice(), EntryKind::File, Some(77))
    );
    let found = line(Dialect::Mlsd, b" Type=file;Size=77; a name");
    let Line::Entry(entry) = found else {
        panic!("{found:?}")
    };
    assert_eq!(
        (entry.name.as_slice(), entry.kind),
        (b"Type=file;Size=77; a name".as_slice(), EntryKind::Unknown)
    );
}

#[test]
fn a_path_of_vms_is_a_heading() {
    for text in [
        "PLUTO$DUA1:[SALES.JO]",
        "SYS:[JO]",
        "NODE::DISK:[000000]",
        "Directory DISK:[JO]",
    ] {
        assert_eq!(
            line(Dialect::List, text.as_bytes()),
            Line::Ignored,
            "{text}"
        );
    }
}

#[test]
fn a_name_of_vms_may_begin_with_its_type() {
    let entry = entry(".PROFILE;4    2  11-MAR-2021 13:32:40.47");
    assert_eq!(
        (entry.name.as_slice(), entry.kind, entry.allocated),
        (b".PROFILE".as_slice(), EntryKind::File, Some(1024))
    );
}

#[test]
fn an_entry_of_vms_without_access_has_a_name_alone() {
    for reason in [
        "\tNo privilege for attempted operation",
        "   %RMS-E-PRV, insufficient privilege or file protection violation",
        "   <%SYSTEM-F-NOPRIV, insufficient privilege or object protection violation>",
    ] {
        assert_eq!(
            read(&format!("ALBUM.DIR;1{reason}")),
            directory("ALBUM", None)
        );
    }
}

#[test]
fn extents_of_zos_may_be_too_wide() {
    for extents in ["1+++++", "115807", "2 ????", "1   200"] {
        let text =
            format!("SLS004 3390   2021/02/18  {extents}  VBS  32767 27966  PS  $.SALES.Y21");
        assert_eq!(read(&text), file("$.SALES.Y21", None, None));
    }
}

#[test]
fn a_batch_of_connect_enterprise_is_a_file() {
    assert_eq!(
        read("-C--E-----FTP A SALES1      20417       86 Jun 03 08:41 PRICES"),
        file("PRICES", Some(86), minute(2026, 6, 3, 8, 41))
    );
}

#[test]
fn a_date_of_dos_may_have_its_year_first() {
    assert_eq!(
        read("2019-10-04  07:12       <DIR>          Letters"),
        directory("Letters", minute(2019, 10, 4, 7, 12))
    );
}

#[test]
fn a_blank_may_be_ahead_of_pm() {
    assert_eq!(
        read("06-11-19  04:07 PM       4321 prices.txt"),
        file("prices.txt", Some(4321), minute(2019, 6, 11, 16, 7))
    );
}

#[test]
fn the_link_count_may_join_a_mark_of_an_acl() {
    for mode in [
        "drwx------+204",
        "drwx------+ 204",
        "drwx------204",
        "drwx------@2",
    ] {
        let (name, kind, size, _) = read(&format!(
            "{mode} jo       public       312 Jan 17 12:29 letters"
        ));
        assert_eq!(
            (name.as_str(), kind, size),
            ("letters", EntryKind::Directory, Some(312))
        );
    }
}

#[test]
fn a_mode_may_have_nine_letters() {
    for mode in ["drw-r--rw", "drwxrwx", "d--------"] {
        let (name, kind, ..) = read(&format!(
            "{mode}   1     jo     staff         0 Apr 12 19:31 Letters"
        ));
        assert_eq!((name.as_str(), kind), ("Letters", EntryKind::Directory));
    }
}

#[test]
fn a_rounded_size_is_none() {
    for size in ["7.5M", "33k", "1.2G", "7,5M"] {
        let text = format!("-rw-rw-rw- 1 ftp staff {size} Mar 21 17:44 x");
        assert_eq!(read(&text), file("x", None, minute(2026, 3, 21, 17, 44)));
    }
}

#[test]
fn a_negative_size_is_none() {
    for size in ["-1294967291", "-1", "(-1)"] {
        let text = format!("-rw-r--r-- 1 jo staff {size} Mar  3  2019 x");
        assert_eq!(read(&text), file("x", None, minute(2019, 3, 3, 0, 0)));
    }
    assert_eq!(
        read("06-11-19  04:07PM       -1 x"),
        file("x", None, minute(2019, 6, 11, 16, 7))
    );
}

#[test]
fn an_impossible_date_is_none() {
    for written in [
        "Feb 30 12:00",
        "Feb 30  2019",
        "Jan  0  1970",
        "Nov 20 24:00",
        "Jan 01 00:00:60",
        "2019-02-30 12:00",
    ] {
        let text = format!("-rw-r--r-- 1 jo staff 5 {written} x");
        assert_eq!(read(&text), file("x", Some(5), None), "{written}");
    }
    assert_eq!(
        read("02-30-19  04:07PM       5 x"),
        file("x", Some(5), None)
    );
    assert_eq!(
        read("5      A          02-30-19   10:24  x"),
        file("x", Some(5), None)
    );
}

#[test]
fn path_and_total_above_a_listing_are_nothing() {
    let mut parser = ListingParser::new(Dialect::List, NOW);
    for text in [".:", "total -8560322322989051"] {
        assert_eq!(parser.line(text.as_bytes()), Line::Ignored, "{text}");
    }
    for text in [
        "samtals 12",
        "celkem 1,5G",
        "\u{5408}\u{8a08} 99999999999999999999",
    ] {
        assert_eq!(
            line(Dialect::List, text.as_bytes()),
            Line::Ignored,
            "{text}"
        );
    }
}

#[test]
fn a_comma_may_be_behind_the_month() {
    for written in ["26. Juli, 20:10", "26. Jul., 20:10", "Jul 26, 20:10"] {
        let text = format!("-rw-r--r-- 1 jo staff 5 {written} x");
        assert_eq!(read(&text), file("x", Some(5), minute(2026, 7, 26, 20, 10)));
    }
}

#[test]
fn a_comma_may_be_ahead_of_the_time() {
    for written in [
        "26. Juli 2019, 20:10",
        "26 Jul 2019, 20:10",
        "Jul 26, 2019, 20:10",
        "Jul 26, 2019, 8:10 PM",
        "2019-07-26, 20:10",
        "26.07.2019, 20:10",
        "26/07/2019, 20:10",
        "7/26/2019, 8:10 PM",
    ] {
        let text = format!("-rw-r--r-- 1 jo staff 5 {written} x y");
        let expected = file("x y", Some(5), minute(2019, 7, 26, 20, 10));
        assert_eq!(read(&text), expected, "{written}");
    }
    let text = "-rw-r--r-- 1 jo staff 5 Jul 26 2019 20, 10";
    assert_eq!(
        read(text),
        file("20, 10", Some(5), date(2019, 7, 26).at(0, 0, 0, 0).into())
    );
}

#[test]
fn an_error_text_is_never_an_entry() {
    for text in [
        "ls: x: No such file or directory",
        "ls: cannot access 'x': No such file or directory",
        "ls: reading directory '.': Input/output error",
        "ftpd: .: Permission denied",
        "x: Permission denied",
        "x not found",
        "forbidden",
        "%RMS-E-FNF, file not found",
        "X.TXT;0  %RMS-E-FNF, file not found",
    ] {
        let mut parser = ListingParser::new(Dialect::List, NOW);
        let mut found = vec![parser.line(text.as_bytes())];
        found.extend(std::iter::from_fn(|| parser.finish()));
        found.retain(|line| *line != Line::Pending);
        assert_eq!(found, [Line::Unknown(text.as_bytes().to_vec())], "{text}");
    }
}
