//! Options as written on the command line, kept raw until they are merged with the configuration
//! file.

use std::ffi::OsString;
use std::marker::PhantomData;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, Error, FromArgMatches};

/// The options of `A` on the command line. clap has checked their values.
#[derive(Debug)]
pub(crate) struct RawArgs<A> {
    /// The name of each option, without dashes, and its values.
    pub(crate) options: Vec<(String, Vec<OsString>)>,
    definition: PhantomData<A>,
}

impl<A: clap::Args> clap::Args for RawArgs<A> {
    fn augment_args(command: Command) -> Command {
        A::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        A::augment_args_for_update(command)
    }
}

impl<A: clap::Args> FromArgMatches for RawArgs<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let definition = A::augment_args(Command::new("options"));
        let options = definition.get_arguments().filter_map(|option| {
            let id = option.get_id().as_str();
            let given = matches.value_source(id) == Some(ValueSource::CommandLine);
            let values = given.then(|| matches.get_raw(id))??;
            Some((
                option.get_long()?.to_owned(),
                values.map(OsString::from).collect(),
            ))
        });
        Ok(Self {
            options: options.collect(),
            definition: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
