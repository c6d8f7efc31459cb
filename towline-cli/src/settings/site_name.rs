//! The syntax of site names.

/// Whether a site may have this name.
pub(crate) fn is_site_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_drive = cfg!(windows) && name.len() == 1;
    !name.is_empty() && name.chars().all(plain) && !is_drive
}
