//! Locations in the workspace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the root `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Everything that belongs to the real servers. May be deleted whenever none is running.
pub(crate) fn servers() -> PathBuf {
    root().join("target/servers")
}

/// Creates a folder in `base` for this run, named after this process. Removes the folders of
/// finished runs.
pub(crate) fn run_folder(base: &Path, prefix: &str) -> io::Result<PathBuf> {
    let own = std::process::id().to_string();
    for entry in fs::read_dir(base)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_prefix(prefix)) else {
            continue;
        };
        let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && (id == own || !Path::new("/proc").join(id).exists()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    let folder = base.join(format!("{prefix}{own}"));
    fs::create_dir(&folder)?;
    Ok(folder)
}
