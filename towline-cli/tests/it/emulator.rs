//! A terminal in which tests run the program.
#![cfg(unix)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use tokio::process::{Child, Command};

const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A terminal emulator in which a program runs.
pub(crate) struct Terminal {
    pub(crate) child: Child,
    ours: OwnedFd,
    pub(crate) emulator: vt100::Parser,
    columns: NonZero<u16>,
    output: Receiver<Vec<u8>>,
    /// All output so far.
    pub(crate) raw: Vec<u8>,
}

impl Terminal {
    pub(crate) fn run(command: Command) -> Self {
        Self::run_in(command, COLUMNS)
    }

    pub(crate) fn run_in(mut command: Command, columns: NonZero<u16>) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let path = ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let theirs: OwnedFd = rustix::fs::open(path, flags, Mode::empty()).unwrap();
        let size = Winsize {
            ws_row: ROWS.get(),
            ws_col: columns.get(),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&theirs, size).unwrap();
        let child = command
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(Stdio::from(theirs.try_clone().unwrap()))
            .stdout(Stdio::from(theirs.try_clone().unwrap()))
            .stderr(Stdio::from(theirs))
            .spawn()
            .unwrap();
        // The command keeps the other end open.
        drop(command);
        let (sender, output) = channel();
        let mut reader = File::from(ours.try_clone().unwrap());
        thread::spawn(move || {
            let mut chunk = vec![0; 4096];
            // Linux reports an error when the last process has closed the terminal.
            while let Ok(len @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..len].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            ours,
            emulator: vt100::Parser::new(ROWS, columns, 0),
            columns,
            output,
            raw: Vec::new(),
        }
    }

    /// Waits until the screen is as expected.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let rows = self.rows();
            if is_so(&rows) {
                return rows;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let chunk = self.output.recv_timeout(left);
            let chunk = chunk.unwrap_or_else(|_| panic!("{what}: {rows:#?}"));
            self.emulator.process(&chunk);
            self.raw.extend(chunk);
        }
    }

    /// Waits for the end of the program and of its output.
    pub(crate) async fn end(mut self) -> (Option<i32>, Vec<String>, Vec<u8>) {
        let status = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        while let Ok(chunk) = self.output.recv_timeout(DEADLINE) {
            self.emulator.process(&chunk);
            self.raw.extend(chunk);
        }
        (status.unwrap().unwrap().code(), self.rows(), self.raw)
    }

    /// Presses keys.
    pub(crate) fn press(&self, keys: &[u8]) {
        File::from(self.ours.try_clone().unwrap())
            .write_all(keys)
            .unwrap();
    }

    /// Whether the terminal echoes input and turns Ctrl-C into a signal.
    pub(crate) fn is_usable(&self) -> bool {
        let modes = tcgetattr(&self.ours).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ISIG)
    }

    /// The lines of the screen that are not empty.
    fn rows(&self) -> Vec<String> {
        let rows = self.emulator.screen().rows(0, self.columns.get());
        rows.map(|row| row.trim_end().to_owned())
            .filter(|row| !row.is_empty())
            .collect()
    }
}

/// The text of rows without spaces: lines may be longer than the terminal is wide.
pub(crate) fn solid(rows: &[String]) -> String {
    rows.concat().replace(' ', "")
}

/// The command as the first one of a session of its own, so that Ctrl-C on the terminal reaches it.
pub(crate) fn in_session(command: &Command) -> Command {
    let command = command.as_std();
    let mut session = Command::new("setsid");
    session
        .arg("--ctty")
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => session.env(name, value),
            None => session.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        session.current_dir(directory);
    }
    session.kill_on_drop(true);
    session
}
