//! `config.toml`: `[defaults]`, one `[site.NAME]` for each server, and `[gateway]`.
//!
//! A mistake in one site does not affect the others. Messages name the file, the line and the key.

mod read;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum as _;

use self::read::{Contents, Finding};
use crate::args::similar::{did_you_mean, similar};
use crate::error::{Error, escape_path};
use crate::settings::gateway::GatewaySettings;
use crate::settings::layer::Layer;
use crate::settings::paths;
use crate::settings::site_name::is_site_name;
use crate::words::Language;

/// A file with examples, all of them commented out.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

/// The configuration file, or the absence of one.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    /// The name for messages. `None` if there is no file.
    name: Option<Arc<str>>,
    path: PathBuf,
    contents: Contents,
}

impl ConfigFile {
    /// Reads the file at `option`, or the usual one if it exists.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file cannot be read.
    pub(crate) fn open(option: Option<&Path>) -> Result<Self, Error> {
        let path = match option {
            Some(path) => path.to_owned(),
            None => match paths::config_file() {
                Some(path) => path,
                None => return Ok(Self::default()),
            },
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self::read(&path, &text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && option.is_none() => {
                Ok(Self::default())
            }
            Err(error) => Err(Error::usage(format!("{}: {error}", escape_path(&path)))),
        }
    }

    /// Reads the text of the file at `path`.
    pub(crate) fn read(path: &Path, text: &str) -> Self {
        let name: Arc<str> = escape_path(path).into();
        Self {
            contents: Contents::read(&name, path, text),
            path: path.to_owned(),
            name: Some(name),
        }
    }

    /// The language in `[defaults]`, whatever else may be wrong in the file.
    pub(crate) fn language(&self) -> Option<Language> {
        let mut values = self.contents.defaults.values.iter();
        let value = values.find(|value| value.key.name == "lang")?;
        let word = value.words.first()?.to_str()?;
        Language::from_str(word, false).ok()
    }

    /// The layers for a site, or for URLs, the one with the highest precedence first.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file has a mistake there, or does not have the site.
    pub(crate) fn layers(&self, site: Option<&str>) -> Result<Vec<Layer>, Error> {
        let mut sections = Vec::new();
        if let Some(name) = site {
            sections.push(
                self.contents
                    .sites
                    .get(name)
                    .ok_or_else(|| self.no_such_site(name))?,
            );
        }
        sections.push(&self.contents.defaults);
        let findings = sections.iter().flat_map(|section| &section.findings);
        let mut findings = self.contents.findings.iter().chain(findings);
        if let Some(finding) = findings.next() {
            let more = match findings.count() {
                0 => String::new(),
                more => format!(" (and {more} more: towline config check)"),
            };
            return Err(Error::usage(format!("{finding}{more}")));
        }
        Ok(sections
            .iter()
            .map(|section| section.values.clone())
            .collect())
    }

    /// The settings of the gateway.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file has a mistake there.
    pub(crate) fn gateway(&self) -> Result<&GatewaySettings, Error> {
        let gateway = &self.contents.gateway;
        let mut findings = self.contents.findings.iter().chain(&gateway.findings);
        match findings.next() {
            None => Ok(&gateway.settings),
            Some(finding) => Err(Error::usage(finding.to_string())),
        }
    }

    /// All mistakes that show without merging layers, in the order of the file.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let sections = self
            .contents
            .sites
            .values()
            .chain([&self.contents.defaults]);
        let inside = sections.flat_map(|section| &section.findings);
        let inside = inside.chain(&self.contents.gateway.findings);
        let mut findings: Vec<_> = self
            .contents
            .findings
            .iter()
            .chain(inside)
            .cloned()
            .collect();
        findings.sort_by_key(|finding| finding.line);
        findings
    }

    /// The names of the sites.
    pub(crate) fn sites(&self) -> impl Iterator<Item = &str> {
        self.contents.sites.keys().map(String::as_str)
    }

    /// The path of the file, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.name.as_ref().map(|_| self.path.as_path())
    }

    /// The name of the file for messages, if there is one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn no_such_site(&self, site: &str) -> Error {
        if !is_site_name(site) {
            // Not repeated: a URL may contain a password.
            return Error::usage(
                "write the name of the site alone, without a path; a URL is not a site",
            );
        }
        let lack = self.lack_of(site);
        Error::usage(format!(
            "{lack}; write a local name with a colon as ./{site}:..."
        ))
    }

    /// What to say of a site that is not in the file.
    pub(crate) fn lack_of(&self, site: &str) -> String {
        let Some(file) = &self.name else {
            let place = paths::config_file().map_or_else(String::new, |path| {
                format!(" ({} does not exist)", escape_path(&path))
            });
            return format!(
                "there is no site \"{site}\"{place}; write a URL as ftpes://user@host/path"
            );
        };
        let meant = did_you_mean(similar(site, self.sites()));
        format!("{file} has no [site.{site}]{meant}")
    }
}

#[cfg(test)]
mod tests;
