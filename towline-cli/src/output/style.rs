//! Styles of text on a terminal.

use anstyle::{AnsiColor, Style};

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HINT: Style = AnsiColor::Green.on_default();
pub(crate) const DIRECTORY: Style = AnsiColor::Blue.on_default().bold();
pub(crate) const LINK: Style = AnsiColor::Cyan.on_default();
pub(crate) const OTHER: Style = AnsiColor::Magenta.on_default();
