//! The clients: how each is fetched and how each gets its job.

mod contestant;
mod curl;
mod ftplib;
mod lftp;
mod rclone;
mod through;
mod towline;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use self::contestant::Contestant;
pub(crate) use self::contestant::{Invocation, Job, UPLOADS};
pub(crate) use self::ftplib::Python;
use super::client::Client;
use super::work::Work;
use crate::events::Events;
use crate::fetch::{self, Program};

/// All clients.
#[derive(Debug)]
pub(crate) struct Clients {
    python: Python,
    contestants: BTreeMap<Client, Box<dyn Contestant>>,
}

impl Clients {
    /// Fetches the peers, and builds Towline or uses the given program.
    pub(crate) fn fetch(towline: Option<&Path>, python: &Python, events: &Events) -> Result<Self> {
        let recipes = [lftp::RECIPE, curl::RECIPE, rclone::RECIPE];
        let programs: [Program; 3] = fetch::fetch_all(&recipes, events)?
            .try_into()
            .ok()
            .context("not every peer was fetched")?;
        let [lftp, curl, rclone] = programs;
        let towline = towline::Towline::new(towline, events)?;
        let contestants: [(Client, Box<dyn Contestant>); 5] = [
            (Client::Towline, Box::new(towline)),
            (
                Client::Ftplib,
                Box::new(ftplib::Ftplib::new(python.clone())?),
            ),
            (Client::Lftp, Box::new(lftp::Lftp::new(&lftp)?)),
            (Client::Curl, Box::new(curl::Curl::new(&curl)?)),
            (Client::Rclone, Box::new(rclone::Rclone::new(&rclone)?)),
        ];
        Ok(Self {
            python: python.clone(),
            contestants: contestants.into(),
        })
    }

    /// Each client with its version.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (Client, &str)> {
        let all = self.contestants.iter();
        all.map(|(client, contestant)| (*client, contestant.version()))
    }

    /// How `client` is started for `job`.
    pub(crate) fn invocation(&self, client: Client, job: &Job<'_>) -> Result<Invocation> {
        match client {
            Client::Towline if job.is_through_gateway => self.through(client, job),
            _ => self.contestant(client)?.invocation(job),
        }
    }

    /// How an old program is started that does `job` through a gateway.
    fn through(&self, gateway: Client, job: &Job<'_>) -> Result<Invocation> {
        let program = match job.work {
            Work::Move { files: 1, .. } => Client::Curl,
            _ => Client::Ftplib,
        };
        let port = through::free_port()?;
        let gateway = self.contestant(gateway)?.gateway(job, port)?;
        let server = through::front(job.server, port);
        let program = self.contestant(program)?.invocation(&Job {
            server: &server,
            ..*job
        })?;
        through::invocation(&self.python, job, port, gateway, program)
    }

    fn contestant(&self, client: Client) -> Result<&dyn Contestant> {
        let contestant = self.contestants.get(&client);
        Ok(contestant.context("an unknown client")?.as_ref())
    }
}
