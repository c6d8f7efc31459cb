//! One case: all its clients in turn, round after round.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use towline_interop::RealServer;

use super::client::Client;
use super::clients::{Clients, Invocation, Job, UPLOADS};
use super::link::Link;
use super::measure::{self, Run, Turn};
use super::payload;
use super::plan::{Case, Route};
use super::work::{Direction, Start, Work};
use crate::events::Events;
use crate::{jail, process};

/// A folder in memory for all that clients read and write, so that storing and
/// syncing costs nobody anything.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Creates the folder, and removes what earlier runs have left.
    pub(crate) fn new() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let folder = crate::workspace::run_folder(memory, "towline-bench-").with_context(|| {
            format!(
                "the clients' files need a file system in memory at {}",
                memory.display()
            )
        })?;
        for part in ["home", "sources", "target"] {
            fs::create_dir(folder.join(part))?;
        }
        Ok(Self(folder))
    }

    fn home(&self) -> PathBuf {
        self.0.join("home")
    }

    fn sources(&self) -> PathBuf {
        self.0.join("sources")
    }

    fn target(&self) -> PathBuf {
        self.0.join("target")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = payload::remove(&self.0) {
            eprintln!("xtask: cannot tidy up: {error:#}");
        }
    }
}

/// The outcome of a case.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) case: Case,
    pub(crate) entrants: BTreeMap<Client, Entrant>,
}

/// The outcome of one client.
#[derive(Debug)]
pub(crate) struct Entrant {
    /// What it was to do.
    pub(crate) work: Work,
    /// How many connections it used.
    pub(crate) connections: u32,
    /// The command, for people.
    pub(crate) command: String,
    /// Its turns, one a round, or the words of its first failure.
    pub(crate) turns: Result<Vec<Turn>, String>,
}

/// Everything that a case needs.
#[derive(Debug)]
pub(crate) struct Track<'a> {
    pub(crate) server: &'a RealServer,
    pub(crate) link: Option<&'a Link>,
    pub(crate) clients: &'a Clients,
    pub(crate) scratch: &'a Scratch,
    /// The longest that one run may take.
    pub(crate) patience: Duration,
    pub(crate) events: &'a Events,
}

impl Track<'_> {
    /// Runs `case`, in which the first round goes backwards if `backwards`, and
    /// each further round the other way.
    pub(crate) fn run(&self, case: &Case, mut backwards: bool) -> Result<Outcome> {
        self.stage(case)?;
        let mut outcome = Outcome {
            case: case.clone(),
            entrants: BTreeMap::new(),
        };
        for _ in 0..case.rounds {
            let mut order = case.clients.to_vec();
            if backwards {
                order.reverse();
            }
            backwards = !backwards;
            for client in order {
                self.turn(&mut outcome, client)?;
            }
        }
        self.clear(case)?;
        Ok(outcome)
    }

    /// Gives a client its turn, unless it has failed before.
    fn turn(&self, outcome: &mut Outcome, client: Client) -> Result<()> {
        let Outcome { case, entrants } = outcome;
        let entrant = match entrants.entry(client) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(self.entrant(case, client)?),
        };
        let Ok(turns) = &mut entrant.turns else {
            return Ok(());
        };
        let prelude = match case.prelude() {
            Some(one_file) => Some(self.once(case, client, one_file)?),
            None => None,
        };
        let run = self.once(case, client, entrant.work)?;
        match (prelude.transpose(), run) {
            (Ok(prelude), Ok(run)) => turns.push(Turn {
                run,
                prelude: prelude.map(|run| run.wall),
            }),
            (Err(words), _) | (_, Err(words)) => entrant.turns = Err(words),
        }
        Ok(())
    }

    fn entrant(&self, case: &Case, client: Client) -> Result<Entrant> {
        let work = case.share(client);
        let invocation = self.with_job(case, work, |job| self.clients.invocation(client, job))?;
        Ok(Entrant {
            work,
            connections: invocation.connections,
            command: self.for_people(&invocation),
            turns: Ok(Vec::new()),
        })
    }

    /// Lets a client do `work` once, and checks that it did. The inner error is
    /// what went wrong.
    fn once(&self, case: &Case, client: Client, work: Work) -> Result<Result<Run, String>> {
        self.events.check()?;
        self.with_job(case, work, |job| {
            let run = match self.prepare(client, job)? {
                Ok(()) => self.start(client, job)?,
                Err(words) => Err(words),
            };
            let checked = run.and_then(|run| {
                let right = self.check(job, &run);
                right.map(|()| run).map_err(|error| format!("{error:#}"))
            });
            self.reset()?;
            self.restore(job)?;
            Ok(checked)
        })
    }

    fn start(&self, client: Client, job: &Job<'_>) -> Result<Result<Run, String>> {
        let invocation = self.clients.invocation(client, job)?;
        let mut command = self.command(&invocation);
        measure::run(&mut command, self.patience, self.events)
    }

    /// Lets the client make the copy that its mirror begins with.
    fn prepare(&self, client: Client, job: &Job<'_>) -> Result<Result<(), String>> {
        let Work::Mirror { start, .. } = job.work else {
            return Ok(Ok(()));
        };
        let copied = match start {
            Start::Empty => return Ok(Ok(())),
            Start::Same | Start::Changed => self.start(client, job)?,
        };
        if start == Start::Changed {
            payload::change(&self.served(job.work), CHANGED)?;
        }
        Ok(copied.map(drop))
    }

    /// Removes what a mirror has noted of its copies, and undoes what was changed.
    fn restore(&self, job: &Job<'_>) -> Result<()> {
        let Work::Mirror { start, .. } = job.work else {
            return Ok(());
        };
        payload::remove(job.home)?;
        fs::create_dir(job.home)?;
        if start == Start::Changed {
            let served = self.served(job.work);
            payload::remove(&served)?;
            payload::copy(&job.sources.join(job.work.folder()), &served)?;
            payload::age(&served, OLD)?;
        }
        Ok(())
    }

    /// The folder from which a server serves what `work` moves or lists.
    fn served(&self, work: Work) -> PathBuf {
        self.server.home.join(work.folder())
    }

    fn with_job<T>(&self, case: &Case, work: Work, then: impl FnOnce(&Job<'_>) -> T) -> T {
        then(&Job {
            server: self.server,
            work,
            connections: case.connections,
            is_through_gateway: case.surroundings.route == Route::Gateway,
            sources: &self.scratch.sources(),
            target: &self.scratch.target(),
            home: &self.scratch.home(),
        })
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let mut command = match self.link {
            Some(link) => {
                let mut command = link.far_command();
                command.arg(&invocation.program);
                command
            }
            None => process::dying_with_us(&invocation.program),
        };
        command
            .args(&invocation.arguments)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.scratch.home())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC");
        for (name, value) in &invocation.environment {
            command.env(name, value);
        }
        command
    }

    /// Fails unless the files arrived as they were sent, or all entries were
    /// listed.
    fn check(&self, job: &Job<'_>, run: &Run) -> Result<()> {
        let folder = job.work.folder();
        match job.work {
            Work::Move { direction, .. } => {
                let arrived = match direction {
                    Direction::Download => job.local(),
                    Direction::Upload => self.uploads().join(&folder),
                };
                payload::compare(&job.sources.join(folder), &arrived)
            }
            Work::Mirror { .. } => payload::compare(&self.served(job.work), &job.local()),
            Work::List { entries } => {
                anyhow::ensure!(
                    run.lines == u64::from(entries),
                    "{} lines for {entries} entries",
                    run.lines
                );
                Ok(())
            }
        }
    }

    /// Puts in place what the clients will move or list.
    fn stage(&self, case: &Case) -> Result<()> {
        for work in shares(case) {
            let folder = work.folder();
            let source = self.scratch.sources().join(&folder);
            let served = self.served(work);
            match work {
                Work::Move { direction, .. } => {
                    payload::make(&source, work, self.events)?;
                    if direction == Direction::Download {
                        payload::copy(&source, &served)?;
                    }
                }
                Work::Mirror { .. } => {
                    payload::make(&source, work, self.events)?;
                    payload::copy(&source, &served)?;
                    payload::age(&served, OLD)?;
                }
                Work::List { .. } => payload::make(&served, work, self.events)?,
            }
        }
        self.reset()
    }

    /// Empties the places that transfers go to.
    fn reset(&self) -> Result<()> {
        let (target, uploads) = (self.scratch.target(), self.uploads());
        payload::remove(&target)?;
        fs::create_dir(target)?;
        payload::remove(&uploads)?;
        fs::create_dir(&uploads)?;
        Ok(chown(uploads, Some(jail::UID), Some(jail::UID))?)
    }

    fn clear(&self, case: &Case) -> Result<()> {
        for work in shares(case) {
            payload::remove(&self.scratch.sources().join(work.folder()))?;
            payload::remove(&self.served(work))?;
        }
        Ok(())
    }

    fn uploads(&self) -> PathBuf {
        self.server.home.join(UPLOADS)
    }

    /// A command without secrets and without the places of this run.
    fn for_people(&self, invocation: &Invocation) -> String {
        let name = invocation.program.file_name().unwrap_or_default();
        let mut text = name.to_string_lossy().into_owned();
        for argument in &invocation.arguments {
            text.push(' ');
            text.push_str(&argument.to_string_lossy());
        }
        if let Some(script) = &invocation.script {
            text.push_str("\n  with the script\n");
            let lines = script.lines().count();
            for line in script.lines().take(SCRIPT_LINES) {
                text.push_str(&format!("    {line}\n"));
            }
            if lines > SCRIPT_LINES {
                text.push_str("    and so on for each file\n");
            }
        }
        let places = [
            (self.server.ca_file.display().to_string(), "CA.pem"),
            (self.scratch.0.display().to_string(), "FOLDER"),
            (self.server.address().to_string(), "HOST:PORT"),
            (self.server.host.to_string(), "HOST"),
            (self.server.port.to_string(), "PORT"),
            (self.server.password.clone(), "PASSWORD"),
            (crate::workspace::servers().display().to_string(), "PEERS"),
        ];
        let text = places
            .iter()
            .fold(text, |text, (place, name)| text.replace(place, name));
        text.trim_end().to_owned()
    }
}

/// How old the files of a mirror are, and those that have changed.
const OLD: Duration = Duration::from_secs(3 * 86_400);
const CHANGED: Duration = Duration::from_secs(3600);

/// How much of a script is shown.
const SCRIPT_LINES: usize = 10;

/// What the clients of `case` move or list, each thing once.
fn shares(case: &Case) -> Vec<Work> {
    let mut seen = BTreeSet::new();
    let shares = case.clients.iter().map(|client| case.share(*client));
    let works = shares.chain(case.prelude());
    works.filter(|work| seen.insert(work.folder())).collect()
}
