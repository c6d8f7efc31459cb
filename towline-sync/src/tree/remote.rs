//! A directory on a server, over a pool of sessions.

use towline::{Charset, Entry, EntryKind, ErrorDetail, ErrorKind, Feature, Pool, RemotePath};
use towline_proto::name::{NameError, check_entry_name};

use super::local::numbered;
use super::remote_entry::{ask_kind, follow, kind, version};
use super::trails::Trails;
use super::{Child, Contents, EntryProblem, Incompleteness, Kept, Tree, TreeTraits};
use crate::error::{Error, NameProblem};
use crate::node::{Node, NodeKind, Version};
use crate::path::TreePath;
use crate::stamp::Stamp;

/// A directory on a server. Several sessions of the pool list directories at the same time.
#[derive(Clone, Debug)]
pub struct RemoteTree {
    pool: Pool,
    root: RemotePath,
    backup: Option<RemotePath>,
    charset: Option<Charset>,
    keeps_times: bool,
    follows_links: bool,
    trails: Trails,
}

impl RemoteTree {
    /// Creates the tree below `root`, which need not exist yet.
    #[must_use]
    pub fn new(pool: Pool, root: RemotePath) -> Self {
        Self {
            pool,
            root,
            backup: None,
            charset: None,
            keeps_times: true,
            follows_links: false,
            trails: Trails::default(),
        }
    }

    /// Sets whether what a link leads to takes its place. A link to a directory above it is
    /// reported. Default: no, but some servers follow links by themselves.
    #[must_use]
    pub fn follow_links(mut self, follow: bool) -> Self {
        self.follows_links = follow;
        self
    }

    /// Sets the directory on the same server for files that would otherwise be overwritten or
    /// removed. If it is inside the tree, it is not listed as part of the tree.
    #[must_use]
    pub fn backup(mut self, directory: RemotePath) -> Self {
        self.backup = Some(directory);
        self
    }

    /// Sets the character set of names on the server. Default: names are bytes, as they are here.
    #[must_use]
    pub fn charset(mut self, charset: Charset) -> Self {
        self.charset = Some(charset).filter(|&charset| charset != Charset::UTF8);
        self
    }

    /// Sets whether files get the times of their sources, if the server can do that. Default: yes.
    #[must_use]
    pub fn keeps_times(mut self, keeps_times: bool) -> Self {
        self.keeps_times = keeps_times;
        self
    }

    /// Returns the pool.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Returns the path of an entry on the server.
    ///
    /// # Errors
    ///
    /// A [`NameProblem`] if the server's character set does not have the name.
    pub fn path_of(&self, path: &TreePath) -> Result<RemotePath, NameProblem> {
        self.below(&self.root, path)
    }

    fn below(&self, root: &RemotePath, path: &TreePath) -> Result<RemotePath, NameProblem> {
        let mut below = root.clone();
        for name in path.names() {
            let name = self.encode(name)?;
            let joined = below.join(&name);
            below = joined.map_err(|_| {
                check_entry_name(&name)
                    .err()
                    .map_or(NameProblem::TooLong, NameProblem::Refused)
            })?;
        }
        Ok(below)
    }

    fn at(&self, path: &TreePath) -> Result<RemotePath, Error> {
        self.path_of(path).map_err(|source| Error::Name {
            path: path.clone(),
            source,
        })
    }

    /// Returns the server's name for what is called `name` here.
    fn encode(&self, name: &[u8]) -> Result<Vec<u8>, NameProblem> {
        match (self.charset, std::str::from_utf8(name)) {
            (Some(charset), Ok(text)) => Ok(charset.encode(text)?),
            _ => Ok(name.to_vec()),
        }
    }

    /// Returns the name here for what the server calls `raw`.
    fn decode(&self, raw: Vec<u8>) -> Vec<u8> {
        let text = self.charset.and_then(|charset| charset.decode(&raw));
        text.map_or(raw, String::into_bytes)
    }

    /// Returns the versions of files by `SIZE` and `MDTM`, where the server answers both. Returns
    /// nothing for a server with `MLST`, which gives both at once.
    async fn sizes_and_times(&self, paths: &[TreePath]) -> Result<Vec<Option<Version>>, Error> {
        let at: Result<Vec<_>, Error> = paths.iter().map(|path| self.at(path)).collect();
        let at = at?;
        let mut session = self.pool.session().await?;
        if session.features().has(Feature::Mlst) {
            return Ok(Vec::new());
        }
        let answers = session.sizes_and_times(&at).await?;
        let versions = answers.into_iter().map(|(size, time)| {
            let (size, time) = (size?, time?);
            Some(Version {
                size: Some(size),
                modified: Some(Stamp::second(time.as_second())),
            })
        });
        Ok(versions.collect())
    }

    fn child(&self, entry: Entry) -> Child {
        Child {
            kind: kind(entry.kind),
            version: version(&entry),
            name: self.decode(entry.name),
        }
    }
}

impl Tree for RemoteTree {
    async fn traits(&self) -> Result<TreeTraits, Error> {
        let session = self.pool.session().await?;
        let features = session.features();
        let has = |feature| features.has(feature);
        Ok(TreeTraits {
            keeps_times: self.keeps_times && (has(Feature::Mfmt) || has(Feature::SiteUtime)),
            has_exact_times: has(Feature::Mdtm) || has(Feature::Mlst),
            lists_exact_times: has(Feature::Mlst),
            is_local: false,
        })
    }

    async fn list(&self, directory: &TreePath) -> Result<Contents, Error> {
        let path = self.at(directory)?;
        let mut session = self.pool.session().await?;
        let listing = match session.list(&path).await {
            // Not every server says in so many words that there is nothing.
            Err(refused) if refused.kind() == ErrorKind::Refused => {
                return match session.stat(&path).await {
                    Err(error) if error.kind() == ErrorKind::NotFound => Err(error.into()),
                    _ => Err(refused.into()),
                };
            }
            listed => listed?,
        };
        let has_mlsd = session.features().has(Feature::Mlst);
        if listing.entries.is_empty()
            && !path.is_login_directory()
            && (!has_mlsd || directory.is_root())
        {
            // On some servers, `LIST` of a directory that does not exist is empty, and so is the
            // listing of a file.
            let described = session.stat(&path).await?;
            if described.kind == EntryKind::File {
                let what = format!("{path} is a file, not a directory");
                return Err(Error::Usage(what));
            }
        }
        let listed = listing.entries;
        let mut revealed = listed.clone();
        if self.follows_links {
            let kind = EntryKind::File;
            session.reveal_links(&path, &mut revealed, kind).await?;
        }
        let mut entries = Vec::with_capacity(listed.len());
        for entry in revealed {
            let entry = ask_kind(&mut session, &path, entry).await?;
            let entry = match self.follows_links && entry.kind == EntryKind::Link {
                true => follow(&mut session, &path, entry).await?,
                false => entry,
            };
            entries.push(entry);
        }
        self.trails
            .descend(&mut session, directory, &path, &listed, &entries, |entry| {
                self.decode(entry.name.clone())
            })
            .await?;
        let mut contents = Contents {
            entries: Vec::new(),
            incompleteness: Vec::new(),
        };
        let completeness = listing.summary.completeness();
        if !completeness.is_complete() {
            contents
                .incompleteness
                .push(Incompleteness::Listing(completeness));
        }
        for entry in entries {
            if let Err(problem) = check_entry_name(&entry.name) {
                contents.refuse(entry.name, problem);
                continue;
            }
            if let (Some(backup), Ok(at)) = (&self.backup, path.join(&entry.name))
                && at == *backup
            {
                continue;
            }
            if entry.kind == EntryKind::Unknown {
                contents.refuse(entry.name, EntryProblem::UnknownKind);
                continue;
            }
            let child = self.child(entry);
            match check_entry_name(&child.name) {
                Ok(()) => contents.entries.push(child),
                Err(problem) => contents.refuse(child.name, problem),
            }
        }
        Ok(contents)
    }

    async fn look(&self, path: &TreePath) -> Result<Option<Node>, Error> {
        let at = self.at(path)?;
        let mut session = self.pool.session().await?;
        let node = |kind, version| Node {
            path: path.clone(),
            kind,
            version,
        };
        if !session.features().has(Feature::Mlst)
            && let Some(size) = session.size(&at).await?
            && let Some(time) = session.modified(&at).await?
        {
            return Ok(Some(node(
                NodeKind::File,
                Version {
                    size: Some(size),
                    modified: Some(Stamp::second(time.as_second())),
                },
            )));
        }
        let refused = match session.stat(&at).await {
            Ok(entry) => {
                let entry = match (self.follows_links, entry.kind, at.parent()) {
                    (true, EntryKind::Link, Some(parent)) => {
                        follow(&mut session, &parent, entry).await?
                    }
                    _ => entry,
                };
                return Ok(Some(node(kind(entry.kind), version(&entry))));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => error,
        };
        // The server may only refuse because the directory is gone.
        let mut above = path
            .parent()
            .filter(|_| refused.kind() == ErrorKind::Refused);
        while let Some(parent) = above.filter(|parent| !parent.is_root()) {
            match session.stat(&self.at(&parent)?).await {
                Ok(entry) if entry.kind == EntryKind::File => return Ok(None),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Refused => above = parent.parent(),
                _ => break,
            }
        }
        Err(refused.into())
    }

    async fn look_at_all(&self, paths: Vec<TreePath>) -> Result<Vec<Option<Node>>, Error> {
        let mut known = self.sizes_and_times(&paths).await?;
        known.resize(paths.len(), None);
        let mut seen = Vec::with_capacity(paths.len());
        for (path, version) in paths.into_iter().zip(known) {
            seen.push(match version {
                Some(version) => Some(Node {
                    path,
                    kind: NodeKind::File,
                    version,
                }),
                // This also finds out why it is not known.
                None => self.look(&path).await?,
            });
        }
        Ok(seen)
    }

    async fn create_dir(&self, path: &TreePath) -> Result<(), Error> {
        let at = self.at(path)?;
        Ok(self.pool.session().await?.create_dir_all(&at).await?)
    }

    async fn remove_file(&self, path: &TreePath) -> Result<(), Error> {
        let at = self.at(path)?;
        Ok(self.pool.session().await?.remove_file(&at).await?)
    }

    async fn remove_dir(&self, path: &TreePath) -> Result<(), Error> {
        let at = self.at(path)?;
        Ok(self.pool.session().await?.remove_dir(&at).await?)
    }

    async fn keep(&self, path: &TreePath) -> Result<Kept, Error> {
        const MOST_NUMBERS: u32 = 10_000;
        let Some(backup) = &self.backup else {
            return Err(Error::Usage("there is no backup directory".to_owned()));
        };
        let at = self.at(path)?;
        let mut session = self.pool.session().await?;
        for number in 0..MOST_NUMBERS {
            let Some(name) = numbered(path, number) else {
                break;
            };
            let kept = self.below(backup, &name);
            let kept = kept.map_err(|source| Error::Name {
                path: path.clone(),
                source,
            })?;
            let parent = kept.parent();
            let mut found = session.stat(&kept).await;
            if let (Err(error), Some(parent)) = (&found, &parent) {
                let is_hidden = error.kind() == ErrorKind::Refused;
                session.create_dir_all(parent).await?;
                // Not every server answers for a directory that does not exist.
                if is_hidden {
                    found = session.stat(&kept).await;
                }
            }
            match found {
                Ok(_) => continue,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // An earlier backup may be there.
                Err(error) => return Err(error.into()),
            }
            session.rename(&at, &kept).await?;
            let is_moved = true;
            return Ok(Kept { name, is_moved });
        }
        Err(Error::changed(
            path,
            "the backup directory has too many versions of it",
        ))
    }

    async fn put_back(&self, path: &TreePath, kept: &Kept) -> Result<(), Error> {
        let Some(backup) = &self.backup else {
            return Ok(());
        };
        let at = self.at(path)?;
        let name = self
            .below(backup, &kept.name)
            .map_err(|source| Error::Name {
                path: path.clone(),
                source,
            })?;
        Ok(self.pool.session().await?.rename(&name, &at).await?)
    }

    /// ProFTPD 1.3.8 says that nothing exists in a directory that it may not enter.
    async fn check_entry(&self, directory: &TreePath) -> Result<(), Error> {
        let mut session = self.pool.session().await?;
        let mut at = Some(directory.clone());
        let mut unclear = None;
        while let Some(directory) = at {
            let path = self.at(&directory)?;
            if path.is_login_directory() {
                break;
            }
            let refused = match session.real_path(&path).await {
                Ok(_) => break,
                Err(error) if error.detail() == Some(&ErrorDetail::UnknownCommand) => return Ok(()),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => {
                    error
                }
                Err(error) => return Err(error.into()),
            };
            match session.stat(&path).await {
                // Nothing is below a file.
                Ok(entry) if entry.kind == EntryKind::File => return Ok(()),
                Ok(_) => return Err(refused.into()),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // It may be below a file.
                Err(error) if error.kind() == ErrorKind::Refused => unclear = Some(error),
                Err(error) => return Err(error.into()),
            }
            at = directory.parent();
        }
        unclear.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn disguised_links(&self, directory: &TreePath) -> Result<Vec<Vec<u8>>, Error> {
        let path = self.at(directory)?;
        let mut session = self.pool.session().await?;
        let listed = session.list(&path).await?.entries;
        let (mut revealed, kind) = (listed.clone(), EntryKind::Directory);
        session.reveal_links(&path, &mut revealed, kind).await?;
        let hides_links = match session.check_for_hidden_links(&path, &revealed).await {
            Ok(()) => false,
            Err(error) if error.kind() == ErrorKind::Incomplete => true,
            Err(error) => return Err(error.into()),
        };
        let pairs = listed.into_iter().zip(revealed);
        let doubtful = pairs.filter(|(listed, revealed)| {
            listed.kind == kind && (hides_links || revealed.kind == EntryKind::Link)
        });
        Ok(doubtful
            .map(|(listed, _)| self.decode(listed.name))
            .collect())
    }

    fn backup_inside(&self) -> Option<TreePath> {
        let (backup, root) = (self.backup.as_ref()?.as_bytes(), self.root.as_bytes());
        let below = backup.strip_prefix(root)?;
        let below = match root {
            b"" | b"/" => below,
            _ => below.strip_prefix(b"/")?,
        };
        let names = below.split(|&byte| byte == b'/');
        let names: Vec<_> = names.map(|name| self.decode(name.to_vec())).collect();
        TreePath::new(&names.join(&b'/')).ok()
    }

    fn root_names(&self) -> Vec<Vec<u8>> {
        let names = self.root.as_bytes().split(|&byte| byte == b'/');
        let names = names.filter(|name| !name.is_empty() && *name != b".");
        names.map(|name| self.decode(name.to_vec())).collect()
    }

    fn above(&self) -> Option<Self> {
        Some(Self {
            root: self.root.parent()?,
            backup: None,
            trails: Trails::default(),
            ..self.clone()
        })
    }

    async fn changed(&self) -> Result<Option<Stamp>, Error> {
        let mut session = self.pool.session().await?;
        if !session.features().has(Feature::Mlst) {
            return Ok(None);
        }
        match session.stat(&self.root).await {
            Ok(entry) => Ok(entry.modified.as_ref().and_then(Stamp::listed)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn admits(&self, name: &[u8]) -> Result<(), NameProblem> {
        check_entry_name(name)?;
        // Servers change these, or lose them in listings.
        if name.iter().any(u8::is_ascii_control) {
            return Err(NameError::Control.into());
        }
        // Servers put other characters in the place of such bytes, and the file gets another name.
        if std::str::from_utf8(name).is_err() {
            return Err(NameProblem::NotUtf8);
        }
        let encoded = self.encode(name)?;
        Ok(check_entry_name(&encoded)?)
    }
}
