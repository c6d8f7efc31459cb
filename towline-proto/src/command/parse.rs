//! Parses a client's line into a command, as a server does.

use super::argument::Argument;
use super::error::CommandError;
use super::given::{Given, split_line, timed};
use super::kinds::{Command, UnknownCommand};
use crate::digest::DigestAlgorithm;

impl Command {
    /// Parses a client's line, without its line break.
    ///
    /// The case of verbs and keywords does not matter, and spaces after a keyword are ignored.
    /// Paths and other free arguments are kept byte for byte. `XPWD` is [`Pwd`](Self::Pwd), and
    /// so on (RFC 1123, section 4.1.3.1). Text after a verb that takes no argument is ignored.
    /// An unknown command becomes [`Other`](Self::Other).
    ///
    /// ```
    /// use towline_proto::command::Command;
    ///
    /// let Ok(Command::Retr(path)) = Command::parse(b"retr in/a b.csv") else {
    ///     panic!("not RETR");
    /// };
    /// assert_eq!(path.as_bytes(), b"in/a b.csv");
    ///
    /// let refusal = Command::parse(b"MODE B").unwrap_err().refusal();
    /// assert_eq!(refusal.as_u16(), 504);
    /// ```
    ///
    /// # Errors
    ///
    /// [`CommandError`] if the line is not a valid command. Its
    /// [`refusal`](CommandError::refusal) is the reply code for the client.
    pub fn parse(line: &[u8]) -> Result<Self, CommandError> {
        if memchr::memchr3(b'\r', b'\n', 0, line).is_some() {
            return Err(CommandError::LineBreak);
        }
        let (verb, argument) = split_line(line);
        if verb.is_empty() || !verb.iter().all(u8::is_ascii_alphanumeric) {
            return Err(CommandError::NotACommand);
        }
        let verb = verb.to_ascii_uppercase();
        let given = Given {
            verb: &verb,
            text: argument.unwrap_or(b""),
        };
        Ok(match verb.as_slice() {
            // RFC 959
            b"USER" => Self::User(given.argument()?),
            b"PASS" => Self::Pass(given.secret()?),
            b"ACCT" if argument.is_some() => Self::Acct(given.secret()?),
            b"ACCT" => return Err(given.missing()),
            b"CWD" | b"XCWD" => Self::Cwd(given.optional_path()?.unwrap_or_default()),
            b"CDUP" | b"XCUP" => Self::Cdup,
            b"REIN" => Self::Rein,
            b"QUIT" => Self::Quit,
            b"PORT" => Self::Port(given.address()?),
            b"PASV" => Self::Pasv,
            b"TYPE" => representation(&given)?,
            b"STRU" => only(&given, b"F", Self::StruFile)?,
            b"MODE" => only(&given, b"S", Self::ModeStream)?,
            b"RETR" => Self::Retr(given.path()?),
            b"STOR" => Self::Stor(given.path()?),
            b"STOU" => Self::Stou(given.optional_path()?),
            b"APPE" => Self::Appe(given.path()?),
            b"ALLO" => Self::Allo(given.allocation()?),
            b"REST" => Self::Rest(given.number()?),
            b"RNFR" => Self::Rnfr(given.path()?),
            b"RNTO" => Self::Rnto(given.path()?),
            b"ABOR" => Self::Abor,
            b"DELE" => Self::Dele(given.path()?),
            b"RMD" | b"XRMD" => Self::Rmd(given.path()?),
            b"MKD" | b"XMKD" => Self::Mkd(given.path()?),
            b"PWD" | b"XPWD" => Self::Pwd,
            b"LIST" => match given.listed()? {
                (None, path) => Self::List(path),
                (Some(flags), path) if flags.as_bytes() == b"-a" => Self::ListAll(path),
                (Some(flags), path) => Self::ListWith(flags, path),
            },
            b"NLST" => match given.listed()? {
                (None, path) => Self::Nlst(path),
                (Some(flags), path) => Self::NlstWith(flags, path),
            },
            b"STAT" => match given.listed()? {
                (None, path) => Self::Stat(path),
                (Some(flags), path) => Self::StatWith(flags, path),
            },
            b"SITE" => site(&given)?,
            b"SYST" => Self::Syst,
            b"HELP" => Self::Help(given.optional_argument()?),
            b"NOOP" => Self::Noop,
            // RFC 2228 and 4217
            b"AUTH" => mechanism(&given)?,
            b"PBSZ" => {
                // With TLS the size is always 0, whatever the client asks for.
                given.number()?;
                Self::Pbsz0
            }
            b"PROT" => protection(&given)?,
            b"CCC" => Self::Ccc,
            // RFC 2389
            b"FEAT" => Self::Feat,
            b"OPTS" => options(&given)?,
            // RFC 2428
            b"EPRT" => Self::Eprt(given.extended_address()?),
            b"EPSV" => extended_passive(&given)?,
            // RFC 2640
            b"LANG" => Self::Lang(given.optional_argument()?),
            // RFC 3659
            b"MDTM" => Self::Mdtm(given.path()?),
            b"SIZE" => Self::Size(given.path()?),
            b"MLST" => Self::Mlst(given.optional_path()?),
            b"MLSD" => Self::Mlsd(given.optional_path()?),
            // RFC 7151
            b"HOST" => Self::Host(given.argument()?),
            // In no RFC
            b"CLNT" => Self::Clnt(given.argument()?),
            b"MFMT" => {
                let (time, path) = timed(given.required()?).ok_or_else(|| given.bad())?;
                Self::Mfmt(time, path)
            }
            b"PRET" => Self::Pret(Box::new(planned(&given)?)),
            b"HASH" => Self::Hash(given.path()?),
            b"RANG" => {
                let (start, end) = given.range()?;
                Self::Rang(start, end)
            }
            b"XSHA512" => Self::XDigest(DigestAlgorithm::Sha512, given.digested()?),
            b"XSHA256" => Self::XDigest(DigestAlgorithm::Sha256, given.digested()?),
            b"XSHA1" | b"XSHA" => Self::XDigest(DigestAlgorithm::Sha1, given.digested()?),
            b"XMD5" => Self::XDigest(DigestAlgorithm::Md5, given.digested()?),
            b"XCRC" => Self::XDigest(DigestAlgorithm::Crc32, given.digested()?),
            b"MD5" => Self::Md5(given.path()?),
            _ => {
                let argument = argument.map(Argument::new).transpose();
                let argument = argument.map_err(|_| CommandError::LineBreak)?;
                Self::Other(UnknownCommand::new(given.verb(), argument))
            }
        })
    }
}

/// Returns `command` if the argument is `keyword`.
fn only(given: &Given<'_>, keyword: &[u8], command: Command) -> Result<Command, CommandError> {
    if given.keywords()? == keyword {
        Ok(command)
    } else {
        Err(given.unknown())
    }
}

/// Parses the type of TYPE (RFC 959, section 3.1.1).
fn representation(given: &Given<'_>) -> Result<Command, CommandError> {
    match given.keywords()?.as_slice() {
        b"I" | b"L 8" | b"L8" => Ok(Command::TypeImage),
        b"A" | b"A N" => Ok(Command::TypeAscii),
        _ => Err(given.unknown()),
    }
}

fn site(given: &Given<'_>) -> Result<Command, CommandError> {
    let (word, rest) = split_line(given.required()?);
    let utime = rest.filter(|_| word.eq_ignore_ascii_case(b"UTIME"));
    Ok(match utime.and_then(timed) {
        Some((time, path)) => Command::SiteUtime(time, path),
        None => Command::Site(given.argument()?),
    })
}

/// Parses the mechanism of AUTH (RFC 4217, section 4). `TLS-C` is an old name for `TLS`.
fn mechanism(given: &Given<'_>) -> Result<Command, CommandError> {
    match given.keywords()?.as_slice() {
        b"TLS" | b"TLS-C" => Ok(Command::AuthTls),
        b"SSL" => Ok(Command::AuthSsl),
        _ => Err(given.unknown()),
    }
}

/// Parses the level of PROT (RFC 4217, section 9).
fn protection(given: &Given<'_>) -> Result<Command, CommandError> {
    match given.keywords()?.as_slice() {
        b"P" => Ok(Command::ProtP),
        b"C" => Ok(Command::ProtC),
        b"S" | b"E" => Err(CommandError::ProtectionLevel),
        _ => Err(given.unknown()),
    }
}

fn options(given: &Given<'_>) -> Result<Command, CommandError> {
    let (name, value) = split_line(given.required()?);
    let value = value.unwrap_or(b"");
    let keyword = value.trim_ascii().to_ascii_uppercase();
    match name.to_ascii_uppercase().as_slice() {
        b"UTF8" | b"UTF-8" => match keyword.as_slice() {
            b"" | b"ON" => Ok(Command::OptsUtf8On),
            b"OFF" => Ok(Command::OptsUtf8Off),
            _ => Err(given.bad()),
        },
        b"MLST" => {
            let facts = Argument::new(value).map_err(|_| CommandError::LineBreak)?;
            Ok(Command::OptsMlst(facts))
        }
        b"HASH" if keyword.is_empty() => Ok(Command::OptsHashQuery),
        b"HASH" => {
            let algorithm = DigestAlgorithm::from_name(&keyword);
            let algorithm = algorithm.ok_or_else(|| given.bad())?;
            Ok(Command::OptsHash(algorithm))
        }
        _ => given.argument().map(Command::Opts),
    }
}

fn extended_passive(given: &Given<'_>) -> Result<Command, CommandError> {
    match given.text.trim_ascii() {
        b"" => Ok(Command::Epsv),
        all if all.eq_ignore_ascii_case(b"ALL") => Ok(Command::EpsvAll),
        _ => given.protocol().map(Command::EpsvProtocol),
    }
}

/// Parses the command after PRET.
fn planned(given: &Given<'_>) -> Result<Command, CommandError> {
    let line = given.required()?;
    let (verb, _) = split_line(line);
    if verb.eq_ignore_ascii_case(b"PRET") {
        return Err(given.bad());
    }
    Command::parse(line)
}

#[cfg(test)]
mod tests {
    use super::super::argument::SecretArgument;
    use super::*;
    use crate::address::NetworkProtocol;
    use crate::path::RemotePath;
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

    fn parse(line: &str) -> Result<Command, CommandError> {
        Command::parse(line.as_bytes())
    }

    fn bad(verb: &str) -> CommandError {
        let verb = verb.to_owned();
        CommandError::BadArgument { verb }
    }

    #[test]
    fn takes_a_line_apart_at_its_first_blank() {
        assert_eq!(split_line(b"PWD"), (&b"PWD"[..], None));
        assert_eq!(split_line(b"PASS "), (&b"PASS"[..], Some(&b""[..])));
        assert_eq!(split_line(b"RETR  a "), (&b"RETR"[..], Some(&b" a "[..])));
    }

    #[test]
    fn folds_verbs_and_keeps_names() {
        for (line, command) in [
            ("retr  two blanks ", Command::Retr(path(" two blanks "))),
            ("Stor \"a\"", Command::Stor(path("\"a\""))),
            ("USER jo bloggs ", Command::User(argument("jo bloggs "))),
            ("XPWD", Command::Pwd),
            ("xmkd a", Command::Mkd(path("a"))),
            ("XRMD a", Command::Rmd(path("a"))),
            ("XCWD a", Command::Cwd(path("a"))),
            ("CWD", Command::Cwd(RemotePath::login_directory())),
            ("XCUP", Command::Cdup),
            ("STOU", Command::Stou(None)),
            ("STOU a", Command::Stou(Some(path("a")))),
            ("HELP stor", Command::Help(Some(argument("stor")))),
            ("LANG ", Command::Lang(None)),
            ("lang de-AT", Command::Lang(Some(argument("de-AT")))),
        ] {
            assert_eq!(parse(line), Ok(command), "{line}");
        }
        let latin = RemotePath::new(b"\xe9\xff".as_slice()).expect("a path");
        assert_eq!(Command::parse(b"DELE \xe9\xff"), Ok(Command::Dele(latin)));
    }

    #[test]
    fn reads_parameters_in_the_ways_of_old_clients() {
        for (line, command) in [
            ("TYPE I ", Command::TypeImage),
            ("type a n", Command::TypeAscii),
            ("TYPE L 8", Command::TypeImage),
            ("STRU f", Command::StruFile),
            ("MODE S", Command::ModeStream),
            ("ALLO 10 R 5", Command::Allo(10)),
            ("REST 5 ", Command::Rest(5)),
            ("NOOP and more", Command::Noop),
            ("PASV ", Command::Pasv),
            ("AUTH TLS-C", Command::AuthTls),
            ("auth ssl", Command::AuthSsl),
            ("PBSZ 4096", Command::Pbsz0),
            ("prot p", Command::ProtP),
            ("OPTS utf8", Command::OptsUtf8On),
            ("opts UTF-8 on", Command::OptsUtf8On),
            ("OPTS UTF8 OFF", Command::OptsUtf8Off),
            ("OPTS MLST", Command::OptsMlst(argument(""))),
            ("OPTS HASH", Command::OptsHashQuery),
            (
                "OPTS HASH sha256",
                Command::OptsHash(DigestAlgorithm::Sha256),
            ),
            (
                "OPTS MODE Z LEVEL 9",
                Command::Opts(argument("MODE Z LEVEL 9")),
            ),
            ("EPSV all", Command::EpsvAll),
            ("EPSV 2", Command::EpsvProtocol(NetworkProtocol::V6)),
            (
                "PORT 127,0,0,1,20,162 ",
                Command::Port("127.0.0.1:5282".parse().expect("v4")),
            ),
            (
                "EPRT !2!::1!5282!",
                Command::Eprt("[::1]:5282".parse().expect("v6")),
            ),
            ("XSHA a", Command::XDigest(DigestAlgorithm::Sha1, path("a"))),
            (
                "XCRC \"a b\"",
                Command::XDigest(DigestAlgorithm::Crc32, path("a b")),
            ),
            (
                "pret RETR a",
                Command::Pret(Box::new(Command::Retr(path("a")))),
            ),
            (
                "SITE UTIME 202601010000 a",
                Command::Site(argument("UTIME 202601010000 a")),
            ),
        ] {
            assert_eq!(parse(line), Ok(command), "{line}");
        }
    }

    #[test]
    fn tells_flags_from_the_path() {
        let flags = |line: &str| match parse(line) {
            Ok(
                Command::ListWith(flags, path)
                | Command::NlstWith(flags, path)
                | Command::StatWith(flags, path),
            ) => (flags.as_bytes().to_vec(), path),
            other => panic!("{other:?}"),
        };
        assert_eq!(flags("LIST -la"), (b"-la".to_vec(), None));
        assert_eq!(
            flags("NLST -l -R  dir x"),
            (b"-l -R".to_vec(), Some(path(" dir x")))
        );
        assert_eq!(flags("STAT -L a"), (b"-L".to_vec(), Some(path("a"))));
        assert_eq!(parse("LIST -a"), Ok(Command::ListAll(None)));
        assert_eq!(parse("LIST -a x"), Ok(Command::ListAll(Some(path("x")))));
        assert_eq!(parse("LIST x -a"), Ok(Command::List(Some(path("x -a")))));
        assert_eq!(parse("LIST "), Ok(Command::List(None)));
        let Ok(Command::ListWith(flags, None)) = parse("LIST -al -R") else {
            panic!("no flags");
        };
        assert!(flags.contains(b'a') && flags.contains(b'R'));
        assert!(!flags.contains(b'-') && !flags.contains(b' ') && !flags.contains(b'x'));
    }

    #[test]
    fn tells_what_is_wrong_by_the_code_of_the_refusal() {
        for (line, code) in [
            ("", 500),
            (" NOOP", 500),
            ("\u{16}\u{3}\u{1}", 500),
            ("PASS\thunter2", 500),
            ("RETR", 501),
            ("RETR ", 501),
            ("RETR a\rb", 501),
            ("DELE a\0", 501),
            ("ACCT", 501),
            ("REST 1-5", 501),
            ("ALLO", 501),
            ("ALLO x", 501),
            ("PBSZ x", 501),
            ("PORT 1,2,3,4,5", 501),
            ("PORT 1,2,3,4,0,0", 501),
            ("EPRT |1|::1|5|", 501),
            ("EPSV x", 501),
            ("MFMT 2026 a", 501),
            ("MFMT 20260101000000", 501),
            ("RANG 1", 501),
            ("OPTS HASH CRC-64", 501),
            ("OPTS UTF8 MAYBE", 501),
            ("PRET PRET RETR a", 501),
            ("XCRC \"\"", 501),
            ("TYPE E", 504),
            ("TYPE L 36", 504),
            ("STRU R", 504),
            ("MODE Z", 504),
            ("AUTH GSSAPI", 504),
            ("PROT X", 504),
            ("XCRC \"a\" 0 9", 504),
            ("EPRT |3|x|5|", 522),
            ("EPSV 3", 522),
            ("PROT S", 536),
        ] {
            let refusal = parse(line).map_err(|error| error.refusal().as_u16());
            assert_eq!(refusal.err(), Some(code), "{line:?}");
        }
        assert_eq!(parse("rest x"), Err(bad("REST")));
    }

    #[test]
    fn keeps_what_it_does_not_know() {
        let other = |line: &str| match parse(line) {
            Ok(Command::Other(other)) => other,
            known => panic!("{known:?}"),
        };
        let unknown = other("mfct 20260101000000 a");
        assert_eq!(unknown.verb(), "MFCT");
        assert_eq!(unknown.argument(), Some(&argument("20260101000000 a")));
        assert_eq!(unknown.refusal().as_u16(), 500);
        assert_eq!(other("SMNT /x").refusal().as_u16(), 502);
        let command = Command::Other(other("xyz  a\u{1b}"));
        assert_eq!(command.encode(), b"XYZ  a\x1b\r\n");
        assert_eq!(command.to_string(), "XYZ  a\\x1b");
        assert_eq!(Command::Other(other("XYZ")).encode(), b"XYZ\r\n");
        assert_eq!(Command::Other(other("XYZ ")).encode(), b"XYZ \r\n");
    }

    #[test]
    fn hides_secrets() {
        for line in ["pass hunter2", "ACCT hunter2", "PRET PASS hunter2"] {
            let command = parse(line).expect("a command");
            assert!(!format!("{command} {command:?}").contains("hunter2"));
        }
        assert_eq!(parse("PASS"), Ok(Command::Pass(secret(""))));
        assert_eq!(parse("PASS  a "), Ok(Command::Pass(secret(" a "))));
        let error = parse("PASS hunter2\0").expect_err("a NUL");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
