//! Commands that need a data connection: `LIST`, `NLST`, `MLSD`, `RETR`,
//! `STOR`, `APPE`, and the `REST` and `RANG` that precede them.

use std::io::{self, SeekFrom};
use std::time::SystemTime;

use tokio::fs::File;
use tokio::io::AsyncSeekExt;
use towline_proto::command::Command;

use super::{Session, Step, about};
use crate::ListingFault;
use crate::client_command::ClientCommand;
use crate::data::DataPort;
use crate::fault::Fault;
use crate::flow::{Flow, Lines};
use crate::listing::{Clock, Item, Kind, options};
use crate::personality::AppendAfterRest;
use crate::phrase::{Values, encode};
use crate::tree::error_words;

impl Session {
    pub(super) async fn rest(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        match command.meaning {
            Ok(Command::Rest(offset)) => {
                let wraps = |fault: &Fault| matches!(fault, Fault::RestWraps);
                self.offset = match self.faults.strikes(wraps) {
                    true => offset & u64::from(u32::MAX >> 1),
                    false => offset,
                };
                let values = Values::none().with("offset", offset.to_string());
                self.say_with(phrases.rest, values).await
            }
            _ => self.say_of(phrases.rest_invalid, command).await,
        }
    }

    /// Handles `RANG` (draft-bryan-ftp-range): the first and the last byte, or
    /// `1 0` for the whole file.
    pub(super) async fn rang(&mut self, command: &ClientCommand) -> Step {
        let Ok(Command::Rang(first, last)) = command.meaning else {
            return self.say("501 RANG requires two numbers").await;
        };
        self.range = (first <= last).then_some((first, last));
        match self.range {
            Some((first, last)) => {
                let values = Values::none()
                    .with("length", (last - first + 1).to_string())
                    .with("offset", first.to_string());
                let phrase = "350 Transferring byte range of {length} bytes starting from {offset}";
                self.say_with(phrase, values).await
            }
            None => self.say("350 Reset byte transfer range").await,
        }
    }

    pub(super) async fn list(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let names_only = command.verb == "NLST";
        let (all, name) = if self.traits.list_options {
            options(&command.argument)
        } else {
            (false, command.argument.as_slice())
        };
        let style = self.traits.listing;
        let clock = self.listing_clock();
        let dots = if names_only { style.nlst_dots } else { all };
        let path = self.listed_path(name);
        if let Some(reply) = self.odd_refusal(&path) {
            return self.say(reply).await;
        }
        let command = command.named(name);
        let (mut done, missing, checks_first) = if names_only {
            let checks_first = self.traits.nlst_checks_first;
            (phrases.nlst_done, phrases.nlst_missing, checks_first)
        } else {
            let checks_first = self.traits.list_checks_first;
            (phrases.list_done, phrases.list_missing, checks_first)
        };
        let canned = self.shared.settings.listing.clone();
        let mut canned = canned.filter(|_| !names_only);
        if !name.is_empty() && self.faults.lists(&ListingFault::ShowsOnlyItself) {
            canned = Some(b"drwxr-xr-x 2 o g 4096 Nov 20 22:57 .\r\n".to_vec());
        }
        let mut error = "";
        let whole_path = path.to_bytes();
        let shown = match style.whole_path_of_file && !names_only {
            true => whole_path.as_slice(),
            false => name,
        };
        let listed = match self.endless_items(&path) {
            Some(items) => Ok(items),
            None => self.items(&path, shown, dots),
        };
        let items = match listed {
            Ok(items) => self.odd_items(&command.verb, &path, name, items),
            Err(_) if canned.is_some() => Vec::new(),
            Err(cause) if self.faults.lists(&ListingFault::SendsErrorText) => {
                let words = error_words(&cause).as_bytes();
                canned = Some([b"ls: ", name, b": ", words, b"\r\n"].concat());
                Vec::new()
            }
            Err(_) if self.faults.lists(&ListingFault::SendsTotalAlone) => {
                canned = Some(b"total 0\r\n".to_vec());
                Vec::new()
            }
            Err(cause) if checks_first => return self.fail(missing, &command, &cause).await,
            Err(cause) => {
                error = error_words(&cause);
                done = missing;
                Vec::new()
            }
        };
        let is_directory = self.shared.tree.metadata(&path).is_ok_and(|it| it.is_dir());
        let behind = match name {
            [] => Vec::new(),
            name if style.nlst_with_directory && is_directory => {
                [name.strip_suffix(b"/").unwrap_or(name), b"/"].concat()
            }
            _ => Vec::new(),
        };
        let sends_bare_names = self.faults.lists(&ListingFault::SendsBareNames);
        let line = move |item: &Item| {
            if names_only {
                [behind.as_slice(), &item.nlst()].concat()
            } else if sends_bare_names {
                item.nlst()
            } else {
                item.list(&style, clock)
            }
        };
        let listed = if all { "-a -l" } else { "-l" };
        let count = items.len().to_string();
        let values = Values::none()
            .with("error", error)
            .with("count", count)
            .with("options", listed)
            .with("path", path.to_bytes());
        let done = encode(done, &about(&command, values));
        let flow = Flow::lines(match canned {
            Some(listing) => Box::new(std::iter::once(listing)),
            None => self.lines(items, line),
        });
        self.transfer(&command, flow, phrases.list_start, Values::none(), done)
            .await
    }

    pub(super) async fn mlsd(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let path = self.listed_path(&command.argument);
        if let Some(reply) = self.odd_refusal(&path) {
            return self.say(reply).await;
        }
        let endless = self.endless_items(&path);
        match self.shared.tree.metadata(&path) {
            _ if endless.is_some() => {}
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return self.say_of(phrases.mlsd_not_directory, command).await,
            Err(error) => return self.fail(phrases.mlsd_missing, command, &error).await,
        }
        let listed = match endless {
            Some(items) => Ok(items),
            None => self.items(&path, b"", self.traits.listing.mlsd_dots),
        };
        let items = match listed {
            Ok(items) => self.odd_items("MLSD", &path, &command.argument, items),
            Err(error) => return self.fail(phrases.mlsd_missing, command, &error).await,
        };
        let facts = self.facts.clone();
        let count = items.len().to_string();
        let values = Values::none()
            .with("count", count)
            .with("path", path.to_bytes());
        let done = encode(phrases.nlst_done, &about(command, values));
        let flow = Flow::lines(self.lines(items, move |item: &Item| item.mlsx(&facts)));
        self.transfer(command, flow, phrases.mlsd_start, Values::none(), done)
            .await
    }

    pub(super) async fn retr(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if self.traits.port_before_file && matches!(self.data_port, DataPort::None) {
            return self.say(phrases.no_data).await;
        }
        if command.argument.is_empty() && !phrases.argument_missing.is_empty() {
            return self.say_of(phrases.argument_missing, command).await;
        }
        let range = self.range.take();
        let offset = std::mem::take(&mut self.offset);
        let offset = range.map_or(offset, |(first, _)| first);
        let path = self.directory.resolve(&command.argument);
        let opened = match self.shared.tree.locate(&path) {
            Ok(located) => open(File::options().read(true), &located).await,
            Err(error) => Err(error),
        };
        let (mut file, size) = match opened {
            Ok(opened) => opened,
            Err(error)
                if error.kind() == io::ErrorKind::IsADirectory && self.traits.opens_directories =>
            {
                let done = encode(phrases.retr_directory, &Values::none());
                let (flow, start) = (
                    Flow::lines(Box::new(std::iter::empty())),
                    phrases.retr_start,
                );
                return self
                    .transfer(command, flow, start, Values::none(), done)
                    .await;
            }
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                return self.fail(phrases.retr_directory, command, &error).await;
            }
            Err(error) => return self.fail(phrases.retr_missing, command, &error).await,
        };
        if offset > size && !self.traits.rest_beyond_end {
            let values = Values::none()
                .with("offset", offset.to_string())
                .with("size", size.to_string());
            return self
                .say_with(phrases.rest_beyond, about(command, values))
                .await;
        }
        file.seek(SeekFrom::Start(offset)).await?;
        let left = range.map_or(size, |(_, last)| size.min(last.saturating_add(1)));
        let left = left.saturating_sub(offset);
        let length = match left {
            0 => String::new(),
            left => format!(" ({left} bytes)"),
        };
        let values = Values::none()
            .with("size", size.to_string())
            .with("kbytes", format!("{:.1}", left as f64 / 1024.0))
            .with("length", length);
        let start = match phrases.retr_start_large {
            large if !large.is_empty() && left > 4096 => large,
            _ => phrases.retr_start,
        };
        let done = match left {
            0 if offset > 0 && !phrases.nothing_left.is_empty() => phrases.nothing_left,
            0 if !phrases.done_when_empty.is_empty() => phrases.done_when_empty,
            _ => phrases.retr_done,
        };
        let done = self.done(done, command);
        self.transfer(
            command,
            Flow::download(file, left, range.map(|_| left)),
            start,
            values,
            done,
        )
        .await
    }

    pub(super) async fn stor(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if self.traits.port_before_file && matches!(self.data_port, DataPort::None) {
            return self.say(phrases.no_data).await;
        }
        if command.argument.is_empty() && !phrases.argument_missing.is_empty() {
            return self.say_of(phrases.argument_missing, command).await;
        }
        let mut restarts = command.verb == "STOR";
        if !restarts && self.offset > 0 {
            match self.traits.append_after_rest {
                AppendAfterRest::Appends => {}
                AppendAfterRest::Restarts => restarts = true,
                AppendAfterRest::Refused(reply) => return self.say(reply).await,
            }
        }
        let mut offset = std::mem::take(&mut self.offset);
        let path = match restarts {
            true => self.resolve_new(&command.argument),
            false => self.directory.resolve(&command.argument),
        };
        let mut how = File::options();
        how.create(true);
        if restarts {
            // Real servers truncate the file before the data connection is open.
            how.write(true).truncate(offset == 0);
        } else {
            how.append(true);
        }
        let opened = match self.shared.tree.locate(&path) {
            Ok(located) => open(&how, &located).await,
            Err(error) => Err(error),
        };
        let (mut file, size) = match opened {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                return self.fail(phrases.stor_directory, command, &error).await;
            }
            Err(error) => return self.fail(phrases.stor_failed, command, &error).await,
        };
        if restarts {
            if offset > size && !self.traits.rest_beyond_end {
                if self.traits.restart_keeps_tail {
                    let phrase = phrases.rest_beyond;
                    let values = Values::none()
                        .with("offset", offset.to_string())
                        .with("size", size.to_string());
                    return self.say_with(phrase, about(command, values)).await;
                }
                offset = size;
            }
            if !self.traits.restart_keeps_tail {
                file.set_len(offset).await?;
            }
            file.seek(SeekFrom::Start(offset)).await?;
        }
        let done = self.done(phrases.stor_done, command);
        self.transfer(
            command,
            Flow::upload(file),
            phrases.stor_start,
            Values::none(),
            done,
        )
        .await
    }

    /// Returns the clock for the times of `LIST`.
    pub(super) fn listing_clock(&self) -> Clock {
        Clock {
            now: SystemTime::now(),
            offset: self.shared.settings.listing_offset,
        }
    }

    fn done(&self, phrase: &str, command: &ClientCommand) -> Vec<u8> {
        let path = self.directory.resolve(&command.argument).to_bytes();
        encode(phrase, &about(command, Values::none().with("path", path)))
    }

    /// Returns the lines of a listing, including the lines that faults add.
    fn lines(&self, items: Vec<Item>, line: impl Fn(&Item) -> Vec<u8> + Send + 'static) -> Lines {
        let huge = self.faults.strike(|fault| match fault {
            Fault::HugeListing(entries) => Some(*entries),
            _ => None,
        });
        let names = self.faults.strike(|fault| match fault {
            Fault::ListingNames(names) => Some(names.clone()),
            _ => None,
        });
        let raw = self.faults.strike(|fault| match fault {
            Fault::ListingLines(lines) => Some(lines.clone()),
            _ => None,
        });
        let raw = raw
            .into_iter()
            .flatten()
            .map(|line| [&line[..], b"\r\n"].concat());
        if let Some(entries) = huge {
            let made_up = (0..entries).map(|n| made_up(format!("file-{n:09}.dat").into_bytes()));
            return Box::new(made_up.map(move |item| line(&item)).chain(raw));
        }
        let named = names.into_iter().flatten().map(made_up);
        Box::new(
            items
                .into_iter()
                .chain(named)
                .map(move |item| line(&item))
                .chain(raw),
        )
    }
}

/// Returns an entry that exists only in a listing.
fn made_up(name: Vec<u8>) -> Item {
    Item {
        name,
        kind: Kind::File,
        size: 1234,
        modified: SystemTime::UNIX_EPOCH,
        number: None,
        target: None,
        links: None,
    }
}

/// Opens a file. Fails for a directory.
async fn open(how: &tokio::fs::OpenOptions, path: &std::path::Path) -> io::Result<(File, u64)> {
    let file = how.open(path).await?;
    let metadata = file.metadata().await?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((file, metadata.len()))
}
