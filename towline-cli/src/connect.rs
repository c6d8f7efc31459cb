//! From settings to the library's configuration.

use towline::Config;

use crate::error::Error;
use crate::remote::Server;
use crate::settings::ConnectionSettings;

/// How to reach `server`. Who logs in is not yet part of it.
///
/// # Errors
/// [`Error::Usage`] where nothing says how to encrypt.
pub(crate) fn config(server: &Server, settings: &ConnectionSettings) -> Result<Config, Error> {
    let mut config = Config::new(&server.host)
        .tls_mode(server.tls_mode(settings.tls_mode)?)
        .tls_versions(settings.tls_min, settings.tls_max)
        .trust(settings.trust.clone())
        .session_reuse(settings.session_reuse)
        .timeout(settings.timeout);
    if let Some(port) = server.port {
        config = config.port(port);
    }
    Ok(config)
}
