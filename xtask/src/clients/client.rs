//! One program: how it is fetched and started, and which ways of speaking FTP it has.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::fetch::{Program, Recipe};
use crate::workspace;

/// How a program speaks to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// Without TLS.
    Plain,
    /// With TLS after `AUTH`.
    Explicit,
    /// With TLS from the first byte.
    Implicit,
}

impl fmt::Display for Front {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Plain => "plain",
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
        })
    }
}

/// Who opens the data connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The program.
    Passive,
    /// The gateway.
    Active,
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Passive => "passive",
            Self::Active => "active",
        })
    }
}

/// Both modes.
pub(super) const BOTH: &[Mode] = &[Mode::Passive, Mode::Active];

/// Passive mode alone.
pub(super) const PASSIVE: &[Mode] = &[Mode::Passive];

/// A program that was made for FTP servers of the old kind.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: &'static str,
    /// Programs that the machine must have, each with its Debian package.
    pub(super) needs: &'static [(&'static str, &'static str)],
    /// What is fetched; the machine has everything else.
    pub(super) recipe: Option<&'static Recipe>,
    /// The command that runs all its operations.
    pub(super) command: fn(Option<&Program>) -> Result<Command>,
    /// The ways in which it can be used.
    pub(super) fronts: &'static [(Front, &'static [Mode])],
    /// Whether only the first way is tried in test runs: a round takes long, another program shows the
    /// same, or the program fails by itself at times in other ways.
    pub(super) in_one_way: bool,
}

impl Client {
    /// Whether its name contains `name`, in any case.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase().contains(&name.to_lowercase())
    }
}

/// A file of `interop/clients`.
pub(super) fn script(path: &str) -> PathBuf {
    workspace::root().join("interop/clients").join(path)
}
