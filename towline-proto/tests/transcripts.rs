//! Dialogues, run through `Command`, `ReplyDecoder` and `Exchange`.
//!
//! A transcript (`transcripts/*.txt`) is read line by line:
//!
//! ```text
//! # a remark
//! C: EPSV                                        the client sends this line
//! S: 229 Entering Extended Passive Mode (|||5|)  the server sends this line
//! = final EPSV                                   what the last reply is to the ledger:
//!                                                preliminary, final, goodbye, unexpected or broken
//! = port 5                                       what the last reply says
//! ```
//!
//! `\x1b` stands for a byte. A dialogue starts with the connection, so a greeting
//! is awaited. Where nothing is said, every reply must have a command, and at
//! the end of a dialogue that is not broken nothing may be outstanding.

#![expect(clippy::expect_used, reason = "helpers of a test")]

use std::fs;
use std::path::Path;

use towline_proto::address::{parse_epsv, parse_pasv};
use towline_proto::body::{parse_mdtm, parse_pwd, parse_size};
use towline_proto::codec::ReplyDecoder;
use towline_proto::command::{Argument, Command};
use towline_proto::digest::{DigestAlgorithm, parse_digest, parse_hash};
use towline_proto::exchange::{Exchange, Expect, MatchKind};
use towline_proto::features::{Feature, Features};
use towline_proto::listing::parse_mlst;
use towline_proto::quirks::{Evidence, identify};
use towline_proto::reply::Reply;

/// How the server's lines reach the decoder.
#[derive(Clone, Copy, Debug)]
enum Delivery {
    Lines,
    Bytes,
    BareLineFeeds,
}

#[test]
fn follows_every_transcript() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the transcripts") {
        let path = file.expect("a file").path();
        let transcript = fs::read_to_string(&path).expect("a transcript");
        for delivery in [Delivery::Lines, Delivery::Bytes, Delivery::BareLineFeeds] {
            let mut dialogue = Dialogue::new(delivery);
            for (number, line) in (1..).zip(transcript.lines()) {
                if let Err(complaint) = dialogue.step(line) {
                    panic!(
                        "{}:{number} ({delivery:?}): {complaint}\n  {line}",
                        path.display()
                    );
                }
            }
            if let Err(complaint) = dialogue.end() {
                panic!("{} ({delivery:?}): {complaint}", path.display());
            }
        }
        count += 1;
    }
    assert!(count >= 12, "only {count} transcripts found");
}

struct Dialogue {
    delivery: Delivery,
    decoder: ReplyDecoder,
    exchange: Exchange,
    greeting: Option<Reply>,
    last: Option<Reply>,
    /// What the last reply is to the ledger, as the notation has it.
    verdict: String,
    /// A verdict that only an `=` line may excuse.
    trouble: bool,
}

impl Dialogue {
    fn new(delivery: Delivery) -> Self {
        let mut exchange = Exchange::new();
        exchange.sent(Expect::greeting());
        Self {
            delivery,
            decoder: ReplyDecoder::default(),
            exchange,
            greeting: None,
            last: None,
            verdict: String::new(),
            trouble: false,
        }
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        if let Some(fact) = line.strip_prefix("= ") {
            return self.check(fact);
        }
        if self.trouble {
            return Err(format!("the reply above is {}", self.verdict));
        }
        match line.split_at_checked(3) {
            Some(("C: ", sent)) => self.send(sent),
            Some(("S: ", sent)) => self.receive(&unescape(sent)),
            _ if line == "S:" => self.receive(b""),
            _ if line.is_empty() || line.starts_with('#') => Ok(()),
            _ => Err("not in the notation".to_owned()),
        }
    }

    fn send(&mut self, line: &str) -> Result<(), String> {
        let command = command(line);
        let wire = [unescape(line).as_slice(), b"\r\n"].concat();
        if command.encode() != wire {
            return Err(format!("encodes as {}", command.encode().escape_ascii()));
        }
        self.exchange.sent(&command);
        Ok(())
    }

    fn receive(&mut self, line: &[u8]) -> Result<(), String> {
        let end: &[u8] = if matches!(self.delivery, Delivery::BareLineFeeds) {
            b"\n"
        } else {
            b"\r\n"
        };
        let wire = [line, end].concat();
        let piece = if matches!(self.delivery, Delivery::Bytes) {
            1
        } else {
            wire.len()
        };
        for piece in wire.chunks(piece) {
            self.decoder.push(piece);
            match self.decoder.next_reply() {
                Ok(Some(reply)) => self.book(reply),
                Ok(None) => {}
                Err(error) => {
                    self.verdict = format!("broken {error}");
                    self.trouble = true;
                }
            }
        }
        Ok(())
    }

    fn book(&mut self, reply: Reply) {
        (self.verdict, self.trouble) = match self.exchange.received(&reply) {
            Ok(matched) => {
                let verb = matched.verb.unwrap_or("nothing");
                let kind = match matched.kind {
                    MatchKind::Preliminary => "preliminary",
                    MatchKind::Final => "final",
                    MatchKind::Goodbye => "goodbye",
                };
                (format!("{kind} {verb}"), false)
            }
            Err(stray) => (stray.to_string(), true),
        };
        self.greeting.get_or_insert_with(|| reply.clone());
        self.last = Some(reply);
    }

    fn check(&mut self, fact: &str) -> Result<(), String> {
        let (word, rest) = fact.split_once(' ').unwrap_or((fact, ""));
        let found = match word {
            "preliminary" | "final" | "goodbye" | "unexpected" | "broken" => {
                self.trouble = false;
                return same(&self.verdict, fact);
            }
            "outstanding" => return same(&self.exchange.outstanding().to_string(), rest),
            "waiting" => {
                return same(
                    &self.decoder.take_remainder().escape_ascii().to_string(),
                    rest,
                );
            }
            word => says(
                self.last.as_ref().ok_or("no reply yet")?,
                self.greeting.as_ref(),
                word,
            )?,
        };
        same(&found, rest)
    }

    fn end(&self) -> Result<(), String> {
        match (self.trouble, self.exchange.outstanding()) {
            (true, _) => Err(format!("the last reply is {}", self.verdict)),
            (false, _) if self.verdict.starts_with("broken") => Ok(()),
            (false, 0) => Ok(()),
            (false, outstanding) => Err(format!("{outstanding} commands are not answered")),
        }
    }
}

fn same(found: &str, expected: &str) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("found: {found}"))
    }
}

/// What `reply` says of `what`.
fn says(reply: &Reply, greeting: Option<&Reply>, what: &str) -> Result<String, String> {
    fn shown<T: ToString, E: ToString>(result: Result<T, E>) -> String {
        result.map_or_else(|error| error.to_string(), |value| value.to_string())
    }
    Ok(match what {
        "text" => reply.text().replace('\n', " / "),
        "port" => shown(parse_epsv(reply)),
        "address" => shown(parse_pasv(reply)),
        "size" => shown(parse_size(reply)),
        "time" => shown(parse_mdtm(reply)),
        "path" => shown(parse_pwd(reply)),
        "hash" => shown(parse_hash(reply).map(|found| found.digest)),
        "md5" => shown(parse_digest(reply, DigestAlgorithm::Md5)),
        "sha256" => shown(parse_digest(reply, DigestAlgorithm::Sha256)),
        "crc" => shown(parse_digest(reply, DigestAlgorithm::Crc32)),
        "features" => features(&Features::parse(reply)),
        "server" => {
            let server = identify(&Evidence {
                greeting: Some(greeting.unwrap_or(reply)),
                system: Some(reply),
                ..Evidence::default()
            });
            server.software.name().to_owned()
        }
        "entry" => parse_mlst(reply).map_or_else(
            || "none".to_owned(),
            |entry| {
                format!(
                    "{:?} {:?} {}",
                    entry.kind,
                    entry.size,
                    entry.name.escape_ascii()
                )
            },
        ),
        _ => return Err(format!("no such fact: {what}")),
    })
}

fn features(features: &Features) -> String {
    const ALL: [Feature; 26] = [
        Feature::AuthTls,
        Feature::AuthSsl,
        Feature::Ccc,
        Feature::Clnt,
        Feature::Eprt,
        Feature::Epsv,
        Feature::Hash,
        Feature::Host,
        Feature::Md5,
        Feature::Mdtm,
        Feature::Mfmt,
        Feature::Mlst,
        Feature::Pbsz,
        Feature::Pret,
        Feature::Prot,
        Feature::RangStream,
        Feature::RestStream,
        Feature::SiteUtime,
        Feature::Size,
        Feature::Tvfs,
        Feature::Utf8,
        Feature::XCrc,
        Feature::XMd5,
        Feature::XSha1,
        Feature::XSha256,
        Feature::XSha512,
    ];
    let known = ALL.into_iter().filter(|feature| features.has(*feature));
    known
        .map(|feature| format!("{feature:?}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The command that a client builds to send `line`.
fn command(line: &str) -> Command {
    let line = unescape(line);
    Command::parse(&line).unwrap_or_else(|_| Command::Raw(Argument::new(line).expect("a line")))
}

/// `\x1b` for a byte, everything else as it is.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut parts = text.split("\\x");
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}
