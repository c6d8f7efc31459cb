//! Moves by the real program that are killed with SIGKILL at seeded moments: 200 in all with `cargo
//! xtask test --full`, otherwise 24. Nothing is lost, and nothing is taken twice.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use towline_interop::{RealServer, servers, theme};

use crate::desk::Desk;
use crate::support::{for_each_server, versions};

for_each_server! {
    every_kill;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

const FILES: usize = 30;

type Files = BTreeMap<String, Vec<u8>>;

async fn every_kill(server: &'static RealServer) {
    let kills = if servers::full() { 25 } else { 3 };
    for version in versions(server) {
        let case = theme::MIRRORS.cell(server, &version.to_string(), "kill");
        let account = server.account();
        let desk = Desk::new(&account, Some(version));
        let whole = {
            let run = Move::plant(&desk, &account.home, &format!("{version}-whole"), true);
            let begun = Instant::now();
            desk.succeed(&run.words());
            begun.elapsed()
        };
        for seed in 0..kills {
            // Every third one goes up.
            let run = Move::plant(
                &desk,
                &account.home,
                &format!("{version}-{seed}"),
                seed % 3 != 2,
            );
            run.is_killed(&desk, whole, seed);
        }
        case.passed();
    }
}

/// A directory that is moved, and what was in it.
struct Move {
    name: String,
    source: PathBuf,
    target: PathBuf,
    is_download: bool,
    before: Files,
}

impl Move {
    fn plant(desk: &Desk, home: &Path, name: &str, is_download: bool) -> Self {
        let (here, there) = (desk.path().join(name), home.join(name));
        let (source, target) = match is_download {
            true => (there, here),
            false => (here, there),
        };
        let mut before = Files::new();
        for n in 0..FILES {
            let file = format!("d{}/f{n}", n % 4);
            let contents: Vec<u8> = (0..n * n * 500 + 1).map(|at| (at * 31 + n) as u8).collect();
            let path = source.join(&file);
            let directory = path.parent().unwrap();
            fs::create_dir_all(directory).unwrap();
            // The server's user removes files from it.
            fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).unwrap();
            fs::write(&path, &contents).unwrap();
            before.insert(file, contents);
        }
        Self {
            name: name.to_owned(),
            source,
            target,
            is_download,
            before,
        }
    }

    fn words(&self) -> [String; 4] {
        let (here, there) = (self.name.clone(), format!("real:{}", self.name));
        let (from, to) = match self.is_download {
            true => (there, here),
            false => (here, there),
        };
        ["mirror".to_owned(), "--move".to_owned(), from, to]
    }

    /// Kills the run after a part of the time that a `whole` one takes, takes what has arrived, and
    /// lets a second run finish.
    fn is_killed(&self, desk: &Desk, whole: Duration, seed: u32) {
        let at = format!("seed {seed}");
        let moment = seed.wrapping_mul(2_654_435_761) >> 16;
        desk.kill_after(whole * moment / 0x1_0000, &self.words());
        let left = files(&self.source);
        let arrived = files(&self.target);
        let mut both = left.clone();
        both.extend(arrived.clone());
        assert!(both == self.before, "{at}: nothing is lost or broken");
        let is_taken = |name: &&String| self.is_download || !left.contains_key(*name);
        let taken: Vec<_> = arrived.keys().filter(is_taken).cloned().collect();
        for name in &taken {
            fs::remove_file(self.target.join(name)).unwrap();
        }
        desk.succeed(&self.words());
        let mut after = files(&self.target);
        for name in taken {
            assert!(!after.contains_key(&name), "{at}: {name} came twice");
            after.insert(name.clone(), self.before[&name].clone());
        }
        assert!(after == self.before, "{at}: {:?}", after.keys());
        assert!(files(&self.source).is_empty(), "{at}");
        let parts = all(&self.target).into_iter().filter(|name| is_part(name));
        assert_eq!(parts.count(), 0, "{at}: no part remains");
    }
}

fn is_part(name: &str) -> bool {
    name.ends_with(".part") || name.ends_with(".backup")
}

/// Every complete file below `top`, with its contents.
fn files(top: &Path) -> Files {
    let names = all(top).into_iter().filter(|name| !is_part(name));
    names
        .map(|name| {
            let contents = fs::read(top.join(&name)).unwrap();
            (name, contents)
        })
        .collect()
}

/// The paths of all files below `top`.
fn all(top: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![top.to_owned()];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => pending.push(path),
                false => found.push(path.strip_prefix(top).unwrap().display().to_string()),
            }
        }
    }
    found
}
