//! Completes paths on servers. Asks the server for two seconds at most, and never the user.

use std::ffi::OsStr;
use std::sync::Arc;
use std::time::Duration;

use clap_complete::engine::CompletionCandidate;
use tokio::runtime;
use tokio::time::timeout;
use towline::{Entry, Trust};

use super::given;
use crate::credentials::one_host::OneHost;
use crate::error::Error;
use crate::operand::encoding::encode_name;
use crate::operand::parse::{Operand, Place};
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::operand::sites::Sites;
use crate::output::entry;
use crate::output::printer::Printer;
use crate::session::connect;

/// The longest time that a user waits for completions.
const PATIENCE: Duration = Duration::from_secs(2);

/// The paths that begin with what is typed so far. None if the server does not list them in time.
pub(super) fn complete(current: &OsStr) -> Vec<CompletionCandidate> {
    let found = current.to_str().and_then(|typed| {
        let (front, begun) = split(typed)?;
        let remote = directory(front)?;
        let entries = ask(&remote)?;
        Some(matching(&entries, front, begun, &remote.server))
    });
    found.unwrap_or_default()
}

/// Splits what is typed into the directory and the beginning of a name. `None` if there is no path
/// yet.
fn split(typed: &str) -> Option<(&str, &str)> {
    let path = match typed.split_once("://") {
        Some((scheme, rest)) => scheme.len() + "://".len() + rest.find('/')?,
        None => typed.find(':')?,
    };
    let slash = typed.rfind('/').filter(|slash| *slash > path);
    Some(typed.split_at(slash.unwrap_or(path) + 1))
}

/// The directory, with settings that ask nobody and remember nothing.
fn directory(front: &str) -> Option<Remote> {
    let mut sites = Sites::new(given::configuration()?).ok()?;
    let Operand::Place(place) = sites.operand(OsStr::new(front)).ok()? else {
        return None;
    };
    let Place::Exact(mut remote) = *place else {
        return None;
    };
    let mut settings = (*remote.server.settings).clone();
    let connection = &mut settings.connection;
    match &connection.trust {
        Trust::FirstUse(known) => {
            let mode = remote.server.tls_mode().ok()?;
            let port = remote.server.effective_port(mode);
            let known = known.list().ok()?;
            let mut known = known.iter();
            known.find(|known| known.host == remote.server.host && known.port == port)?;
        }
        _ => connection.known_servers = None,
    }
    connection.timeout = PATIENCE;
    connection.retry.attempts = 1;
    remote.server.settings = Arc::new(settings);
    Some(remote)
}

/// The entries of a directory, if the server lists them in time.
fn ask(remote: &Remote) -> Option<Vec<Entry>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.ok()?;
    let listed = runtime.block_on(async { timeout(PATIENCE, list(remote)).await });
    // A helper program of the user may still run.
    runtime.shutdown_background();
    let mut entries = listed.ok()?.ok()?;
    entry::sort(&mut entries);
    Some(entries)
}

async fn list(remote: &Remote) -> Result<Vec<Entry>, Error> {
    let printer = Arc::new(Printer::silent());
    let client = connect::client(&remote.server, true, &mut OneHost::default(), &printer).await?;
    let mut session = client.connect().await?;
    let listing = session.list(&remote.path).await?;
    Ok(listing.entries)
}

/// The entries that begin with `begun`, as operands.
fn matching(
    entries: &[Entry],
    front: &str,
    begun: &str,
    server: &Server,
) -> Vec<CompletionCandidate> {
    let codec = server.name_codec();
    let names = entries.iter().map(|entry| {
        let name = match codec.text(&entry.name) {
            Some(text) => encode_name(text.as_bytes()),
            None => encode_name(&entry.name),
        };
        let end = if entry::is_directory(entry) { "/" } else { "" };
        format!("{name}{end}")
    });
    let names = names.filter(|name| name.starts_with(begun));
    names
        .map(|name| CompletionCandidate::new(format!("{front}{name}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_behind_its_last_slash() {
        for (typed, expected) in [
            ("vendor:", Some(("vendor:", ""))),
            ("vendor:ou", Some(("vendor:", "ou"))),
            ("vendor:/out/a", Some(("vendor:/out/", "a"))),
            ("ftpes://u@h/", Some(("ftpes://u@h/", ""))),
            ("ftpes://u@h//srv/a", Some(("ftpes://u@h//srv/", "a"))),
            ("ftpes://u@h", None),
            ("ftpes:", Some(("ftpes:", ""))),
            ("plain", None),
        ] {
            assert_eq!(split(typed), expected, "{typed}");
        }
    }
}
