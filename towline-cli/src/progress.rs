//! Progress on a terminal's standard error: one line for each running file, and one for all files
//! as soon as there are several.

use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use towline::RemotePath;

const TICK: Duration = Duration::from_millis(200);

/// Shows what is running, or nothing at all.
#[derive(Debug)]
pub(crate) struct Progress {
    enabled: bool,
    lines: MultiProgress,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The line of the running file, or of the last one.
    file: Option<ProgressBar>,
    /// That file, while it is running.
    running: Option<RemotePath>,
    /// Whether nothing of that file has moved yet.
    untouched: bool,
    /// Its size, where known.
    total: Option<u64>,
    /// Appears with the second file.
    all: Option<ProgressBar>,
    files: u64,
    /// Of the files that have ended.
    bytes: u64,
}

impl Progress {
    pub(crate) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            lines: MultiProgress::new(),
            state: Mutex::default(),
        }
    }

    /// A transfer begins.
    pub(crate) fn start(&self, path: &RemotePath, total: Option<u64>) {
        if !self.enabled {
            return;
        }
        // What is running already is tried again.
        if self.state().running.as_ref() != Some(path) {
            self.end();
            self.state().files += 1;
        }
        let mut state = self.state();
        state.running = Some(path.clone());
        state.untouched = true;
        state.total = total;
        let file = state
            .file
            .get_or_insert_with(|| self.line(ProgressBar::no_length()));
        // The line is used again: one that goes and one that comes would flicker.
        file.set_style(waiting(total));
        file.set_length(total.unwrap_or_default());
        file.set_message(path.to_string());
        file.reset();
        if state.files > 1 {
            let (files, bytes) = (state.files, state.bytes);
            let all = state.all.get_or_insert_with(|| {
                let all = ProgressBar::no_length().with_style(template(AMOUNT));
                let all = self.line(all);
                all.set_position(bytes);
                rate_from_here(&all, of_all());
                all
            });
            all.set_message(format!("file {files}"));
        }
    }

    /// The running transfer has moved so many bytes in all.
    pub(crate) fn advance(&self, bytes: u64) {
        let mut state = self.state();
        let begins = std::mem::take(&mut state.untouched);
        if let Some(file) = &state.file {
            file.set_position(bytes);
            if begins {
                // Most of it may have come in an earlier run.
                rate_from_here(file, moving(state.total));
            }
        }
        if let Some(all) = &state.all {
            all.set_position(state.bytes + bytes);
        }
    }

    /// The running transfer has ended, well or badly.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        if state.running.take().is_some()
            && let Some(file) = &state.file
        {
            state.bytes += file.position();
        }
    }

    /// Everything has ended.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        for line in [state.file.take(), state.all.take()].into_iter().flatten() {
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
    fn line(&self, bar: ProgressBar) -> ProgressBar {
        let line = self.lines.add(bar);
        line.enable_steady_tick(TICK);
        line
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
