//! Finds the user and the password.
//!
//! The user comes from the URL or the site, or else from `~/.netrc`, or else from a prompt. The
//! password comes from the source in the settings, or else from `~/.netrc`, or else from a prompt.

use std::env;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use towline::Secret;

use crate::credentials::file_access;
use crate::credentials::netrc;
use crate::credentials::secret;
use crate::error::{Error, escape_path};
use crate::operand::server::Server;
use crate::output::printer::Printer;
use crate::settings::secret_source::SecretSource;

/// A user and a password.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: Secret,
}

/// The sources of users and passwords.
#[derive(Clone, Debug)]
pub(crate) struct LoginSources {
    password: Option<SecretSource>,
    /// The time limit for reading the password from its source.
    limit: Duration,
    netrc: Option<PathBuf>,
    /// Whether there is a terminal to prompt on.
    terminal: bool,
}

impl LoginSources {
    /// The sources of this process.
    pub(crate) fn of_process(password: Option<SecretSource>, limit: Duration) -> Self {
        Self {
            password,
            limit,
            netrc: env::home_dir().map(|home| home.join(".netrc")),
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Finds the login for `server`.
    ///
    /// # Errors
    /// [`Error::Usage`] if the source of the password fails, or if there is no user or password.
    pub(crate) async fn login(&self, server: &Server, printer: &Printer) -> Result<Login, Error> {
        let given = match &self.password {
            Some(source) => Some(secret::read(source, server, self.limit, printer).await?),
            None => None,
        };
        let (user, password) = match (server.user.clone(), given) {
            (Some(user), Some(password)) => return Ok(Login { user, password }),
            (user, given) => {
                let found = self.netrc_login(server, printer);
                let (login, password) =
                    found.map_or((None, None), |found| (found.user, found.password));
                (user.or(login), given.or(password))
            }
        };
        let user = match user {
            Some(user) => user,
            None => self.ask_user(server, printer).await?,
        };
        let password = match password {
            Some(password) => password,
            None => self.ask_password(server, &user, printer).await?,
        };
        Ok(Login { user, password })
    }

    fn netrc_login(&self, server: &Server, printer: &Printer) -> Option<netrc::Login> {
        let path = self.netrc.as_deref()?;
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                printer.warning(&format!(
                    "{}: {error}; the file is ignored",
                    escape_path(path)
                ));
                return None;
            }
        };
        let login = match netrc::find(&text, &server.host, server.user.as_deref()) {
            Ok(login) => login?,
            Err(error) => {
                printer.warning(&format!(
                    "{}: {error}; the file is ignored",
                    escape_path(path)
                ));
                return None;
            }
        };
        file_access::warn_if_others_can_read(path, printer);
        Some(login)
    }

    async fn ask_user(&self, server: &Server, printer: &Printer) -> Result<String, Error> {
        if !self.terminal || printer.is_silent() {
            return Err(Error::usage(format!(
                "no user name for {0}; put it in the URL (ftpes://USER@{0}/) or in ~/.netrc",
                server.host
            )));
        }
        let prompt = format!("User for {}: ", server.host);
        let user = secret::ask(move || {
            rpassword::prompt_password_with_config(
                prompt,
                rpassword::ConfigBuilder::new()
                    .password_feedback_partial_mask('*', usize::MAX)
                    .build(),
            )
        })
        .await?;
        let user = user.trim().to_owned();
        if user.is_empty() {
            return Err(Error::usage("no user name was entered"));
        }
        Ok(user)
    }

    async fn ask_password(
        &self,
        server: &Server,
        user: &str,
        printer: &Printer,
    ) -> Result<Secret, Error> {
        if user.eq_ignore_ascii_case("anonymous") {
            // RFC 1635, section 3: any password that looks like an address.
            return Ok(Secret::new("anonymous@"));
        }
        if !self.terminal || printer.is_silent() {
            return Err(Error::usage(format!(
                "no password for {user} at {}; use --password-file, --password-command, \
                 TOWLINE_PASSWORD or ~/.netrc",
                server.host
            )));
        }
        let prompt = format!("Password for {user} at {}: ", server.host);
        let answer = secret::ask(move || rpassword::prompt_password(prompt)).await?;
        secret::one_line(answer, "the password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operand::remote::Remote;
    use crate::output::printer::Verbosity;

    const NOBODY: LoginSources = LoginSources {
        password: None,
        limit: Duration::from_secs(20),
        netrc: None,
        terminal: false,
    };

    async fn login(sources: &LoginSources, url: &str) -> Result<(String, String), String> {
        let printer = Printer::new(Verbosity::Quiet, false, false);
        let server = Remote::parse(url.as_bytes()).unwrap().server;
        match sources.login(&server, &printer).await {
            Ok(login) => Ok((login.user, login.password.reveal().to_owned())),
            Err(error) => Err(error.to_string()),
        }
    }

    fn pair(user: &str, password: &str) -> Result<(String, String), String> {
        Ok((user.to_owned(), password.to_owned()))
    }

    fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    #[tokio::test]
    async fn what_the_settings_say_beats_netrc() {
        let directory = tempfile::tempdir().unwrap();
        let netrc = file(&directory, "netrc", "machine h login ann password two");
        let mut sources = LoginSources {
            netrc: Some(netrc),
            ..NOBODY
        };
        assert_eq!(login(&sources, "ftpes://h/").await, pair("ann", "two"));
        let path = file(&directory, "password", "one\nmore\n");
        sources.password = Some(SecretSource::File(path));
        assert_eq!(login(&sources, "ftpes://bob@h/").await, pair("bob", "one"));
        assert_eq!(login(&sources, "ftpes://h/").await, pair("ann", "one"));
    }

    #[tokio::test]
    async fn anonymous_needs_no_password() {
        assert_eq!(
            login(&NOBODY, "ftpes://anonymous@h/").await,
            pair("anonymous", "anonymous@")
        );
    }

    #[tokio::test]
    async fn without_anybody_to_ask_the_sources_are_named() {
        let no_password = login(&NOBODY, "ftpes://ann@h/").await.unwrap_err();
        assert!(no_password.contains("TOWLINE_PASSWORD"), "{no_password}");
        let no_user = login(&NOBODY, "ftpes://h/").await.unwrap_err();
        assert!(no_user.contains("no user name for h"), "{no_user}");
    }

    #[test]
    fn debug_output_hides_the_password() {
        let login = Login {
            user: "ann".to_owned(),
            password: Secret::new("hunter2"),
        };
        assert!(!format!("{login:?}").contains("hunter2"));
    }
}
