//! The progress bar: one line on a terminal's standard error for the transfer that is running.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use towline::RemotePath;

/// Shows the running transfer, or nothing at all.
#[derive(Debug)]
pub(crate) struct Progress {
    enabled: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    pub(crate) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            bar: Mutex::default(),
        }
    }

    /// A transfer begins.
    pub(crate) fn start(&self, path: &RemotePath, total: Option<u64>) {
        if !self.enabled {
            return;
        }
        // First, so that the two never stand on the terminal together.
        self.end();
        let bar = ProgressBar::new(total.unwrap_or_default());
        bar.set_style(style(total));
        bar.set_message(path.to_string());
        *self.bar() = Some(bar);
    }

    /// The running transfer has moved so many bytes in all.
    pub(crate) fn advance(&self, bytes: u64) {
        if let Some(bar) = &*self.bar() {
            bar.set_position(bytes);
        }
    }

    /// The running transfer has ended, well or badly.
    pub(crate) fn end(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    /// Runs `print` while no bar is in its way.
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        match &*self.bar() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// With a known size a bar and the time left; without, the amount and the speed.
fn style(total: Option<u64>) -> ProgressStyle {
    let template = match total {
        Some(_) => "{msg} [{bar:30}] {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left",
        None => "{msg} {bytes} {binary_bytes_per_sec}",
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for total in [None, Some(1)] {
            // `style` would fall back to the default in silence.
            let bar = ProgressBar::hidden().with_style(style(total));
            bar.set_message("x");
            assert!(bar.message() == "x");
        }
    }
}
