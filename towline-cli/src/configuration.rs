//! Everything that says how a command should work: command line, environment and file together.

use std::env;

use towline::RemotePath;

use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::layer::{self, Layer, Merged};
use crate::names::Names;
use crate::remote::{self, Server, Site};
use crate::settings::Settings;

/// The layers of one command.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    options: Layer,
    environment: Layer,
    pub(crate) file: ConfigFile,
}

impl Configuration {
    /// The layers of this process.
    pub(crate) fn of_process(options: Layer, file: ConfigFile) -> Self {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            options,
            environment: layer::of_environment(is_set),
            file,
        }
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

/// The server that a site's settings describe.
///
/// # Errors
/// [`Error::Usage`] where no server can have such a name, or no path be as given.
pub(crate) fn server(name: &str, settings: &Settings) -> Result<Server, Error> {
    let wrong = |key: &str, reason: &str| Error::usage(format!("[site.{name}]: {key}: {reason}"));
    let site = &settings.site;
    let host = site.host.as_deref().unwrap_or_default();
    let Some(host) = remote::parse_host(host) else {
        return Err(wrong("host", "not a valid name or address"));
    };
    let directory = RemotePath::new(site.path.as_deref().unwrap_or_default())
        .map_err(|error| wrong("path", &error.to_string()))?;
    let mode = settings.connection.tls_mode.unwrap_or_default();
    Ok(Server {
        site: Some(Site {
            name: name.to_owned(),
            directory,
        }),
        names: Names::new(settings.connection.charset),
        scheme: mode.into(),
        user: site.user.clone(),
        host,
        port: site.port,
    })
}
