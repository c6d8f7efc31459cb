//! What holds for every input, tried with random ones.
//!
//! proptest prints the input that fails, and the seed to repeat it with.

#![expect(clippy::expect_used, reason = "helpers of a test")]

use std::fs;
use std::path::Path;

use jiff::civil::{DateTime, date};
use jiff::tz::Offset;
use proptest::collection::vec;
use proptest::prelude::*;
use towline_proto::address::{parse_epsv, parse_pasv};
use towline_proto::body::{parse_mdtm, parse_pwd, parse_size};
use towline_proto::charset::Charset;
use towline_proto::codec::{DecodeError, Limits, ReplyDecoder};
use towline_proto::command::{Argument, Command, SecretArgument};
use towline_proto::digest::{Digest, DigestAlgorithm, parse_digest, parse_hash};
use towline_proto::features::Features;
use towline_proto::listing::{
    Dialect, DuplicateNames, Entry, EntryKind, Line, LineSplitter, ListingParser, Modified,
    Precision, Zone, parse_mlst, server_offset,
};
use towline_proto::name::{check_entry_name, escape, local_name};
use towline_proto::path::RemotePath;
use towline_proto::quirks::Server;
use towline_proto::reply::{Reply, ReplyCode};
use towline_proto::secret::Secret;
use towline_proto::time::parse_timestamp;

const NOW: DateTime = date(2026, 11, 21).at(12, 0, 0, 0);

/// The replies in `wire`, which arrives in pieces of these lengths, over and over.
fn decode(wire: &[u8], pieces: &[usize], limits: Limits) -> (Vec<Reply>, Option<DecodeError>) {
    let mut decoder = ReplyDecoder::new(limits);
    let mut replies = Vec::new();
    let mut rest = wire;
    for piece in pieces.iter().cycle() {
        let (piece, later) = rest.split_at((*piece).clamp(1, rest.len().max(1)).min(rest.len()));
        rest = later;
        decoder.push(piece);
        loop {
            match decoder.next_reply() {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(error) => return (replies, Some(error)),
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    (replies, None)
}

fn code() -> impl Strategy<Value = ReplyCode> {
    (100..600_u16).prop_filter_map("a code", |number| ReplyCode::try_from(number).ok())
}

/// Texts in which lines look like replies more often than by chance.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        vec(any::<u8>(), 0..20),
        "[1-6][0-9]{2}[ -]?.{0,9}".prop_map(String::into_bytes),
        " [A-Z]{3,4}( [a-z;*]{0,12})?".prop_map(String::into_bytes),
    ];
    vec(line, 1..6).prop_map(|lines| lines.join(&b'\n'))
}

fn reply() -> impl Strategy<Value = Reply> {
    (code(), text()).prop_map(|(code, text)| Reply::new(code, text))
}

/// The reply with CR and NUL as they are written.
fn without_line_breaks(reply: &Reply) -> Reply {
    let text = reply.lines().join(&b'\n');
    let written = text.iter().flat_map(|byte| match byte {
        b'\r' => b"\\x0d".to_vec(),
        0 => b"\\x00".to_vec(),
        byte => vec![*byte],
    });
    Reply::new(reply.code(), written.collect::<Vec<u8>>())
}

/// Streams near the grammar, and far from it.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => "[2-5][0-9]{2}[ -][a-z ]{0,8}\r?\n".prop_map(String::into_bytes),
        2 => "(220|220-|220 )[0-9a-z -]{0,8}\r?\n".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..16),
    ];
    vec(line, 0..12).prop_map(|lines| lines.concat())
}

/// Names as hostile as a directory can hold: anything without `/`, NUL and LF.
fn entry_name() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => any::<u8>(), 1 => Just(b' '), 1 => Just(b';'), 1 => Just(b'='), 1 => Just(b'>')];
    vec(byte, 1..40)
        .prop_map(|mut name| {
            name.retain(|byte| !matches!(byte, 0 | b'/' | b'\n'));
            name
        })
        .prop_filter("a name", |name| {
            !name.is_empty() && name != b"." && name != b".."
        })
}

fn only_entry(dialect: Dialect, line: &[u8]) -> Option<Entry> {
    match ListingParser::new(dialect, NOW).line(line) {
        Line::Entry(entry) => Some(entry),
        Line::Ignored | Line::Pending | Line::Unknown(_) | Line::Aligned(_) => None,
    }
}

fn is_safe_to_print(text: &str) -> bool {
    text.chars()
        .all(|character| !character.is_control() && !('\u{202a}'..='\u{202e}').contains(&character))
}

/// A line of a known form, of several halves of such lines, or of anything.
fn listing_line() -> impl Strategy<Value = Vec<u8>> {
    let known = proptest::sample::select(known_lines());
    prop_oneof![
        6 => known.clone(),
        1 => (known.clone(), known, 0..40_usize).prop_map(|(head, tail, at)| {
            [&head[..at.min(head.len())], &tail[at.min(tail.len())..]].concat()
        }),
        1 => vec(any::<u8>(), 0..80),
    ]
}

/// Every line of the corpus.
fn known_lines() -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
    let servers = fs::read_dir(corpus).expect("the corpus");
    let mut lines: Vec<Vec<u8>> = servers
        .map(|server| server.expect("a server").path())
        .flat_map(|server| {
            ["list.txt", "mlsd.txt"].map(|name| fs::read(server.join(name)).unwrap_or_default())
        })
        .flat_map(|listing| {
            let lines = listing.split(|byte| *byte == b'\n');
            lines.map(<[u8]>::to_vec).collect::<Vec<_>>()
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![1 => Just(Dialect::Mlsd), 6 => Just(Dialect::List)]
}

/// Whether `line` is about the listing or the directory itself.
fn is_about_the_listing(line: &[u8]) -> bool {
    const HEADINGS: [&str; 11] = [
        "Total ",
        "*.*;",
        "Volume ",
        " Name ",
        "Name ",
        "JOBNAME ",
        "File ",
        "Directory ",
        "Total of ",
        "Grand total ",
        "%DIRECT-W-NOFILES,",
    ];
    let text = String::from_utf8_lossy(line);
    let (trimmed, lower) = (text.trim(), text.to_lowercase());
    let words: Vec<&str> = trimmed.split_whitespace().collect();
    trimmed.is_empty()
        || HEADINGS.iter().any(|heading| text.starts_with(heading))
        // The headings and totals of `DIR`, as in ` Directory of C:\X` and `2 File(s)  4097 bytes`.
        || HEADINGS.iter().any(|heading| trimmed.starts_with(heading))
        || words.get(1).is_some_and(|word| word.trim_end_matches(',').ends_with(')'))
        // The directory itself or its parent, with its name last or first.
        || trimmed.ends_with('.')
        || matches!(words[..], ["." | "..", ..])
        || trimmed.ends_with(':')
        || trimmed.ends_with(']')
        || lower.contains("type=cdir")
        || lower.contains("type=pdir")
        || lower.starts_with("total number of batches")
        // One more member of a file.
        || text.contains("*MEM ")
        // `total 12`, in any language; the columns of VxWorks.
        || words.len() == 2 && words[1].contains(|digit: char| digit.is_ascii_digit())
        || words == ["size", "date", "time", "name"]
        || words.iter().all(|word| word.bytes().all(|byte| byte == b'-'))
}

/// Whether `line` may be an older version of a file of VMS.
fn is_older_version(line: &[u8]) -> bool {
    line.contains(&b';')
}

proptest! {
    #[test]
    fn a_reply_comes_back_as_it_was_sent(
        replies in vec(reply(), 1..5), pieces in vec(1..40_usize, 1..5), repeats_code in any::<bool>()
    ) {
        let encode = if repeats_code { Reply::encode_repeating_code } else { Reply::encode };
        let wire: Vec<u8> = replies.iter().flat_map(encode).collect();
        let sent = replies.iter().map(without_line_breaks).collect();
        prop_assert_eq!(decode(&wire, &pieces, Limits::default()), (sent, None));
    }

    #[test]
    fn replies_do_not_depend_on_how_the_bytes_arrive(wire in stream(), pieces in vec(1..9_usize, 1..5)) {
        let limits = Limits { line: 12, lines: 4, reply: 40 };
        for limits in [limits, Limits::default()] {
            let whole = decode(&wire, &[wire.len()], limits);
            prop_assert_eq!(&decode(&wire, &[1], limits), &whole);
            prop_assert_eq!(&decode(&wire, &pieces, limits), &whole);
        }
    }

    #[test]
    fn every_byte_is_a_reply_or_left_over(wire in stream(), more in stream()) {
        let mut decoder = ReplyDecoder::default();
        decoder.push(&wire);
        while let Ok(Some(_)) = decoder.next_reply() {}
        let failed = decoder.next_reply().is_err();
        decoder.push(&more);
        let rest = decoder.take_remainder();
        let all = if failed { wire } else { [wire, more].concat() };
        prop_assert!(all.ends_with(&rest));
        prop_assert!(decoder.is_empty());
        // What was taken out ends where a line does.
        let taken = &all[..all.len() - rest.len()];
        prop_assert!(taken.is_empty() || taken.ends_with(b"\n"));
    }

    #[test]
    fn no_reply_panics_or_reaches_a_terminal_raw(reply in reply()) {
        let features = Features::parse(&reply);
        prop_assert!(features.lines().iter().all(|line| !line.is_empty() && line.trim_ascii() == line));
        prop_assert_ne!(parse_epsv(&reply), Ok(0));
        prop_assert_ne!(parse_pasv(&reply).map(|address| address.port()), Ok(0));
        let _ = (parse_size(&reply), parse_mdtm(&reply), parse_pwd(&reply), parse_mlst(&reply), parse_hash(&reply));
        for algorithm in DigestAlgorithm::ALL {
            let _ = parse_digest(&reply, algorithm);
        }
        prop_assert!(is_safe_to_print(&reply.to_string()));
        prop_assert!(reply.text().lines().all(is_safe_to_print));
    }

    #[test]
    fn a_command_is_one_line_that_holds_its_argument(bytes in vec(any::<u8>(), 0..30)) {
        let is_sendable = !bytes.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n'));
        prop_assert_eq!(Argument::new(bytes.clone()).is_ok(), is_sendable);
        let path = RemotePath::new(bytes.clone());
        prop_assert_eq!(path.is_ok(), is_sendable);
        let Ok(path) = path else { return Ok(()) };
        for command in [Command::Retr(path.clone()), Command::List(Some(path.clone())), Command::Rnto(path)] {
            let wire = command.encode();
            let line = wire.strip_suffix(b"\r\n").expect("CRLF at the end");
            prop_assert!(!line.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')));
            prop_assert!(line.starts_with(command.verb().as_bytes()));
            prop_assert!(line.ends_with(&bytes));
            prop_assert!(is_safe_to_print(&command.to_string()));
        }
    }

    #[test]
    fn a_server_that_reads_telnet_reads_the_same_command(bytes in vec(prop_oneof![Just(0xff_u8), any::<u8>()], 0..30)) {
        let Ok(path) = RemotePath::new(bytes) else { return Ok(()) };
        let command = Command::Retr(path);
        let mut telnet = Server::UNKNOWN;
        telnet.reads_telnet = true;
        let mut read = Vec::new();
        let mut wire = command.encode_for(&telnet).into_iter();
        while let Some(byte) = wire.next() {
            if byte == 0xff {
                prop_assert_eq!(wire.next(), Some(0xff));
            }
            read.push(byte);
        }
        prop_assert_eq!(read, command.encode());
        prop_assert_eq!(command.encode_for(&Server::UNKNOWN), command.encode());
    }

    #[test]
    fn a_secret_is_sent_but_not_shown(secret in "[!-~]{4,20}") {
        let command = Command::Pass(SecretArgument::new(Secret::new(secret.as_str())).expect("an argument"));
        prop_assert_eq!(command.encode(), format!("PASS {secret}\r\n").into_bytes());
        prop_assert_eq!(command.to_string(), "PASS ***");
        let debug = format!("{command:?}");
        prop_assert_eq!(debug, "Command(PASS ***)");
    }

    #[test]
    fn a_digest_comes_back(
        bytes in vec(any::<u8>(), 64), which in 0..5_usize, end in any::<u64>(), name in "[g-zG-Z ]{0,9}",
        before in "[g-zG-Z ]{0,9}", upper in any::<bool>()
    ) {
        let algorithm = DigestAlgorithm::ALL[which];
        let digest = Digest::new(algorithm, &bytes[..algorithm.digest_len()]).expect("a digest");
        let digits = if upper { digest.to_string().to_uppercase() } else { digest.to_string() };
        let reply = Reply::new(ReplyCode::FILE_STATUS, format!("{algorithm} 0-{end} {digits} {name}"));
        let found = parse_hash(&reply).expect("a digest");
        prop_assert_eq!((&found.digest, found.range), (&digest, Some((0, end))));
        let reply = Reply::new(ReplyCode::FILE_ACTION_DONE, format!("{before} {digits} {name}"));
        prop_assert_eq!(parse_digest(&reply, algorithm), Ok(digest));
    }

    #[test]
    fn what_can_be_encoded_comes_back(
        text in "\\PC{0,8}[ -~¥‾−é日ä€]{0,8}", label in 0..6_usize
    ) {
        let labels = ["utf-8", "windows-1252", "shift_jis", "gb18030", "koi8-r", "big5"];
        let charset = Charset::for_label(labels[label]).expect("a character set");
        match charset.encode(&text) {
            Ok(bytes) => prop_assert_eq!(charset.decode(&bytes), Some(text)),
            Err(error) => prop_assert!(text.contains(error.character)),
        }
    }

    #[test]
    fn what_can_be_decoded_is_text(bytes in vec(any::<u8>(), 0..20), label in 0..3_usize) {
        let charset = Charset::for_label(["utf-8", "shift_jis", "windows-1252"][label]).expect("a character set");
        let text = charset.decode(&bytes);
        if charset == Charset::UTF8 {
            prop_assert_eq!(text.clone(), String::from_utf8(bytes.clone()).ok());
        }
        prop_assert!(text.is_none_or(|text| !text.contains(char::REPLACEMENT_CHARACTER) || charset == Charset::UTF8));
    }

    #[test]
    fn an_address_comes_back(address in any::<std::net::SocketAddrV4>(), before in "[a-z (]*", after in "[a-z).]*") {
        prop_assume!(address.port() != 0);
        let line = Command::Port(address).to_string();
        let numbers = line.strip_prefix("PORT ").expect("the verb");
        let reply = Reply::new(ReplyCode::ENTERING_PASSIVE, format!("{before}{numbers}{after}"));
        prop_assert_eq!(parse_pasv(&reply), Ok(address));
        let spaced = numbers.replace(',', [", ", " ,", " , ", "\t,"][usize::from(address.port() % 4)]);
        let reply = Reply::new(ReplyCode::ENTERING_PASSIVE, format!("{before} {spaced} {after}"));
        prop_assert_eq!(parse_pasv(&reply), Ok(address));
        let reply = Reply::new(ReplyCode::ENTERING_EXTENDED_PASSIVE, format!("{before}(|||{}|){after}", address.port()));
        prop_assert_eq!(parse_epsv(&reply), Ok(address.port()));
    }

    #[test]
    fn a_quoted_path_comes_back(path in "[^\0\r\n]{0,20}", after in " ?[a-z]*") {
        let text = format!("\"{}\"{after}", path.replace('"', "\"\""));
        let reply = Reply::new(ReplyCode::PATH_CREATED, text);
        prop_assert_eq!(parse_pwd(&reply).map(|path| path.as_bytes().to_vec()), Ok(path.into_bytes()));
    }

    #[test]
    fn a_time_comes_back(seconds in 0..4_102_444_800_i64) {
        let time = jiff::Timestamp::from_second(seconds).expect("a time");
        let wire = time.strftime("%Y%m%d%H%M%S").to_string();
        prop_assert_eq!(parse_timestamp(wire.as_bytes()), Some(time));
        prop_assert_eq!(parse_timestamp(format!("{wire}.000").as_bytes()), Some(time));
    }

    #[test]
    fn a_name_in_mlsd_comes_back(
        name in entry_name(), size in any::<u64>(), seconds in 0..4_102_444_800_i64, kind in 0..3_usize
    ) {
        let (value, kind) = [("file", EntryKind::File), ("dir", EntryKind::Directory), ("OS.x=y", EntryKind::Unknown)][kind];
        let time = jiff::Timestamp::from_second(seconds).expect("a time");
        let facts = format!("type={value};size={size};modify={};", time.strftime("%Y%m%d%H%M%S"));
        let entry = only_entry(Dialect::Mlsd, &[facts.as_bytes(), b" ", &name].concat()).expect("an entry");
        prop_assert_eq!((&entry.name, entry.kind, entry.size), (&name, kind, Some(size)));
        prop_assert_eq!(entry.modified.and_then(|modified| modified.timestamp()), Some(time));
    }

    #[test]
    fn a_name_in_a_unix_list_comes_back(
        name in entry_name(), size in any::<u64>(), owner in "[!-~]{1,12}", group in "[!-~]{1,12}",
        minutes in 0..250_000_i64, style in 0..3_usize
    ) {
        let time = NOW.saturating_sub(jiff::SignedDuration::from_mins(minutes));
        let (format, precision) = [
            ("%b %e %H:%M", Precision::Minute),
            ("%b %d  %Y", Precision::Day),
            ("%Y-%m-%d %H:%M", Precision::Minute),
        ][style];
        let written = time.strftime(format);
        let line = format!("-rw-r--r--   1 {owner:<8} {group:<8} {size:>8} {written} ");
        let entry = only_entry(Dialect::List, &[line.as_bytes(), &name].concat()).expect("an entry");
        prop_assert_eq!((&entry.name, entry.kind, entry.size), (&name, EntryKind::File, Some(size)));
        let known = |name: String| Some(name).filter(|name| name != "?");
        prop_assert_eq!((entry.owner, entry.group), (known(owner), known(group)));
        let modified = entry.modified.expect("a time");
        let expected = if precision == Precision::Day { time.date().at(0, 0, 0, 0) } else { time };
        prop_assert_eq!((modified.time, modified.precision), (expected, precision));
    }

    #[test]
    fn a_link_in_a_unix_list_comes_apart(name in entry_name(), target in "[ -~]{1,30}") {
        let line = format!("lrwxrwxrwx 1 0 0 {} Nov 20 22:57 ", target.len());
        let line = [line.as_bytes(), &name, b" -> ", target.as_bytes()].concat();
        let entry = only_entry(Dialect::List, &line).expect("an entry");
        prop_assert_eq!((entry.name, entry.kind), (name, EntryKind::Link));
        prop_assert_eq!(entry.link_target, Some(target.into_bytes()));
    }

    #[test]
    fn a_field_that_cannot_be_never_costs_the_entry(
        name in entry_name(), size in "(-[0-9]{1,9}|\\(-[0-9]\\)|[0-9]{1,3}\\.[0-9][kMG]|[1-9][0-9]{20})",
        day in prop_oneof![Just(0), 32..99_u32], year in 1000..9999_u32, time in "([0-9]{2}:[6-9][0-9]|2[4-9]:[0-9]{2})", style in 0..3_usize
    ) {
        let date = [format!("Nov {day:>2}  {year}"), format!("Nov {day:>2} {time}"), format!("Nov 20 {time}")][style].clone();
        let line = format!("-rw-r--r--   1 owner    group    {size} {date} ");
        let entry = only_entry(Dialect::List, &[line.as_bytes(), &name].concat()).expect("an entry");
        prop_assert_eq!((&entry.name, entry.kind, entry.size), (&name, EntryKind::File, None));
        prop_assert_eq!(entry.modified, None);
    }

    #[test]
    fn names_alone_come_back(names in vec("[A-Za-z0-9][A-Za-z0-9._-]{0,11}", 2..20)) {
        let mut parser = ListingParser::new(Dialect::List, NOW);
        for name in &names {
            prop_assert_eq!(parser.line(name.as_bytes()), Line::Pending);
        }
        let found: Vec<_> = std::iter::from_fn(|| parser.finish()).collect();
        prop_assert_eq!(found.len(), names.len());
        for (line, name) in found.into_iter().zip(names) {
            let Line::Entry(entry) = line else { panic!("{line:?}") };
            prop_assert_eq!((entry.name, entry.kind), (name.into_bytes(), EntryKind::Unknown));
        }
    }

    #[test]
    fn a_duplicate_is_a_name_that_was_there(names in vec("[ab]{0,3}", 0..30)) {
        let mut seen = DuplicateNames::new();
        for (at, name) in names.iter().enumerate() {
            prop_assert_eq!(seen.is_duplicate(name.as_bytes()), names[..at].contains(name));
        }
    }

    #[test]
    fn a_name_in_a_dos_list_comes_back(name in entry_name(), size in any::<u64>()) {
        let line = format!("10-23-26  03:25PM {size:>20} ");
        let entry = only_entry(Dialect::List, &[line.as_bytes(), &name].concat()).expect("an entry");
        prop_assert_eq!((entry.name, entry.size), (name, Some(size)));
    }

    #[test]
    fn no_line_of_a_listing_is_lost(wire in vec(any::<u8>(), 0..200), pieces in vec(1..20_usize, 1..4)) {
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        let mut rest = wire.as_slice();
        for piece in pieces.iter().cycle().take(wire.len()) {
            let (piece, later) = rest.split_at((*piece).min(rest.len()));
            rest = later;
            splitter.push(piece);
            while let Some(line) = splitter.next_line().expect("short lines") {
                lines.push(line.to_vec());
            }
        }
        lines.extend(splitter.finish());
        let mut expected: Vec<_> = wire.split(|byte| *byte == b'\n').collect();
        let last = expected.pop().filter(|last| !last.is_empty() && *last != b"\r");
        let expected: Vec<_> = expected.into_iter().chain(last).map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
        prop_assert_eq!(lines, expected);
    }

    #[test]
    fn every_line_is_accounted_for(lines in vec(listing_line(), 0..20), dialect in dialect()) {
        let mut parser = ListingParser::new(dialect, NOW);
        let (mut pending, mut settled) = (Vec::new(), Vec::new());
        for line in &lines {
            match parser.line(line) {
                Line::Pending => pending.push(line.clone()),
                Line::Ignored => {
                    prop_assert!(is_about_the_listing(line) || !pending.is_empty() || is_older_version(line), "{}", line.escape_ascii());
                    settled.push(line.clone());
                }
                Line::Unknown(text) => {
                    prop_assert_eq!(&text, line);
                    settled.push(text);
                }
                Line::Entry(entry) | Line::Aligned(entry) => {
                    prop_assert!(!entry.name.is_empty());
                    prop_assert!(entry.raw.ends_with(line));
                    settled.push(line.clone());
                }
            }
        }
        let orphans: Vec<_> = std::iter::from_fn(|| parser.finish()).collect();
        // Pending lines are told of: with the line behind them or at the end.
        prop_assert_eq!(pending.len() + settled.len(), lines.len());
        prop_assert!(orphans.len() <= pending.len());
        for orphan in orphans {
            let text = match orphan {
                Line::Unknown(text) => text,
                Line::Entry(entry) | Line::Aligned(entry) => entry.raw,
                Line::Ignored | Line::Pending => panic!("told twice"),
            };
            let told = pending.iter().position(|line| *line == text);
            prop_assert!(told.is_some(), "{}", text.escape_ascii());
            pending.remove(told.unwrap_or_default());
        }
    }

    #[test]
    fn a_file_in_vms_comes_back(
        stem in "[A-Z0-9$_-]{1,39}", file_type in "[A-Z0-9$_-]{0,39}", version in 1..32767_u32,
        blocks in 0..1_000_000_u64, minutes in 0..10_000_000_i64, two_lines in any::<bool>()
    ) {
        prop_assume!(file_type != "DIR");
        let time = NOW.saturating_sub(jiff::SignedDuration::from_mins(minutes));
        let (name, break_) = (format!("{stem}.{file_type};{version}"), if two_lines { "\n" } else { "" });
        let listing = format!("{name}{break_}  {blocks}/{blocks}  {}  [A,B]", time.strftime("%e-%b-%Y %H:%M:%S"));
        let mut parser = ListingParser::new(Dialect::List, NOW);
        let last = listing.split('\n').map(|line| parser.line(line.as_bytes())).last();
        let Some(Line::Entry(entry)) = last else { panic!("{listing}") };
        let bare = format!("{stem}.{file_type}");
        prop_assert_eq!(entry.name, bare.trim_end_matches('.').as_bytes());
        prop_assert_eq!((entry.allocated, entry.raw), (Some(blocks * 512), listing.into_bytes()));
        prop_assert_eq!(entry.modified.map(|modified| modified.time), Some(time));
    }

    #[test]
    fn a_name_in_eplf_comes_back(name in entry_name(), size in any::<u64>(), seconds in 0..4_102_444_800_i64) {
        let facts = format!("+i1.2,m{seconds},r,s{size},\t");
        let entry = only_entry(Dialect::List, &[facts.as_bytes(), &name].concat()).expect("an entry");
        prop_assert_eq!((entry.name, entry.kind, entry.size), (name, EntryKind::File, Some(size)));
        let time = entry.modified.and_then(|modified| modified.timestamp());
        prop_assert_eq!(time, jiff::Timestamp::from_second(seconds).ok());
    }

    #[test]
    fn an_offset_is_found_and_undone(quarters in -103..=103_i32, seconds in 0..4_102_444_800_i64, to_the_second in any::<bool>()) {
        let exact = jiff::Timestamp::from_second(seconds).expect("a time");
        let offset = Offset::from_seconds(quarters * 900).expect("an offset");
        let clock = offset.to_datetime(exact);
        let listed = if to_the_second {
            Modified { time: clock, precision: Precision::Second, zone: Zone::Server }
        } else {
            let time = clock.with().second(0).build().expect("a time");
            Modified { time, precision: Precision::Minute, zone: Zone::Server }
        };
        prop_assert_eq!(server_offset(listed, exact), Some(offset));
        let back = listed.at_offset(offset).timestamp().expect("in UTC");
        prop_assert!((0..60).contains(&(seconds - back.as_second())));
    }

    #[test]
    fn a_local_name_is_one_component(raw in vec(any::<u8>(), 0..20)) {
        let mut components = vec![];
        if let Ok(name) = local_name(&raw) {
            prop_assert!(check_entry_name(&raw).is_ok());
            components.extend(Path::new(&name).components().map(|part| part.as_os_str().to_owned()));
            prop_assert_eq!(components, [name]);
        }
        prop_assert!(is_safe_to_print(&escape(&raw)));
    }

    #[test]
    fn a_joined_path_gives_back_its_parts(directory in "(/?[a-z]{1,3}){0,4}", name in entry_name()) {
        let directory = RemotePath::new(directory).expect("a path");
        match directory.join(&name) {
            Ok(path) => {
                prop_assert_eq!(path.file_name(), Some(name.as_slice()));
                prop_assert_eq!(path.parent(), Some(directory));
            }
            Err(_) => prop_assert!(name.contains(&b'\r')),
        }
    }
}
