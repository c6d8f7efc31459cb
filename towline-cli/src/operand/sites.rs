//! Parses operands, with the settings of their servers.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::sync::Arc;

use towline::RemotePath;

use crate::error::{Error, quote_path};
use crate::operand::address;
use crate::operand::parse::{Operand, Place};
use crate::operand::pattern::no_pattern;
use crate::operand::remote::Remote;
use crate::operand::server::{Scheme, Server, Site};
use crate::settings::configuration::Configuration;
use crate::settings::gateway::GatewaySettings;
use crate::settings::resolved::Settings;
use crate::settings::site_name::is_site_name;

/// Resolves operands: URLs, and the sites of the configuration file.
#[derive(Debug)]
pub(crate) struct Sites {
    configuration: Configuration,
    /// The settings for URLs.
    url_settings: Arc<Settings>,
    /// The sites that operands have named so far.
    named: BTreeMap<String, Server>,
}

impl Sites {
    /// # Errors
    /// [`Error::Usage`] if settings for URLs contradict each other.
    pub(crate) fn new(configuration: Configuration) -> Result<Self, Error> {
        Ok(Self {
            url_settings: Arc::new(configuration.settings(None)?),
            configuration,
            named: BTreeMap::new(),
        })
    }

    /// Parses an operand that must be a remote path without a pattern.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is not.
    pub(crate) fn remote(&mut self, operand: &OsStr) -> Result<Remote, Error> {
        match self.place(operand)? {
            Place::Glob(_) => Err(no_pattern()),
            Place::Exact(remote) => Ok(remote),
        }
    }

    /// Parses an operand that must be a remote path or pattern.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is not.
    pub(crate) fn place(&mut self, operand: &OsStr) -> Result<Place, Error> {
        match self.operand(operand)? {
            Operand::Place(place) => Ok(*place),
            Operand::Local(path) => Err(Error::usage(format!(
                "{} is a local path; a URL (ftpes://user@host/path) or SITE:path is required",
                quote_path(&path)
            ))),
        }
    }

    /// Parses a remote or local operand.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is neither, or if the settings of its site are wrong.
    pub(crate) fn operand(&mut self, operand: &OsStr) -> Result<Operand, Error> {
        let settings = Arc::clone(&self.url_settings);
        let operand = Operand::parse(operand, &settings, |site| self.site(site))?;
        if let Operand::Place(place) = &operand {
            place.server().tls_mode()?;
        }
        Ok(operand)
    }

    /// Parses an operand that names a server: a site, with or without a colon, or a URL.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is neither, or has a path.
    pub(crate) fn server(&mut self, operand: &OsStr) -> Result<Remote, Error> {
        let name = operand.to_str().filter(|name| is_site_name(name));
        let file = self.configuration.file();
        let remote = match name {
            Some(name) if !file.sites().any(|site| site == name) => {
                return Err(Error::usage(file.lack_of(name)));
            }
            Some(name) => Remote::at(self.site(name)?, b"")?,
            None => self.remote(operand)?,
        };
        let directory = remote.server.site.as_ref().map(|site| &site.directory);
        if remote.is_top() || directory == Some(&remote.path) {
            return Ok(remote);
        }
        Err(Error::usage(
            "the first operand is a server, without a path: SITE, or ftpes://user@host",
        ))
    }

    /// The settings of the gateway.
    ///
    /// # Errors
    /// [`Error::Usage`] if the configuration file has a mistake there.
    pub(crate) fn gateway(&self) -> Result<GatewaySettings, Error> {
        self.configuration.file().gateway().cloned()
    }

    /// Parses an operand that names a server: a site, a URL, or `HOST[:PORT]`.
    ///
    /// # Errors
    /// [`Error::Usage`] if it is none of these.
    pub(crate) fn server_or_address(&mut self, operand: &OsStr) -> Result<Remote, Error> {
        let bytes = operand.as_encoded_bytes();
        let is_site = {
            let mut sites = self.configuration.file().sites();
            sites.any(|site| bytes == site.as_bytes())
        };
        if address::is_url(bytes) || is_site || self.begins_with_site(operand) {
            return self.server(operand);
        }
        let (host, port) = address::parse_address(bytes)?;
        let server = Server {
            site: None,
            scheme: Scheme::Ftpes,
            user: None,
            host,
            port,
            settings: Arc::clone(&self.url_settings),
        };
        Remote::at(server, b"")
    }

    /// The server `host` with the settings for URLs, but without an account: the server is not one
    /// that the user has chosen for it.
    pub(crate) fn unnamed(&self, host: &str) -> Server {
        let mut settings = Settings::clone(&self.url_settings);
        settings.connection.login.account = None;
        Server {
            site: None,
            scheme: Scheme::Ftpes,
            user: None,
            host: host.to_owned(),
            port: None,
            settings: Arc::new(settings),
        }
    }

    /// Whether the text before a colon is the name of a site.
    pub(crate) fn begins_with_site(&self, operand: &OsStr) -> bool {
        let operand = operand.as_encoded_bytes();
        let mut sites = self.configuration.file().sites();
        sites.any(|site| {
            let rest = operand.strip_prefix(site.as_bytes());
            rest.is_some_and(|rest| rest.starts_with(b":"))
        })
    }

    fn site(&mut self, name: &str) -> Result<Server, Error> {
        if let Some(server) = self.named.get(name) {
            return Ok(server.clone());
        }
        let server = site(name, self.configuration.settings(Some(name))?)?;
        self.named.insert(name.to_owned(), server.clone());
        Ok(server)
    }
}

/// The server of the site `name` with these settings.
///
/// # Errors
/// [`Error::Usage`] if the host or the path is not valid.
pub(crate) fn site(name: &str, settings: Settings) -> Result<Server, Error> {
    let wrong = |key: &str, reason: &str| Error::usage(format!("[site.{name}]: {key}: {reason}"));
    let site = &settings.site;
    let host = site.host.as_deref().unwrap_or_default();
    let Some(host) = address::parse_host(host) else {
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
        scheme: mode.into(),
        user: site.user.clone(),
        host,
        port: site.port,
        settings: Arc::new(settings),
    })
}
