//! The directories on the way down a tree, to recognise a circle of links.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use towline_proto::listing::Entry;
use towline_proto::path::RemotePath;

use super::Session;
use super::attempts::retrying;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// How many times a circle is followed further before it is reported, unless the server's own facts
/// show it. A tree whose directories have equal entries ends before that.
const ROUNDS: usize = 3;

/// What tells a directory from others: the names and kinds of its entries, and its `unique` fact
/// (RFC 3659 section 7.5.2) if the server has it.
#[derive(Clone, Debug, Default)]
pub struct DirectoryMark {
    entries: u64,
    /// A sum over all entries, in any order.
    digest: u64,
    unique: Option<Vec<u8>>,
    /// The fact may be that of a link to the directory (Pure-FTPd 1.0.50).
    is_of_link: bool,
}

impl DirectoryMark {
    /// Creates the mark of a directory that `entry` describes, without its entries.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let is_directory = |kind: &[u8]| {
            let kinds: [&[u8]; 3] = [b"dir", b"cdir", b"pdir"];
            kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
        };
        Self {
            unique: entry.fact("unique").map(<[u8]>::to_vec),
            is_of_link: !entry.fact("type").is_some_and(is_directory),
            ..Self::default()
        }
    }

    /// Adds an entry of the directory.
    pub fn add(&mut self, entry: &Entry) {
        let mut hasher = DefaultHasher::new();
        (&entry.name, entry.kind).hash(&mut hasher);
        self.entries += 1;
        self.digest = self.digest.wrapping_add(hasher.finish());
    }

    /// Adds the entries of the directory.
    #[must_use]
    pub fn with(mut self, entries: &[Entry]) -> Self {
        entries.iter().for_each(|entry| self.add(entry));
        self
    }

    fn has_same_entries(&self, other: &Self) -> bool {
        self.entries > 0 && (self.entries, self.digest) == (other.entries, other.digest)
    }
}

/// The directories from the top of a tree down to one of them. See [`Session::descend`].
#[derive(Clone, Debug, Default)]
pub struct Trail(Option<Arc<Step>>);

#[derive(Debug)]
struct Step {
    path: RemotePath,
    mark: DirectoryMark,
    above: Trail,
}

impl Drop for Step {
    /// Drops one step after the other. Recursion would overflow the stack in a deep tree.
    fn drop(&mut self) {
        let mut above = self.above.0.take();
        while let Some(mut step) = above.and_then(Arc::into_inner) {
            above = step.above.0.take();
        }
    }
}

impl Trail {
    fn steps(&self) -> impl Iterator<Item = &Step> {
        let mut next = self.0.as_deref();
        std::iter::from_fn(move || {
            let step = next?;
            next = step.above.0.as_deref();
            Some(step)
        })
    }
}

impl Session {
    /// Adds the directory `path` to the `trail` of the directories above it, unless it is one of
    /// them. Servers that follow links by themselves show a link to a directory above as a
    /// directory that contains everything again.
    ///
    /// A directory with the same entries as one above is compared further: by the `unique` facts,
    /// by the paths that the server gives for both (`PWD`), and by what lies below.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] with [`ErrorDetail::LeadsBack`] if it is one of the directories
    /// above. [`ErrorKind::Network`], [`ErrorKind::Timeout`] or [`ErrorKind::Unavailable`] if the
    /// connection fails.
    pub async fn descend(
        &mut self,
        trail: &Trail,
        path: &RemotePath,
        mark: DirectoryMark,
    ) -> Result<Trail, Error> {
        for above in trail.steps() {
            if !mark.has_same_entries(&above.mark) {
                continue;
            }
            if retrying!(self, self.is_same_directory(above, path, &mark))? {
                let above = match above.path.is_login_directory() {
                    true => "the login directory".to_owned(),
                    false => format!("the directory {}", above.path),
                };
                let what = format!("leads back to {above}, so it is not entered");
                let error = Error::new(ErrorKind::Incomplete, what).with_path(path);
                return Err(error.with_detail(ErrorDetail::LeadsBack));
            }
        }
        Ok(Trail(Some(Arc::new(Step {
            path: path.clone(),
            mark,
            above: trail.clone(),
        }))))
    }

    /// Returns whether `path`, which has the same entries as the directory `above` it, is the same.
    #[boxed]
    async fn is_same_directory(
        &mut self,
        above: &Step,
        path: &RemotePath,
        mark: &DirectoryMark,
    ) -> Result<bool, Error> {
        let mut rounds = ROUNDS;
        match (&above.mark.unique, &mark.unique) {
            // Some servers give every file the same value.
            (Some(one), Some(other)) if one == other => rounds = 1,
            (Some(_), Some(_)) if !above.mark.is_of_link && !mark.is_of_link => return Ok(false),
            _ => {}
        }
        let real = self.real_path(path).await?;
        if real.is_some() && real == self.real_path(&above.path).await? {
            return Ok(true);
        }
        let Some(below) = path.as_bytes().strip_prefix(above.path.as_bytes()) else {
            return Ok(false);
        };
        let mut again = path.clone();
        for _ in 0..rounds {
            for name in below
                .split(|byte| *byte == b'/')
                .filter(|name| !name.is_empty())
            {
                let Ok(joined) = again.join(name) else {
                    return Ok(false);
                };
                again = joined;
            }
            match self.list_once(&again).await {
                Ok(listing) => {
                    let further = DirectoryMark::default().with(&listing.entries);
                    if !further.has_same_entries(mark) {
                        return Ok(false);
                    }
                }
                Err(error) if error.is_negative_answer() => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
