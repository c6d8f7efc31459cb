//! Where the program's own files are, unless an option names others.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// The configuration file, if the system has a place for it.
pub(crate) fn config_file() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("towline").join("config.toml"))
}

/// The file of known servers.
pub(crate) fn known_servers() -> Option<PathBuf> {
    Some(config_file()?.with_file_name("known_servers"))
}
