//! Progress on a terminal's standard error: one line for each running file, and one for all files
//! as soon as there are several.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
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
    /// Whether that file is still running.
    running: bool,
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
        self.end();
        let mut state = self.state();
        state.files += 1;
        state.running = true;
        let file = state
            .file
            .get_or_insert_with(|| self.line(ProgressBar::no_length()));
        // The line is used again: one that goes and one that comes would flicker.
        file.set_style(style(total));
        file.set_length(total.unwrap_or_default());
        file.set_message(path.to_string());
        file.reset();
        if state.files > 1 {
            let (files, bytes) = (state.files, state.bytes);
            let all = state.all.get_or_insert_with(|| {
                let all = ProgressBar::no_length().with_style(of_all());
                self.line(all)
            });
            all.set_message(format!("file {files}"));
            all.set_position(bytes);
        }
    }

    /// The running transfer has moved so many bytes in all.
    pub(crate) fn advance(&self, bytes: u64) {
        let state = self.state();
        if let Some(file) = &state.file {
            file.set_position(bytes);
        }
        if let Some(all) = &state.all {
            all.set_position(state.bytes + bytes);
        }
    }

    /// The running transfer has ended, well or badly.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        if std::mem::take(&mut state.running)
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

/// With a known size a bar and the time left; without, the amount and the speed. The name gets the
/// room that is left, so that no line is ever broken.
fn style(total: Option<u64>) -> ProgressStyle {
    template(match total {
        Some(_) => "{wide_msg} [{bar:14}] {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left",
        None => "{wide_msg} {bytes} {binary_bytes_per_sec}",
    })
}

fn of_all() -> ProgressStyle {
    template("{wide_msg} {bytes} in all, {binary_bytes_per_sec}")
}

fn template(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
