//! Who logs in, and with what password.
//!
//! The user comes from the URL, else from `~/.netrc`, else from a prompt. The password comes from
//! the first of these that has one: `--password-file` or `--password-command`,
//! `TOWLINE_PASSWORD`, `~/.netrc`, a prompt. Messages name the source and never the secret.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use towline::Secret;

use crate::error::{Error, escape_path};
use crate::netrc;
use crate::printer::Printer;
use crate::remote::Server;

/// What the command line says about the password.
#[derive(Clone, Debug)]
pub(crate) enum PasswordOption {
    File(PathBuf),
    Command(OsString),
}

/// A user and a password.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: Secret,
}

/// Where to look.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    option: Option<PasswordOption>,
    /// `TOWLINE_PASSWORD`.
    environment: Option<Secret>,
    netrc: Option<PathBuf>,
    /// Somebody is there to be asked.
    terminal: bool,
}

const VARIABLE: &str = "TOWLINE_PASSWORD";

/// A command may have to wait for a person who unlocks a key, but not for ever.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);

/// Far above any password; keeps an endless file or command from filling memory.
const LONGEST: u64 = 64 * 1024;

impl Sources {
    /// The sources that this process has.
    ///
    /// # Errors
    /// [`Error::Usage`] where the environment variable is not UTF-8.
    pub(crate) fn of_process(option: Option<PasswordOption>) -> Result<Self, Error> {
        let environment = match env::var_os(VARIABLE) {
            None => None,
            Some(value) if value.is_empty() => None,
            Some(value) => {
                let value = value
                    .into_string()
                    .map_err(|_| Error::usage(format!("{VARIABLE} is not UTF-8")))?;
                Some(password(value, VARIABLE)?)
            }
        };
        Ok(Self {
            option,
            environment,
            netrc: env::home_dir().map(|home| home.join(".netrc")),
            terminal: io::stderr().is_terminal(),
        })
    }

    /// The login for `server`.
    ///
    /// # Errors
    /// [`Error::Usage`] where a source cannot be used or none has what is needed.
    pub(crate) async fn login(&self, server: &Server, printer: &Printer) -> Result<Login, Error> {
        let given = match (&self.option, &self.environment) {
            (Some(PasswordOption::File(path)), _) => Some(from_file(path, printer).await?),
            (Some(PasswordOption::Command(command)), _) => Some(from_command(command).await?),
            (None, Some(password)) => Some(password.clone()),
            (None, None) => None,
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
            None => self.ask_user(server).await?,
        };
        let password = match password {
            Some(password) => password,
            None => self.ask_password(server, &user).await?,
        };
        Ok(Login { user, password })
    }

    fn netrc_login(&self, server: &Server, printer: &Printer) -> Option<netrc::Login> {
        let path = self.netrc.as_deref()?;
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                printer.warning(&format!("{}: {error}; not used", escape_path(path)));
                return None;
            }
        };
        let login = netrc::find(&text, &server.host, server.user.as_deref())?;
        warn_if_others_can_read(path, printer);
        Some(login)
    }

    async fn ask_user(&self, server: &Server) -> Result<String, Error> {
        if !self.terminal {
            return Err(Error::usage(format!(
                "no user name for {0}: write it in the URL (ftpes://USER@{0}/) or in ~/.netrc",
                server.host
            )));
        }
        let prompt = format!("User for {}: ", server.host);
        let user = ask(move || {
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
            return Err(Error::usage("no user name was given"));
        }
        Ok(user)
    }

    async fn ask_password(&self, server: &Server, user: &str) -> Result<Secret, Error> {
        if user.eq_ignore_ascii_case("anonymous") {
            // RFC 1635 section 3: any password that looks like an address.
            return Ok(Secret::new("anonymous@"));
        }
        if !self.terminal {
            return Err(Error::usage(format!(
                "no password for {user} at {}: give --password-file, --password-command, \
                 {VARIABLE} or a line in ~/.netrc",
                server.host
            )));
        }
        let prompt = format!("Password for {user} at {}: ", server.host);
        let answer = ask(move || rpassword::prompt_password(prompt)).await?;
        password(answer, "the password that was typed")
    }
}

async fn ask(
    prompt: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> Result<String, Error> {
    match tokio::task::spawn_blocking(prompt).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Interrupted),
        Ok(Err(error)) => Err(Error::usage(format!("nothing could be asked: {error}"))),
        Err(_) => Err(Error::Interrupted),
    }
}

async fn from_file(path: &Path, printer: &Printer) -> Result<Secret, Error> {
    let source = escape_path(path);
    let mut text = String::new();
    let read = async {
        let file = File::open(path).await?;
        file.take(LONGEST).read_to_string(&mut text).await
    };
    if let Err(error) = read.await {
        return Err(Error::usage(format!("--password-file {source}: {error}")));
    }
    warn_if_others_can_read(path, printer);
    first_line(Secret::new(text), &source)
}

async fn from_command(command: &OsString) -> Result<Secret, Error> {
    let failed = |reason: String| Error::usage(format!("--password-command {reason}"));
    let mut child = shell(command)
        .stdout(Stdio::piped())
        .env_remove(VARIABLE)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("could not be started: {error}")))?;
    let mut text = String::new();
    let run = async {
        if let Some(stdout) = child.stdout.take() {
            stdout.take(LONGEST).read_to_string(&mut text).await?;
        }
        child.wait().await
    };
    let status = match tokio::time::timeout(COMMAND_LIMIT, run).await {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => return Err(failed(format!("failed: {error}"))),
        Err(_) => {
            let limit = COMMAND_LIMIT.as_secs();
            return Err(failed(format!("did not end within {limit} seconds")));
        }
    };
    // Owned by a secret before any return, so that it is wiped.
    let text = Secret::new(text);
    if !status.success() {
        return Err(failed(format!("failed ({status})")));
    }
    first_line(text, "--password-command")
}

#[cfg(not(windows))]
fn shell(command: &OsString) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(windows)]
fn shell(command: &OsString) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

fn first_line(text: Secret, source: &str) -> Result<Secret, Error> {
    match text.reveal().lines().next() {
        None | Some("") => Err(Error::usage(format!("{source} gave no password"))),
        Some(line) => password(line.to_owned(), source),
    }
}

/// A password has to fit into one line of the protocol.
fn password(text: String, source: &str) -> Result<Secret, Error> {
    let secret = Secret::new(text);
    if secret.reveal().contains(['\r', '\n', '\0']) {
        return Err(Error::usage(format!(
            "{source} holds a line break or NUL, which no FTP password can"
        )));
    }
    Ok(secret)
}

#[cfg(unix)]
fn warn_if_others_can_read(path: &Path, printer: &Printer) {
    use std::os::unix::fs::PermissionsExt as _;
    // Pipes, as in `--password-file <(...)`, are nobody else's.
    let open_to_others = fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0);
    if open_to_others {
        let path = escape_path(path);
        printer.warning(&format!(
            "{path} holds a password and is open to other users (chmod 600)"
        ));
    }
}

/// Access lists are the business of the system where there are no mode bits.
#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path, _: &Printer) {}

#[cfg(test)]
mod tests;
