//! A second look at a directory whose first listing leaves a doubt.
//!
//! Some servers ignore the path of `LIST` or `MLSD`, list the path's own name, refuse to list an
//! empty directory, or show a directory that does not exist, or that they may not enter, as an
//! empty one. The second look enters the directory (`CWD`) and lists it without a path. What it
//! shows is remembered for the server.

use towline_proto::listing::{EntryKind, bare_name};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::look::{Look, Manner, Seen};
use super::sight::{Sight, is_same, is_visible_from};
use super::summary::ListingSummary;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::server::{ListingPaths, denies_access, says_empty};
use crate::session::Session;

/// The listing that counts.
#[derive(Debug)]
pub(super) enum Decision {
    First,
    Second(Box<Look>),
}

/// What is not clear about a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// It shows nothing.
    Nothing,
    /// It shows the directory itself and nothing in it, as ProFTPD 1.3.8 does with a directory that
    /// it may read, but not enter.
    Entry,
    /// It shows a file of the path's name: the path itself, or the only entry of a directory.
    Kind,
    /// It shows neither the login directory nor the path itself, if there is such a directory.
    Existence,
    /// It may be of another directory.
    Contents,
}

impl Session {
    /// Decides which listing of `path` counts, after a `first` look in this manner.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] or [`ErrorKind::Refused`] if `path` is not a directory that can be
    /// listed. The error of the first look, unless the second look shows that it does not matter.
    pub(super) async fn decide(
        &mut self,
        path: &RemotePath,
        manner: Manner,
        first: Result<&Seen, &Error>,
    ) -> Result<Decision, Error> {
        match first {
            Ok(first) => match self.doubt(path, manner, first).await? {
                None => Ok(Decision::First),
                Some(doubt) => self.resolve(path, manner, first, doubt).await,
            },
            Err(error) if is_empty_without_data(error) && self.is_usable() => {
                let look = self.without_data(path).await?;
                Ok(Decision::Second(Box::new(look)))
            }
            Err(error) if error.is_negative_answer() && self.is_usable() => {
                let look = self.after_refusal(path, error.clone()).await?;
                Ok(Decision::Second(Box::new(look)))
            }
            Err(error) => Err(error.clone()),
        }
    }

    async fn doubt(
        &mut self,
        path: &RemotePath,
        manner: Manner,
        first: &Seen,
    ) -> Result<Option<Doubt>, Error> {
        let Seen {
            sight,
            summary,
            shows_itself,
            ..
        } = first;
        let was_entered = manner == Manner::Entered || path.is_login_directory();
        let kinds = self.kinds_of(path);
        if manner == Manner::Entered && self.shows_where_it_was(path, sight).await? {
            return Err(of_another(path));
        }
        if sight.is_empty() {
            // A line such as `total 0` is no proof that there is a directory. A server that ignores
            // the path may show nothing but `.` for it.
            let is_honoured = self.shared.lessons().listing_paths(kinds) == ListingPaths::Honoured
                || !self.is_of_unknown_software();
            return Ok(match (summary.unknown, was_entered) {
                (0, true) => None,
                (0, false) if *shows_itself && is_honoured => Some(Doubt::Entry),
                _ => Some(Doubt::Nothing),
            });
        }
        if was_entered {
            return Ok(None);
        }
        match sight.itself() {
            Some(EntryKind::File) => return Ok(Some(Doubt::Kind)),
            Some(_) => return Ok(Some(Doubt::Contents)),
            None => {}
        }
        if self.shared.lessons().listing_paths(kinds) == ListingPaths::Honoured {
            // The server may have listed another directory this time.
            let is_doubtful = self.is_of_unknown_software()
                && (sight.names_part_of_path() || !self.enters_what_exists().await?);
            return Ok(is_doubtful.then_some(Doubt::Contents));
        }
        let is_doubtful = kinds.is_special() || self.is_of_unknown_software();
        if is_doubtful || sight.may_be_of_another() {
            return Ok(Some(Doubt::Contents));
        }
        let home = match path.is_absolute() {
            true => self.home().await?,
            false => None,
        };
        if home.as_ref().is_some_and(|home| is_same(home, path)) {
            return Ok(None);
        }
        Ok(Some(match is_visible_from(home.as_ref(), path) {
            true => Doubt::Existence,
            false => Doubt::Contents,
        }))
    }

    async fn resolve(
        &mut self,
        path: &RemotePath,
        manner: Manner,
        first: &Seen,
        doubt: Doubt,
    ) -> Result<Decision, Error> {
        if doubt == Doubt::Nothing
            && let Some(look) = self.only_name(path, &first.summary).await?
        {
            return Ok(Decision::Second(Box::new(look)));
        }
        if manner == Manner::Entered || path.is_login_directory() {
            return Err(not_understood(&first.summary, path));
        }
        if doubt == Doubt::Kind {
            return match self.visit(path).await {
                Err(error) if error.detail() == Some(&ErrorDetail::UnknownCommand) => {
                    Ok(Decision::First)
                }
                Err(error) if error.is_negative_answer() => Err(no_directory(path)),
                visited => visited.map(|()| Decision::First),
            };
        }
        if doubt == Doubt::Entry {
            return match self.visit(path).await {
                Err(error) if error.detail() == Some(&ErrorDetail::UnknownCommand) => {
                    Ok(Decision::First)
                }
                visited => visited.map(|()| Decision::First),
            };
        }
        if doubt == Doubt::Existence {
            match self.visit(path).await {
                Ok(()) => {}
                // A server without directories to enter honours the path, or has only one.
                Err(error) if error.detail() == Some(&ErrorDetail::UnknownCommand) => {}
                Err(error) => return Err(error),
            }
            self.learn_that_path_is_honoured(path);
            return Ok(Decision::First);
        }
        let second = match self.look_at(path, Manner::Entered).await {
            Ok(second) => second,
            Err(error) if !error.is_negative_answer() => return Err(error),
            Err(error)
                if error.detail() == Some(&ErrorDetail::UnknownCommand)
                    && (first.shows_itself || !first.sight.is_empty())
                    && !first.sight.may_be_of_another() =>
            {
                return Ok(Decision::First);
            }
            Err(error) => {
                return match first.sight.itself() {
                    Some(EntryKind::Directory) => Err(lists_itself(path)),
                    // It is not a directory.
                    Some(_) => Ok(Decision::First),
                    None => Err(error.with_path(path)),
                };
            }
        };
        if !self.is_inside(path, &first.sight, &second).await? {
            return Err(of_another(path));
        }
        let is_equal = first.sight.is_equal_to(&second.seen.sight);
        // `LIST -a` shows the dots of every directory that may be read.
        let shows_dots = self.link.server.hides_dot_files && !self.lists_with_mlsd();
        if second.seen.sight.is_empty() {
            let summary = &second.seen.summary;
            let may_be_unreadable =
                !second.seen.shows_itself && (shows_dots || summary.partial.is_some());
            return match (first.sight.itself(), summary.unknown) {
                (Some(_), _) if may_be_unreadable => Err(lists_itself(path)),
                (_, 1..) => match self.only_name(path, summary).await? {
                    Some(look) => Ok(Decision::Second(Box::new(look))),
                    None => Err(not_understood(summary, path)),
                },
                (_, 0) if is_equal => Ok(Decision::First),
                (Some(_), 0) => {
                    // The server lists what the path names, not what is in it.
                    self.learn_that_path_is_ignored(path);
                    Ok(Decision::Second(Box::new(second)))
                }
                (None, 0) => Ok(Decision::Second(Box::new(second))),
            };
        }
        if shows_dots && !second.seen.shows_itself && second.seen.sight.itself().is_some() {
            return Err(lists_itself(path));
        }
        if is_equal {
            if first.sight.itself().is_none() {
                self.learn_that_path_is_honoured(path);
            }
            return Ok(Decision::First);
        }
        self.learn_that_path_is_ignored(path);
        Ok(Decision::Second(Box::new(second)))
    }

    /// Returns whether `look`, at the entered directory `path`, shows what is in it. A server that
    /// confirms `CWD` and stays where it is shows the login directory. Known software does not.
    #[boxed]
    async fn is_inside(
        &mut self,
        path: &RemotePath,
        first: &Sight,
        look: &Look,
    ) -> Result<bool, Error> {
        /// So many files of the same names do not have the same sizes in two directories by chance.
        const FILES: usize = 5;
        let may_be_above = first.names_part_of_path();
        if !self.is_of_unknown_software() || !may_be_above && self.enters_what_exists().await? {
            return Ok(true);
        }
        let home = self.home().await?;
        if home.as_ref().is_some_and(|home| is_same(home, path)) {
            return Ok(true);
        }
        let real = self.real_path(path).await?;
        if home.is_some() && real.is_some() && home != real {
            return Ok(true);
        }
        // Where `CWD` tells the truth, another listing than that of the login directory is enough.
        let is_moved = !may_be_above || self.enters_what_exists().await?;
        if is_moved && !self.is_login_directory_shown(&look.seen.sight).await? {
            return Ok(true);
        }
        // It may also be a link to the login directory: then its files have the sizes listed, and
        // the times of those in the login directory.
        let entries = look.entries.iter();
        let files = entries.filter(|entry| entry.kind == EntryKind::File);
        let files = files.filter_map(|entry| Some((&entry.name, entry.size?)));
        let mut is_inside = false;
        for (name, size) in files.take(FILES) {
            let Ok(file) = path.join(name) else {
                continue;
            };
            match self.ask_size(&file).await? {
                Some(found) if found == size => is_inside = true,
                _ => return Ok(false),
            }
            let shown = home.as_ref().and_then(|home| home.join(name).ok());
            if let Some(shown) = shown
                && self.ask_modified(&file).await? != self.ask_modified(&shown).await?
            {
                return Ok(false);
            }
        }
        Ok(is_inside)
    }

    /// Returns a look at a directory of which the server has listed one word alone, if that is the name
    /// of something in it. Otherwise, the word may be a text.
    #[boxed]
    async fn only_name(
        &mut self,
        path: &RemotePath,
        summary: &ListingSummary,
    ) -> Result<Option<Look>, Error> {
        let ([line], 1) = (summary.unknown_lines.as_slice(), summary.unknown) else {
            return Ok(None);
        };
        let Some(entry) = bare_name(line) else {
            return Ok(None);
        };
        let Ok(item) = path.join(&entry.name) else {
            return Ok(None);
        };
        let is_there = self.ask_size(&item).await?.is_some()
            || self.enters_what_exists().await? && self.is_directory(&item).await?;
        if !is_there {
            return Ok(None);
        }
        let mut look = Look::empty(path);
        look.seen.summary.entries = 1;
        look.seen.sight.saw(&entry);
        look.entries.push(entry);
        Ok(Some(look))
    }

    /// Whether the server has confirmed that it entered `path`, stayed in the login directory, and
    /// shows that.
    #[boxed]
    async fn shows_where_it_was(
        &mut self,
        path: &RemotePath,
        sight: &Sight,
    ) -> Result<bool, Error> {
        Ok(self.stays_where_it_is(path).await? && self.is_login_directory_shown(sight).await?)
    }

    /// Whether the server has only confirmed that it entered `path`, as it does with any path.
    async fn stays_where_it_is(&mut self, path: &RemotePath) -> Result<bool, Error> {
        if !self.is_of_unknown_software()
            || path.is_login_directory()
            || self.enters_what_exists().await?
        {
            return Ok(false);
        }
        let home = self.home().await?;
        if home.as_ref().is_none_or(|home| is_same(home, path)) {
            return Ok(false);
        }
        Ok(self.real_path(path).await? == home)
    }

    /// Whether the server refuses to enter a directory that does not exist.
    async fn enters_what_exists(&mut self) -> Result<bool, Error> {
        if let Some(known) = self.shared.lessons().enters_what_exists() {
            return Ok(known);
        }
        let absent = format!("absent.{:08x}", rand::random::<u32>());
        let refuses = match RemotePath::new(absent) {
            Ok(absent) => !self.is_directory(&absent).await?,
            Err(_) => return Ok(true),
        };
        self.shared.lessons().learned_what_is_entered(refuses);
        Ok(refuses)
    }

    /// Whether `sight` is that of the login directory.
    async fn is_login_directory_shown(&mut self, sight: &Sight) -> Result<bool, Error> {
        let login = RemotePath::login_directory();
        match self.look_at(&login, Manner::ByPath).await {
            Ok(look) => Ok(look.seen.sight.is_equal_to(sight)),
            Err(error) if error.is_negative_answer() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Looks again after the server has refused to list `path` with `error`.
    #[boxed]
    async fn after_refusal(&mut self, path: &RemotePath, error: Error) -> Result<Look, Error> {
        let is_permanent = |error: &Error| {
            let class = error.reply().map(Reply::class);
            class == Some(ReplyClass::Permanent)
        };
        if !path.is_login_directory() {
            match self.visit(path).await {
                Ok(()) => {}
                Err(missing) if missing.is_negative_answer() => return Err(error),
                Err(lost) => return Err(lost),
            }
            if self.stays_where_it_is(path).await? {
                return Err(error);
            }
        }
        if error.reply().is_some_and(says_empty) {
            return Ok(Look::empty(path));
        }
        if !is_permanent(&error) || error.reply().is_some_and(denies_access) {
            return Err(error);
        }
        if !path.is_login_directory() {
            match self.look_inside(path).await {
                Ok(look) => return Ok(look),
                Err(again) if again.is_negative_answer() => {}
                Err(lost) => return Err(lost),
            }
        }
        if !self.shared.lessons().lists_in_ascii() {
            match self.look_in_ascii(path).await {
                Ok(look) => {
                    self.shared.lessons().learned_to_list_in_ascii();
                    self.note("the server lists only in TYPE A");
                    return Ok(look);
                }
                Err(again) if again.is_negative_answer() => {}
                Err(again) => return Err(again),
            }
        }
        Err(error)
    }

    /// Looks again after the server has called a directory empty, without a data connection. It may
    /// have meant another one.
    async fn without_data(&mut self, path: &RemotePath) -> Result<Look, Error> {
        if path.is_login_directory() {
            return Ok(Look::empty(path));
        }
        if self.stays_where_it_is(path).await? {
            return Err(of_another(path));
        }
        match self.look_inside(path).await {
            Err(again) if is_empty_without_data(&again) => Ok(Look::empty(path)),
            looked => looked,
        }
    }

    /// Enters `path`, after a listing without entries, and lists it from there.
    async fn look_inside(&mut self, path: &RemotePath) -> Result<Look, Error> {
        let look = self.look_at(path, Manner::Entered).await?;
        if !look.seen.sight.is_empty() {
            self.learn_that_path_is_ignored(path);
        }
        Ok(look)
    }

    fn learn_that_path_is_honoured(&self, path: &RemotePath) {
        self.shared
            .lessons()
            .learned_that_listing_paths_are_honoured(self.kinds_of(path));
    }

    fn learn_that_path_is_ignored(&self, path: &RemotePath) {
        self.shared
            .lessons()
            .learned_that_listing_paths_are_ignored(self.kinds_of(path));
        self.note("the server ignores the path of a listing, so directories are entered first");
    }
}

/// Returns the error for a second look that shows something other than the entries already passed
/// on.
pub(super) fn of_another(path: &RemotePath) -> Error {
    let what = "the server may have listed another directory than the one it was asked for";
    Error::protocol(ErrorDetail::ListingOfAnother, what).with_path(path)
}

/// Returns the error for something that is not a directory where one is needed.
pub(in crate::session) fn no_directory(path: &RemotePath) -> Error {
    let error = Error::new(ErrorKind::Refused, "is not a directory").with_path(path);
    error.with_detail(ErrorDetail::NotADirectory)
}

fn lists_itself(path: &RemotePath) -> Error {
    let what = "the server lists the directory itself instead of its contents, as vsftpd does \
                with a directory that it may not read";
    let error = Error::new(ErrorKind::Refused, what).with_path(path);
    error.with_detail(ErrorDetail::DirectoryListsItself)
}

/// Returns the error for a listing without an entry, whose lines may be the text of an error.
fn not_understood(summary: &ListingSummary, path: &RemotePath) -> Error {
    let lines = summary.lines_not_understood();
    let what = format!("the server lists no entry, but sends {lines}");
    let error = Error::new(ErrorKind::Refused, what).with_path(path);
    error.with_detail(ErrorDetail::ListingNotUnderstood)
}

/// Whether the server has called a directory empty, and has not begun a data connection for it.
fn is_empty_without_data(error: &Error) -> bool {
    let is_unopened = error.detail() == Some(&ErrorDetail::CompleteWithoutData);
    is_unopened && error.reply().is_some_and(says_empty)
}
