//! Commands about files that need no data connection.

use std::io;
use std::time::SystemTime;

use towline_proto::body::quote;
use towline_proto::command::{Command, CommandError};

use super::{Session, Step, about};
use crate::ListingFault;
use crate::client_command::ClientCommand;
use crate::fault::{Fault, NameChange};
use crate::listing::{Item, Kind};
use crate::phrase::Values;
use crate::time::Civil;
use crate::tree::{VirtualPath, error_words};

impl Session {
    pub(super) async fn obey_about_files(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let needs_argument = matches!(
            command.verb.as_str(),
            "SIZE" | "MDTM" | "MFMT" | "RNFR" | "RNTO" | "DELE" | "MKD" | "XMKD" | "RMD" | "XRMD"
        );
        if needs_argument && command.argument.is_empty() && !phrases.argument_missing.is_empty() {
            return self.say_of(phrases.argument_missing, command).await;
        }
        match command.verb.as_str() {
            "PWD" | "XPWD" => {
                let path = self.directory.clone();
                self.answer(phrases.pwd, command, &path).await
            }
            "CWD" | "XCWD" => self.cwd(command).await,
            "CDUP" | "XCUP" => {
                self.directory = self.directory.parent();
                let path = self.directory.clone();
                self.answer(phrases.cwd, command, &path).await
            }
            "SIZE" => self.size(command).await,
            "MDTM" => self.mdtm(command).await,
            "MFMT" if !phrases.mfmt.is_empty() => {
                self.set_time(command, &command.meaning, phrases.mfmt).await
            }
            "SITE" => self.site(command).await,
            "MLST" if self.traits.mlsd => self.mlst(command).await,
            "STAT" => self.stat(command).await,
            "RNFR" => {
                let path = self.directory.resolve(&command.argument);
                match self.shared.tree.metadata(&path) {
                    Ok(metadata) => {
                        self.rename_from = Some(path);
                        let phrase = match phrases.rnfr_directory {
                            phrase if metadata.is_dir() && !phrase.is_empty() => phrase,
                            _ => phrases.rnfr,
                        };
                        self.say_of(phrase, command).await
                    }
                    Err(error) => self.fail(phrases.rnfr_missing, command, &error).await,
                }
            }
            "RNTO" => self.rnto(command).await,
            "DELE" => {
                let path = self.directory.resolve(&command.argument);
                if self.keeps_link(&path) {
                    return self.say("451 file system error").await;
                }
                let done = self.shared.tree.remove_file(&path);
                let failed = match &done {
                    Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                        phrases.dele_directory
                    }
                    _ => phrases.dele_failed,
                };
                self.settle(done, phrases.dele, failed, command, &path)
                    .await
            }
            "MKD" | "XMKD" => {
                let path = self.resolve_new(&command.argument);
                let done = self.shared.tree.create_directory(&path);
                let failed = match &done {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        or(phrases.mkd_exists, phrases.mkd_failed)
                    }
                    _ => phrases.mkd_failed,
                };
                self.settle(done, phrases.mkd, failed, command, &path).await
            }
            "RMD" | "XRMD" => {
                let path = self.directory.resolve(&command.argument);
                if self.keeps_link(&path) {
                    return self.say("451 file system error").await;
                }
                let is_directory = self.shared.tree.metadata(&path).is_ok_and(|it| it.is_dir());
                let done = self.shared.tree.remove_directory(&path);
                let failed = match is_directory {
                    true => phrases.rmd_failed,
                    false => or(phrases.rmd_no_directory, phrases.rmd_failed),
                };
                self.settle(done, phrases.rmd, failed, command, &path).await
            }
            _ => self.say_of(phrases.unknown, command).await,
        }
    }

    /// Returns the path of what a command creates.
    pub(super) fn resolve_new(&self, argument: &[u8]) -> VirtualPath {
        let change = self.faults.strike(|fault| match fault {
            Fault::ChangeNames(change) => Some(*change),
            _ => None,
        });
        let usual = self.traits.replaces_blanks;
        let change = change.or_else(|| usual.then_some(NameChange::BlanksToUnderscores));
        match change {
            Some(change) => self.directory.resolve(&change.of(argument)),
            None => self.directory.resolve(argument),
        }
    }

    async fn cwd(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if command.argument.is_empty() && !self.traits.cwd_without_argument {
            let phrase = match phrases.argument_missing {
                "" => phrases.cwd_failed,
                missing => missing,
            };
            return self.say_of(phrase, command).await;
        }
        let path = if command.argument.is_empty() {
            VirtualPath::default()
        } else {
            self.directory.resolve(&command.argument)
        };
        match self.shared.tree.metadata(&path) {
            _ if self.faults.lists(&ListingFault::StaysAtLogin) => {
                self.answer(phrases.cwd, command, &path).await
            }
            _ if self.faults.lists(&ListingFault::EndlessTree) => {
                self.directory = path.clone();
                self.answer(phrases.cwd, command, &path).await
            }
            Ok(_) if self.is_closed(&path) => {
                let error = io::ErrorKind::PermissionDenied.into();
                self.fail(phrases.cwd_failed, command, &error).await
            }
            Ok(metadata) if metadata.is_dir() => {
                self.directory = path.clone();
                self.answer(phrases.cwd, command, &path).await
            }
            Ok(_) => {
                let error = io::ErrorKind::NotADirectory.into();
                let phrase = or(phrases.cwd_file, phrases.cwd_failed);
                self.fail(phrase, command, &error).await
            }
            Err(_) if self.faults.lists(&ListingFault::StaysIfMissing) => {
                self.answer(phrases.cwd, command, &path).await
            }
            Err(error) => self.fail(phrases.cwd_failed, command, &error).await,
        }
    }

    async fn size(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if !self.binary && !self.traits.size_in_ascii {
            return self.say_of(phrases.size_ascii, command).await;
        }
        let path = self.directory.resolve(&command.argument);
        if self.faults.lists(&ListingFault::SizesLinks)
            && let Some(target) = self.shared.tree.link_target(&path)
        {
            let values = Values::none().with("size", target.len().to_string());
            return self.say_with(phrases.size, values).await;
        }
        match self.shared.tree.metadata(&path) {
            Ok(metadata) if metadata.is_file() => {
                let lie = self.faults.strike(|fault| match fault {
                    Fault::WrongSize(difference) => Some(*difference),
                    _ => None,
                });
                let size = metadata
                    .len()
                    .saturating_add_signed(lie.unwrap_or_default());
                self.say_with(phrases.size, Values::none().with("size", size.to_string()))
                    .await
            }
            Ok(_) => self.answer(phrases.size_directory, command, &path).await,
            Err(error) => self.fail(phrases.size_missing, command, &error).await,
        }
    }

    async fn mdtm(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if self.traits.mdtm_sets {
            let as_mfmt = Command::parse(&[b"MFMT ", command.argument.as_slice()].concat());
            if as_mfmt.is_ok() {
                let phrase = "213 File modification time set.";
                return self.set_time(command, &as_mfmt, phrase).await;
            }
        }
        let path = self.directory.resolve(&command.argument);
        match self.shared.tree.metadata(&path) {
            Ok(metadata) if metadata.is_file() || phrases.mdtm_directory == phrases.mdtm => {
                let time = Civil::new(metadata.modified()?);
                let time = if self.traits.milliseconds {
                    time.compact_with_milliseconds()
                } else {
                    time.compact()
                };
                self.say_with(phrases.mdtm, Values::none().with("time", time))
                    .await
            }
            Ok(_) => self.answer(phrases.mdtm_directory, command, &path).await,
            Err(error) => self.fail(phrases.mdtm_missing, command, &error).await,
        }
    }

    /// Sets the modification time given by a command.
    async fn set_time(
        &mut self,
        command: &ClientCommand,
        meaning: &Result<Command, CommandError>,
        phrase: &str,
    ) -> Step {
        let phrases = &self.traits.phrases;
        let Ok(Command::Mfmt(time, name) | Command::SiteUtime(time, name)) = meaning else {
            return self.say("501 Syntax error in parameters").await;
        };
        let time = SystemTime::from(*time);
        let command = command.named(name.as_bytes());
        let path = self.directory.resolve(name.as_bytes());
        match self.shared.tree.set_modified(&path, time) {
            Ok(()) => {
                let time = Civil::new(time).compact();
                let values = Values::none()
                    .with("time", time)
                    .with("path", path.to_bytes());
                self.say_with(phrase, about(&command, values)).await
            }
            Err(error) => self.fail(phrases.mfmt_missing, &command, &error).await,
        }
    }

    async fn site(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let inner = ClientCommand::parse(&command.argument);
        let utime = match phrases.site_utime {
            "" if self.shared.settings.site_utime => "200 SITE UTIME command successful",
            phrase => phrase,
        };
        if inner.verb == "UTIME" && !utime.is_empty() {
            let mut argument = inner.argument.clone();
            // The seconds are optional.
            if argument.get(12) == Some(&b' ') {
                argument.splice(12..12, *b"00");
            }
            let meaning = Command::parse(&[b"SITE UTIME ", argument.as_slice()].concat());
            return self.set_time(&inner, &meaning, utime).await;
        }
        if let Some(asked) = self.digest_command(&format!("SITE {}", inner.verb)) {
            return self.digest(asked, &inner).await;
        }
        let unknown = command.named(inner.verb.as_bytes());
        self.say_of(phrases.site, &unknown).await
    }

    async fn mlst(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let argument = match self.faults.lists(&ListingFault::DescribesWorkingDirectory) {
            true => b"",
            false => command.argument.as_slice(),
        };
        let path = self.directory.resolve(argument);
        match self.shared.tree.metadata(&path) {
            Ok(metadata) => {
                let whole = self.traits.listing.mlst_whole_path;
                let name = match argument {
                    _ if whole => path.to_bytes(),
                    b"" => b".".to_vec(),
                    name => name.to_vec(),
                };
                let mut item = Item::new(name, &metadata);
                if self.faults.lists(&ListingFault::DisguisesLinks)
                    && let Some(target) = self.shared.tree.link_target(&path)
                {
                    item = item.disguised(&target);
                }
                if argument.is_empty() && !whole {
                    item.kind = Kind::Current;
                }
                let mut lines = b" ".to_vec();
                lines.extend(item.mlsx(&self.facts));
                let shown = match argument {
                    b"" => self.directory.to_bytes(),
                    argument => argument.to_vec(),
                };
                let values = Values::none()
                    .with("name", shown)
                    .with("path", path.to_bytes())
                    .with("lines", lines);
                self.say_with(phrases.mlst, values).await
            }
            Err(error) => self.fail(phrases.mlst_missing, command, &error).await,
        }
    }

    async fn stat(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if command.argument.is_empty() {
            return self.say_of(phrases.stat, command).await;
        }
        let path = self.directory.resolve(&command.argument);
        let style = &self.traits.listing;
        let metadata = self.shared.tree.metadata(&path);
        if let Err(error) = &metadata
            && !phrases.stat_missing.is_empty()
        {
            return self.fail(phrases.stat_missing, command, error).await;
        }
        let directory = metadata.is_ok_and(|it| it.is_dir());
        let name = match style.whole_path_of_file {
            true => path.to_bytes(),
            false => command.argument.clone(),
        };
        let phrase = if directory {
            phrases.stat_directory
        } else {
            phrases.stat_path
        };
        let clock = self.listing_clock();
        let mut lines = Vec::new();
        for item in self
            .items(&path, &name, style.stat_dots)
            .unwrap_or_default()
        {
            if style.stat_indent {
                lines.push(b' ');
            }
            lines.extend(item.list(style, clock));
        }
        let values = Values::none()
            .with("path", path.to_bytes())
            .with("lines", lines);
        self.say_with(phrase, about(command, values)).await
    }

    async fn rnto(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let Some(from) = self.rename_from.take() else {
            return self.say_of(phrases.rnto_first, command).await;
        };
        let to = self.resolve_new(&command.argument);
        let existing = self.shared.tree.metadata(&to);
        let refuse = |fault: &Fault| matches!(fault, Fault::RefuseReplace);
        let done = match existing {
            Ok(_) if self.faults.strikes(refuse) => Err(io::ErrorKind::AlreadyExists.into()),
            _ => self.shared.tree.rename(&from, &to),
        };
        self.settle(done, phrases.rnto, phrases.rnto_failed, command, &to)
            .await
    }

    /// Sends one phrase or the other.
    async fn settle(
        &mut self,
        done: io::Result<()>,
        good: &str,
        bad: &str,
        command: &ClientCommand,
        path: &VirtualPath,
    ) -> Step {
        match done {
            Ok(()) => self.answer(good, command, path).await,
            Err(error) => self.fail(bad, command, &error).await,
        }
    }

    /// Sends a phrase in which `{path}` and `{quoted}` are a path.
    async fn answer(&mut self, phrase: &str, command: &ClientCommand, path: &VirtualPath) -> Step {
        let path = path.to_bytes();
        let values = Values::none()
            .with("quoted", quote(&path))
            .with("path", path);
        let values = about(command, values);
        self.say_with(phrase, values).await
    }

    /// Sends a phrase in which `{error}` is the error.
    pub(super) async fn fail(
        &mut self,
        phrase: &str,
        command: &ClientCommand,
        error: &io::Error,
    ) -> Step {
        let path = self.directory.resolve(&command.argument).to_bytes();
        let values = Values::none()
            .with("error", error_words(error))
            .with("path", path);
        self.say_with(phrase, about(command, values)).await
    }

    /// Returns the items in a listing of a path: the entries of a directory, or
    /// the file itself under the requested name.
    pub(super) fn items(
        &self,
        path: &VirtualPath,
        name: &[u8],
        dots: bool,
    ) -> io::Result<Vec<Item>> {
        let tree = &self.shared.tree;
        let metadata = tree.metadata(path)?;
        if !metadata.is_dir() {
            return Ok(vec![Item::new(name.to_vec(), &metadata)]);
        }
        let mut items = Vec::new();
        if dots {
            for (name, kind, path) in [
                (".", Kind::Current, path.clone()),
                ("..", Kind::Parent, path.parent()),
            ] {
                let mut item = Item::new(name.into(), &tree.metadata(&path)?);
                item.kind = kind;
                items.push(item);
            }
        }
        let mut names = tree.names(path)?;
        if !self.traits.listing.is_sorted {
            names.reverse();
        }
        for name in names {
            // Skip entries that have disappeared and links that lead out of the tree.
            if let Ok(metadata) = tree.metadata(&path.child(&name)) {
                items.push(Item::new(name, &metadata));
            }
        }
        Ok(items)
    }
}

/// Returns `phrase`, or `usual` if it is empty.
fn or(phrase: &'static str, usual: &'static str) -> &'static str {
    match phrase {
        "" => usual,
        phrase => phrase,
    }
}
