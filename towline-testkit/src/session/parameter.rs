//! Session parameters: `TYPE` and `SYST` (RFC 959 section 4.1), `OPTS`
//! (RFC 2389).

use towline_proto::command::Command;

use super::{Session, Step};
use crate::client_command::ClientCommand;
use crate::personality::Fact;
use crate::phrase::Values;

impl Session {
    pub(super) async fn syst(&mut self) -> Step {
        match self.shared.settings.system.clone() {
            Some(system) => self.say(&format!("215 {system}")).await,
            None => self.say(self.traits.phrases.system).await,
        }
    }

    pub(super) async fn set_type(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        match &command.meaning {
            Ok(Command::TypeImage) => {
                self.binary = true;
                self.say_of(phrases.type_image, command).await
            }
            Ok(Command::TypeAscii) => {
                self.binary = false;
                self.say_of(phrases.type_ascii, command).await
            }
            _ => self.say_of(phrases.type_other, command).await,
        }
    }

    pub(super) async fn mode(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let is_stream = command.argument.eq_ignore_ascii_case(b"S");
        let phrase = match phrases.mode_other {
            other if !is_stream && !other.is_empty() => other,
            _ => phrases.mode,
        };
        self.say_of(phrase, command).await
    }

    pub(super) async fn opts(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let argument = command.text();
        let (name, value) = argument.split_once(' ').unwrap_or((&argument, ""));
        match name.to_ascii_uppercase().as_str() {
            "HASH" if self.digest_command("HASH").is_some() => self.choose_hash(value).await,
            name if self.shared.settings.lacks(name) => {
                self.say_of(phrases.opts_other, command).await
            }
            "UTF8" | "UTF-8" => self.say_of(phrases.opts_utf8, command).await,
            "MLST" if phrases.opts_mlst.contains('{') => {
                let wanted: Vec<String> = value.split(';').map(str::to_ascii_lowercase).collect();
                let chosen = self.traits.listing.facts.iter().copied();
                let chosen: Vec<Fact> = chosen.filter(|fact| is_wanted(*fact, &wanted)).collect();
                self.facts.chosen = chosen;
                let values = Values::none()
                    .with("facts", value)
                    .with("names", value.replace(';', ""));
                self.say_with(phrases.opts_mlst, values).await
            }
            "MLST" => self.say_of(phrases.opts_mlst, command).await,
            _ => self.say_of(phrases.opts_other, command).await,
        }
    }
}

fn is_wanted(fact: Fact, names: &[String]) -> bool {
    let name = match fact {
        Fact::Type => "type",
        Fact::Size | Fact::SizeOfAll | Fact::SizeOrSizd => "size",
        Fact::Modify => "modify",
        Fact::Perm | Fact::Perms => "perm",
        Fact::Unique => "unique",
        Fact::UnixMode => "unix.mode",
        Fact::UnixOwner => "unix.owner",
        Fact::UnixGroup => "unix.group",
        Fact::UnixUid => "unix.uid",
        Fact::UnixGid => "unix.gid",
    };
    names.iter().any(|wanted| wanted == name)
}
