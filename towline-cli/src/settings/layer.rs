//! Values of settings, and where each comes from.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use towline_proto::command::{Argument, Command};

use crate::args::raw::RawArgs;
use crate::settings::key::{self, Key, ValueType};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    CommandLine,
    /// The environment variable of this name.
    Environment(Arc<str>),
    File {
        name: Arc<str>,
        line: usize,
    },
}

/// The value of one key.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) key: &'static Key,
    /// The values as the option takes them: several if the option may be repeated. Empty if an
    /// environment variable has the value, so that no secret is stored here.
    pub(crate) words: Vec<OsString>,
    pub(crate) origin: Origin,
}

/// Values of the same precedence.
pub(crate) type Layer = Vec<Value>;

/// The values from the command line.
pub(crate) fn of_options<A>(given: &RawArgs<A>) -> Layer {
    let value = |(option, words): &(String, Vec<OsString>)| {
        Some(Value {
            key: key::of_option(option)?,
            words: words.clone(),
            origin: Origin::CommandLine,
        })
    };
    given.options.iter().filter_map(value).collect()
}

impl Value {
    /// Whether this is a switch that is turned off.
    pub(crate) fn is_off(&self) -> bool {
        self.key.value_type == ValueType::Boolean && self.words.iter().any(|word| word == "false")
    }

    /// The value as text. Login commands are masked as in the dialogue.
    pub(crate) fn text(&self) -> String {
        let words = self.words.iter().map(|word| match self.key.value_type {
            ValueType::Boolean if self.key.inverted => (word != "true").to_string(),
            _ if self.key.option == "login-command" => masked(&word.to_string_lossy()),
            _ => word.to_string_lossy().into_owned(),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

fn masked(line: &str) -> String {
    let line = Argument::new(line).map(Command::Raw);
    // A line that cannot be sent may contain anything.
    line.map_or_else(|_| "***".to_owned(), |line| line.to_string())
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.origin, self.key.value_type) {
            (Origin::Environment(variable), _) => f.write_str(variable),
            (Origin::CommandLine, ValueType::Boolean) => write!(f, "--{}", self.key.option),
            (Origin::CommandLine, _) => write!(f, "--{} {}", self.key.option, self.text()),
            (origin, _) => write!(f, "{} = {} ({origin})", self.key.name, self.text()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Environment(variable) => f.write_str(variable),
            Self::File { name, line } => write!(f, "{name}:{line}"),
        }
    }
}
