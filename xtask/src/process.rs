//! Child processes that never outlive `xtask`.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::events::Events;

/// The time between two looks whether a program has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A running program and all its descendants, killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    group: Group,
}

impl Process {
    /// Starts `command` in a process group of its own.
    ///
    /// A program started through [`dying_with_us`] ends even if `xtask` is killed. It is tied to
    /// the calling thread, which therefore must be the main one.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = spawn(command)?;
        let group = Group::led_by(&child);
        Ok(Self { child, group })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the program ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.group.kill();
        // Fails only if the child is already gone.
        let _ = self.child.wait();
    }
}

/// A command that runs `program` and has it killed when its parent dies.
pub(crate) fn dying_with_us(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Runs `command` to its end. If `xtask` is told to stop, the command and all its descendants end
/// first.
pub(crate) fn run(command: &mut Command, events: &Events) -> Result<ExitStatus> {
    let status = attend(command, None, events, |mut child| child.wait())?;
    Ok(status.context("waiting ended without a result")??)
}

/// Starts `command` and runs `work` on it until it has ended. If `limit` has passed or `xtask` is
/// told to stop, the command and all its descendants end first. Returns `None` if the time is over.
pub(crate) fn attend<T: Send + 'static>(
    command: &mut Command,
    limit: Option<Duration>,
    events: &Events,
    work: impl FnOnce(Child) -> T + Send + 'static,
) -> Result<Option<T>> {
    events.check()?;
    let child = spawn(command)?;
    let group = Group::led_by(&child);
    events.wait_for(limit, move || work(child), || group.kill())
}

/// Tells threads that they have to end what they do.
#[derive(Debug, Default)]
pub(crate) struct Stop(AtomicBool);

impl Stop {
    /// Tells the threads to end.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the threads were told to end.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs `command` to its end, on any thread. If `limit` has passed or `stop` is set, the command
/// and all its descendants end first, and there is no status.
pub(crate) fn run_within(
    command: &mut Command,
    limit: Duration,
    stop: &Stop,
) -> Result<Option<ExitStatus>> {
    let mut child = spawn(command)?;
    let group = Group::led_by(&child);
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if stop.is_set() || Instant::now() >= deadline {
            group.kill();
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// Kills every process whose root directory is below `folder`, regardless of its group: vsftpd puts
/// each of its sessions into a separate group.
pub(crate) fn end_all_rooted_below(folder: &Path) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let pids = rooted_below(folder)?;
        if pids.is_empty() {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "processes that do not end: {pids:?}"
        );
        for pid in pids {
            // Fails only if the process is already gone.
            let _ = kill_process(pid, Signal::KILL);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn rooted_below(folder: &Path) -> Result<Vec<Pid>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // A process that has just ended has no root any more.
        if fs::read_link(entry.path().join("root")).is_ok_and(|root| root.starts_with(folder)) {
            pids.extend(Pid::from_raw(pid));
        }
    }
    Ok(pids)
}

fn spawn(command: &mut Command) -> Result<Child> {
    command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))
}

#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn led_by(child: &Child) -> Self {
        Self(i32::try_from(child.id()).ok().and_then(Pid::from_raw))
    }

    fn kill(&self) {
        if let Some(pid) = self.0 {
            // Fails only if the group is already gone.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}
