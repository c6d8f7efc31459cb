//! One program: how it is fetched and started, and which ways of speaking FTP it has.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

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

const BOTH: &[Mode] = &[Mode::Passive, Mode::Active];
const PASSIVE: &[Mode] = &[Mode::Passive];

/// Ways of using a program.
pub(super) type Ways = &'static [(Front, &'static [Mode])];

pub(super) const EVERY_WAY: Ways = &[
    (Front::Plain, BOTH),
    (Front::Explicit, BOTH),
    (Front::Implicit, BOTH),
];

pub(super) const NOT_IMPLICIT: Ways = &[(Front::Plain, BOTH), (Front::Explicit, BOTH)];

pub(super) const WITHOUT_TLS: Ways = &[(Front::Plain, BOTH)];

pub(super) const ACTIVE_WITHOUT_TLS: Ways = &[
    (Front::Plain, BOTH),
    (Front::Explicit, PASSIVE),
    (Front::Implicit, PASSIVE),
];

pub(super) const ALWAYS_PASSIVE: Ways = &[
    (Front::Plain, PASSIVE),
    (Front::Explicit, PASSIVE),
    (Front::Implicit, PASSIVE),
];

pub(super) const PASSIVE_NOT_IMPLICIT: Ways =
    &[(Front::Plain, PASSIVE), (Front::Explicit, PASSIVE)];

/// Where a program comes from, and the command that runs all its operations.
#[derive(Debug)]
pub(super) enum Origin {
    /// The machine has it.
    Machine(fn() -> Command),
    Fetched(&'static Recipe, fn(&Program) -> Result<Command>),
}

/// A program that was made for FTP servers of the old kind.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) name: &'static str,
    /// Programs that the machine must have, each with its Debian package.
    pub(super) needs: &'static [(&'static str, &'static str)],
    pub(super) origin: Origin,
    /// The ways in which it can be used.
    pub(super) ways: Ways,
    pub(super) peculiarities: &'static [Peculiarity],
}

/// What sets a program apart from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peculiarity {
    /// Test runs try only the first way: a round takes long, another program shows the same, or the
    /// program fails by itself at times in other ways.
    InOneWay,
    /// Its uploads with TLS end without `close_notify`, so it needs `allow-missing-close-notify`.
    Unclosed,
}

impl Client {
    /// What has to be fetched, if anything.
    pub(super) fn recipe(&self) -> Option<&'static Recipe> {
        match self.origin {
            Origin::Machine(_) => None,
            Origin::Fetched(recipe, _) => Some(recipe),
        }
    }

    /// The command that runs all its operations.
    pub(super) fn command(&self, program: Option<&Program>) -> Result<Command> {
        match self.origin {
            Origin::Machine(command) => Ok(command()),
            Origin::Fetched(_, command) => command(program.context("it was not fetched")?),
        }
    }

    pub(super) fn is(&self, peculiarity: Peculiarity) -> bool {
        self.peculiarities.contains(&peculiarity)
    }

    /// Whether its name contains `name`, in any case.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase().contains(&name.to_lowercase())
    }
}

/// A file of `interop/clients`.
pub(super) fn script(path: &str) -> PathBuf {
    workspace::root().join("interop/clients").join(path)
}
