//! The modes of the terminal, which a prompt changes and puts back only when it is answered.

#[cfg(unix)]
use std::fs::File;

#[cfg(unix)]
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// How the terminal was when this was made, and how it is again when this is dropped.
#[derive(Debug)]
pub(crate) struct TerminalModes {
    #[cfg(unix)]
    terminal: Option<(File, Termios)>,
}

#[cfg(unix)]
impl TerminalModes {
    /// Those of the terminal that prompts appear on, if there is one.
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
            // A terminal that has gone has no modes to be wrong.
            let _ = tcsetattr(file, OptionalActions::Now, modes);
        }
    }
}

#[cfg(not(unix))]
impl TerminalModes {
    /// Without requests to terminate, a prompt always ends by itself and puts them back.
    pub(crate) fn current() -> Self {
        Self {}
    }
}
