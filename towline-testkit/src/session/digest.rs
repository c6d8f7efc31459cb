//! `HASH` and its older relatives, `OPTS HASH`.

use std::io;

use towline_proto::command::Command;

use super::{Session, Step, about};
use crate::DigestCommand;
use crate::client_command::ClientCommand;
use crate::digest::{Algorithm, hex};
use crate::fault::Fault;
use crate::phrase::Values;

impl Session {
    /// Returns the digest command of a verb on this server.
    pub(super) fn digest_command(&self, verb: &str) -> Option<DigestCommand> {
        let mut known = self.shared.settings.digests.iter().copied();
        known.find(|known| known.verb() == verb)
    }

    pub(super) async fn digest(&mut self, asked: DigestCommand, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if command.argument.is_empty() {
            return self.say_of(phrases.unknown, command).await;
        }
        let algorithm = asked.algorithm().unwrap_or(self.hash);
        // A quoted name is repeated without its quotes.
        let name = match &command.meaning {
            Ok(Command::XDigest(_, path)) => path.as_bytes(),
            _ => &command.argument,
        };
        let path = self.directory.resolve(name);
        let located = match self.shared.tree.metadata(&path) {
            Ok(metadata) if metadata.is_file() => self.shared.tree.locate(&path),
            Ok(_) => Err(io::ErrorKind::IsADirectory.into()),
            Err(error) => Err(error),
        };
        let digest = match located {
            Ok(located) => algorithm.digest(&located).await,
            Err(error) => Err(error),
        };
        let mut digest = match digest {
            Ok(digest) => digest,
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                return self.say_of("553 {name}: Not a regular file", command).await;
            }
            Err(error) => return self.fail("550 {name}: {error}", command, &error).await,
        };
        let wrong = |fault: &Fault| matches!(fault, Fault::WrongDigest);
        if self.faults.strikes(wrong) {
            digest[0] ^= 1;
        }
        let size = self.shared.tree.metadata(&path)?.len();
        let digest = hex(&digest);
        let (phrase, name, digest) = match asked {
            DigestCommand::Hash => (HASH, algorithm.name().to_owned(), digest),
            DigestCommand::SiteMd5 => (SITE, algorithm.name().to_owned(), digest),
            DigestCommand::Md5 => (MD5, algorithm.name().to_owned(), digest.to_uppercase()),
            _ => {
                let name = algorithm.name().replace('-', "");
                (BARE, name, digest.to_uppercase())
            }
        };
        let values = Values::none()
            .with("algorithm", name)
            .with("size", size.to_string())
            .with("digest", digest);
        self.say_with(phrase, about(command, values)).await
    }

    /// Handles `OPTS HASH`, which shows or selects the algorithm.
    pub(super) async fn choose_hash(&mut self, name: &str) -> Step {
        if !name.is_empty() {
            let Some(algorithm) = Algorithm::named(name) else {
                let reply = format!("501 {name}: Unsupported algorithm");
                return self.say(&reply).await;
            };
            self.hash = algorithm;
        }
        self.say(&format!("200 {}", self.hash.name())).await
    }

    /// Returns the lines of `FEAT` about digests.
    pub(super) fn digest_features(&self) -> Vec<String> {
        let line = |command: &DigestCommand| match command {
            DigestCommand::Hash => {
                let algorithms = Algorithm::ALL.map(|algorithm| {
                    let chosen = if algorithm == self.hash { "*" } else { "" };
                    format!("{}{chosen};", algorithm.name())
                });
                format!(" HASH {}", algorithms.concat())
            }
            command => format!(" {}", command.verb()),
        };
        self.shared.settings.digests.iter().map(line).collect()
    }
}

const HASH: &str = "213-Computing {algorithm} digest\n213 {algorithm} 0-{size} {digest} {name}";
const MD5: &str = "251-Computing {algorithm} digest\n251 {name} {digest}";
const SITE: &str = "213 {digest}    {name}";
const BARE: &str = "250-Computing {algorithm} digest\n250 {digest}";
