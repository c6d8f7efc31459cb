//! What holds on the server's side for every input, tried with random ones.
//!
//! proptest prints the input that fails, and the seed to repeat it with.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of a test")]

use std::net::{SocketAddr, SocketAddrV4};

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use towline_proto::address::{
    NetworkProtocol, eprt_argument, epsv_reply, parse_eprt, parse_epsv, parse_pasv, parse_port,
    pasv_reply, port_argument,
};
use towline_proto::body::{mdtm_reply, parse_mdtm, parse_pwd, parse_size, path_reply, size_reply};
use towline_proto::codec::{CommandDecoder, ReplyDecoder};
use towline_proto::command::{Argument, Command, ListFlags, SecretArgument};
use towline_proto::digest::DigestAlgorithm;
use towline_proto::features::{Features, feat_reply};
use towline_proto::path::RemotePath;
use towline_proto::quirks::Server;
use towline_proto::reply::{Reply, ReplyCode};
use zeroize::Zeroizing;

/// Bytes that a command can carry, with more of those that mean something somewhere.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => any::<u8>(),
        2 => select(b" -/\"=;\xff\xf4\xf2".as_slice()),
    ];
    let byte = byte.prop_filter("can be sent", |byte| !matches!(byte, 0 | b'\r' | b'\n'));
    vec(byte, 1..20)
}

fn argument() -> impl Strategy<Value = Argument> {
    text().prop_map(|text| Argument::new(text).expect("an argument"))
}

/// Paths that are written as they are.
fn path() -> impl Strategy<Value = RemotePath> {
    let text = text().prop_filter("no guard", |text| !text.starts_with(b" "));
    text.prop_map(|text| RemotePath::new(text).expect("a path"))
}

fn optional_path() -> impl Strategy<Value = Option<RemotePath>> {
    proptest::option::of(path())
}

/// Paths that are written as they are behind LIST.
fn listed() -> impl Strategy<Value = Option<RemotePath>> {
    optional_path().prop_filter("no flags", |path| {
        path.as_ref()
            .is_none_or(|path| !path.as_bytes().starts_with(b"-"))
    })
}

fn flags() -> impl Strategy<Value = ListFlags> {
    "-[b-zA-Z]{0,4}( -[a-zA-Z]{0,2}){0,2}".prop_map(|flags| {
        match Command::parse(format!("STAT {flags}").as_bytes()) {
            Ok(Command::StatWith(flags, None)) => flags,
            other => panic!("{other:?}"),
        }
    })
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_i64).prop_map(|second| Timestamp::from_second(second).expect("a time"))
}

fn v4() -> impl Strategy<Value = SocketAddrV4> {
    any::<SocketAddrV4>().prop_filter("a port", |address| address.port() != 0)
}

fn address() -> impl Strategy<Value = SocketAddr> {
    (any::<std::net::IpAddr>(), 1_u16..).prop_map(SocketAddr::from)
}

fn secret() -> impl Strategy<Value = SecretArgument> {
    text().prop_map(|text| SecretArgument::from_bytes(Zeroizing::new(text)).expect("a secret"))
}

/// Every command in the form that comes back from its line.
fn command() -> impl Strategy<Value = Command> {
    use Command::{
        Abor, Acct, Allo, Appe, AuthSsl, AuthTls, Ccc, Cdup, Clnt, Cwd, Dele, Eprt, Epsv, EpsvAll,
        EpsvProtocol, Feat, Hash, Help, Host, Lang, List, ListAll, ListWith, Md5, Mdtm, Mfmt, Mkd,
        Mlsd, Mlst, ModeStream, Nlst, NlstWith, Noop, Opts, OptsHash, OptsHashQuery, OptsMlst,
        OptsUtf8Off, OptsUtf8On, Pass, Pasv, Pbsz0, Port, Pret, ProtC, ProtP, Pwd, Quit, Rang,
        Rein, Rest, Retr, Rmd, Rnfr, Rnto, Site, SiteUtime, Size, Stat, StatWith, Stor, Stou,
        StruFile, Syst, TypeAscii, TypeImage, User, XDigest,
    };
    let bare = vec![
        Cdup,
        Rein,
        Quit,
        Pasv,
        TypeImage,
        TypeAscii,
        StruFile,
        ModeStream,
        Abor,
        Pwd,
        Syst,
        Noop,
        AuthTls,
        AuthSsl,
        Pbsz0,
        ProtP,
        ProtC,
        Ccc,
        Feat,
        OptsUtf8On,
        OptsUtf8Off,
        OptsHashQuery,
        Epsv,
        EpsvAll,
        EpsvProtocol(NetworkProtocol::V4),
        EpsvProtocol(NetworkProtocol::V6),
    ];
    let of_path: [fn(RemotePath) -> Command; 13] = [
        Cwd, Retr, Stor, Appe, Rnfr, Rnto, Dele, Rmd, Mkd, Mdtm, Size, Hash, Md5,
    ];
    let of_optional_path: [fn(Option<RemotePath>) -> Command; 3] = [Mlst, Mlsd, Stou];
    let of_listed: [fn(Option<RemotePath>) -> Command; 4] = [List, ListAll, Nlst, Stat];
    let of_flags: [fn(ListFlags, Option<RemotePath>) -> Command; 3] =
        [ListWith, NlstWith, StatWith];
    let of_argument: [fn(Argument) -> Command; 5] = [User, Site, Host, Clnt, OptsMlst];
    let of_optional_argument: [fn(Option<Argument>) -> Command; 2] = [Help, Lang];
    let of_secret: [fn(SecretArgument) -> Command; 2] = [Pass, Acct];
    let of_number: [fn(u64) -> Command; 2] = [Allo, Rest];
    let of_time: [fn(Timestamp, RemotePath) -> Command; 2] = [Mfmt, SiteUtime];
    let algorithm = || select(DigestAlgorithm::ALL.as_slice());
    let other = ("Z[A-Z0-9]{1,6}", proptest::option::of(text())).prop_map(|(verb, rest)| {
        let rest = rest.map(|rest| [b" ", rest.as_slice()].concat());
        let line = [verb.as_bytes(), &rest.unwrap_or_default()].concat();
        Command::parse(&line).expect("a command")
    });
    Union::new([
        select(bare).boxed(),
        (select(of_path.to_vec()), path())
            .prop_map(|(of, path)| of(path))
            .boxed(),
        (select(of_optional_path.to_vec()), optional_path())
            .prop_map(|(of, path)| of(path))
            .boxed(),
        (select(of_listed.to_vec()), listed())
            .prop_map(|(of, path)| of(path))
            .boxed(),
        (select(of_flags.to_vec()), flags(), listed())
            .prop_map(|(of, flags, path)| of(flags, path))
            .boxed(),
        (select(of_argument.to_vec()), argument())
            .prop_map(|(of, argument)| of(argument))
            .boxed(),
        (
            select(of_optional_argument.to_vec()),
            proptest::option::of(argument()),
        )
            .prop_map(|(of, argument)| of(argument))
            .boxed(),
        (select(of_secret.to_vec()), secret())
            .prop_map(|(of, secret)| of(secret))
            .boxed(),
        (select(of_number.to_vec()), any::<u64>())
            .prop_map(|(of, number)| of(number))
            .boxed(),
        (select(of_time.to_vec()), time(), path())
            .prop_map(|(of, time, path)| of(time, path))
            .boxed(),
        (algorithm(), path())
            .prop_map(|(algorithm, path)| XDigest(algorithm, path))
            .boxed(),
        algorithm().prop_map(OptsHash).boxed(),
        "[G-K]{2,5}( [ -~]{0,9})?"
            .prop_map(|options| Opts(Argument::new(options).expect("an argument")))
            .boxed(),
        (any::<u64>(), any::<u64>())
            .prop_map(|(start, end)| Rang(start, end))
            .boxed(),
        v4().prop_map(Port).boxed(),
        address().prop_map(Eprt).boxed(),
        path().prop_map(|path| Pret(Box::new(Retr(path)))).boxed(),
        listed().prop_map(|path| Pret(Box::new(List(path)))).boxed(),
        other.boxed(),
    ])
}

fn line_of(command: &Command) -> Vec<u8> {
    let wire = command.encode();
    wire.strip_suffix(b"\r\n").expect("CRLF").to_vec()
}

/// Lines near the grammar, and far from it.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let verb = "[A-Za-z]{3,4}|(?i)(USER|PASS|TYPE|LIST|NLST|STAT|OPTS|SITE|PORT|EPRT|EPSV|MFMT|PRET|XCRC|RANG|ALLO|RETR)";
    let known =
        "(-a |UTF8 |HASH |MLST |UTIME |I|A N|TLS|\\|1\\||127,0,0,|20260101000000 |\"|RETR | ){0,3}";
    prop_oneof![
        4 => (verb, known, vec(any::<u8>(), 0..12))
            .prop_map(|(verb, known, rest)| [verb.as_bytes(), b" ", known.as_bytes(), &rest].concat()),
        1 => vec(any::<u8>(), 0..30),
    ]
}

/// A client's bytes: lines, Telnet, and whatever else.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => "[A-Z]{3,4}( [ -~]{0,6})?\r?\n".prop_map(String::into_bytes),
        2 => select(vec![b"\xff".to_vec(), b"\xff\xf4".to_vec(), b"\xff\xf2".to_vec(), b"\xf2".to_vec(),
            b"\xff\xff".to_vec(), b"\xff\xfb\x01".to_vec(), b"\n".to_vec(), b"\r".to_vec(), vec![0]]),
        1 => vec(any::<u8>(), 0..8),
    ];
    vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// What comes of `wire`, which arrives in pieces of these lengths, over and over: lines
/// with their flags, or nothing for a line that is too long.
fn lines(
    mut decoder: CommandDecoder,
    wire: &[u8],
    pieces: &[usize],
) -> Vec<Option<(Vec<u8>, bool)>> {
    let mut lines = Vec::new();
    let mut rest = wire;
    for piece in pieces.iter().cycle() {
        let (piece, later) = rest.split_at((*piece).clamp(1, rest.len().max(1)).min(rest.len()));
        rest = later;
        decoder.push(piece);
        while let Some(line) = decoder.next_line().transpose() {
            lines.push(
                line.ok()
                    .map(|line| (line.bytes.to_vec(), line.is_interrupt)),
            );
        }
        if rest.is_empty() {
            break;
        }
    }
    lines
}

fn reply_of(written: &Reply) -> Reply {
    let mut decoder = ReplyDecoder::default();
    decoder.push(&written.encode());
    decoder.next_reply().expect("a reply").expect("a whole one")
}

proptest! {
    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive(
        wire in stream(), pieces in vec(1..9_usize, 1..5), limit in 0..12_usize, reads_telnet in any::<bool>()
    ) {
        for limit in [limit, 1 << 20] {
            let decoder = || {
                let decoder = CommandDecoder::new(limit);
                if reads_telnet { decoder } else { decoder.without_telnet() }
            };
            let whole = lines(decoder(), &wire, &[wire.len()]);
            prop_assert_eq!(&lines(decoder(), &wire, &[1]), &whole);
            prop_assert_eq!(&lines(decoder(), &wire, &pieces), &whole);
            for line in whole.iter().flatten() {
                prop_assert!(line.0.len() <= limit && !line.0.contains(&b'\n'));
            }
            if limit > wire.len() {
                prop_assert_eq!(whole.len(), memchr::memchr_iter(b'\n', &wire).count());
                prop_assert!(whole.iter().all(Option::is_some));
            }
        }
    }

    #[test]
    fn without_telnet_every_byte_of_a_line_counts(wire in stream(), pieces in vec(1..9_usize, 1..5)) {
        let read = lines(CommandDecoder::default().without_telnet(), &wire, &pieces);
        let mut expected: Vec<_> = wire.split(|byte| *byte == b'\n').collect();
        expected.pop();
        let expected = expected.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec());
        prop_assert_eq!(read, expected.map(|line| Some((line, false))).collect::<Vec<_>>());
    }

    #[test]
    fn commands_come_back_from_a_stream(commands in vec(command(), 1..6), pieces in vec(1..30_usize, 1..5)) {
        let mut telnet = Server::UNKNOWN;
        telnet.reads_telnet = true;
        for (decoder, server) in [
            (CommandDecoder::default(), telnet),
            (CommandDecoder::default().without_telnet(), Server::UNKNOWN),
        ] {
            let wire: Vec<u8> = commands.iter().flat_map(|command| command.encode_for(&server)).collect();
            let read = lines(decoder, &wire, &pieces).into_iter();
            let read: Vec<_> = read.map(|line| Command::parse(&line.expect("a short line").0)).collect();
            prop_assert_eq!(read, commands.iter().cloned().map(Ok).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_line_within_a_reply_looks_like_its_end(
        code in 100..600_u16, text in "([0-9]{0,4}[ -]?[\\x00-\\x7f]{0,6}\n){0,4}", items in vec(text(), 0..3)
    ) {
        let code = ReplyCode::try_from(code).expect("a code");
        for reply in [Reply::new(code, text), Reply::list(code, "1 is first", items, "2 is last")] {
            let wire = reply.encode();
            let lines: Vec<_> = wire.split(|byte| *byte == b'\n').collect();
            let Some((&[], [before @ .., last])) = lines.split_last() else { panic!("no line feed") };
            prop_assert_eq!(last.get(3), Some(&b' '));
            for line in before {
                let is_number = line.first().is_some_and(u8::is_ascii_digit);
                prop_assert!(!is_number || line.get(3) == Some(&b'-'));
            }
            prop_assert_eq!(before.len() + 1, reply.lines().len());
            prop_assert_eq!(memchr::memchr_iter(b'\r', &wire).count(), reply.lines().len());
            prop_assert!(!wire.contains(&0));
        }
    }

    #[test]
    fn what_a_reply_says_comes_back(
        size in any::<u64>(), time in time(), nanosecond in 0..1_000_000_000_i64, path in path(),
        lines in vec("[!-~]([ -~]{0,9}[!-~])?", 0..5)
    ) {
        prop_assert_eq!(parse_size(&reply_of(&size_reply(size))), Ok(size));
        let time = time + jiff::SignedDuration::from_nanos(nanosecond);
        prop_assert_eq!(parse_mdtm(&reply_of(&mdtm_reply(time))), Ok(time));
        prop_assert_eq!(parse_pwd(&reply_of(&path_reply(&path, "is current"))), Ok(path));
        let features = Features::parse(&reply_of(&feat_reply(&lines)));
        prop_assert_eq!(features.lines(), lines.into_iter().map(String::into_bytes).collect::<Vec<_>>());
    }

    #[test]
    fn a_command_comes_back_from_its_line(command in command()) {
        prop_assert_eq!(Command::parse(&line_of(&command)), Ok(command));
    }

    #[test]
    fn the_case_of_a_verb_does_not_matter(command in command()) {
        let mut line = line_of(&command);
        let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        line[..end].make_ascii_lowercase();
        prop_assert_eq!(Command::parse(&line), Ok(command));
    }

    #[test]
    fn a_line_is_a_command_or_an_error(line in line()) {
        match Command::parse(&line) {
            Ok(command) => {
                let again = Command::parse(&line_of(&command)).expect("the same command");
                prop_assert_eq!(again.encode(), command.encode());
                let shown = command.to_string();
                prop_assert!(!shown.contains(|character: char| character.is_control()));
            }
            Err(error) => prop_assert!(matches!(error.refusal().as_u16(), 500 | 501 | 504 | 522 | 536)),
        }
    }

    #[test]
    fn an_address_comes_back(v4 in v4(), address in address()) {
        prop_assert_eq!(parse_port(port_argument(v4).as_bytes()), Ok(v4));
        prop_assert_eq!(parse_eprt(eprt_argument(address).as_bytes()), Ok(address));
        prop_assert_eq!(parse_pasv(&pasv_reply(v4)), Ok(v4));
        prop_assert_eq!(parse_epsv(&epsv_reply(v4.port())), Ok(v4.port()));
    }

    #[test]
    fn no_argument_is_too_strange_for_an_address(argument in vec(any::<u8>(), 0..40)) {
        if let Ok(address) = parse_port(&argument) {
            prop_assert_ne!(address.port(), 0);
        }
        if let Ok(address) = parse_eprt(&argument) {
            prop_assert_ne!(address.port(), 0);
        }
    }
}
