//! The default paths of the program's own files.

use std::path::PathBuf;

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
