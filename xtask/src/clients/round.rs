//! One round: a program does all its operations once, in one way, at one place.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use towline_interop::RealServer;

use super::behind::{Gateway, Target};
use super::client::{Client, Front, Mode};
use super::sample::Sample;
use crate::events::Interrupted;
use crate::fetch::Program;
use crate::process::{self, Stop};
use crate::users::{PASSWORD, USER};

/// What every program does, as its script reports it. A script may report more.
pub(super) const OPERATIONS: [&str; 20] = [
    "login",
    "list",
    "download",
    "download-empty",
    "download-big",
    "upload",
    "upload-empty",
    "upload-big",
    "overwrite",
    "append",
    "resume-download",
    "resume-upload",
    "rename",
    "delete",
    "directories",
    "names",
    "missing",
    "dropped",
    "cut-download",
    "cut-upload",
];

/// How long a round may take.
const LIMIT: Duration = Duration::from_secs(240);

/// The outcome of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// The program has no such operation.
    Lacks,
    Failed(String),
}

/// The outcome of a round.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    pub(super) version: String,
    outcomes: BTreeMap<String, Outcome>,
    /// What the program said beside its report.
    said: String,
}

impl Report {
    /// Reads what a script printed.
    fn read(output: &Output, timely: bool) -> Self {
        let mut report = Self {
            said: last_line(&String::from_utf8_lossy(&output.stderr)),
            ..Self::default()
        };
        if !timely {
            report.said = format!("no end within {LIMIT:?}");
        }
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let (operation, reason) = rest.split_once(": ").unwrap_or((rest, ""));
            let outcome = match word {
                "version" => {
                    rest.clone_into(&mut report.version);
                    continue;
                }
                "ok" => Outcome::Done,
                "lacks" => Outcome::Lacks,
                "failed" => Outcome::Failed(reason.to_owned()),
                _ => continue,
            };
            report.outcomes.insert(operation.to_owned(), outcome);
        }
        report
    }

    /// The outcome of an operation. One that the script has not reported has failed.
    pub(super) fn outcome(&self, operation: &str) -> Outcome {
        let known = self.outcomes.get(operation).cloned();
        known.unwrap_or_else(|| Outcome::Failed(format!("not reached: {}", self.said)))
    }

    /// What only this program does.
    pub(super) fn special(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        let all = self.outcomes.iter();
        all.map(|(operation, outcome)| (operation.as_str(), outcome))
            .filter(|(operation, _)| !OPERATIONS.contains(operation))
    }

    /// Every failure, with its reason.
    pub(super) fn failures(&self) -> Vec<(String, String)> {
        let usual = OPERATIONS.iter().map(|it| (*it, self.outcome(it)));
        let special = self.special().map(|(it, outcome)| (it, outcome.clone()));
        usual
            .chain(special)
            .filter_map(|(operation, outcome)| match outcome {
                Outcome::Failed(reason) => Some((operation.to_owned(), reason)),
                Outcome::Done | Outcome::Lacks => None,
            })
            .collect()
    }
}

fn last_line(text: &str) -> String {
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    line.unwrap_or("it said nothing").trim().to_owned()
}

/// Where a round takes place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Gateway(&'a Gateway),
    Server(&'a Target),
}

impl<'a> Place<'a> {
    fn target(&self) -> &'a Target {
        match self {
            Self::Gateway(gateway) => &gateway.target,
            Self::Server(target) => target,
        }
    }

    /// The name of the server.
    pub(super) fn server(&self) -> &'a str {
        &self.target().server.name
    }

    fn port(&self, front: Front) -> u16 {
        match self {
            Self::Gateway(gateway) => gateway.port(front),
            Self::Server(target) => target.server.port,
        }
    }

    fn certificate(&self) -> &Path {
        match self {
            Self::Gateway(gateway) => &gateway.certificate,
            Self::Server(target) => &target.server.ca_file,
        }
    }
}

/// One round of a program.
#[derive(Debug)]
pub(super) struct Round<'a> {
    place: Place<'a>,
    sample: &'a Sample,
    front: Front,
    mode: Mode,
    user: String,
}

impl<'a> Round<'a> {
    /// A round of a user who is in no other round.
    pub(super) fn new(place: Place<'a>, sample: &'a Sample, (front, mode): (Front, Mode)) -> Self {
        Self {
            place,
            sample,
            front,
            mode,
            user: next_user(),
        }
    }

    /// Makes `client` do everything, with `work` as the folder for files of its own. No other round
    /// may be at the same server at the same time, since this one ends all its sessions.
    pub(super) fn run(
        &self,
        client: &Client,
        program: Option<&Program>,
        work: &Path,
        stop: &Stop,
    ) -> Result<Report> {
        let home = self.place.target().server.home.with_file_name(&self.user);
        clear(&home)?;
        self.sample.lay_out(&home)?;
        let _ = fs::remove_dir_all(work);
        fs::create_dir(work)?;
        let mut command = client
            .command(program)
            .with_context(|| format!("{} cannot be started", client.name))?;
        self.describe(&mut command, &home, work);
        // Its output goes to files: what it leaves running must not keep a pipe open.
        let [out, err] = ["out", "err"].map(|name| work.with_extension(name));
        command
            .current_dir(work)
            .stdout(Stdio::from(fs::File::create(&out)?))
            .stderr(Stdio::from(fs::File::create(&err)?));
        let begun = Instant::now();
        let status = process::run_within(&mut command, LIMIT, stop)?;
        ensure!(!stop.is_set(), Interrupted);
        let timely = status.is_some();
        let output = Output {
            status: status.unwrap_or_default(),
            stdout: fs::read(&out)?,
            stderr: fs::read(&err)?,
        };
        clear(&home)?;
        let report = Report::read(&output, timely);
        let (name, user) = (client.name, &self.user);
        let server = &self.place.target().server.name;
        let mut text = format!(
            "{name}, {}, {}: {user} at {server}, {:.1?}\n",
            self.front,
            self.mode,
            begun.elapsed()
        );
        for (operation, reason) in report.failures() {
            let _ = writeln!(text, "  {operation}: {reason}");
        }
        print!("{text}");
        Ok(report)
    }

    /// Tells the script what it needs to know.
    fn describe(&self, command: &mut Command, home: &Path, work: &Path) {
        let server = &self.place.target().server;
        command
            .env("ROUND_HOST", server.host.to_string())
            .env("ROUND_PORT", self.place.port(self.front).to_string())
            .env("ROUND_USER", &self.user)
            .env("ROUND_PASSWORD", PASSWORD)
            .env("ROUND_FRONT", self.front.to_string())
            .env("ROUND_MODE", self.mode.to_string())
            .env("ROUND_CERTIFICATE", self.place.certificate())
            .env("ROUND_FILES", self.sample.folder())
            .env("ROUND_WORK", work)
            .env("ROUND_HOME", home)
            .env("ROUND_DROP", &self.place.target().drop)
            .env("HOME", work)
            .env("LC_ALL", "C.UTF-8");
    }
}

/// Accounts in turn. An account is used again only long after its last round.
fn next_user() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let names: Vec<_> = RealServer::account_names(USER).collect();
    let at = NEXT.fetch_add(1, Ordering::Relaxed) % names.len().max(1);
    names.into_iter().rev().nth(at).unwrap_or_default()
}

/// Removes everything in a folder.
fn clear(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    fn report(stdout: &str, timely: bool) -> Report {
        let output = Output {
            status: ExitStatus::default(),
            stdout: stdout.into(),
            stderr: b"first\nlast words\n\n".to_vec(),
        };
        Report::read(&output, timely)
    }

    #[test]
    fn what_a_script_does_not_report_has_failed() {
        let report = report(
            "version 1.0\nok login\nlacks rename\nnoise\nok abort\n",
            true,
        );
        assert_eq!(report.version, "1.0");
        assert_eq!(report.outcome("login"), Outcome::Done);
        assert_eq!(report.outcome("rename"), Outcome::Lacks);
        let failures = report.failures();
        assert_eq!(failures.len(), OPERATIONS.len() - 2);
        assert_eq!(
            failures[0],
            ("list".into(), "not reached: last words".into())
        );
        assert_eq!(report.special().count(), 1);
    }

    #[test]
    fn a_failure_keeps_its_reason() {
        let report = report("failed list: 425: no data\nfailed abort: 500\n", false);
        let reason = |text: &str| Outcome::Failed(text.to_owned());
        assert_eq!(report.outcome("list"), reason("425: no data"));
        assert!(report.failures().contains(&("abort".into(), "500".into())));
        assert!(matches!(report.outcome("login"), Outcome::Failed(it) if it.contains("no end")));
    }
}
