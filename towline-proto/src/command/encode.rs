//! Encodes a command as its line.

use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::argument::Argument;
use super::kinds::Command;
use super::shown::shown;
use crate::address::{eprt_argument, port_argument};
use crate::name::Escaped;
use crate::path::RemotePath;
use crate::quirks::Server;

impl Command {
    /// Returns the line as it is sent to the server, including CRLF. If it contains a secret,
    /// the caller must wipe it after sending.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut line = self.line();
        line.extend_from_slice(b"\r\n");
        line
    }

    /// Returns the line for one server. If the server [reads Telnet](Server::reads_telnet), each
    /// byte 0xFF is doubled (RFC 854).
    #[must_use]
    pub fn encode_for(&self, server: &Server) -> Vec<u8> {
        /// Interpret As Command.
        const IAC: u8 = 0xff;
        let line = self.encode();
        let doubled = memchr::memchr_iter(IAC, &line).count();
        if !server.reads_telnet || doubled == 0 {
            return line;
        }
        // This copy may contain a secret too.
        let line = Zeroizing::new(line);
        let mut longer = Vec::with_capacity(line.len() + doubled);
        for byte in &*line {
            let copies = if *byte == IAC { 2 } else { 1 };
            longer.extend(std::iter::repeat_n(*byte, copies));
        }
        longer
    }

    /// Returns the line without CRLF, but with capacity for it.
    fn line(&self) -> Vec<u8> {
        let parameter = self.parameter();
        let (verb, separator) = (self.verb(), parameter.separator_behind(self.verb()));
        let parameter = parameter.as_bytes();
        // Allocate the full size at once, so that no copy of a password stays in freed memory.
        let mut line = Vec::with_capacity(verb.len() + parameter.len() + 3);
        line.extend_from_slice(verb.as_bytes());
        line.extend_from_slice(separator.as_bytes());
        line.extend_from_slice(parameter);
        line
    }

    /// Returns the first word of the line. It is empty for [`Raw`](Self::Raw) and
    /// [`Other`](Self::Other).
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::User(_) => "USER",
            Self::Pass(_) => "PASS",
            Self::Acct(_) => "ACCT",
            Self::Cwd(_) => "CWD",
            Self::Cdup => "CDUP",
            Self::Rein => "REIN",
            Self::Quit => "QUIT",
            Self::Port(_) => "PORT",
            Self::Pasv => "PASV",
            Self::TypeImage | Self::TypeAscii => "TYPE",
            Self::StruFile => "STRU",
            Self::ModeStream => "MODE",
            Self::Retr(_) => "RETR",
            Self::Stor(_) => "STOR",
            Self::Stou(_) => "STOU",
            Self::Appe(_) => "APPE",
            Self::Allo(_) => "ALLO",
            Self::Rest(_) => "REST",
            Self::Rnfr(_) => "RNFR",
            Self::Rnto(_) => "RNTO",
            Self::Abor => "ABOR",
            Self::Dele(_) => "DELE",
            Self::Rmd(_) => "RMD",
            Self::Mkd(_) => "MKD",
            Self::Pwd => "PWD",
            Self::List(_) | Self::ListAll(_) | Self::ListWith(..) => "LIST",
            Self::Nlst(_) | Self::NlstWith(..) => "NLST",
            Self::Site(_) | Self::SiteUtime(..) => "SITE",
            Self::Syst => "SYST",
            Self::Stat(_) | Self::StatWith(..) => "STAT",
            Self::Help(_) => "HELP",
            Self::Noop => "NOOP",
            Self::AuthTls | Self::AuthSsl => "AUTH",
            Self::Pbsz0 => "PBSZ",
            Self::ProtP | Self::ProtC => "PROT",
            Self::Ccc => "CCC",
            Self::Feat => "FEAT",
            Self::OptsUtf8On
            | Self::OptsUtf8Off
            | Self::OptsMlst(_)
            | Self::OptsHash(_)
            | Self::OptsHashQuery
            | Self::Opts(_) => "OPTS",
            Self::Eprt(_) => "EPRT",
            Self::Epsv | Self::EpsvAll | Self::EpsvProtocol(_) => "EPSV",
            Self::Lang(_) => "LANG",
            Self::Mdtm(_) => "MDTM",
            Self::Size(_) => "SIZE",
            Self::Mlst(_) => "MLST",
            Self::Mlsd(_) => "MLSD",
            Self::Host(_) => "HOST",
            Self::Clnt(_) => "CLNT",
            Self::Mfmt(..) => "MFMT",
            Self::Pret(_) => "PRET",
            Self::Hash(_) => "HASH",
            Self::Rang(..) => "RANG",
            Self::XDigest(algorithm, _) => algorithm.x_verb(),
            Self::Md5(_) => "MD5",
            Self::Raw(_) | Self::Other(_) => "",
        }
    }

    fn parameter(&self) -> Parameter<'_> {
        match self {
            Self::Cdup
            | Self::Rein
            | Self::Quit
            | Self::Pasv
            | Self::Abor
            | Self::Pwd
            | Self::Syst
            | Self::Noop
            | Self::Ccc
            | Self::Feat
            | Self::Epsv => Parameter::Bytes(b""),
            Self::TypeImage => Parameter::Bytes(b"I"),
            Self::TypeAscii => Parameter::Bytes(b"A"),
            Self::StruFile => Parameter::Bytes(b"F"),
            Self::ModeStream => Parameter::Bytes(b"S"),
            Self::AuthTls => Parameter::Bytes(b"TLS"),
            Self::AuthSsl => Parameter::Bytes(b"SSL"),
            Self::Pbsz0 => Parameter::Bytes(b"0"),
            Self::ProtP => Parameter::Bytes(b"P"),
            Self::ProtC => Parameter::Bytes(b"C"),
            Self::EpsvAll => Parameter::Bytes(b"ALL"),
            Self::EpsvProtocol(protocol) => {
                Parameter::Built(protocol.number().to_string().into_bytes())
            }
            Self::OptsUtf8On => Parameter::Bytes(b"UTF8 ON"),
            Self::OptsUtf8Off => Parameter::Bytes(b"UTF8 OFF"),
            Self::OptsHashQuery => Parameter::Bytes(b"HASH"),
            Self::OptsMlst(facts) => Parameter::Built([b"MLST ", facts.as_bytes()].concat()),
            Self::User(argument)
            | Self::Site(argument)
            | Self::Host(argument)
            | Self::Clnt(argument)
            | Self::Opts(argument)
            | Self::Raw(argument) => Parameter::Bytes(argument.as_bytes()),
            Self::Help(argument) | Self::Lang(argument) => {
                Parameter::Bytes(argument.as_ref().map_or(b"", Argument::as_bytes))
            }
            Self::Other(other) => Parameter::Built(other.line()),
            Self::Pass(secret) | Self::Acct(secret) => Parameter::Secret(secret.reveal()),
            Self::Cwd(path)
            | Self::Retr(path)
            | Self::Stor(path)
            | Self::Appe(path)
            | Self::Rnfr(path)
            | Self::Rnto(path)
            | Self::Dele(path)
            | Self::Rmd(path)
            | Self::Mkd(path)
            | Self::Mdtm(path)
            | Self::Size(path)
            | Self::Hash(path)
            | Self::Md5(path) => named(path),
            // The server would take a leading quote for the start of a quoted path.
            Self::XDigest(_, path) => match path.as_bytes() {
                path if path.contains(&b' ') || path.starts_with(b"\"") => {
                    Parameter::Built([b"\"", path, b"\""].concat())
                }
                path => Parameter::Bytes(path),
            },
            Self::Mlst(path) | Self::Mlsd(path) | Self::Stou(path) => {
                path.as_ref().map_or(Parameter::Bytes(b""), named)
            }
            Self::List(path) | Self::Nlst(path) | Self::Stat(path) => listed(b"", path.as_ref()),
            Self::ListAll(path) => listed(b"-a", path.as_ref()),
            Self::ListWith(flags, path)
            | Self::NlstWith(flags, path)
            | Self::StatWith(flags, path) => listed(flags.as_bytes(), path.as_ref()),
            Self::Allo(number) | Self::Rest(number) => {
                Parameter::Built(number.to_string().into_bytes())
            }
            Self::Port(address) => Parameter::Built(port_argument(*address).into_bytes()),
            Self::Eprt(address) => Parameter::Built(eprt_argument(*address).into_bytes()),
            Self::Mfmt(time, path) => Parameter::Built(time_and_path(*time, path)),
            Self::SiteUtime(time, path) => {
                Parameter::Built([b"UTIME ".as_slice(), &time_and_path(*time, path)].concat())
            }
            Self::Pret(command) => Parameter::Command(command.line(), command),
            Self::OptsHash(algorithm) => {
                Parameter::Built([b"HASH ", algorithm.name().as_bytes()].concat())
            }
            Self::Rang(start, end) => Parameter::Built(format!("{start} {end}").into_bytes()),
        }
    }
}

/// Writes the line without CRLF, safe to print: secrets appear as `***`, and control
/// characters are escaped.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameter = self.parameter();
        match (self, &parameter) {
            (_, Parameter::Secret(_)) => write!(f, "{} ***", self.verb()),
            (_, Parameter::Command(_, command)) => write!(f, "{} {command}", self.verb()),
            _ => Escaped(&shown(&self.line())).fmt(f),
        }
    }
}

/// As safe as `Display`.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({self})")
    }
}

/// The part of the line after the verb.
enum Parameter<'a> {
    Bytes(&'a [u8]),
    Built(Vec<u8>),
    Secret(&'a [u8]),
    /// The line of an inner command, which may contain a secret, and the command itself, which
    /// prints without the secret.
    Command(Vec<u8>, &'a Command),
}

impl Parameter<'_> {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Built(bytes) | Self::Command(bytes, _) => bytes,
            Self::Secret(bytes) => bytes,
        }
    }

    /// Returns the separator after the verb. An empty secret has one too: `PASS ` sends an empty
    /// password, `PASS` sends none.
    fn separator_behind(&self, verb: &str) -> &'static str {
        let is_absent = self.as_bytes().is_empty() && !matches!(self, Self::Secret(_));
        if verb.is_empty() || is_absent {
            ""
        } else {
            " "
        }
    }
}

/// Returns a path. Servers would skip a blank at its beginning, so it gets `./` in front.
fn named(path: &RemotePath) -> Parameter<'_> {
    match guard(path.as_bytes(), b" ") {
        b"" => Parameter::Bytes(path.as_bytes()),
        guard => Parameter::Built([guard, path.as_bytes()].concat()),
    }
}

/// Returns `./` if the path begins with one of these bytes.
fn guard(path: &[u8], beginnings: &[u8]) -> &'static [u8] {
    match path.first() {
        Some(first) if beginnings.contains(first) => b"./",
        _ => b"",
    }
}

/// Returns flags and a path. Servers would read a path that begins with a hyphen as flags,
/// as `ls` does, so it gets `./` in front; so does one that begins with a blank.
fn listed<'a>(flags: &'a [u8], path: Option<&'a RemotePath>) -> Parameter<'a> {
    let path = path.map_or(b"".as_slice(), RemotePath::as_bytes);
    let guard = guard(path, b"- ");
    match (flags, path) {
        (flags, b"") => Parameter::Bytes(flags),
        (b"", path) if guard.is_empty() => Parameter::Bytes(path),
        (b"", path) => Parameter::Built([guard, path].concat()),
        (flags, path) => Parameter::Built([flags, b" ", guard, path].concat()),
    }
}

/// Returns `YYYYMMDDhhmmss path`, with the time in UTC.
fn time_and_path(time: Timestamp, path: &RemotePath) -> Vec<u8> {
    let time = time.strftime("%Y%m%d%H%M%S ").to_string();
    [time.as_bytes(), named(path).as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::super::argument::{Argument, SecretArgument};
    use super::*;
    use crate::digest::DigestAlgorithm;
    use crate::secret::Secret;

    fn path(text: &str) -> RemotePath {
        RemotePath::new(text).expect("a path")
    }

    fn argument(text: &str) -> Argument {
        Argument::new(text).expect("an argument")
    }

    fn secret(text: &str) -> SecretArgument {
        SecretArgument::new(Secret::new(text)).expect("an argument")
    }

    #[test]
    fn encodes_one_line_each() {
        let time = "2026-11-21T01:02:03.9Z".parse().expect("a time");
        let cases = [
            (Command::User(argument("jo bloggs")), "USER jo bloggs"),
            (Command::Cwd(path("/a b")), "CWD /a b"),
            (Command::Cwd(RemotePath::login_directory()), "CWD"),
            (Command::TypeImage, "TYPE I"),
            (Command::Rest(1 << 40), "REST 1099511627776"),
            (Command::AuthTls, "AUTH TLS"),
            (Command::Pbsz0, "PBSZ 0"),
            (Command::ProtP, "PROT P"),
            (Command::OptsUtf8On, "OPTS UTF8 ON"),
            (
                Command::OptsMlst(argument("type;size;")),
                "OPTS MLST type;size;",
            ),
            (
                Command::Port("127.0.0.1:50069".parse().expect("v4")),
                "PORT 127,0,0,1,195,149",
            ),
            (
                Command::Eprt("132.235.1.2:6275".parse().expect("v4")),
                "EPRT |1|132.235.1.2|6275|",
            ),
            (
                Command::Eprt("[::1]:5282".parse().expect("v6")),
                "EPRT |2|::1|5282|",
            ),
            (Command::EpsvAll, "EPSV ALL"),
            (Command::Mlsd(None), "MLSD"),
            (Command::Mlsd(Some(RemotePath::login_directory())), "MLSD"),
            (Command::List(Some(path("-la"))), "LIST ./-la"),
            (Command::ListAll(None), "LIST -a"),
            (Command::ListAll(Some(path("a b"))), "LIST -a a b"),
            (Command::ListAll(Some(path("-a"))), "LIST -a ./-a"),
            (Command::Mlsd(Some(path("-la"))), "MLSD -la"),
            (Command::Stor(path(" a ")), "STOR ./ a "),
            (Command::Mlsd(Some(path(" a"))), "MLSD ./ a"),
            (Command::ListAll(Some(path(" a"))), "LIST -a ./ a"),
            (Command::Mkd(path("/ a")), "MKD / a"),
            (Command::Mfmt(time, path(" a")), "MFMT 20261121010203 ./ a"),
            (
                Command::Pret(Box::new(Command::Retr(path(" a")))),
                "PRET RETR ./ a",
            ),
            (Command::Mfmt(time, path("a")), "MFMT 20261121010203 a"),
            (
                Command::SiteUtime(time, path("a b")),
                "SITE UTIME 20261121010203 a b",
            ),
            (
                Command::Pret(Box::new(Command::Retr(path("a b")))),
                "PRET RETR a b",
            ),
            (Command::Pret(Box::new(Command::Mlsd(None))), "PRET MLSD"),
            (Command::Hash(path("a b")), "HASH a b"),
            (
                Command::OptsHash(DigestAlgorithm::Sha256),
                "OPTS HASH SHA-256",
            ),
            (Command::Rang(0, 1 << 40), "RANG 0 1099511627776"),
            (
                Command::XDigest(DigestAlgorithm::Sha512, path("a")),
                "XSHA512 a",
            ),
            (
                Command::XDigest(DigestAlgorithm::Crc32, path("a b")),
                "XCRC \"a b\"",
            ),
            (
                Command::XDigest(DigestAlgorithm::Md5, path("\"a")),
                "XMD5 \"\"a\"",
            ),
            (Command::Md5(path("a")), "MD5 a"),
            (Command::Raw(argument("SITE HELP")), "SITE HELP"),
        ];
        for (command, line) in cases {
            assert_eq!(command.encode(), format!("{line}\r\n").into_bytes());
            assert_eq!(command.to_string(), line);
        }
    }

    #[test]
    fn doubles_0xff_only_where_telnet_is_read() {
        let mut telnet = Server::UNKNOWN;
        telnet.reads_telnet = true;
        let path = RemotePath::new(b"a\xffb\xff\xff".as_slice()).expect("a path");
        let command = Command::Retr(path);
        assert_eq!(
            command.encode_for(&telnet),
            b"RETR a\xff\xffb\xff\xff\xff\xff\r\n"
        );
        assert_eq!(
            command.encode_for(&Server::UNKNOWN),
            b"RETR a\xffb\xff\xff\r\n"
        );
        assert_eq!(command.encode(), b"RETR a\xffb\xff\xff\r\n");
        assert_eq!(Command::Noop.encode_for(&telnet), b"NOOP\r\n");
    }

    #[test]
    fn never_shows_a_secret() {
        for command in [
            Command::Pass(secret("hunter2")),
            Command::Acct(secret("hunter2")),
            Command::Raw(argument("pass hunter2")),
            Command::Raw(argument(" ACCT  hunter2 x")),
            Command::Pret(Box::new(Command::Pass(secret("hunter2")))),
        ] {
            assert!(
                command
                    .encode()
                    .windows(7)
                    .any(|window| window == b"hunter2")
            );
            assert!(command.to_string().ends_with(" ***"), "{command}");
            assert!(!command.to_string().contains("hunter2"));
        }
        assert_eq!(
            format!("{:?}", Command::Raw(argument("PASS\thunter2"))),
            "Command(PASS ***)"
        );
    }

    #[test]
    fn sends_an_empty_password() {
        assert_eq!(Command::Pass(secret("")).encode(), b"PASS \r\n");
        assert_eq!(Command::Pass(secret("")).to_string(), "PASS ***");
    }
}
