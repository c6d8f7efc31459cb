//! What a server's log says about the TLS sessions of its data connections.

use std::collections::HashSet;
use std::path::Path;
use std::{fs, io};

use crate::servers::{Account, Kind};

/// The number of data connections of one user, by what the server logs about their TLS sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DataSessions {
    /// Data connections that resumed a session that the server accepted.
    pub resumed: usize,
    /// Data connections with a new session that the server accepted.
    pub full: usize,
    /// Data connections that the server refused because of their session.
    pub refused: usize,
}

impl Account {
    /// Returns what the server's log says about this user's data connections so far. Returns `None`
    /// if the server logs nothing about sessions.
    ///
    /// A server logs a connection at the end of its handshake, so the line is there once the final
    /// reply to the transfer has arrived.
    ///
    /// # Errors
    ///
    /// Fails if the log cannot be read.
    pub fn data_sessions(&self) -> io::Result<Option<DataSessions>> {
        let logs = &self.server.logs;
        let sessions = match self.server.kind {
            Kind::VsFtpd => vsftpd(&read(logs, "vsftpd.log")?, &self.user),
            Kind::ProFtpd => proftpd(
                &read(logs, "commands.log")?,
                &read(logs, "tls.log")?,
                &self.user,
            ),
            Kind::PyFtpdlib => pyftpdlib(&read(logs, "pyftpdlib.log")?, &self.user),
            Kind::PureFtpd | Kind::LibUnFtp | Kind::FtpSrv | Kind::AioFtp | Kind::InetUtils => {
                return Ok(None);
            }
        };
        Ok(Some(sessions))
    }
}

/// Counts the sessions in vsftpd's log. With `debug_ssl`, vsftpd logs one line per TLS session.
/// Only the lines of data connections name the user. vsftpd accepts the handshake first and then
/// refuses with a reply.
fn vsftpd(log: &str, user: &str) -> DataSessions {
    let user = format!("] [{user}] ");
    let count = |what: [&str; 2]| {
        let mine = log.lines().filter_map(|line| line.split_once(&user));
        mine.filter(|(_, text)| what.iter().all(|part| text.contains(part)))
            .count()
    };
    let refused = count([
        "FTP response: ",
        "\"522 SSL connection failed: session reuse required",
    ]);
    DataSessions {
        resumed: count(["DEBUG: ", ", reused, "]),
        full: count(["DEBUG: ", ", not reused, "]).saturating_sub(refused),
        refused,
    }
}

/// Counts the sessions in ProFTPD's logs. `TLSLog` names the process, and the command log names the
/// process and the user. A process serves one control connection. ProFTPD logs only the first data
/// connection of a session as accepted, but every data connection that passes as reusing a session.
fn proftpd(commands: &str, tls: &str, user: &str) -> DataSessions {
    let processes: HashSet<&str> = commands
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let process = words.next()?;
            (words.next()? == user).then_some(process)
        })
        .collect();
    let mut sessions = DataSessions::default();
    for line in tls.lines() {
        let Some((head, text)) = line.split_once("]: ") else {
            continue;
        };
        let Some((_, process)) = head
            .rsplit_once(" mod_tls/")
            .and_then(|(_, id)| id.split_once('['))
        else {
            continue;
        };
        if !processes.contains(process) {
            continue;
        }
        // ProFTPD logs a session of another control connection as reused, and rejects it on the
        // next line.
        sessions.resumed += usize::from(text.starts_with("client reused TLS session for data"));
        if text.contains("rejecting data connection") {
            sessions.refused += 1;
            if text.contains("from control channel") {
                sessions.resumed = sessions.resumed.saturating_sub(1);
            }
        }
    }
    sessions
}

/// Counts the lines from the small program that runs pyftpdlib. It never refuses.
fn pyftpdlib(log: &str, user: &str) -> DataSessions {
    let count = |verdict: &str| {
        let line = format!("data connection of {user}: session {verdict}");
        log.lines().filter(|text| text.ends_with(&line)).count()
    };
    DataSessions {
        resumed: count("reused"),
        full: count("not reused"),
        refused: 0,
    }
}

/// Reads a log. A log that does not exist yet counts as empty.
fn read(folder: &Path, name: &str) -> io::Result<String> {
    match fs::read(folder.join(name)) {
        Ok(text) => Ok(String::from_utf8_lossy(&text).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vsftpd_tells_data_connections_from_control_and_users_apart() {
        let log = r#"
Sat Nov 21 01:06:32 2026 [pid 5] DEBUG: Client "127.0.0.1", "SSL version: TLSv1.3, SSL cipher: TLS_AES_256_GCM_SHA384, not reused, no cert"
Sat Nov 21 01:06:32 2026 [pid 5] [mia-1] DEBUG: Client "127.0.0.1", "SSL version: TLSv1.3, SSL cipher: TLS_AES_256_GCM_SHA384, reused, no cert"
Sat Nov 21 01:06:32 2026 [pid 5] [mia-12] DEBUG: Client "127.0.0.1", "SSL version: TLSv1.3, SSL cipher: TLS_AES_256_GCM_SHA384, reused, no cert"
Sat Nov 21 01:06:33 2026 [pid 5] [mia-1] DEBUG: Client "127.0.0.1", "SSL version: TLSv1.3, SSL cipher: TLS_AES_256_GCM_SHA384, not reused, no cert"
Sat Nov 21 01:06:33 2026 [pid 6] [mia-1] FTP response: Client "127.0.0.1", "522 SSL connection failed: session reuse required"
"#;
        let expected = DataSessions {
            resumed: 1,
            full: 0,
            refused: 1,
        };
        assert_eq!(vsftpd(log, "mia-1"), expected);
    }

    #[test]
    fn proftpd_finds_the_processes_of_a_user() {
        let commands = "7 - AUTH TLS -> 234\n7 mia USER mia -> 331\n8 eve USER eve -> 331\n";
        let tls = "\
2026-11-21 01:06:32,787 mod_tls/2.9.2[7]: TLSv1.3 connection accepted, using cipher X (256 bits)
2026-11-21 01:06:32,787 mod_tls/2.9.2[7]: client reused TLS session for data connection
2026-11-21 01:06:32,787 mod_tls/2.9.2[8]: client reused TLS session for data connection
2026-11-21 01:06:32,787 mod_tls/2.9.2[7]: client did not reuse TLS session, rejecting data connection (see the NoSessionReuseRequired TLSOptions parameter)
2026-11-21 01:06:32,787 mod_tls/2.9.2[7]: client reused TLS session for data connection
2026-11-21 01:06:32,787 mod_tls/2.9.2[7]: Client did not reuse TLS session from control channel, rejecting data connection (see the NoSessionReuseRequired TLSOptions parameter)
";
        let expected = DataSessions {
            resumed: 1,
            full: 0,
            refused: 2,
        };
        assert_eq!(proftpd(commands, tls, "mia"), expected);
    }

    #[test]
    fn pyftpdlib_counts_both_verdicts() {
        let log = "x data connection of mia: session reused\n\
                   x data connection of mia: session not reused\n\
                   x data connection of mia-1: session reused\n";
        let expected = DataSessions {
            resumed: 1,
            full: 1,
            refused: 0,
        };
        assert_eq!(pyftpdlib(log, "mia"), expected);
    }
}
