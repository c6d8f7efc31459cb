//! Progress on a terminal's standard error: one line for each running file, and one for all files
//! as soon as there are several.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use towline::RemotePath;

/// Shows what is running, or nothing at all.
#[derive(Debug)]
pub(crate) struct Progress {
    enabled: bool,
    lines: MultiProgress,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<ProgressBar>,
    /// Appears with the second file.
    total: Option<ProgressBar>,
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
        // First, so that two files never stand on the terminal together.
        self.end();
        let mut state = self.state();
        let file = ProgressBar::new(total.unwrap_or_default()).with_style(style(total));
        let file = self.lines.insert(0, file);
        file.set_message(path.to_string());
        state.file = Some(file);
        state.files += 1;
        if state.files > 1 && state.total.is_none() {
            let total = ProgressBar::no_length().with_style(of_all());
            total.set_position(state.bytes);
            state.total = Some(self.lines.add(total));
        }
        state.show_total();
    }

    /// The running transfer has moved so many bytes in all.
    pub(crate) fn advance(&self, bytes: u64) {
        let state = self.state();
        if let Some(file) = &state.file {
            file.set_position(bytes);
        }
        if let Some(total) = &state.total {
            total.set_position(state.bytes + bytes);
        }
    }

    /// The running transfer has ended, well or badly.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        if let Some(file) = state.file.take() {
            state.bytes += file.position();
            file.finish_and_clear();
            self.lines.remove(&file);
        }
    }

    /// Everything has ended.
    pub(crate) fn clear(&self) {
        self.end();
        if let Some(total) = self.state().total.take() {
            total.finish_and_clear();
        }
    }

    /// Runs `print` while no line is in its way.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.enabled {
            true => self.lines.suspend(print),
            false => print(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show_total(&self) {
        if let Some(total) = &self.total {
            total.set_message(format!("file {}", self.files));
        }
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
