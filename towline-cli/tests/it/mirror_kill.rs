//! A mirror is killed at seeded moments. The next run ends with the right tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;

use towline_sync::{Journal, State};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, signal};

const FILES: usize = 12;

/// Every file below a directory, with its contents.
fn files(top: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![top.to_owned()];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => pending.push(path),
                false => {
                    let name = path.strip_prefix(top).unwrap().display().to_string();
                    found.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

fn contents(n: usize) -> Vec<u8> {
    (0..n * 3000 + 1).map(|at| (at * 31 + n) as u8).collect()
}

fn expected() -> BTreeMap<String, Vec<u8>> {
    (0..FILES)
        .map(|n| (format!("d{}/f{n}", n % 3), contents(n)))
        .collect()
}

/// The files whose copies the journal knows to be complete.
fn verified(h: &Harness) -> BTreeSet<String> {
    let directory = h.home().join(".local/state/towline/mirrors");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "db") {
            let (journal, damaged) = Journal::open(&file).unwrap();
            assert_eq!(damaged, None);
            let records = journal.records().map(Result::unwrap);
            let verified = records.filter(|record| record.state == State::Verified);
            found.extend(verified.map(|record| record.path.to_string()));
        }
    }
    found
}

/// Kills the program when the server reaches an occasion of `verb`.
async fn kill_at(h: &Harness, words: &[&str], verb: &'static str, occasion: usize) {
    let gate = Gate::new();
    let fault = Fault::At(Point::Command(verb), Action::Hold(gate.clone()));
    h.server.arm(fault.nth(occasion));
    let mut child = h
        .command(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    tokio::select! {
        () = gate.reached() => {
            signal(&child, "KILL").await;
            child.wait().await.unwrap();
        }
        // The run did not come so far.
        _ = child.wait() => {}
    }
    gate.open();
    h.server.disarm();
}

const PERSONALITIES: [Personality; 2] = [Personality::ProFtpd138, Personality::VsFtpd];

/// Starts with every file at the source, kills a run that moves them, and lets another one finish.
/// Whoever waits for the files takes those that are complete meanwhile.
async fn moves(personality: Personality, upload: bool, verb: &'static str, occasion: usize) {
    let at = format!("{personality:?}, upload {upload}, at {verb} {occasion}");
    let h = Harness::with(Server::builder(personality)).await;
    let url = h.url("there");
    let (words, source, target) = match upload {
        true => (
            ["mirror", "--move", "here", &url],
            h.local("here"),
            h.remote("there"),
        ),
        false => (
            ["mirror", "--move", &url, "here"],
            h.remote("there"),
            h.local("here"),
        ),
    };
    for (name, contents) in expected() {
        match upload {
            true => h.write_local(&format!("here/{name}"), contents),
            false => h.write_remote(&format!("there/{name}"), contents),
        }
    }
    kill_at(&h, &words, verb, occasion).await;
    let mut both = files(&source);
    let complete = files(&target)
        .into_iter()
        .filter(|(name, _)| !name.ends_with(".part"));
    both.extend(complete);
    assert_eq!(both, expected(), "{at}: nothing is lost");
    let left = files(&source);
    let noted = verified(&h);
    // Whoever waits for downloads takes every complete one. An upload gets its name before the
    // journal has it.
    let is_taken = |name: &String| {
        let is_noted = !left.contains_key(name) || noted.contains(name);
        target.join(name).exists() && (!upload || is_noted)
    };
    let taken: Vec<_> = expected().into_keys().filter(is_taken).collect();
    for name in &taken {
        fs::remove_file(target.join(name)).unwrap();
    }
    let run = h.run(&words).await;
    assert_eq!(run.code, 0, "{at}: {run:?}");
    let mut after = files(&target);
    for name in taken {
        assert!(!after.contains_key(&name), "{at}: {name} came twice");
        let n = name.rsplit('f').next().unwrap().parse().unwrap();
        after.insert(name, contents(n));
    }
    assert_eq!(after, expected(), "{at}: and no part remains");
    assert_eq!(files(&source).len(), 0, "{at}: {run:?}");
}

#[tokio::test]
async fn a_move_down_that_is_killed_loses_nothing_and_takes_nothing_twice() {
    let moments = [
        ("MLSD", 2),
        ("LIST", 2),
        ("RETR", 1),
        ("RETR", 5),
        ("RETR", 12),
        ("DELE", 1),
        ("DELE", 7),
        ("MLST", 3),
        ("EPSV", 9),
        ("MDTM", 4),
        ("SIZE", 6),
    ];
    for personality in PERSONALITIES {
        for (verb, occasion) in moments {
            moves(personality, false, verb, occasion).await;
        }
    }
}

#[tokio::test]
async fn a_move_up_that_is_killed_loses_nothing_and_takes_nothing_twice() {
    let moments = [
        ("STOR", 1),
        ("STOR", 7),
        ("RNTO", 1),
        ("RNTO", 5),
        ("RNFR", 9),
        ("SIZE", 4),
    ];
    for personality in PERSONALITIES {
        for (verb, occasion) in moments {
            moves(personality, true, verb, occasion).await;
        }
    }
}

#[tokio::test]
async fn a_mirror_up_that_is_killed_is_completed_by_the_next_run() {
    let moments = [
        ("STOR", 1),
        ("STOR", 6),
        ("RNTO", 1),
        ("RNTO", 8),
        ("MFMT", 3),
        ("MKD", 2),
        ("SIZE", 5),
    ];
    for personality in PERSONALITIES {
        for (verb, occasion) in moments {
            let h = Harness::with(Server::builder(personality)).await;
            for (name, contents) in expected() {
                h.write_local(&format!("site/{name}"), contents);
            }
            let url = h.url("www");
            let words = ["mirror", "--delete", "site", &url];
            kill_at(&h, &words, verb, occasion).await;
            let there = files(&h.remote("www"));
            for (name, contents) in there.iter().filter(|(name, _)| !name.ends_with(".part")) {
                assert_eq!(expected().get(name), Some(contents), "{name} is whole");
            }
            let run = h.run(&words).await;
            assert_eq!(run.code, 0, "{run:?}");
            let at = format!("{personality:?} at {verb} {occasion}");
            assert_eq!(
                files(&h.remote("www")),
                expected(),
                "{at}: and no part remains"
            );
            let run = h
                .run(&["mirror", "--dry-run", "--json", "site", &url])
                .await;
            assert_eq!(run.events_of("plan").len(), 0, "{at}: {run:?}");
        }
    }
}
