//! Values of keys, and where each comes from.

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
    Environment(&'static str),
    File {
        name: Arc<str>,
        line: usize,
    },
}

/// The value of one key.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) key: &'static Key,
    /// As the option takes them: one, or several where the option may be repeated. None where an
    /// environment variable has it, which keeps secrets out of here.
    pub(crate) words: Vec<OsString>,
    pub(crate) origin: Origin,
}

/// Values of one rank.
pub(crate) type Layer = Vec<Value>;

/// What the command line says.
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
    /// Whether it is a switch that somebody has turned off.
    pub(crate) fn is_off(&self) -> bool {
        self.key.value_type == ValueType::Switch && self.words.iter().any(|word| word == "false")
    }

    /// As text for a person. Login commands are masked as they are in the dialogue.
    pub(crate) fn text(&self) -> String {
        let words = self.words.iter().map(|word| match self.key.value_type {
            ValueType::Switch if self.key.inverted => (word != "true").to_string(),
            _ if self.key.option == "login-command" => masked(&word.to_string_lossy()),
            _ => word.to_string_lossy().into_owned(),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

fn masked(line: &str) -> String {
    let line = Argument::new(line).map(Command::Raw);
    // What cannot be sent is not worth a look at what it hides.
    line.map_or_else(|_| "***".to_owned(), |line| line.to_string())
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.origin, self.key.value_type) {
            (Origin::Environment(variable), _) => f.write_str(variable),
            (Origin::CommandLine, ValueType::Switch) => write!(f, "--{}", self.key.option),
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
