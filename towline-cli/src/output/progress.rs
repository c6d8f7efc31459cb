//! Progress on a terminal: a line for each running transfer, and one for all files if there are
//! several. Also counts what is done, of how much, for `--stats`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use indicatif::{
    HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use towline::RemotePath;

use crate::lock::lock;
use crate::output::margin::WithMargin;

const TICK: Duration = Duration::from_millis(200);

/// How often lines are drawn in a second, at most.
const REDRAWS: u8 = 20;

/// The most lines for files. Other files count in the line for all files.
const MOST_PROGRESS_LINES: usize = 8;

/// Counts transfers, and shows them on a terminal if it may.
#[derive(Debug)]
pub(crate) struct Progress {
    draws: bool,
    lines: MultiProgress,
    state: Mutex<State>,
}

/// How much is done, of how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// Files that have ended, well or badly.
    pub(crate) files: u64,
    pub(crate) all_files: u64,
    pub(crate) bytes: u64,
    /// `None` if the size of a file is not known.
    pub(crate) all_bytes: Option<u64>,
    /// Whether no more files will be found.
    pub(crate) is_final: bool,
}

#[derive(Debug, Default)]
struct State {
    running: Vec<File>,
    /// Lines of finished files, to be used again.
    free: Vec<ProgressBar>,
    shown: usize,
    /// The line for all files. Appears with the second file.
    all: Option<ProgressBar>,
    /// Whether the line for all files shows the final number.
    all_is_final: bool,
    /// Files that will be, are or were transferred.
    expected: u64,
    started: u64,
    ended: u64,
    /// Bytes to transfer, as far as sizes are known.
    to_move: u64,
    /// Files whose sizes show only when they start.
    unsized_files: BTreeSet<RemotePath>,
    /// Bytes transferred by finished files.
    bytes: u64,
    is_final: bool,
    is_closed: bool,
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
    /// What it adds to the bytes to transfer.
    counted: u64,
}

impl Progress {
    /// Draws lines if `draws`.
    pub(crate) fn new(draws: bool) -> Self {
        Self {
            draws,
            lines: match draws {
                true => MultiProgress::with_draw_target(ProgressDrawTarget::term_like_with_hz(
                    Box::new(WithMargin::stderr()),
                    REDRAWS,
                )),
                false => MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            },
            state: Mutex::default(),
        }
    }

    /// Says that a file of this size will be transferred.
    pub(crate) fn expect(&self, path: &RemotePath, size: Option<u64>) {
        let mut state = self.state();
        state.expected += 1;
        state.is_final = false;
        match size {
            Some(size) => state.to_move += size,
            None => {
                state.unsized_files.insert(path.clone());
            }
        }
    }

    /// Says that these files will be transferred, and no others.
    pub(crate) fn expect_all(&self, files: u64, bytes: u64) {
        let mut state = self.state();
        state.expected += files;
        state.to_move += bytes;
        state.is_final = true;
    }

    /// Says that no more files will be found.
    pub(crate) fn no_more(&self) {
        let mut state = self.state();
        state.is_final = true;
        self.show_all(&mut state);
    }

    /// How much is done.
    pub(crate) fn done(&self) -> Done {
        self.state().done()
    }

    /// Shows that a transfer starts at byte `offset`.
    pub(crate) fn start(&self, path: &RemotePath, total: Option<u64>, offset: u64) {
        let mut state = self.state();
        // A file that is running already is being retried.
        let again = state.take(path);
        let is_unsized = state.unsized_files.remove(path);
        if again.is_none() {
            state.started += 1;
            state.expected = state.expected.max(state.started);
        }
        let counted = total.map_or(0, |total| total.saturating_sub(offset));
        let before = match &again {
            Some(file) => file.counted,
            // What was there before is not transferred.
            None if is_unsized => 0,
            None => total.unwrap_or_default(),
        };
        state.to_move = (state.to_move + counted).saturating_sub(before);
        let line = match again.and_then(|file| file.line) {
            Some(line) => Some(line),
            None => state.free.pop(),
        };
        let line = line.or_else(|| {
            let has_room = self.draws && !state.is_closed && state.shown < MOST_PROGRESS_LINES;
            state.shown += usize::from(has_room);
            // It goes above the line for all files.
            has_room.then(|| {
                let line = new_line(waiting(total), path.to_string());
                self.line(state.shown - 1, line)
            })
        });
        if let Some(line) = &line {
            // Reusing a line avoids flicker. It may be drawn while it is being changed, and must
            // not show more bytes than the file has.
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
            counted,
        });
        self.show_all(&mut state);
    }

    /// Shows that a running transfer has reached byte `position`.
    pub(crate) fn advance(&self, path: &RemotePath, position: u64) {
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

    /// Shows that a transfer has ended, with or without success. `size` is what was expected of a
    /// file that may not have started.
    pub(crate) fn end(&self, path: &RemotePath, size: Option<u64>) {
        let mut state = self.state();
        state.free_line(path);
        state.ended += 1;
        let is_unsized = state.unsized_files.remove(path);
        let missing = match state.take(path) {
            Some(file) => {
                let moved = file.moved();
                state.bytes += moved;
                file.counted.saturating_sub(moved)
            }
            None if is_unsized => 0,
            None => size.unwrap_or_default(),
        };
        state.to_move = state.to_move.saturating_sub(missing);
        self.show_all(&mut state);
    }

    /// Counts a file as ended that may not have started, and whose path on the server is not known.
    pub(crate) fn end_unseen(&self, size: Option<u64>) {
        let mut state = self.state();
        state.ended += 1;
        state.to_move = state.to_move.saturating_sub(size.unwrap_or_default());
        self.show_all(&mut state);
    }

    /// Removes all lines, and shows no more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        let mut lines = std::mem::take(&mut state.free);
        let running = state.running.iter_mut();
        lines.extend(running.filter_map(|file| file.line.take()));
        lines.extend(state.all.take());
        for line in lines {
            line.finish_and_clear();
        }
    }

    /// Hides the lines while `print` runs.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.draws {
            true => self.lines.suspend(print),
            false => print(),
        }
    }

    /// Shows the line for all files, if there are several.
    fn show_all(&self, state: &mut State) {
        let done = state.done();
        if !self.draws || state.is_closed || done.all_files < 2 || state.started == 0 {
            return;
        }
        let is_final = done.is_final && done.all_bytes.is_some();
        let is_new = state.all.is_none();
        let shown = state.shown;
        let all = state.all.get_or_insert_with(|| {
            let all = new_line(template(AMOUNT), String::new());
            self.line(shown, all)
        });
        all.set_length(done.all_bytes.unwrap_or_default());
        all.set_position(done.bytes);
        let more = if done.is_final { "" } else { "+" };
        all.set_message(format!("{}/{}{more} files", done.files, done.all_files));
        if is_new {
            rate_from_here(all, of_all(is_final));
        } else if is_final != state.all_is_final {
            all.set_style(of_all(is_final));
        }
        state.all_is_final = is_final;
    }

    /// Adds a line that is also redrawn while nothing is transferred.
    fn line(&self, at: usize, bar: ProgressBar) -> ProgressBar {
        let line = self.lines.insert(at, bar);
        line.enable_steady_tick(TICK);
        line
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn done(&self) -> Done {
        Done {
            files: self.ended,
            all_files: self.expected.max(self.ended),
            bytes: self.moved(),
            all_bytes: self.unsized_files.is_empty().then_some(self.to_move),
            is_final: self.is_final,
        }
    }

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

/// A line that is not drawn yet. It must not show anything else first.
fn new_line(style: ProgressStyle, message: String) -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        .with_style(style)
        .with_message(message)
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
const BAR: &str = "{wide_msg} [{bar:10}] {percent:>3}% {bytes}/{total_bytes}";

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

/// The style of the line for all files. Only a final sum shows how much is left.
fn of_all(is_final: bool) -> ProgressStyle {
    match is_final {
        true => moving(Some(0)),
        false => moving(None),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> RemotePath {
        RemotePath::new(name).unwrap()
    }

    fn done(files: u64, all_files: u64, bytes: u64, all_bytes: u64) -> Done {
        Done {
            files,
            all_files,
            bytes,
            all_bytes: Some(all_bytes),
            is_final: true,
        }
    }

    #[test]
    fn files_and_bytes_are_counted_of_how_many() {
        let progress = Progress::new(false);
        progress.expect(&path("a"), Some(100));
        progress.expect(&path("b"), None);
        assert_eq!(progress.done().all_bytes, None);
        assert!(!progress.done().is_final);
        progress.no_more();
        progress.start(&path("b"), Some(50), 0);
        assert_eq!(progress.done(), done(0, 2, 0, 150));
        progress.start(&path("a"), Some(100), 0);
        progress.advance(&path("a"), 60);
        progress.advance(&path("b"), 50);
        progress.end(&path("b"), None);
        assert_eq!(progress.done(), done(1, 2, 110, 150));
        progress.advance(&path("a"), 100);
        progress.end(&path("a"), Some(100));
        assert_eq!(progress.done(), done(2, 2, 150, 150));
    }

    #[test]
    fn what_was_there_before_and_what_failed_is_not_waited_for() {
        let progress = Progress::new(false);
        for name in ["resumed", "cut", "refused"] {
            progress.expect(&path(name), Some(100));
        }
        progress.no_more();
        progress.start(&path("resumed"), Some(100), 80);
        assert_eq!(progress.done(), done(0, 3, 0, 220));
        progress.advance(&path("resumed"), 100);
        progress.end(&path("resumed"), Some(100));
        progress.start(&path("cut"), Some(100), 0);
        progress.advance(&path("cut"), 30);
        // The second attempt resumes.
        progress.start(&path("cut"), Some(100), 30);
        assert_eq!(progress.done(), done(1, 3, 20, 190));
        progress.advance(&path("cut"), 40);
        progress.end(&path("cut"), Some(100));
        progress.end(&path("refused"), Some(100));
        assert_eq!(progress.done(), done(3, 3, 30, 30));
    }

    #[test]
    fn a_plan_is_known_whole_from_the_start() {
        let progress = Progress::new(false);
        progress.expect_all(2, 300);
        assert_eq!(progress.done(), done(0, 2, 0, 300));
        progress.start(&path("a"), Some(100), 0);
        progress.advance(&path("a"), 100);
        progress.end(&path("a"), None);
        progress.end_unseen(Some(200));
        assert_eq!(progress.done(), done(2, 2, 100, 100));
    }
}
