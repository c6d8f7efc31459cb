//! Rounds side by side: one lane for each server, since a round ends all sessions of its server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::behind::Places;
use super::client::{Client, Front, Mode, Peculiarity};
use super::machine::Fetched;
use super::round::{Place, Report, Round};
use super::sample::Samples;
use super::table::Table;
use crate::events::Events;
use crate::fetch::Program;
use crate::process::Stop;

/// The time between two looks at the lanes.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// One round that is to be run.
#[derive(Debug, Clone, Copy)]
struct Job<'a> {
    place: Place<'a>,
    /// The name of the place in tables.
    label: &'a str,
    client: &'static Client,
    program: Option<&'a Program>,
    front: Front,
    mode: Mode,
    /// Whether the big file is as big as it can be.
    big: bool,
}

/// The rounds of a run.
#[derive(Debug)]
pub(super) struct Lanes<'a> {
    samples: &'a Samples,
    /// By the name of the server.
    lanes: BTreeMap<&'a str, Vec<Job<'a>>>,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(samples: &'a Samples) -> Self {
        Self {
            samples,
            lanes: BTreeMap::new(),
        }
    }

    /// Every program in every way through every gateway. The biggest file moves once in each way of
    /// using TLS, through the first gateways alone.
    pub(super) fn through_everything(&mut self, places: &'a Places, fetched: &'a Fetched) {
        for (at, (label, gateways)) in places.gateways().enumerate() {
            for (client, program) in fetched.programs() {
                let gateway = gateways.suiting(client);
                for (front, modes) in client.ways {
                    for (n, mode) in modes.iter().enumerate() {
                        self.add(Job {
                            place: Place::Gateway(gateway),
                            label,
                            client,
                            program,
                            front: *front,
                            mode: *mode,
                            big: n == 0 && at < 2,
                        });
                    }
                }
            }
        }
    }

    /// Runs each program in each of its modes but active mode with TLS, and some programs in one
    /// mode only. The runs take the gateways in turn.
    pub(super) fn through_each_once(&mut self, places: &'a Places, fetched: &'a Fetched) {
        let mut turns = places.gateways().cycle();
        for (client, program) in fetched.programs() {
            let ways = client
                .ways
                .iter()
                .flat_map(|(front, modes)| modes.iter().map(|mode| (*front, *mode)))
                .filter(|(front, mode)| *front == Front::Plain || *mode == Mode::Passive);
            let most = match client.is(Peculiarity::InOneWay) {
                true => 1,
                false => usize::MAX,
            };
            for (front, mode) in ways.take(most) {
                let Some((label, gateways)) = turns.next() else {
                    return;
                };
                let gateway = gateways.suiting(client);
                self.add(Job {
                    place: Place::Gateway(gateway),
                    label,
                    client,
                    program,
                    front,
                    mode,
                    big: false,
                });
            }
        }
    }

    /// Every program without a gateway, on the servers themselves.
    pub(super) fn directly(&mut self, places: &'a Places, fetched: &'a Fetched) {
        for (client, program) in fetched.programs() {
            for (front, modes) in client.ways {
                let Some(mode) = modes.first() else {
                    continue;
                };
                for (label, server) in places.direct(*front) {
                    self.add(Job {
                        place: Place::Server(server),
                        label,
                        client,
                        program,
                        front: *front,
                        mode: *mode,
                        big: false,
                    });
                }
            }
        }
    }

    fn add(&mut self, job: Job<'a>) {
        let lane = self.lanes.entry(job.place.server()).or_default();
        lane.push(job);
    }

    /// Runs all rounds. Files of the programs go to `folder`.
    pub(super) fn run(&self, folder: &Path, events: &Events) -> Result<Vec<Table>> {
        let stop = Stop::default();
        let (through, directly) = (Table::through(), Table::directly());
        let tables = Mutex::new((through, directly));
        let ended: Result<()> = thread::scope(|scope| {
            let (stop, tables) = (&stop, &tables);
            let mut lanes = Vec::new();
            for (name, jobs) in &self.lanes {
                let work = folder.join(format!("work-{name}"));
                lanes.push(scope.spawn(move || self.run_lane(jobs, &work, stop, tables)));
            }
            while lanes.iter().any(|lane| !lane.is_finished()) {
                if let Err(interrupted) = events.check() {
                    stop.set();
                    return Err(interrupted.into());
                }
                thread::sleep(BETWEEN_LOOKS);
            }
            for lane in lanes {
                lane.join().map_err(|_| anyhow!("a lane panicked"))??;
            }
            Ok(())
        });
        ended?;
        let (through, directly) = tables.into_inner().unwrap_or_else(|it| it.into_inner());
        let tables = [through, directly].into_iter();
        Ok(tables.filter(|table| table.len() > 0).collect())
    }

    fn run_lane(
        &self,
        jobs: &[Job<'_>],
        work: &Path,
        stop: &Stop,
        tables: &Mutex<(Table, Table)>,
    ) -> Result<()> {
        for job in jobs {
            if stop.is_set() {
                break;
            }
            let report = self.run_job(job, work, stop)?;
            let mut tables = tables.lock().unwrap_or_else(|it| it.into_inner());
            let table = match job.place {
                Place::Gateway(_) => &mut tables.0,
                Place::Server(_) => &mut tables.1,
            };
            table.add(job.client, (job.front, job.mode), job.label, report);
        }
        Ok(())
    }

    fn run_job(&self, job: &Job<'_>, work: &Path, stop: &Stop) -> Result<Report> {
        let sample = self.samples.of(job.big);
        let round = Round::new(job.place, sample, (job.front, job.mode));
        round.run(job.client, job.program, work, stop)
    }
}
