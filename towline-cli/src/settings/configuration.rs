//! Everything that says how a command should work: command line, environment and file together.

use std::env;
use std::path::Path;

use crate::error::Error;
use crate::settings::config_file::ConfigFile;
use crate::settings::environment;
use crate::settings::layer::Layer;
use crate::settings::merged::Merged;
use crate::settings::resolved::Settings;

/// The layers of one command.
#[derive(Debug)]
pub(crate) struct Configuration {
    options: Layer,
    environment: Layer,
    file: ConfigFile,
}

impl Configuration {
    /// The layers of this process: `options`, the environment, and the file at `path` or in its usual
    /// place.
    ///
    /// # Errors
    /// [`Error::Usage`] where the file cannot be read.
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

    /// The values that hold for a site, or for a URL.
    ///
    /// # Errors
    /// [`Error::Usage`] where the file is wrong about it.
    pub(crate) fn merged(&self, site: Option<&str>) -> Result<Merged, Error> {
        let given = [self.options.clone(), self.environment.clone()];
        let file = self.file.layers(site)?;
        Ok(Merged::new(given.into_iter().chain(file)))
    }

    /// The settings for a site, or for a URL.
    ///
    /// # Errors
    /// [`Error::Usage`] where the file is wrong about it or settings contradict each other.
    pub(crate) fn settings(&self, site: Option<&str>) -> Result<Settings, Error> {
        Settings::new(&self.merged(site)?)
    }
}
