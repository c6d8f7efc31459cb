//! The tables of the matrix: what the tests try on which servers.

use std::slice;

use crate::cell::Cell;
use crate::servers::RealServer;

/// One table: a row for each server, or for each TLS version that it supports, and a column for
/// each operation.
#[derive(Debug)]
pub struct Theme {
    /// Its heading.
    pub title: &'static str,
    /// What `ok` means in this table, and which other words it uses.
    pub about: &'static str,
    /// The servers, by name.
    pub servers: &'static [&'static str],
    /// The operations.
    pub operations: &'static [&'static str],
    /// Whether each TLS version has a row of its own.
    pub each_version: bool,
}

/// All tables, in display order.
pub static THEMES: [&Theme; 11] = [
    &FILES,
    &MOVING,
    &MANY_FILES,
    &MIRRORS,
    &ROUTES,
    &TRUST,
    &CLIENT_CERTIFICATES,
    &CLEAR_TEXT,
    &CHARSET,
    &PROGRAM,
    &UNFAMILIAR,
];

/// The operations that every user needs.
pub static FILES: Theme = Theme {
    title: "Files",
    about: "`ok`: done, and the bytes at the other end are right.",
    servers: &[
        "vsftpd",
        "vsftpd-implicit",
        "vsftpd-self-signed",
        "proftpd",
        "proftpd-tls12",
        "proftpd-implicit",
        "pure-ftpd",
        "pyftpdlib",
    ],
    operations: &[
        "ls",
        "get",
        "put",
        "overwrite",
        "rename",
        "delete",
        "zero bytes",
        "non-ASCII name",
        "550",
    ],
    each_version: true,
};

/// Resuming, appending, comparing, and times.
pub static MOVING: Theme = Theme {
    title: "Resuming, appending, verifying, and times",
    about: "`SHA-512`: the digest by which both ends were compared. `not offered`: the server \
            has no command for it, which the library reports before the transfer, or in a note.",
    servers: &[
        "vsftpd",
        "proftpd",
        "proftpd-digests",
        "pure-ftpd",
        "pyftpdlib",
    ],
    operations: &[
        "resume get",
        "resume put",
        "append",
        "verify get",
        "verify put",
        "time of get",
        "time of put",
    ],
    each_version: true,
};

/// Hundreds of small files.
pub static MANY_FILES: Theme = Theme {
    title: "Many small files",
    about: "500 files up and down again, 100 on servers with a limit and on pyftpdlib. `ok`: \
            each file is prepared while the one before it moves, all are verified, the bytes at \
            the other end are right, and every data connection resumed the session of its own \
            control connection. `not resumed`: the same, but the server gives nothing to resume \
            with. `one by one`: the server does not support commands sent ahead, and gets none. \
            `limit`: more connections were asked for than the server allows, and as many as it \
            allows did the work.",
    servers: &[
        "vsftpd",
        "vsftpd-limited",
        "proftpd",
        "proftpd-tls12",
        "proftpd-limited",
        "pure-ftpd",
        "pure-ftpd-limited",
        "pyftpdlib",
    ],
    operations: &["1 connection", "8 connections"],
    each_version: true,
};

/// Directories that are kept in step.
pub static MIRRORS: Theme = Theme {
    title: "Mirrors",
    about: "`ok`: the trees are equal afterwards, and a second run does nothing. `changes`: a file \
            that changed and kept its size, and a directory that is gone. `move`: each source is \
            removed once its copy is verified. `kill`: moves that are killed again and again lose \
            no file, and in these runs copy none twice; [mirror.md](mirror.md) names the moments at \
            which a kill can cause a second copy.",
    servers: &["vsftpd", "proftpd", "pure-ftpd", "pyftpdlib"],
    operations: &["up", "down", "changes", "move", "kill"],
    each_version: true,
};

/// How connections are made.
pub static ROUTES: Theme = Theme {
    title: "Passive, active, IPv6, and proxies",
    about: "`ok`: listings, downloads and uploads, each resumed if the server demands it. The \
            proxies look up the server's name.",
    servers: &[
        "vsftpd",
        "vsftpd-implicit",
        "vsftpd-ipv6",
        "proftpd",
        "proftpd-tls12",
        "proftpd-implicit",
        "proftpd-ipv6",
        "pure-ftpd",
        "pure-ftpd-ipv6",
        "pyftpdlib",
        "pyftpdlib-ipv6",
    ],
    operations: &["passive", "active", "HTTP CONNECT", "SOCKS5"],
    each_version: true,
};

/// Which certificates a client trusts.
pub static TRUST: Theme = Theme {
    title: "Trust",
    about: "`ok`: a server is accepted by its CA, by its pin, on first use and on second use. A \
            server with another pin or a changed certificate is rejected before the password is \
            sent.",
    servers: &[
        "vsftpd",
        "vsftpd-self-signed",
        "proftpd",
        "proftpd-implicit",
        "pure-ftpd",
        "pyftpdlib",
    ],
    operations: &[
        "CA file",
        "pin",
        "another's pin",
        "first use",
        "second use",
        "changed",
    ],
    each_version: true,
};

/// Servers that require client certificates.
pub static CLIENT_CERTIFICATES: Theme = Theme {
    title: "Client certificates",
    about: "`ok`: with a certificate, files move; without one, the client is rejected before it \
            can log in.",
    servers: &[
        "vsftpd-client-certificate",
        "proftpd-client-certificate",
        "pure-ftpd-client-certificate",
    ],
    operations: &["shown", "none"],
    each_version: true,
};

/// Servers without TLS, or with optional TLS.
pub static CLEAR_TEXT: Theme = Theme {
    title: "With and without TLS",
    about: "The result of each setting: files move inside `TLS`, in `clear text`, or not at all \
            (`refused`). Two servers without TLS are refused with `if-available`: vsftpd answers \
            `AUTH` with 530, which does not mean that it does not know the command, and \
            Pure-FTPd announces `AUTH TLS` although it has no TLS.",
    servers: &[
        "vsftpd",
        "vsftpd-optional",
        "vsftpd-clear",
        "proftpd",
        "proftpd-clear",
        "pure-ftpd",
        "pure-ftpd-optional",
        "pure-ftpd-clear",
        "pyftpdlib",
        "inetutils",
        "ftp-srv",
    ],
    operations: &["explicit", "if-available", "off"],
    each_version: false,
};

/// Servers whose names are not UTF-8.
pub static CHARSET: Theme = Theme {
    title: "Character sets",
    about: "`ok`: files with such a name in Windows-1252 are uploaded, listed, downloaded, \
            renamed and removed. In that character set, `ÿ` is the byte 0xFF, which some servers \
            treat as a Telnet command.",
    servers: &["vsftpd", "proftpd", "proftpd-windows-1252", "pure-ftpd"],
    operations: &["Größe ß.txt", "ÿ"],
    each_version: true,
};

/// The program as people use it.
pub static PROGRAM: Theme = Theme {
    title: "The program",
    about: "`ok`: the program `towline` does it, with a site from `config.toml`. Patterns match \
            what they name and nothing else.",
    servers: &[
        "vsftpd",
        "vsftpd-implicit",
        "proftpd",
        "pure-ftpd",
        "pyftpdlib",
    ],
    operations: &[
        "put -",
        "ls --json",
        "get 'SITE:*.csv'",
        "cat",
        "rm 'SITE:*.csv'",
    ],
    each_version: true,
};

/// Servers about which the library has no data.
pub static UNFAMILIAR: Theme = Theme {
    title: "Unfamiliar servers",
    about: "Operations of the program on servers about which Towline has no data. `ok`: done, and \
            the bytes at the other end are right; an operation that the server cannot do fails with \
            the right error. `resumed`, `full handshake`: the data connections with this TLS version. \
            `not supported`: the server does not have this TLS version. `complete`: the server reports \
            no size to verify the transfer with. `from the start`: an interrupted transfer starts over.",
    servers: &[
        "libunftp",
        "ftp-srv",
        "ftp-srv-implicit",
        "aioftp",
        "inetutils",
    ],
    operations: &[
        "TLS 1.2",
        "TLS 1.3",
        "ls",
        "stat",
        "get",
        "put",
        "append",
        "resume get",
        "resume put",
        "rm",
        "mv",
        "mkdir",
        "rmdir",
        "cat",
        "trees",
        "many files",
        "names",
        "empty",
        "missing",
        "missing parent",
    ],
    each_version: false,
};

/// The placeholder for the TLS version in a theme with one row for each server.
const ANY_VERSION: &str = "any";

impl Theme {
    /// Starts the cell of `operation` on `server` with TLS `tls`, which ends in `1.2` or `1.3`.
    /// `tls` is ignored in a theme whose rows are not by version.
    ///
    /// # Panics
    ///
    /// Panics if the table has no such column or row.
    pub fn cell(&self, server: &RealServer, tls: &str, operation: &str) -> Cell {
        let title = self.title;
        assert!(
            self.operations.contains(&operation),
            "the table {title:?} has no column {operation:?}"
        );
        let row = self
            .rows(slice::from_ref(server))
            .find(|(_, version)| !self.each_version || tls.ends_with(version));
        #[allow(clippy::panic, reason = "only tests call this")]
        let Some((_, version)) = row else {
            panic!(
                "the table {title:?} has no row {} with TLS {tls}",
                server.name
            )
        };
        Cell::new(title, &server.name, version, operation)
    }

    /// Returns the rows of this table for the given servers: server and TLS version, in the table's
    /// order.
    pub(crate) fn rows<'a>(
        &self,
        servers: &'a [RealServer],
    ) -> impl Iterator<Item = (&'a RealServer, &'static str)> {
        let find = |name: &&str| servers.iter().find(|server| server.name == **name);
        let mine = self.servers.iter().filter_map(find);
        mine.flat_map(|server| {
            let one = (!self.each_version).then_some(ANY_VERSION);
            let versions = server.versions().filter(|_| self.each_version);
            one.into_iter()
                .chain(versions)
                .map(move |version| (server, version))
        })
    }
}
