//! Makes clients from settings.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use towline::{Client, ClientCertificate, Config, LoginCommand, LoginCommandError, Secret};

use crate::args::value::ProxyChoice;
use crate::credentials::certificate_file;
use crate::credentials::file_access;
use crate::credentials::login::LoginSources;
use crate::credentials::one_host::OneHost;
use crate::credentials::secret;
use crate::error::Error;
use crate::operand::server::Server;
use crate::output::printer::Printer;
use crate::output::status::Reporter;
use crate::settings::proxy_environment::{self, FoundProxy};
use crate::settings::resolved::CertificateFiles;
use crate::settings::secret_source::SecretSource;

/// Makes a client for `server`, whose listings are brief or have all facts. Reads secrets from
/// their sources, or prompts for them.
///
/// # Errors
/// [`Error::Usage`] if a secret is missing; [`Error::Session`] with
/// [`ErrorKind::Usage`](towline::ErrorKind::Usage) if the settings contradict each other or a
/// certificate file cannot be used.
pub(crate) async fn client(
    server: &Server,
    brief_listings: bool,
    one_host: &mut OneHost,
    printer: &Arc<Printer>,
) -> Result<Client, Error> {
    let connections = server.settings.connection.connections;
    let reporter = Reporter::new(Arc::clone(printer), &server.host, connections);
    let config = with_login(server, one_host, printer).await?;
    let config = config.brief_listings(brief_listings);
    Ok(Client::new(config.observer(Arc::new(reporter)))?)
}

/// The configuration for `server`, with the login. Reads secrets from their sources, or prompts for
/// them.
///
/// # Errors
/// [`Error::Usage`] if a secret is missing.
pub(crate) async fn with_login(
    server: &Server,
    one_host: &mut OneHost,
    printer: &Printer,
) -> Result<Config, Error> {
    let config = without_login(server, one_host, printer).await?;
    let login = &server.settings.connection.login;
    let port = server.effective_port(server.tls_mode()?);
    let password = one_host.permit(login.password.as_ref(), &server.host, port, printer);
    let sources = LoginSources::of_process(password, server.settings.connection.timeout);
    let login = sources.login(server, printer).await?;
    Ok(config.user(login.user).password(login.password))
}

/// The configuration for `server`, with every secret but those of the login.
///
/// # Errors
/// As [`with_login`].
pub(crate) async fn without_login(
    server: &Server,
    one_host: &mut OneHost,
    printer: &Printer,
) -> Result<Config, Error> {
    let mut config = without_secrets(server)?;
    let settings = &server.settings.connection;
    let read =
        async |source: &SecretSource| secret::read(source, server, settings.timeout, printer).await;
    let login = &settings.login;
    if let Some(proxy) = proxy(server)? {
        let user = proxy.user.as_deref();
        // With its port.
        let host = proxy.proxy.to_string();
        let source = one_host.permit(login.proxy_password.as_ref(), &host, 0, printer);
        let password = match (user, &source) {
            (Some(_), _) if proxy.password.is_some() => proxy.password.clone(),
            (None, None) => None,
            (Some(_), Some(source)) => Some(read(source).await?),
            (Some(_), None) => {
                Some(ask(&format!("Password for {}: ", proxy.proxy), printer).await?)
            }
            (None, Some(_)) => {
                return Err(Error::usage(
                    "there is a password for the proxy, but no user in the URL of the proxy",
                ));
            }
        };
        let proxy = match (user, password) {
            (Some(user), Some(password)) => proxy.proxy.clone().login(user, password),
            _ => proxy.proxy.clone(),
        };
        config = config.proxy(proxy);
    }
    if let Some(files) = &login.client_certificate {
        let passphrase = match &files.passphrase {
            Some(source) => Some(read(source).await?),
            None if is_encrypted(files)? => {
                Some(ask("Passphrase of the client key: ", printer).await?)
            }
            None => None,
        };
        config = config.client_certificate(load(files, passphrase.as_ref())?);
    }
    let port = server.effective_port(server.tls_mode()?);
    if let Some(source) = one_host.permit(login.account.as_ref(), &server.host, port, printer) {
        config = config.account(read(&source).await?);
    }
    if let Some(known_servers) = &settings.known_servers {
        let (file, risk) = (known_servers.path(), "make you trust another server");
        file_access::warn_if_others_can_write(file, risk, printer);
    }
    Ok(config)
}

/// Checks the settings of `server` as far as possible without secrets and without connecting.
///
/// # Errors
/// If settings contradict each other, or if a file cannot be used.
pub(crate) fn try_out(server: &Server) -> Result<(), Error> {
    let mut config = without_secrets(server)?;
    if let Some(files) = &server.settings.connection.login.client_certificate
        && !is_encrypted(files)?
    {
        config = config.client_certificate(load(files, None)?);
    }
    Client::new(config)?;
    Ok(())
}

/// The configuration for `server`, without secrets.
///
/// # Errors
/// [`Error::Usage`] if the settings cannot be used.
pub(crate) fn without_secrets(server: &Server) -> Result<Config, Error> {
    let settings = &server.settings.connection;
    let mut config = Config::new(&server.host)
        .tls_mode(server.tls_mode()?)
        .tls_versions(settings.tls_min, settings.tls_max)
        .trust(settings.trust.clone())
        .session_reuse(settings.session_reuse)
        .timeout(settings.timeout)
        .retry(settings.retry)
        .pipelining(settings.pipelining)
        .data_mode(settings.data_mode.clone())
        .login_commands(login_commands(&settings.login.commands)?)
        .danger_clear_control(settings.login.clear_control);
    if let Some(port) = server.port {
        config = config.port(port);
    }
    if let Some(rate) = settings.limit_rate {
        config = config.limit_rate(rate);
    }
    if let Some(known_servers) = &settings.known_servers {
        config = config.known_servers(known_servers.clone());
    }
    if let Some(charset) = settings.charset {
        config = config.charset(charset);
    }
    if let Some(proxy) = proxy(server)? {
        config = config.proxy(proxy.proxy);
    }
    Ok(config)
}

/// The proxy for `server`: that of the settings, or of the environment if they say so.
fn proxy(server: &Server) -> Result<Option<FoundProxy>, Error> {
    match &server.settings.connection.proxy {
        None => Ok(None),
        Some(ProxyChoice::Environment) => {
            let port = server.effective_port(server.tls_mode()?);
            proxy_environment::proxy_for(&server.host, port)
        }
        Some(ProxyChoice::Url(url)) => Ok(Some(FoundProxy {
            proxy: url.proxy.clone(),
            user: url.user.clone(),
            password: None,
        })),
    }
}

fn login_commands(lines: &[String]) -> Result<Vec<LoginCommand>, Error> {
    let parsed = lines.iter().map(|line| line.parse());
    let parsed: Result<_, LoginCommandError> = parsed.collect();
    parsed.map_err(|error| Error::usage(error.to_string()))
}

fn is_encrypted(files: &CertificateFiles) -> Result<bool, Error> {
    let CertificateFiles {
        certificate, key, ..
    } = files;
    certificate_file::check_format(certificate)?;
    Ok(ClientCertificate::is_encrypted(
        certificate,
        key.as_deref(),
    )?)
}

fn load(files: &CertificateFiles, passphrase: Option<&Secret>) -> Result<ClientCertificate, Error> {
    let CertificateFiles {
        certificate, key, ..
    } = files;
    let loaded = ClientCertificate::load(certificate, key.as_deref(), passphrase);
    Ok(loaded?)
}

async fn ask(prompt: &str, printer: &Printer) -> Result<Secret, Error> {
    if !io::stderr().is_terminal() || printer.is_silent() {
        let what = prompt.trim_end_matches(": ").to_lowercase();
        return Err(Error::usage(format!(
            "the {what} is required, but there is no terminal to prompt on; see --help for other \
             sources"
        )));
    }
    let prompt = prompt.to_owned();
    let answer = secret::ask(move || rpassword::prompt_password(prompt)).await?;
    secret::one_line(answer, "the answer")
}
