//! Towline as released. Options that the program lacks are not used.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::contestant::{Contestant, Invocation, Job, UPLOADS, output};
use crate::bench::work::{Direction, Work};
use crate::events::Events;
use crate::{program, workspace};

/// The option for several connections.
const CONNECTIONS: &str = "--connections";

#[derive(Debug)]
pub(super) struct Towline {
    program: PathBuf,
    version: String,
    /// Whether `get` supports [`CONNECTIONS`].
    has_connections: bool,
}

impl Towline {
    /// Uses `program` if given, or else builds this workspace.
    pub(super) fn new(program: Option<&Path>, events: &Events) -> Result<Self> {
        let (program, origin) = match program {
            Some(program) => (program.canonicalize()?, "the program given".to_owned()),
            None => (
                program::build(events)?,
                format!("built for release at {}", commit()),
            ),
        };
        let version = output(Command::new(&program).arg("--version"))?;
        let help = output(Command::new(&program).args(["get", "--help"]))?;
        Ok(Self {
            program,
            version: format!("{version}, {origin}"),
            has_connections: has_option(&help, CONNECTIONS),
        })
    }
}

/// Whether a help text lists an option.
fn has_option(help: &str, option: &str) -> bool {
    help.split(|char: char| char.is_whitespace() || "=,[]<>".contains(char))
        .any(|word| word == option)
}

/// The current commit of the workspace, if git knows it.
fn commit() -> String {
    let describe = ["describe", "--always", "--dirty"];
    output(
        Command::new("git")
            .current_dir(workspace::root())
            .args(describe),
    )
    .unwrap_or_else(|_| "an unknown commit".to_owned())
}

impl Contestant for Towline {
    fn version(&self) -> &str {
        &self.version
    }

    fn invocation(&self, job: &Job<'_>) -> Result<Invocation> {
        let (server, local) = (job.server, job.local());
        let connections = match job.work {
            Work::Move { .. } | Work::Mirror { .. } if self.has_connections => job.connections,
            _ => 1,
        };
        let url = |path: &str| format!("ftpes://{}@{}{path}", server.user, server.address());
        let mut invocation = Invocation::of(&self.program, connections)
            .env("TOWLINE_PASSWORD", &server.password)
            .args(match job.work {
                Work::Move {
                    direction: Direction::Download,
                    ..
                } => &["get", "-r"][..],
                Work::Move {
                    direction: Direction::Upload,
                    ..
                } => &["put", "-r"],
                Work::Mirror { .. } => &["mirror"],
                Work::List { .. } => &["ls"],
            })
            .args([OsString::from("--ca-file"), server.ca_file.clone().into()]);
        if self.has_connections && !matches!(job.work, Work::List { .. }) {
            invocation = invocation.args([CONNECTIONS, &connections.to_string()]);
        }
        Ok(match job.work {
            Work::Move {
                direction: Direction::Download,
                ..
            } => invocation.args([
                url(&job.remote()).into(),
                job.target.join("").into_os_string(),
            ]),
            Work::Move {
                direction: Direction::Upload,
                ..
            } => invocation.args([local.into(), OsString::from(url(&format!("/{UPLOADS}/")))]),
            Work::Mirror { .. } => {
                invocation.args([url(&job.remote()).into(), local.into_os_string()])
            }
            Work::List { .. } => invocation.args([url(&job.remote())]),
        })
    }

    fn gateway(&self, job: &Job<'_>, port: u16) -> Result<Invocation> {
        let server = job.server;
        Ok(Invocation::of(&self.program, 1)
            .args(["gateway", "--to", &format!("ftpes://{}", server.address())])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args([OsString::from("--ca-file"), server.ca_file.clone().into()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_there_only_under_its_full_name() {
        let help = "  --connections <N>  how many\n  --limit-rate=RATE\n  --connections-max N";
        assert!(has_option(help, "--connections"));
        assert!(has_option(help, "--limit-rate"));
        assert!(!has_option(help, "--connection"));
        assert!(!has_option("  --connections-max N", "--connections"));
    }
}
