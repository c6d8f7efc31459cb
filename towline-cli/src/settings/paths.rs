//! The default paths of the program's own files, and the paths in them.

use std::env;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

/// The configuration file, if the system has a configuration directory.
pub(crate) fn config_file() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("towline").join("config.toml"))
}

/// The file of known servers, next to the configuration file.
pub(crate) fn known_servers() -> Option<PathBuf> {
    Some(config_file()?.with_file_name("known_servers"))
}

/// The directory with the gateway's own certificate, if the system has a place for it.
pub(crate) fn gateway() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Some(state.join("towline").join("gateway"))
}

/// The directory with the journals and locks of mirrors, if the system has a place for it.
pub(crate) fn mirrors() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Some(state.join("towline").join("mirrors"))
}

/// A path that stands in a file. `~/` is the home directory. Other relative paths start from
/// `directory`, the directory of the file.
pub(super) fn in_file(text: &str, directory: &Path) -> PathBuf {
    match (text.strip_prefix("~/"), env::home_dir()) {
        (Some(below), Some(home)) => home.join(below),
        _ => directory.join(text),
    }
}
