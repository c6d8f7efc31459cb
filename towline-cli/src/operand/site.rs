//! The servers that sites of the configuration file stand for.

use towline::RemotePath;

use crate::error::Error;
use crate::operand::address;
use crate::operand::names::Names;
use crate::operand::server::{Server, Site};
use crate::settings::resolved::Settings;

/// The server that a site's settings describe.
///
/// # Errors
/// [`Error::Usage`] where no server can have such a name, or no path be as given.
pub(crate) fn server(name: &str, settings: &Settings) -> Result<Server, Error> {
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
        names: Names::new(settings.connection.charset),
        scheme: mode.into(),
        user: site.user.clone(),
        host,
        port: site.port,
    })
}
