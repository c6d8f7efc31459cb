//! The programs that this machine can run, and those that it lacks.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::client::Client;
use crate::events::Events;
use crate::fetch::{self, Program};

/// Programs that are ready to run, and what the others need.
#[derive(Debug)]
pub(super) struct Fetched {
    programs: Vec<(&'static Client, Option<Program>)>,
    lacking: Vec<(&'static str, String)>,
}

/// Fetches every program that this machine can run.
pub(super) fn fetch(clients: &[&'static Client], events: &Events) -> Result<Fetched> {
    let mut fetched = Fetched {
        programs: Vec::new(),
        lacking: Vec::new(),
    };
    for client in clients {
        let needs = client.needs.iter();
        let missing: Vec<_> = needs
            .filter(|(program, _)| !fetch::on_path(program))
            .map(|(program, package)| format!("{program} (package {package})"))
            .collect();
        if !missing.is_empty() {
            fetched.lacking.push((client.name, missing.join(", ")));
            continue;
        }
        let program = match client.recipe() {
            None => None,
            Some(recipe) => {
                let all = fetch::fetch_all([recipe], events)?;
                Some(all.into_iter().next().context("nothing was fetched")?)
            }
        };
        fetched.programs.push((client, program));
    }
    Ok(fetched)
}

impl Fetched {
    /// The programs that can be run.
    pub(super) fn programs(&self) -> impl Iterator<Item = (&'static Client, Option<&Program>)> {
        let all = self.programs.iter();
        all.map(|(client, program)| (*client, program.as_ref()))
    }

    /// The programs that cannot be run, each with its reason; empty if all can.
    pub(super) fn lacking(&self) -> String {
        let mut text = String::new();
        for (client, needs) in &self.lacking {
            let _ = writeln!(text, "not run: {client}: this machine lacks {needs}");
        }
        text
    }
}
