//! The browser that shows the page of `towline doctor --report` in tests.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::events::Events;
use crate::fetch::{self, Product, Recipe};

/// Chromium without a window.
const RECIPE: Recipe = Recipe {
    name: "chromium",
    packages: &["chromium-headless-shell"],
    product: Product::Unpacked,
};

/// Where the browser is, and the libraries that the machine may lack.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) program: PathBuf,
    pub(crate) library_path: String,
}

/// Fetches the browser if it is missing.
pub(crate) fn fetch(events: &Events) -> Result<Browser> {
    let fetched = fetch::fetch_all([&RECIPE], events)?;
    let fetched = fetched.first().context("no browser was fetched")?;
    // libpulse keeps a library of its own in a folder below the others.
    let pulse = format!("usr/lib/{}-linux-gnu/pulseaudio", std::env::consts::ARCH);
    let pulse = fetched.unpacked(&pulse);
    Ok(Browser {
        program: fetched.unpacked("usr/lib/chromium/chromium-headless-shell"),
        library_path: format!("{}:{}", fetched.library_path()?, pulse.display()),
    })
}
