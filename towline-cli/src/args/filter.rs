//! The options that choose files by name, age and size. Their order on the command line matters.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, ArgMatches, Command, Error, FromArgMatches};

use super::value;

/// Which files to choose.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilterArgs {
    /// In the order of the command line.
    pub(crate) rules: Vec<FilterRule>,
    pub(crate) min_age: Option<Duration>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) min_size: Option<u64>,
    pub(crate) max_size: Option<u64>,
}

/// A pattern, or a file of patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FilterRule {
    Include(String),
    Exclude(String),
    From(PathBuf),
}

/// The options as clap sees them.
#[derive(clap::Args)]
#[command(next_help_heading = "Filters")]
struct Options {
    /// Take what matches; may be repeated. The first pattern that matches decides
    #[arg(long, value_name = "PATTERN", action = ArgAction::Append)]
    include: Vec<String>,
    /// Leave out what matches; may be repeated. A final slash means directories
    #[arg(long, value_name = "PATTERN", action = ArgAction::Append)]
    exclude: Vec<String>,
    /// Read patterns from this file: lines that begin with "+ " include, with "- " exclude
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    filter_from: Vec<PathBuf>,
    /// Leave out files changed within this time, such as 10m
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, value_parser = value::duration)]
    min_age: Option<Duration>,
    /// Leave out files unchanged for longer than this, such as 7d
    #[arg(long, value_name = "TIME", allow_negative_numbers = true, value_parser = value::duration)]
    max_age: Option<Duration>,
    /// Leave out files smaller than this
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, value_parser = value::size_or_zero)]
    min_size: Option<u64>,
    /// Leave out files larger than this
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, value_parser = value::size_or_zero)]
    max_size: Option<u64>,
}

impl clap::Args for FilterArgs {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

impl FromArgMatches for FilterArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let options = Options::from_arg_matches(matches)?;
        let indices = |id: &str| matches.indices_of(id).into_iter().flatten();
        let mut rules = Vec::new();
        rules.extend(indices("include").zip(options.include.into_iter().map(FilterRule::Include)));
        rules.extend(indices("exclude").zip(options.exclude.into_iter().map(FilterRule::Exclude)));
        rules.extend(
            indices("filter_from").zip(options.filter_from.into_iter().map(FilterRule::From)),
        );
        rules.sort_by_key(|(index, _)| *index);
        Ok(Self {
            rules: rules.into_iter().map(|(_, rule)| rule).collect(),
            min_age: options.min_age,
            max_age: options.max_age,
            min_size: options.min_size,
            max_size: options.max_size,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Which of the chosen files `get` and `put` move.
#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct ChoiceArgs {
    /// Print what would be moved, one line for each file, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Skip files that are newer at the target
    #[arg(long)]
    pub(crate) update: bool,
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Args as _;

    use super::*;

    fn parse(words: &[&str]) -> FilterArgs {
        let command = FilterArgs::augment_args(Command::new("x").no_binary_name(true));
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        FilterArgs::from_arg_matches(&command.get_matches_from(words)).unwrap()
    }

    #[test]
    fn rules_are_in_the_order_of_the_command_line() {
        let args = parse(&[
            "--exclude",
            "a",
            "--include=b",
            "--filter-from",
            "c",
            "--exclude",
            "d",
        ]);
        let expected = [
            FilterRule::Exclude("a".to_owned()),
            FilterRule::Include("b".to_owned()),
            FilterRule::From("c".into()),
            FilterRule::Exclude("d".to_owned()),
        ];
        assert_eq!(args.rules, expected);
    }
}
