//! Looks at a name that the server was told to give.
//!
//! A positive reply to `STOR`, `RNTO` or `MKD` does not mean that there is a file of that name.
//! Pure-FTPd 1.0.50 puts `_` in the place of a blank at either end of the path, and other servers
//! change case, drop characters that they do not know, or shorten. If they do so in every command,
//! the new name seems to be there. So one name of each sort has to be seen in a listing.

use towline_proto::body::parse_pwd;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::listing::Entry;
use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::Session;
use super::hidden::Hidden;
use super::stat::described;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// What a look at a name shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// A file or directory of that name, and its size if the server gives it.
    There(Option<u64>),
    /// Nothing of that name, but something whose name may be what the server made of it.
    Instead(OtherName),
    /// Nothing of that name.
    Missing,
    /// The server does not show what is there.
    Unknown,
}

/// A name that a server may have given instead of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherName {
    pub(crate) at: RemotePath,
    /// Only one entry has such a name, and it has the size of what was stored.
    pub(crate) has_its_size: bool,
}

impl Session {
    /// Looks at `path`, where a file of `size` bytes was stored, if that is known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`], [`ErrorKind::Timeout`] or [`ErrorKind::Unavailable`] if the
    /// connection fails.
    #[boxed]
    pub(crate) async fn look_at_file(
        &mut self,
        path: &RemotePath,
        size: Option<u64>,
    ) -> Result<Look, Error> {
        if self.hides(path) {
            return Ok(Look::Unknown);
        }
        if self.may_misread(path) {
            return self.see_file(path, size).await;
        }
        match self.ask_size(path).await {
            Ok(Some(held)) if self.keeps_name(path) => Ok(Look::There(Some(held))),
            Ok(Some(held)) => Box::pin(self.look_again(path, held)).await,
            Ok(None) => self.see_file(path, size).await,
            // A file that has a size exists, even if the size cannot be read.
            Err(error) if error.detail() == Some(&ErrorDetail::UnreadableReply) => {
                Ok(Look::There(None))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the server is known to keep the name of `path`, rather than to change it in every
    /// command alike.
    pub(crate) fn keeps_name(&self, path: &RemotePath) -> bool {
        let lessons = self.shared.lessons();
        !self.is_of_unknown_software()
            || path
                .file_name()
                .is_none_or(|name| !has_syntax(name) && lessons.keeps_file_name(name))
    }

    /// Looks in a listing for `path`, which has the size `held` according to the server. If nothing
    /// is listed, asks for names that the server may take for the same.
    async fn look_again(&mut self, path: &RemotePath, held: u64) -> Result<Look, Error> {
        match self.see_file(path, Some(held)).await? {
            Look::There(_) => Ok(Look::There(Some(held))),
            Look::Unknown => {
                for alike in names_alike(path) {
                    if self.ask_size(&alike).await? == Some(held) {
                        return Ok(Look::Unknown);
                    }
                }
                self.hidden = None;
                self.learn_that_file_name_is_kept(path);
                Ok(Look::There(Some(held)))
            }
            other => Ok(other),
        }
    }

    /// Looks at `path` without `SIZE`. A name unlike those that the server has kept is looked for
    /// in a listing.
    async fn see_file(&mut self, path: &RemotePath, size: Option<u64>) -> Result<Look, Error> {
        let keeps_name = self.keeps_name(path);
        let look = Box::pin(self.look_around(path, size, keeps_name)).await?;
        if matches!(look, Look::There(_)) {
            self.learn_that_file_name_is_kept(path);
        }
        Ok(look)
    }

    fn learn_that_file_name_is_kept(&self, path: &RemotePath) {
        if let Some(name) = path.file_name() {
            self.shared.lessons().learned_that_file_name_is_kept(name);
        }
    }

    /// Whether the server may read `path` as another one in every command, so that only a listing
    /// shows what is there. ftp-srv 4.6 removes quotes and words like `-a`, and aioftp 0.28 blanks
    /// at the end.
    fn may_misread(&self, path: &RemotePath) -> bool {
        self.is_of_unknown_software() && path.file_name().is_some_and(has_syntax)
    }

    /// Looks at `path` without `SIZE`, in a listing alone unless `may_ask`. In a reply to `MLST`, a
    /// server that changes names shows the file under the name that it was asked for.
    async fn look_around(
        &mut self,
        path: &RemotePath,
        size: Option<u64>,
        may_ask: bool,
    ) -> Result<Look, Error> {
        self.ensure_usable().await?;
        if self.features().has(Feature::Mlst) && may_ask {
            self.restore_facts().await?;
            let reply = self.command(&Command::Mlst(Some(path.clone()))).await?;
            if let Some(entry) = described(&reply, path) {
                return Ok(Look::There(entry.size));
            }
        }
        let looked = self.look_in_listing(path, size).await;
        match looked {
            Err(error) if error.is_lost() => Err(error),
            // The refusal may be transient, unless it happens to one file after another.
            Err(error) if error.is_transient() => {
                self.note_refused_look(path);
                Err(error)
            }
            Ok(Look::Unknown) => {
                // The result would be the same for every file there.
                self.hidden = path.parent().map(Hidden::for_good);
                Ok(Look::Unknown)
            }
            Ok(look) => {
                self.hidden = None;
                Ok(look)
            }
            Err(_) => {
                self.note_refused_look(path);
                Ok(Look::Unknown)
            }
        }
    }

    fn note_refused_look(&mut self, path: &RemotePath) {
        let before = self.hidden.take();
        let directory = path.parent();
        self.hidden = directory.map(|directory| Hidden::refused(before, directory));
    }

    async fn look_in_listing(
        &mut self,
        path: &RemotePath,
        size: Option<u64>,
    ) -> Result<Look, Error> {
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            return Ok(Look::Unknown);
        };
        let mut there = None;
        let mut instead: Option<(Vec<u8>, bool)> = None;
        let look = |entry: Entry| {
            let may_be_it = size.is_none() || entry.size.is_none() || entry.size == size;
            if entry.name == name {
                there = Some(entry.size);
            } else if may_be_it && resembles(&entry.name, name) {
                let has_its_size = size.is_some() && entry.size == size && instead.is_none();
                instead = Some((entry.name, has_its_size));
            }
        };
        let summary = self.look_through(&parent, look).await?;
        if let Some(size) = there {
            return Ok(Look::There(size));
        }
        let instead = instead.and_then(|(name, has_its_size)| {
            let at = parent.join(&name).ok()?;
            Some(OtherName { at, has_its_size })
        });
        match instead {
            Some(instead) => Ok(Look::Instead(instead)),
            None if summary.completeness().is_complete() => Ok(Look::Missing),
            None => Ok(Look::Unknown),
        }
    }

    /// Whether the server is known to show nothing in the directory of `path`.
    pub(crate) fn hides(&self, path: &RemotePath) -> bool {
        let is_in = |hidden: &Hidden| path.parent().is_some_and(|parent| hidden.is(&parent));
        self.hidden.as_ref().is_some_and(is_in)
    }

    /// Looks at `path`, to which something was renamed.
    #[boxed]
    pub(super) async fn confirm_rename(&mut self, path: &RemotePath) -> Result<(), Error> {
        let looked = self.look_at_file(path, None).await;
        self.confirm(path, looked)
    }

    /// Looks at the directory `path`, which was created with `reply`. A reply that names an
    /// ordinary name is enough.
    #[boxed]
    pub(super) async fn confirm_directory(
        &mut self,
        path: &RemotePath,
        reply: &Reply,
    ) -> Result<(), Error> {
        let told = parse_pwd(reply).ok();
        let told = told.as_ref().and_then(RemotePath::file_name);
        let keeps = |name: &[u8]| self.shared.lessons().keeps_directory_name(name);
        let keeps_name = !self.is_of_unknown_software()
            || path
                .file_name()
                .is_some_and(|name| is_ordinary(name) && keeps(name));
        let is_known = |name: &[u8]| is_ordinary(name) && keeps_name;
        if told.is_some_and(|told| Some(told) == path.file_name() && is_known(told)) {
            return Ok(());
        }
        if path.file_name().is_none() || self.hides(path) {
            return Ok(());
        }
        let looked = Box::pin(self.look_around(path, None, keeps_name)).await;
        if let (Ok(Look::There(_)), Some(name)) = (&looked, path.file_name()) {
            self.shared
                .lessons()
                .learned_that_directory_name_is_kept(name);
        }
        self.confirm(path, looked)
    }

    /// Fails if something else was seen than `path`.
    fn confirm(&self, path: &RemotePath, looked: Result<Look, Error>) -> Result<(), Error> {
        match looked {
            Ok(Look::There(_)) => Ok(()),
            Ok(Look::Instead(instead)) => Err(other_name(path, instead)),
            Ok(Look::Missing) => {
                self.warn(&format!("{path}: {NOT_SEEN}"));
                Ok(())
            }
            Ok(Look::Unknown) | Err(_) => {
                self.note(&format!("{path}: the server does not show its new name"));
                Ok(())
            }
        }
    }
}

/// The message for a name that the server confirmed, but does not show.
pub(crate) const NOT_SEEN: &str = "the server confirmed this name, but shows nothing of that name: \
                                   the file has another name, or was taken away";

/// Returns the error for a file or directory that the server gave another name than `path`.
pub(crate) fn other_name(path: &RemotePath, instead: OtherName) -> Error {
    let OtherName { at, has_its_size } = instead;
    let what = match has_its_size {
        true => format!("the server gave it another name: {at}"),
        false => format!(
            "the server confirmed this name, but shows nothing of that name; {at} may be it, or may \
             have been there before"
        ),
    };
    Error::new(ErrorKind::Refused, what)
        .with_path(path)
        .with_detail(ErrorDetail::OtherNameGiven { at })
}

/// Returns names that a server which changes names may take for that of `path`: in other case,
/// longer, without blanks.
fn names_alike(path: &RemotePath) -> Vec<RemotePath> {
    let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
        return Vec::new();
    };
    let swap = |byte: &u8| match byte.is_ascii_lowercase() {
        true => byte.to_ascii_uppercase(),
        false => byte.to_ascii_lowercase(),
    };
    let unblank = |byte: &u8| if *byte == b' ' { b'_' } else { *byte };
    let mut names: Vec<Vec<u8>> = vec![
        name.iter().map(swap).collect(),
        name.iter().map(unblank).collect(),
        [name, b"x"].concat(),
    ];
    names.retain(|other| other != name);
    let paths = names.iter().filter_map(|name| parent.join(name).ok());
    paths.collect()
}

/// Whether servers have no reason to change a name.
fn is_ordinary(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    name.iter().all(is_plain) && !name.ends_with(b".")
}

/// Whether `name` has what some servers take for syntax: quotes, options, blanks that separate,
/// control characters, or characters of a shell or another file system.
fn has_syntax(name: &[u8]) -> bool {
    const SYNTAX: &[u8] = b"\"'`\\*?<>|:;&$%{}[]~!#^";
    let is_syntax = |byte: &u8| byte.is_ascii_control() || SYNTAX.contains(byte);
    let has = |words: &[u8]| name.windows(2).any(|pair| pair == words);
    let ends_bare = |end: Option<&u8>| end.is_some_and(|byte| b" .".contains(byte));
    let begins_bare = name.first().is_some_and(|byte| b" -".contains(byte));
    begins_bare || ends_bare(name.last()) || has(b"  ") || has(b" -") || name.iter().any(is_syntax)
}

/// Whether a server may have turned `wanted` into `name`: both have the same letters and digits, or
/// `name` has only the first of them.
fn resembles(name: &[u8], wanted: &[u8]) -> bool {
    /// A shorter common beginning proves nothing.
    const SHORTENED: usize = 8;
    let letters = |name: &[u8]| -> Vec<u8> {
        let kept = name.iter().filter(|byte| byte.is_ascii_alphanumeric());
        kept.map(u8::to_ascii_lowercase).collect()
    };
    let (name, wanted) = (letters(name), letters(wanted));
    name == wanted || name.len() >= SHORTENED && wanted.starts_with(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_server_has_changed_resembles_the_one_it_got() {
        for (name, wanted) in [
            ("_name.txt", " name.txt"),
            ("name.txt_", "name.txt "),
            ("name.txt", "name.txt "),
            ("report.csv", "Report.CSV"),
            ("a_b.csv", "a:b.csv"),
            ("gr?n.csv", "gr\u{fc}n.csv"),
            ("grn.csv", "gr\u{fc}n.csv"),
            ("quarterly", "quarterly-report.csv"),
        ] {
            assert!(resembles(name.as_bytes(), wanted.as_bytes()), "{name}");
        }
    }

    #[test]
    fn another_name_does_not() {
        for (name, wanted) in [
            ("a1.csv", "a.csv"),
            ("a.csv.done", "a.csv"),
            ("a.csv.0123abcd.part", "a.csv"),
            ("q", "quarterly-report.csv"),
            ("", "a"),
        ] {
            assert!(!resembles(name.as_bytes(), wanted.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_alike_differ_in_one_way_each() {
        let alike = |path: &str| -> Vec<_> {
            let alike = names_alike(&RemotePath::new(path).unwrap()).into_iter();
            alike.map(|path| path.to_string()).collect()
        };
        assert_eq!(alike("in/A b"), ["in/a B", "in/A_b", "in/A bx"]);
        assert_eq!(alike("1"), ["1x"]);
    }

    #[test]
    fn quotes_options_and_blanks_at_the_ends_are_syntax() {
        for name in [
            "a \"b\" c",
            "a -b",
            " a",
            "a ",
            "a.",
            "a  b",
            "-a",
            "a:b",
            "a\tb",
        ] {
            assert!(has_syntax(name.as_bytes()), "{name}");
        }
        for name in ["a b", ".a", "a-b.csv", "\u{e9}", "(a), b", "a_b+c=d@e"] {
            assert!(!has_syntax(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn servers_leave_ordinary_names_alone() {
        for name in ["a", "A-1_b.csv", ".hidden"] {
            assert!(is_ordinary(name.as_bytes()), "{name}");
        }
        for name in ["a b", " a", "a ", "a.", "\u{e9}", "a:b", "a\\b"] {
            assert!(!is_ordinary(name.as_bytes()), "{name}");
        }
    }
}
