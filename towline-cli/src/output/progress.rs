//! Progress on a terminal's standard error: one line for each running file, and one for all files
//! as soon as there are several.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use towline::RemotePath;

const TICK: Duration = Duration::from_millis(200);

/// More lines than this hide what is above them. Files beyond count in the line for all.
const MOST_PROGRESS_LINES: usize = 8;

/// Shows what is running, or nothing at all.
#[derive(Debug)]
pub(crate) struct Progress {
    enabled: bool,
    lines: MultiProgress,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: Vec<File>,
    /// Lines of files that have ended, for those to come.
    free: Vec<ProgressBar>,
    shown: usize,
    /// Appears with the second file.
    all: Option<ProgressBar>,
    files: u64,
    /// Moved by files that have ended.
    bytes: u64,
}

/// A file that is being moved.
#[derive(Debug)]
struct File {
    path: RemotePath,
    line: Option<ProgressBar>,
    /// Its size, where known.
    total: Option<u64>,
    /// What had been there before.
    offset: u64,
    /// How far it has come.
    position: u64,
}

impl Progress {
    pub(crate) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            lines: MultiProgress::new(),
            state: Mutex::default(),
        }
    }

    /// A transfer begins at byte `offset`.
    pub(crate) fn start(&self, path: &RemotePath, total: Option<u64>, offset: u64) {
        if !self.enabled {
            return;
        }
        let mut state = self.state();
        // What is running already is tried again.
        let again = state.take(path);
        if again.is_none() {
            state.files += 1;
        }
        let line = match again.and_then(|file| file.line) {
            Some(line) => Some(line),
            None => state.free.pop(),
        };
        let line = line.or_else(|| {
            let has_room = state.shown < MOST_PROGRESS_LINES;
            state.shown += usize::from(has_room);
            // Above the line for all files.
            has_room.then(|| self.line(state.shown - 1, ProgressBar::no_length()))
        });
        if let Some(line) = &line {
            // The line is used again: one that goes and one that comes would flicker. It is drawn in
            // between, and must not show more than all of a file.
            line.reset();
            line.set_style(waiting(total));
            line.set_length(total.unwrap_or_default());
            line.set_message(path.to_string());
        }
        state.running.push(File {
            path: path.clone(),
            line,
            total,
            offset,
            position: offset,
        });
        if state.files > 1 {
            let (files, moved) = (state.files, state.moved());
            let shown = state.shown;
            let all = state.all.get_or_insert_with(|| {
                let all = ProgressBar::no_length().with_style(template(AMOUNT));
                let all = self.line(shown, all);
                all.set_position(moved);
                rate_from_here(&all, of_all());
                all
            });
            all.set_message(format!("file {files}"));
        }
    }

    /// A running transfer has come to byte `position`.
    pub(crate) fn advance(&self, path: &RemotePath, position: u64) {
        if !self.enabled {
            return;
        }
        let mut state = self.state();
        let Some(file) = state.running.iter_mut().find(|file| file.path == *path) else {
            return;
        };
        let begins = file.position == file.offset;
        file.position = position;
        if let Some(line) = &file.line {
            line.set_position(position);
            if begins {
                // Most of it may have come in an earlier run.
                rate_from_here(line, moving(file.total));
            }
        }
        // What is left of it concerns the server and the disk. Its line is free for the next file.
        if file.total == Some(position) {
            state.free_line(path);
        }
        if let Some(all) = &state.all {
            all.set_position(state.moved());
        }
    }

    /// A transfer has ended, well or badly.
    pub(crate) fn end(&self, path: &RemotePath) {
        let mut state = self.state();
        state.free_line(path);
        if let Some(file) = state.take(path) {
            state.bytes += file.moved();
        }
    }

    /// Everything has ended.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        let running = std::mem::take(&mut state.running);
        let mut lines = std::mem::take(&mut state.free);
        lines.extend(running.into_iter().filter_map(|file| file.line));
        lines.extend(state.all.take());
        for line in lines {
            line.finish_and_clear();
        }
    }

    /// Runs `print` while no line is in its way.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.enabled {
            true => self.lines.suspend(print),
            false => print(),
        }
    }

    /// Adds a line, which also shows when nothing moves.
    fn line(&self, at: usize, bar: ProgressBar) -> ProgressBar {
        let line = self.lines.insert(at, bar);
        line.enable_steady_tick(TICK);
        line
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, path: &RemotePath) -> Option<File> {
        let at = self.running.iter().position(|file| file.path == *path)?;
        Some(self.running.swap_remove(at))
    }

    fn free_line(&mut self, path: &RemotePath) {
        let file = self.running.iter_mut().find(|file| file.path == *path);
        if let Some(line) = file.and_then(|file| file.line.take()) {
            self.free.push(line);
        }
    }

    /// Bytes moved by all files.
    fn moved(&self) -> u64 {
        self.bytes + self.running.iter().map(File::moved).sum::<u64>()
    }
}

impl File {
    fn moved(&self) -> u64 {
        self.position.saturating_sub(self.offset)
    }
}

/// Gives `line` a style with a rate, which is one of what moves from now on.
fn rate_from_here(line: &ProgressBar, style: ProgressStyle) {
    // The estimate takes the position in whenever the length is set, and then forgets how fast it
    // was reached.
    line.inc_length(0);
    line.reset_eta();
    line.set_style(style);
}

const AMOUNT: &str = "{wide_msg} {bytes}";
const BAR: &str = "{wide_msg} [{bar:14}] {bytes}/{total_bytes}";

/// A file of which nothing has moved yet. With a known size it has a bar. The name gets the room
/// that is left, so that no line is ever broken.
fn waiting(total: Option<u64>) -> ProgressStyle {
    template(match total {
        Some(_) => BAR,
        None => AMOUNT,
    })
}

/// The same with the speed and, with a known size, the time left.
fn moving(total: Option<u64>) -> ProgressStyle {
    template(&match total {
        Some(_) => format!("{BAR} {{binary_bytes_per_sec}} {{left}}"),
        None => format!("{AMOUNT} {{binary_bytes_per_sec}}"),
    })
}

fn of_all() -> ProgressStyle {
    template("{wide_msg} {bytes} in all, {binary_bytes_per_sec}")
}

/// The time left, once there is a rate to tell it by.
fn left(state: &ProgressState, out: &mut dyn Write) {
    if state.per_sec() > 0.0 {
        // There is nobody to tell of a line that cannot be written.
        let _ = write!(out, "{:#} left", HumanDuration(state.eta()));
    }
}

fn template(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("left", left)
        .progress_chars("=> ")
}
