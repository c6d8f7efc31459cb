//! Reads secrets from their sources. Messages name the source, never the secret.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use towline::Secret;
use zeroize::Zeroizing;

use crate::credentials::file_access;
use crate::credentials::terminal_modes::TerminalModes;
use crate::error::{Error, escape_path};
use crate::operand::server::Server;
use crate::output::printer::Printer;
use crate::settings::environment;
use crate::settings::secret_source::SecretSource;

/// No secret is this long. The limit keeps an endless file or command from filling memory.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Reads the secret for `server` from `source`, within the time `limit`.
///
/// # Errors
/// [`Error::Usage`] if there is no secret, or if it does not fit into a line of FTP.
pub(crate) async fn read(
    source: &SecretSource,
    server: &Server,
    limit: Duration,
    printer: &Printer,
) -> Result<Secret, Error> {
    match source {
        #[cfg(feature = "keyring")]
        SecretSource::Keyring => from_keyring(server, limit).await,
        SecretSource::File(path) => from_file(path, printer).await,
        SecretSource::Command(command) => from_command(command, &server.host, limit).await,
        SecretSource::Variable(name) => from_variable(name),
    }
}

/// Runs a prompt on the terminal.
///
/// # Errors
/// [`Error::Usage`] if the prompt fails; [`Error::Interrupted`].
pub(crate) async fn ask(
    prompt: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> Result<String, Error> {
    // If a signal drops this future, the prompt cannot restore the modes.
    let _modes = TerminalModes::current();
    match tokio::task::spawn_blocking(prompt).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Err(Error::Interrupted),
        Ok(Err(error)) => Err(Error::usage(format!("cannot prompt: {error}"))),
        Err(_) => Err(Error::Interrupted),
    }
}

/// Checks that a secret fits into a line of FTP.
///
/// # Errors
/// [`Error::Usage`], which names `source`.
pub(crate) fn one_line(text: String, source: &str) -> Result<Secret, Error> {
    let secret = Secret::new(text);
    if secret.reveal().contains(['\r', '\n', '\0']) {
        return Err(Error::usage(format!(
            "{source} contains a line break or NUL, which FTP does not allow in a password"
        )));
    }
    Ok(secret)
}

async fn from_file(path: &Path, printer: &Printer) -> Result<Secret, Error> {
    let source = escape_path(path);
    let mut bytes = Zeroizing::new(Vec::new());
    let read = async {
        let file = File::open(path).await?;
        file.take(LONGEST_SECRET).read_to_end(&mut bytes).await
    };
    if let Err(error) = read.await {
        return Err(Error::usage(format!("{source}: {error}")));
    }
    file_access::warn_if_others_can_read(path, printer);
    first_line(text(&bytes, &source)?, &source)
}

/// The text of a password file.
fn text(bytes: &[u8], source: &str) -> Result<Secret, Error> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Secret::new(text));
    }
    let what = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "is UTF-16",
        _ => "is not UTF-8",
    };
    Err(Error::usage(format!(
        "{source} {what}; save the password file as UTF-8"
    )))
}

async fn from_command(command: &OsString, host: &str, limit: Duration) -> Result<Secret, Error> {
    let failed = |reason: String| Error::usage(format!("the password command for {host} {reason}"));
    let mut shell = shell(command);
    for variable in environment::secret_variables() {
        shell.env_remove(variable);
    }
    let mut child = shell
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("could not be started: {error}")))?;
    let mut text = String::new();
    let run = async {
        if let Some(stdout) = child.stdout.take() {
            stdout
                .take(LONGEST_SECRET)
                .read_to_string(&mut text)
                .await?;
        }
        child.wait().await
    };
    let status = match tokio::time::timeout(limit, run).await {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => return Err(failed(format!("failed: {error}"))),
        Err(_) => {
            let limit = limit.as_secs();
            return Err(failed(format!(
                "did not finish within {limit} seconds (--timeout)"
            )));
        }
    };
    // A `Secret` is wiped when it is dropped.
    let text = Secret::new(text);
    if !status.success() {
        return Err(failed(format!("failed ({status})")));
    }
    first_line(text, "the output of the password command")
}

fn from_variable(name: &str) -> Result<Secret, Error> {
    let value = env::var_os(name).unwrap_or_default();
    match value.into_string() {
        Ok(value) => one_line(value, name),
        Err(_) => Err(Error::usage(format!("{name} is not UTF-8"))),
    }
}

#[cfg(feature = "keyring")]
async fn from_keyring(server: &Server, limit: Duration) -> Result<Secret, Error> {
    let failed = |reason: &str| Error::usage(format!("the keyring: {reason}"));
    let Some(user) = &server.user else {
        return Err(failed("the URL or the site must name the user"));
    };
    let entry = format!("{user}@{}", server.host);
    let look = tokio::task::spawn_blocking(move || {
        keyring::Entry::new("towline", &entry).and_then(|entry| entry.get_password())
    });
    match tokio::time::timeout(limit, look).await {
        Ok(Ok(Ok(password))) => one_line(password, "the keyring"),
        Ok(Ok(Err(error))) => Err(failed(&error.to_string())),
        Ok(Err(_)) => Err(Error::Interrupted),
        Err(_) => Err(failed("it did not answer within --timeout")),
    }
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
    // Some editors on Windows put a byte order mark before the text.
    let text = text.reveal();
    match text.strip_prefix('\u{feff}').unwrap_or(text).lines().next() {
        None | Some("") => Err(Error::usage(format!(
            "no password in the first line of {source}"
        ))),
        Some(line) => one_line(line.to_owned(), source),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::operand::remote::Remote;
    use crate::output::printer::Verbosity;

    const LIMIT: Duration = Duration::from_secs(20);

    async fn secret(source: SecretSource, limit: Duration) -> Result<String, String> {
        let printer = Printer::new(Verbosity::Quiet, false, false);
        let server = Remote::parse(b"ftpes://h/").unwrap().server;
        match read(&source, &server, limit, &printer).await {
            Ok(secret) => Ok(secret.reveal().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn command(text: &str) -> SecretSource {
        SecretSource::Command(text.into())
    }

    #[tokio::test]
    async fn a_file_and_a_command_give_their_first_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "one\ntwo\n").unwrap();
        let source = SecretSource::File(file.path().to_owned());
        assert_eq!(secret(source, LIMIT).await.as_deref(), Ok("one"));
        let source = command("echo one; echo two");
        assert_eq!(secret(source, LIMIT).await.as_deref(), Ok("one"));
    }

    #[tokio::test]
    async fn a_byte_order_mark_is_not_part_of_the_password() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "\u{feff}one\r\n").unwrap();
        let source = SecretSource::File(file.path().to_owned());
        assert_eq!(secret(source, LIMIT).await.as_deref(), Ok("one"));
        fs::write(&file, "\u{feff}\r\n").unwrap();
        let source = SecretSource::File(file.path().to_owned());
        assert!(
            secret(source, LIMIT)
                .await
                .unwrap_err()
                .contains("no password")
        );
    }

    #[tokio::test]
    async fn a_file_in_another_encoding_is_named_as_such() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let utf16 = "\u{feff}one\r\n".encode_utf16().flat_map(u16::to_le_bytes);
        for (bytes, words) in [
            (utf16.collect::<Vec<_>>(), "is UTF-16; save"),
            (b"caf\xe9\n".to_vec(), "is not UTF-8; save"),
        ] {
            fs::write(&file, bytes).unwrap();
            let source = SecretSource::File(file.path().to_owned());
            let refused = secret(source, LIMIT).await.unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_command_that_fails_or_says_nothing_is_an_error_without_its_output() {
        for text in ["echo hunter2; exit 3", "true", "echo"] {
            let refused = secret(command(text), LIMIT).await.unwrap_err();
            assert!(refused.contains("password command"), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_command_is_given_no_longer_than_the_limit() {
        let refused = secret(command("sleep 60"), Duration::from_millis(50)).await;
        assert!(refused.unwrap_err().contains("--timeout"));
    }

    #[tokio::test]
    async fn what_cannot_be_a_password_is_refused_by_source_alone() {
        for text in ["", "\n", "hun\0ter2\n", "hun\rter2\n"] {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(&file, text).unwrap();
            let source = SecretSource::File(file.path().to_owned());
            let refused = secret(source, LIMIT).await.unwrap_err();
            assert!(refused.contains("password"), "{refused}");
            assert!(!refused.contains("hun"), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let refused = secret(SecretSource::File("no/such".into()), LIMIT).await;
        assert!(refused.unwrap_err().starts_with("no/such: "));
    }
}
