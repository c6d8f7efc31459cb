//! Commands: one line each, whatever they contain.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use jiff::Timestamp;
use towline_proto::codec::{CommandDecoder, CommandLine};
use towline_proto::command::{Argument, Command, SecretArgument};
use towline_proto::digest::DigestAlgorithm;
use towline_proto::path::RemotePath;
use towline_proto::secret::Secret;

use crate::input::take_byte;
use crate::terminal::is_safe_to_print;

/// A command with any argument is refused, or is one line from which a server
/// reads that argument.
pub fn command_roundtrip(mut data: &[u8]) {
    let choice = take_byte(&mut data);
    let is_sendable = !data.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
    assert_eq!(Argument::new(data).is_ok(), is_sendable);
    assert_eq!(RemotePath::new(data).is_ok(), is_sendable);
    let Some((command, argument)) = command(choice, data) else {
        return;
    };

    let wire = command.encode();
    let line = wire.strip_suffix(b"\r\n").unwrap_or(b"");
    assert_eq!(line.len() + 2, wire.len(), "the line ends with CRLF");
    assert!(
        !line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)),
        "one line"
    );
    let read = if command.verb().is_empty() {
        line
    } else {
        let (verb, rest) = line.split_at(command.verb().len());
        assert_eq!(verb, command.verb().as_bytes());
        assert!(rest.is_empty() || rest.starts_with(b" "));
        rest.get(1..).unwrap_or(b"")
    };
    assert_eq!(read, argument);

    let shown = command.to_string();
    assert!(is_safe_to_print(&shown));
    if matches!(command, Command::Pass(_) | Command::Acct(_)) {
        assert!(shown == "PASS ***" || shown == "ACCT ***");
    }
}

/// Any line is a command or an error. The command is written as a line that is read back as the
/// same command, and no secret is shown.
pub fn command_parse(data: &[u8]) {
    let command = match Command::parse(data) {
        Ok(command) => command,
        Err(error) => {
            assert!(is_safe_to_print(&error.to_string()));
            assert!((500..600).contains(&error.refusal().as_u16()));
            return;
        }
    };
    assert!(!data.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
    let wire = command.encode();
    let line = wire.strip_suffix(b"\r\n").unwrap_or(b"");
    let again = Command::parse(line).map(|again| again.encode());
    assert_eq!(again.as_ref(), Ok(&wire));
    let shown = format!("{command} {command:?}");
    assert!(is_safe_to_print(&shown));
    if let Command::Pass(_) | Command::Acct(_) = command {
        assert!(shown.starts_with("PASS *** ") || shown.starts_with("ACCT *** "));
    }
}

/// Any bytes from a client: the same lines however they are split, none longer than the limit, and
/// one for each line feed if Telnet is not read.
pub fn command_stream(mut data: &[u8]) {
    let piece = usize::from(take_byte(&mut data)) + 2;
    let choice = take_byte(&mut data);
    let limit = [4, 40, 1 << 20][usize::from(choice % 3)];
    let reads_telnet = choice.is_multiple_of(2);
    let decode = |piece| {
        let decoder = CommandDecoder::new(limit);
        let decoder = if reads_telnet {
            decoder
        } else {
            decoder.without_telnet()
        };
        lines(decoder, data, piece)
    };
    let whole = decode(data.len().max(1));
    assert_eq!(decode(1), whole, "split at every byte");
    assert_eq!(decode(piece), whole, "split every {piece} bytes");
    for line in whole.iter().flatten() {
        assert!(line.bytes.len() <= limit && !line.bytes.contains(&b'\n'));
        command_parse(&line.bytes);
    }
    // One for each line feed, except for an unfinished line that is already too long.
    let ends = data.iter().filter(|byte| **byte == b'\n').count();
    assert!((ends..=ends + 1).contains(&whole.len()));
}

/// The lines in `wire`; `None` for one that is too long.
fn lines(mut decoder: CommandDecoder, wire: &[u8], piece: usize) -> Vec<Option<CommandLine>> {
    let mut lines = Vec::new();
    for piece in wire.chunks(piece) {
        decoder.push(piece);
        while let Some(line) = decoder.next_line().transpose() {
            lines.push(line.ok());
        }
    }
    decoder.clear();
    assert!(decoder.is_empty() && !decoder.has_line());
    lines
}

/// A command, and the argument that must be read from its line.
fn command(choice: u8, data: &[u8]) -> Option<(Command, Vec<u8>)> {
    let path = RemotePath::new(data).ok()?;
    let argument = Argument::new(data).ok()?;
    let secret = || SecretArgument::new(Secret::new(std::str::from_utf8(data).ok()?)).ok();
    let number = data.iter().fold(0_u64, |number, byte| {
        number.rotate_left(8) ^ u64::from(*byte)
    });
    let plain = data.to_vec();
    let guarded = |beginnings: &[u8]| match data.first() {
        Some(first) if beginnings.contains(first) => [b"./", data].concat(),
        _ => data.to_vec(),
    };
    let (named, as_list) = (guarded(b" "), guarded(b"- "));
    let quoted = if data.contains(&b' ') || data.starts_with(b"\"") {
        [b"\"", data, b"\""].concat()
    } else {
        plain.clone()
    };
    Some(match choice % 26 {
        0 => (Command::User(argument), plain),
        1 => (Command::Pass(secret()?), plain),
        2 => (Command::Acct(secret()?), plain),
        3 => (Command::Cwd(path), named),
        4 => (Command::Retr(path), named),
        5 => (Command::Stor(path), named),
        6 => (Command::Rnto(path), named),
        7 => (Command::Mlsd(Some(path)), named),
        8 => (Command::Mlst(Some(path)), named),
        9 => (Command::List(Some(path)), as_list),
        10 => (Command::Nlst(Some(path)), as_list),
        11 => (Command::Stat(Some(path)), as_list),
        12 => (Command::Site(argument), plain),
        13 => (Command::Raw(argument), plain),
        14 => (Command::OptsMlst(argument), [b"MLST ", data].concat()),
        15 => (Command::Rest(number), number.to_string().into_bytes()),
        16 => {
            let address = SocketAddr::new(IpAddr::V6(Ipv6Addr::from(u128::from(number))), 5282);
            (
                Command::Eprt(address),
                format!("|2|{}|5282|", address.ip()).into_bytes(),
            )
        }
        17 => (Command::Host(argument), plain),
        18 => (Command::List(None), Vec::new()),
        19 => (Command::Hash(path), named),
        20 => (Command::XDigest(DigestAlgorithm::Sha256, path), quoted),
        21 => (Command::Md5(path), named),
        22 => (Command::Rang(0, number), format!("0 {number}").into_bytes()),
        23 => {
            let (time, written) = (Timestamp::UNIX_EPOCH, b"UTIME 19700101000000 ".as_slice());
            (Command::SiteUtime(time, path), [written, &named].concat())
        }
        24 => {
            let inner = Command::Stor(path);
            let written = if data.is_empty() {
                b"STOR".as_slice()
            } else {
                b"STOR "
            };
            (Command::Pret(Box::new(inner)), [written, &named].concat())
        }
        _ => (Command::AuthTls, b"TLS".to_vec()),
    })
}
