//! The spools that a configuration file has had routes to.
//!
//! A route may lose its spool while uploads wait in it. The list keeps such a spool in sight until
//! it is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use towline_gateway::{Spooled, spooled};

use crate::settings::gateway::GatewaySettings;
use crate::settings::paths;

const FILE: &str = "spools.json";

/// The spools of each configuration file.
type Known = BTreeMap<String, BTreeSet<PathBuf>>;

/// The list of spools, for one configuration file.
pub(crate) struct SpoolList {
    file: PathBuf,
    configuration: String,
}

impl SpoolList {
    /// Returns the list for the file `configuration`, or for the usual one. Returns `None` if the
    /// system has no place for it.
    pub(crate) fn of(configuration: Option<&Path>) -> Option<Self> {
        let configuration = configuration.map(Path::to_owned);
        let configuration = configuration.or_else(paths::config_file)?;
        let configuration = fs::canonicalize(&configuration).unwrap_or(configuration);
        Some(Self {
            file: paths::gateway()?.join(FILE),
            configuration: configuration.to_string_lossy().into_owned(),
        })
    }

    /// Notes the spools that have routes now. One that has none any more stays while something
    /// waits in it.
    ///
    /// # Errors
    /// If the list cannot be read or written.
    pub(super) fn note(&self, settings: &GatewaySettings) -> io::Result<()> {
        let mut known = self.read()?;
        let before = known.remove(&self.configuration).unwrap_or_default();
        let mut now: BTreeSet<_> = routed(settings).map(Path::to_owned).collect();
        let left = before
            .iter()
            .filter(|spool| waits(spool).is_none_or(|waiting| !waiting.is_empty()));
        now.extend(left.cloned());
        if now == before {
            return Ok(());
        }
        if !now.is_empty() {
            known.insert(self.configuration.clone(), now);
        }
        self.write(&known)
    }

    /// Returns the spools that have no route any more, with what waits in them.
    pub(super) fn without_route(&self, settings: &GatewaySettings) -> Vec<(PathBuf, Vec<Spooled>)> {
        let known = self.read().unwrap_or_default();
        let of_this = known.get(&self.configuration).into_iter().flatten();
        let lost = of_this.filter(|spool| routed(settings).all(|routed| routed != *spool));
        let lost = lost.filter_map(|spool| Some((spool.clone(), waits(spool)?)));
        lost.filter(|(_, waiting)| !waiting.is_empty()).collect()
    }

    fn read(&self) -> io::Result<Known> {
        match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Known::new()),
            Err(error) => Err(error),
        }
    }

    fn write(&self, known: &Known) -> io::Result<()> {
        let directory = self.file.parent().unwrap_or_else(|| Path::new("."));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer(&mut file, known)?;
        file.as_file().sync_all()?;
        file.persist(&self.file)?;
        Ok(())
    }
}

fn routed(settings: &GatewaySettings) -> impl Iterator<Item = &Path> {
    let routes = settings.routes.values();
    routes.filter_map(|route| route.spool.as_deref())
}

/// Returns what waits in a spool; `None` if that cannot be read.
fn waits(spool: &Path) -> Option<Vec<Spooled>> {
    match spool.exists() {
        true => spooled(spool).ok(),
        false => Some(Vec::new()),
    }
}
