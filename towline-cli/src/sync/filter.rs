//! Makes filters from options.

use std::fs;
use std::path::Path;

use towline_sync::Filter;

use crate::args::filter::{FilterArgs, FilterRule};
use crate::error::{Error, quote_path};

/// Makes a filter.
///
/// # Errors
/// [`Error::Usage`] if a pattern is empty or wrong, [`Error::Local`] if a file cannot be read.
pub(crate) fn filter(args: &FilterArgs) -> Result<Filter, Error> {
    if is_above(args.min_size, args.max_size) {
        return Err(Error::usage(
            "--min-size is above --max-size, which leaves out every file",
        ));
    }
    if is_above(args.min_age, args.max_age) {
        return Err(Error::usage(
            "--min-age is above --max-age, which leaves out every file",
        ));
    }
    let mut filter = Filter::default();
    for rule in &args.rules {
        filter = match rule {
            FilterRule::Include(pattern) => filter.include(pattern)?,
            FilterRule::Exclude(pattern) => filter.exclude(pattern)?,
            FilterRule::From(file) => from_file(filter, file)?,
        };
    }
    filter = match args.min_age {
        Some(age) => filter.min_age(age),
        None => filter,
    };
    filter = match args.max_age {
        Some(age) => filter.max_age(age),
        None => filter,
    };
    filter = match args.min_size {
        Some(size) => filter.min_size(size),
        None => filter,
    };
    Ok(match args.max_size {
        Some(size) => filter.max_size(size),
        None => filter,
    })
}

fn is_above<T: PartialOrd>(least: Option<T>, most: Option<T>) -> bool {
    least.zip(most).is_some_and(|(least, most)| least > most)
}

fn from_file(filter: Filter, file: &Path) -> Result<Filter, Error> {
    let text = fs::read_to_string(file).map_err(|error| Error::local(file, error))?;
    filter.lines(&text).map_err(|error| {
        let file = quote_path(file);
        Error::usage(format!("{file}: {error}"))
    })
}
