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
    file: ConfigFile,
}

impl Configuration {
    /// Collects `options`, the environment, and the configuration file: that at `path`, or the
    /// usual one.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file cannot be read.
    pub(crate) fn open(options: Layer, path: Option<&Path>) -> Result<Self, Error> {
        Ok(Self {
            options,
            file: ConfigFile::open(path)?,
        })
    }

    /// The configuration file.
    pub(crate) fn file(&self) -> &ConfigFile {
        &self.file
    }

    /// The merged values for a site, or for URLs: options, the site, the environment, the defaults.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file does not have the site, or has a mistake in it or in the
    /// defaults, or if the environment has a password that could be that of two sites.
    pub(crate) fn merged(&self, site: Option<&str>) -> Result<Merged, Error> {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let mut own = self.file.layers(site)?;
        let defaults = own.pop();
        let environment = environment::layers(site, is_set);
        if let (Some(site), [own, _]) = (site, &environment)
            && !own.is_empty()
        {
            self.check_owner(site)?;
        }
        let given = [self.options.clone()].into_iter().chain(own);
        Ok(Merged::new(given.chain(environment).chain(defaults)))
    }

    /// Checks that the variable with the password of `site` cannot be meant for another site.
    fn check_owner(&self, site: &str) -> Result<(), Error> {
        let variable = environment::password_variable(site);
        let mut others = self.file.sites().filter(|other| *other != site);
        match others.find(|other| environment::password_variable(other) == variable) {
            None => Ok(()),
            Some(other) => Err(Error::usage(format!(
                "{variable} could be the password of [site.{site}] or of [site.{other}]; give them \
                 names that differ in more than case, hyphens and dots"
            ))),
        }
    }

    /// The settings for a site, or for URLs.
    ///
    /// # Errors
    /// As [`Self::merged`]; [`Error::Usage`] if settings contradict each other.
    pub(crate) fn settings(&self, site: Option<&str>) -> Result<Settings, Error> {
        Settings::new(&self.merged(site)?)
    }
}
