//! Where things lie in the workspace.

use std::path::{Path, PathBuf};

/// The folder of the root `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Everything that belongs to the real servers; may be deleted at any time
/// while none is running.
pub(crate) fn servers() -> PathBuf {
    root().join("target/servers")
}
