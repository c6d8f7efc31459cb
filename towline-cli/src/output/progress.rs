//! Progress on a terminal: a line for each running transfer, and one for all files if there are
//! several.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use towline::RemotePath;

const TICK: Duration = Duration::from_millis(200);

/// The most lines for files. Other files count in the line for all files.
const MOST_PROGRESS_LINES: usize = 8;

/// Shows progress, if it is enabled.
#[derive(Debug)]
pub(crate) struct Progress {
    enabled: bool,
    lines: MultiProgress,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: Vec<File>,
    /// Lines of finished files, to be used again.
    free: Vec<ProgressBar>,
    shown: usize,
    /// The line for all files. Appears with the second file.
    all: Option<ProgressBar>,
    files: u64,
    /// Bytes transferred by finished files.
    bytes: u64,
}

/// A running transfer.
#[derive(Debug)]
struct File {
    path: RemotePath,
    line: Option<ProgressBar>,
    /// The size of the file, if known.
    total: Option<u64>,
    /// Where the transfer started.
    offset: u64,
    /// How far the transfer has come.
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

    /// Shows that a transfer starts at byte `offset`.
    pub(crate) fn start(&self, path: &RemotePath, total: Option<u64>, offset: u64) {
        if !self.enabled {
            return;
        }
        let mut state = self.state();
        // A file that is running already is being retried.
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
            // It goes above the line for all files.
            has_room.then(|| self.line(state.shown - 1, ProgressBar::no_length()))
        });
        if let Some(line) = &line {
            // Reusing a line avoids flicker. It may be drawn while it is being changed, and must not
            // show more bytes than the file has.
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

    /// Shows that a running transfer has reached byte `position`.
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
                // An earlier run may have transferred most of the file.
                rate_from_here(line, moving(file.total));
            }
        }
        // All bytes are there. The next file may use the line.
        if file.total == Some(position) {
            state.free_line(path);
        }
        if let Some(all) = &state.all {
            all.set_position(state.moved());
        }
    }

    /// Shows that a transfer has ended, with or without success.
    pub(crate) fn end(&self, path: &RemotePath) {
        let mut state = self.state();
        state.free_line(path);
        if let Some(file) = state.take(path) {
            state.bytes += file.moved();
        }
    }

    /// Removes all lines.
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

    /// Hides the lines while `print` runs.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.enabled {
            true => self.lines.suspend(print),
            false => print(),
        }
    }

    /// Adds a line that is also redrawn while nothing is transferred.
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

    /// Bytes transferred by all files.
    fn moved(&self) -> u64 {
        self.bytes + self.running.iter().map(File::moved).sum::<u64>()
    }
}

impl File {
    fn moved(&self) -> u64 {
        self.position.saturating_sub(self.offset)
    }
}

/// Gives `line` a style with a transfer rate that is measured from now on.
fn rate_from_here(line: &ProgressBar, style: ProgressStyle) {
    // Setting the length makes the estimator take the position; resetting it discards the time that
    // led there.
    line.inc_length(0);
    line.reset_eta();
    line.set_style(style);
}

const AMOUNT: &str = "{wide_msg} {bytes}";
const BAR: &str = "{wide_msg} [{bar:14}] {bytes}/{total_bytes}";

/// The style before the first byte. It has a bar if the size is known. The name gets the remaining
/// width, so that lines never wrap.
fn waiting(total: Option<u64>) -> ProgressStyle {
    template(match total {
        Some(_) => BAR,
        None => AMOUNT,
    })
}

/// The style with the transfer rate and, if the size is known, the time left.
fn moving(total: Option<u64>) -> ProgressStyle {
    template(&match total {
        Some(_) => format!("{BAR} {{binary_bytes_per_sec}} {{left}}"),
        None => format!("{AMOUNT} {{binary_bytes_per_sec}}"),
    })
}

fn of_all() -> ProgressStyle {
    template("{wide_msg} {bytes} in total, {binary_bytes_per_sec}")
}

/// The time left, as soon as there is a transfer rate.
fn left(state: &ProgressState, out: &mut dyn Write) {
    if state.per_sec() > 0.0 {
        // An error cannot be reported here.
        let _ = write!(out, "{:#} left", HumanDuration(state.eta()));
    }
}

fn template(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("left", left)
        .progress_chars("=> ")
}
