//! One name for one directory on a server, however it was written.

use std::net::IpAddr;

use towline::{Pool, RemotePath};
use towline_proto::name::escape;

use crate::error::Error;
use crate::operand::remote::Remote;

/// Who logs in, and where.
#[derive(Debug)]
pub(crate) struct Account {
    user: String,
    login_directory: Option<RemotePath>,
}

impl Account {
    /// # Errors
    /// [`Error::Session`] if no session can be opened, or it is lost.
    pub(crate) async fn of(pool: &Pool) -> Result<Self, Error> {
        let mut session = pool.session().await?;
        Ok(Self {
            user: session.user().to_owned(),
            login_directory: session.login_directory().await?,
        })
    }

    /// The name of a directory: the same for every URL and site that leads to it.
    pub(crate) fn name_of(&self, remote: &Remote) -> String {
        let server = &remote.server;
        let host = match server.host.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => server.host.trim_end_matches('.').to_ascii_lowercase(),
        };
        let mode = server.tls_mode().unwrap_or_default();
        let port = server.effective_port(mode);
        let path = escape(&self.path_of(remote));
        format!(
            "ftp://{}@{host}:{port} {path}",
            escape(self.user.as_bytes())
        )
    }

    /// The path from the root of the server, as far as that is known, in its plain form.
    pub(crate) fn path_of(&self, remote: &Remote) -> Vec<u8> {
        let path = remote.path.as_bytes();
        let mut whole = Vec::new();
        if !path.starts_with(b"/")
            && let Some(directory) = &self.login_directory
        {
            whole.extend_from_slice(directory.as_bytes());
            whole.push(b'/');
        }
        whole.extend_from_slice(path);
        without_empty_names(&whole)
    }
}

/// The path without `.`, double slashes and a slash at its end.
///
/// # Errors
/// Never fails: what is left is a path as well.
pub(crate) fn plain(path: &RemotePath) -> Result<RemotePath, Error> {
    RemotePath::new(without_empty_names(path.as_bytes()))
        .map_err(|error| Error::usage(error.to_string()))
}

fn without_empty_names(path: &[u8]) -> Vec<u8> {
    let names = path.split(|&byte| byte == b'/');
    let names: Vec<_> = names.filter(|name| !matches!(*name, b"" | b".")).collect();
    let joined = names.join(&b'/');
    match path.starts_with(b"/") {
        true => [b"/", &*joined].concat(),
        false => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            user: "ann".to_owned(),
            login_directory: Some(RemotePath::new("/home/ann").unwrap()),
        }
    }

    #[test]
    fn every_spelling_of_a_directory_has_one_name() {
        let spellings = [
            "ftpes://ann@h/out/sub",
            "ftpes://ann@H:21/out/sub/",
            "ftpes://h/out/./sub",
            "ftpes://h./%2e/out//sub//",
            "ftpes://h//home/ann/out/sub",
            "ftpes://h//home//ann/%6Fut/sub/.",
        ];
        for spelling in spellings {
            let remote = Remote::parse(spelling.as_bytes()).unwrap();
            let name = account().name_of(&remote);
            assert_eq!(name, "ftp://ann@h:21 /home/ann/out/sub", "{spelling}");
        }
    }

    #[test]
    fn different_directories_have_different_names() {
        let names = ["out", "", "/", "/out", "out/../out", "OUT", "out%20"].map(|path| {
            let remote = Remote::parse(format!("ftpes://h/{path}").as_bytes()).unwrap();
            account().name_of(&remote)
        });
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
    }

    #[test]
    fn without_a_login_directory_the_path_stays_relative() {
        let account = Account {
            user: "ann".to_owned(),
            login_directory: None,
        };
        let remote = Remote::parse(b"ftpes://h/./out/").unwrap();
        assert_eq!(account.path_of(&remote), b"out");
    }
}
