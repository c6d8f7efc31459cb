//! Random histories of a spool, against a model of what clients may rely on.
//!
//! The server is a map. Clients, the server's refusals, lost replies, new settings and crashes come
//! between any two steps of a delivery.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use towline_proto::path::RemotePath;

use super::journal::{Journal, Renamed, Turn};
use super::upload::{SpoolState, Spooled};

const NAMES: [&str; 4] = ["/a", "/b", "/c", "/d"];

/// Something that happens.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Upload(usize),
    Rename(usize, usize),
    Remove(usize),
    /// The next step of the delivery that is being made.
    Step,
    /// The server refuses the next step.
    Refuse,
    /// The connection is lost before the next step.
    Lose,
    /// The server makes the next step, but its reply is lost.
    LoseReply,
    /// SIGHUP, or a request for all.
    TryAgain,
    Request,
    /// `kill -9`, and a start.
    Kill,
}

fn happening() -> impl Strategy<Value = Happening> {
    let name = || 0..NAMES.len();
    prop_oneof![
        4 => name().prop_map(Happening::Upload),
        3 => (name(), name()).prop_map(|(from, to)| Happening::Rename(from, to)),
        1 => name().prop_map(Happening::Remove),
        10 => Just(Happening::Step),
        2 => Just(Happening::Refuse),
        1 => Just(Happening::Lose),
        1 => Just(Happening::LoseReply),
        1 => Just(Happening::TryAgain),
        1 => Just(Happening::Request),
        1 => Just(Happening::Kill),
    ]
}

/// Where the delivery of an upload is. A crash forgets it.
#[derive(Clone, Debug)]
enum Delivery {
    None,
    /// It is being sent to its temporary name.
    Sending(i64, RemotePath),
    /// It is about to get its name.
    Naming(Spooled, RemotePath),
}

struct World {
    place: PathBuf,
    journal: Option<Journal>,
    delivery: Delivery,
    parts: u32,
    /// The files of the server: the contents are numbers of uploads.
    server: BTreeMap<Vec<u8>, i64>,
    /// What each name has to be in the end, as far as clients have been told. Where a client has
    /// removed or renamed what waited, the server keeps what it had.
    expected: BTreeMap<Vec<u8>, BTreeSet<Option<i64>>>,
    /// The order in which uploads got their names, and how often each was delivered.
    age: BTreeMap<i64, u32>,
    ages: u32,
    delivered: BTreeMap<i64, u32>,
    newest_delivered: BTreeMap<Vec<u8>, u32>,
}

/// Opens the journal without a wait for the disk: the system does not crash here.
fn open(place: &Path) -> Journal {
    let journal = Journal::open(place).unwrap();
    journal.trust_the_system().unwrap();
    journal
}

fn path(name: usize) -> RemotePath {
    RemotePath::new(NAMES[name]).unwrap()
}

impl World {
    fn new(place: PathBuf) -> Self {
        Self {
            journal: Some(open(&place)),
            place,
            delivery: Delivery::None,
            parts: 0,
            server: BTreeMap::new(),
            expected: BTreeMap::new(),
            age: BTreeMap::new(),
            ages: 0,
            delivered: BTreeMap::new(),
            newest_delivered: BTreeMap::new(),
        }
    }

    fn journal(&self) -> &Journal {
        self.journal.as_ref().unwrap()
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Upload(name) => self.upload(&path(name)),
            Happening::Rename(from, to) => self.rename(&path(from), &path(to)),
            Happening::Remove(name) => self.remove(&path(name)),
            Happening::Step => self.step(),
            Happening::Refuse => self.refuse(),
            Happening::Lose => self.lose(),
            Happening::LoseReply => self.lose_reply(),
            Happening::TryAgain => self.journal().try_again().unwrap(),
            Happening::Request => drop(self.journal().retry(None).unwrap()),
            Happening::Kill => self.kill(),
        }
    }

    fn acknowledge(&mut self, id: i64, path: &RemotePath) {
        self.ages += 1;
        self.age.insert(id, self.ages);
        let expected = BTreeSet::from([Some(id)]);
        self.expected.insert(path.as_bytes().to_vec(), expected);
    }

    /// What the server has under a name whose upload is gone, or gets it from a delivery that
    /// cannot be stopped.
    fn leave_to_the_server(&mut self, path: &RemotePath) {
        let name = path.as_bytes().to_vec();
        let mut expected = BTreeSet::from([self.server.get(&name).copied()]);
        let all = self.journal().all().unwrap().into_iter();
        let naming = all.filter(|it| it.state == SpoolState::Naming && it.path == *path);
        expected.extend(naming.map(|upload| Some(upload.id)));
        self.expected.insert(name, expected);
    }

    fn upload(&mut self, path: &RemotePath) {
        let id = self.journal().add("file", path, 1, false).unwrap();
        self.acknowledge(id, path);
    }

    /// As a client of the gateway does: what does not wait is renamed at the server.
    fn rename(&mut self, from: &RemotePath, to: &RemotePath) {
        if from == to {
            return;
        }
        let newest = self.journal().find(from).unwrap();
        match self.journal().rename(from, to).unwrap() {
            Renamed::Done(_) => {
                self.leave_to_the_server(from);
                self.acknowledge(newest.unwrap().id, to);
            }
            // The client is told to come back later.
            Renamed::Busy(_) => {}
            Renamed::Missing => {
                let turn = self.journal().last_turn().unwrap();
                if self.journal().is_naming(to).unwrap() {
                    return;
                }
                let Some(file) = self.server.remove(from.as_bytes()) else {
                    return;
                };
                self.server.insert(to.as_bytes().to_vec(), file);
                self.journal().overtake(to, turn).unwrap();
                self.leave_to_the_server(from);
                self.acknowledge(file, to);
                self.newest_delivered
                    .insert(to.as_bytes().to_vec(), self.ages);
            }
        }
    }

    fn remove(&mut self, path: &RemotePath) {
        match self.journal().find(path).unwrap() {
            Some(upload) if upload.state == SpoolState::Naming => {}
            Some(_) => {
                self.journal().remove(path).unwrap();
                self.leave_to_the_server(path);
            }
            None => {
                self.server.remove(path.as_bytes());
                self.journal().remove_replaced(path).unwrap();
                self.leave_to_the_server(path);
            }
        }
    }

    fn begin(&mut self) {
        let Some(upload) = self.journal().next().unwrap() else {
            return;
        };
        self.delivery = match (upload.state, upload.part.clone()) {
            (SpoolState::Naming, Some(part)) => Delivery::Naming(upload, part),
            _ => {
                self.parts += 1;
                let part = RemotePath::new(format!("/{}.part", self.parts)).unwrap();
                match self.journal().send(upload.id, &part).unwrap() {
                    true => Delivery::Sending(upload.id, part),
                    false => Delivery::None,
                }
            }
        };
    }

    fn step(&mut self) {
        match std::mem::replace(&mut self.delivery, Delivery::None) {
            Delivery::None => self.begin(),
            Delivery::Sending(id, part) => {
                self.server.insert(part.as_bytes().to_vec(), id);
                if let Turn::Now(_) = self.journal().name(id).unwrap() {
                    let upload = self.journal().next().unwrap().unwrap();
                    assert_eq!(upload.id, id, "what gets its name comes before all others");
                    self.delivery = Delivery::Naming(upload, part);
                }
            }
            Delivery::Naming(upload, part) => {
                self.name_at_server(&upload, &part);
                self.journal().done(upload.id).unwrap();
            }
        }
    }

    /// The server renames an upload, unless it has done so.
    fn name_at_server(&mut self, upload: &Spooled, part: &RemotePath) {
        let Some(file) = self.server.remove(part.as_bytes()) else {
            return;
        };
        assert_eq!(file, upload.id);
        let name = upload.path.as_bytes().to_vec();
        let age = self.age[&file];
        let newest = self.newest_delivered.insert(name.clone(), age);
        assert!(newest.is_none_or(|newest| newest < age), "in order");
        *self.delivered.entry(file).or_default() += 1;
        self.server.insert(name, file);
    }

    fn refuse(&mut self) {
        let refused = match std::mem::replace(&mut self.delivery, Delivery::None) {
            Delivery::None => return,
            Delivery::Sending(id, _) => id,
            // A rename that may have been made is not refused.
            Delivery::Naming(upload, part) => match self.server.contains_key(part.as_bytes()) {
                true => upload.id,
                false => {
                    self.journal().done(upload.id).unwrap();
                    return;
                }
            },
        };
        self.journal().set_aside(refused, "553").unwrap();
    }

    fn lose(&mut self) {
        match std::mem::replace(&mut self.delivery, Delivery::None) {
            Delivery::None => {}
            Delivery::Sending(id, _) => drop(self.journal().failed(id, "lost").unwrap()),
            Delivery::Naming(upload, _) => {
                self.journal().failed(upload.id, "lost").unwrap();
            }
        }
    }

    fn lose_reply(&mut self) {
        if let Delivery::Naming(upload, part) = self.delivery.clone() {
            self.name_at_server(&upload, &part);
        }
        self.lose();
    }

    fn kill(&mut self) {
        self.delivery = Delivery::None;
        drop(self.journal.take());
        let journal = open(&self.place);
        journal.try_again().unwrap();
        self.journal = Some(journal);
    }

    /// The server takes everything from now on.
    fn deliver_the_rest(&mut self) {
        for _ in 0..4 {
            self.journal().try_again().unwrap();
            for _ in 0..200 {
                self.step();
            }
        }
        let left = self.journal().all().unwrap().into_iter();
        let left: Vec<_> = left.filter(|it| it.state != SpoolState::Replaced).collect();
        assert_eq!(left, [], "everything is delivered or replaced");
        for (name, expected) in &self.expected {
            let found = self.server.get(name).copied();
            let name = String::from_utf8_lossy(name);
            assert!(
                expected.contains(&found),
                "{name}: {found:?} of {expected:?}"
            );
        }
        assert!(self.delivered.values().all(|count| *count == 1), "once");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_server_ends_with_the_last_content_of_every_name(
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut world = World::new(directory.path().join("journal.db"));
        for what in happenings {
            world.happen(what);
        }
        world.deliver_the_rest();
    }
}
