//! The browser that `cargo xtask test` fetches.

/// The environment variable that holds the path of the browser.
pub const VARIABLE: &str = "TOWLINE_BROWSER";

/// The environment variable that holds the folders of its libraries, separated by colons.
pub const LIBRARIES_VARIABLE: &str = "TOWLINE_BROWSER_LIBRARIES";
