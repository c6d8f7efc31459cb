//! The settings of a command: command line, environment and configuration file.

use std::env;
use std::path::Path;

use crate::error::Error;
use crate::settings::config_file::ConfigFile;
use crate::settings::environment;
use crate::settings::layer::Layer;
use crate::settings::merged::Merged;
use crate::settings::resolved::Settings;

/// The layers of settings of one command.
#[derive(Debug)]
pub(crate) struct Configuration {
    options: Layer,
    environment: Layer,
    file: ConfigFile,
}

impl Configuration {
    /// Collects `options`, the environment, and the configuration file: that at `path`, or the usual
    /// one.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file cannot be read.
    pub(crate) fn open(options: Layer, path: Option<&Path>) -> Result<Self, Error> {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        Ok(Self {
            options,
            environment: environment::layer(is_set),
            file: ConfigFile::open(path)?,
        })
    }

    /// The configuration file.
    pub(crate) fn file(&self) -> &ConfigFile {
        &self.file
    }

    /// The merged values for a site, or for URLs.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file does not have the site, or has a mistake in it or in the defaults.
    pub(crate) fn merged(&self, site: Option<&str>) -> Result<Merged, Error> {
        let given = [self.options.clone(), self.environment.clone()];
        let file = self.file.layers(site)?;
        Ok(Merged::new(given.into_iter().chain(file)))
    }

    /// The settings for a site, or for URLs.
    ///
    /// # Errors
    /// As [`Self::merged`]; [`Error::Usage`] if settings contradict each other.
    pub(crate) fn settings(&self, site: Option<&str>) -> Result<Settings, Error> {
        Settings::new(&self.merged(site)?)
    }
}
