//! Saves and restores the modes of the terminal, because an interrupted prompt does not.

#[cfg(unix)]
use std::fs::File;

#[cfg(unix)]
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The modes of the terminal at creation, which are restored on drop.
#[derive(Debug)]
pub(crate) struct TerminalModes {
    #[cfg(unix)]
    terminal: Option<(File, Termios)>,
}

#[cfg(unix)]
impl TerminalModes {
    /// Saves the modes of the terminal, if there is one.
    pub(crate) fn current() -> Self {
        let terminal = File::open("/dev/tty").ok();
        let terminal = terminal.and_then(|file| tcgetattr(&file).ok().map(|modes| (file, modes)));
        Self { terminal }
    }
}

#[cfg(unix)]
impl Drop for TerminalModes {
    fn drop(&mut self) {
        if let Some((file, modes)) = &self.terminal {
            // If the terminal is gone, there is nothing to restore.
            let _ = tcsetattr(file, OptionalActions::Now, modes);
        }
    }
}

#[cfg(not(unix))]
impl TerminalModes {
    /// Without signals, a prompt always restores the modes itself.
    pub(crate) fn current() -> Self {
        Self {}
    }
}
