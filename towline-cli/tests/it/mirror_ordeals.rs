//! Mirrors that are killed, cut off or starved, with everything that they can be told to do beside
//! copying. Nothing is lost, and the next run ends with the right trees.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Harness, signal};

type Files = BTreeMap<String, Vec<u8>>;

/// What happens to the first run.
enum Ordeal {
    /// The program is killed when the server comes to this point for the nth time.
    Kill(Point, usize),
    /// The server does this at the point, once, for the nth time.
    Once(Point, Action, usize),
    /// The server does this at the point from the nth time on.
    From(Point, Action, usize),
    /// The program has this limit of its shell.
    Limit(&'static str),
}

/// How a mirror runs.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    upload: bool,
    options: &'static [&'static str],
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.upload { "up" } else { "down" };
        write!(f, "{direction}, {}, {:?}", self.name, self.options)
    }
}

impl Case {
    fn moves(&self) -> bool {
        self.options.contains(&"--move")
    }

    fn has_markers(&self) -> bool {
        self.options.contains(&"--marker")
    }

    fn deletes(&self) -> bool {
        self.options
            .iter()
            .any(|option| option.starts_with("--delete"))
    }
}

const OLD: &[u8] = b"an older version of what the source has";
const EXTRA: &[u8] = b"what the source does not have";

/// Every file below a directory, with its contents.
fn files(top: &Path) -> Files {
    let mut found = Files::new();
    let mut pending = vec![top.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                assert!(
                    !name.starts_with(".towline.probe") || directory != top,
                    "{name}"
                );
                pending.push(path);
            } else {
                let name = path.strip_prefix(top).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn expected() -> Files {
    let contents = |n: usize| (0..n * 3000 + 1).map(|at| (at * 31 + n) as u8).collect();
    let file = |n: usize| (format!("d{}/f{n}", n % 3), contents(n));
    (0..12).map(file).collect()
}

fn is_whole(name: &str) -> bool {
    !name.ends_with(".part")
}

/// Whether `kept` has these contents, under any name.
fn has(kept: &Files, contents: &[u8]) -> bool {
    kept.values().any(|found| found == contents)
}

struct Trial {
    h: Harness,
    case: Case,
    words: Vec<String>,
}

impl Trial {
    async fn new(case: Case, personality: Personality) -> Self {
        let h = Harness::with(Server::builder(personality)).await;
        let (url, kept) = (h.url("there"), h.url("kept"));
        let mut words = vec!["mirror".to_owned()];
        words.extend(case.options.iter().map(|option| (*option).to_owned()));
        words.extend(match case.upload {
            true => ["--backup-dir".to_owned(), kept, "here".to_owned(), url],
            false => [
                "--backup-dir".to_owned(),
                "kept".to_owned(),
                url,
                "here".to_owned(),
            ],
        });
        let trial = Self { h, case, words };
        for (name, contents) in expected() {
            trial.write_source(&name, &contents);
            if case.has_markers() {
                trial.write_source(&format!("{name}.done"), b"");
            }
        }
        trial.write_target("d1/f1", OLD);
        trial.write_target("d2/extra", EXTRA);
        let past = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
        for name in ["d1/f1", "d2/extra"] {
            let file = fs::File::options()
                .write(true)
                .open(trial.target().join(name));
            file.unwrap().set_modified(past).unwrap();
        }
        trial
    }

    fn write_source(&self, name: &str, contents: &[u8]) {
        match self.case.upload {
            true => self.h.write_local(&format!("here/{name}"), contents),
            false => self.h.write_remote(&format!("there/{name}"), contents),
        }
    }

    fn write_target(&self, name: &str, contents: &[u8]) {
        match self.case.upload {
            true => self.h.write_remote(&format!("there/{name}"), contents),
            false => self.h.write_local(&format!("here/{name}"), contents),
        }
    }

    fn source(&self) -> std::path::PathBuf {
        match self.case.upload {
            true => self.h.local("here"),
            false => self.h.remote("there"),
        }
    }

    fn target(&self) -> std::path::PathBuf {
        match self.case.upload {
            true => self.h.remote("there"),
            false => self.h.local("here"),
        }
    }

    fn kept(&self) -> Files {
        files(&match self.case.upload {
            true => self.h.remote("kept"),
            false => self.h.local("kept"),
        })
    }

    fn command(&self) -> Command {
        let words: Vec<_> = self.words.iter().map(String::as_str).collect();
        let mut command = self.h.command(&words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    async fn suffer(&self, ordeal: Ordeal) {
        let mut command = self.command();
        match ordeal {
            Ordeal::Kill(point, nth) => {
                let gate = Gate::new();
                let hold = Action::Hold(gate.clone());
                self.h.server.arm(Fault::At(point, hold).nth(nth));
                let mut child = command.spawn().unwrap();
                tokio::select! {
                    () = gate.reached() => {
                        signal(&child, "KILL").await;
                        child.wait().await.unwrap();
                    }
                    ended = child.wait() => panic!("{:?}: {ended:?} before the moment", self.case),
                }
                gate.open();
            }
            Ordeal::Once(point, action, nth) => {
                self.h.server.arm(Fault::At(point, action).nth(nth));
                command.status().await.unwrap();
            }
            Ordeal::From(point, action, nth) => {
                self.h.server.arm(Fault::At(point, action).from_nth(nth));
                let ended = command.status().await.unwrap();
                assert!(!ended.success(), "{:?}: nothing has gone wrong", self.case);
            }
            Ordeal::Limit(limit) => {
                let program = command.as_std();
                let mut limited = Command::new("sh");
                let script = format!("ulimit {limit}; exec \"$0\" \"$@\"");
                limited.args(["-c", &script]).arg(program.get_program());
                limited
                    .args(program.get_args())
                    .current_dir(self.h.local(""));
                for (name, value) in program.get_envs() {
                    match value {
                        Some(value) => limited.env(name, value),
                        None => limited.env_remove(name),
                    };
                }
                limited.stdout(Stdio::null()).stderr(Stdio::null());
                limited.status().await.unwrap();
            }
        }
        self.h.server.disarm();
    }

    /// Checks that nothing is lost, although the run has not come to its end.
    fn check_losses(&self) {
        let case = self.case;
        let (source, target, kept) = (files(&self.source()), files(&self.target()), self.kept());
        for (name, contents) in expected() {
            let is_there = target.get(&name) == Some(&contents);
            match case.moves() {
                true => {
                    let stays = source.get(&name) == Some(&contents);
                    assert!(stays || is_there, "{case:?}: {name} is lost");
                }
                false => assert_eq!(source.get(&name), Some(&contents), "{case:?}: {name}"),
            }
        }
        for (name, contents) in target.iter().filter(|(name, _)| is_whole(name)) {
            let is_old = matches!(&**contents, OLD | EXTRA);
            assert!(
                is_old || expected().get(name) == Some(contents),
                "{case:?}: {name}"
            );
        }
        for (name, contents) in [("d1/f1", OLD), ("d2/extra", EXTRA)] {
            let stays = target.get(name).is_some_and(|found| found == contents);
            assert!(
                stays || has(&kept, contents),
                "{case:?}: {name} is not kept"
            );
        }
    }

    /// Lets another run finish, and checks what there is then.
    async fn finish(&self) {
        let case = self.case;
        let words: Vec<_> = self.words.iter().map(String::as_str).collect();
        let run = self.h.run(&words).await;
        assert_eq!(run.code, 0, "{case:?}: {run:?}");
        let mut right = expected();
        if !case.deletes() {
            right.insert("d2/extra".to_owned(), EXTRA.to_vec());
        }
        let target = files(&self.target());
        let names: Vec<_> = target.keys().collect();
        assert!(target == right, "{case:?}: {names:?}: {run:?}");
        let kept = self.kept();
        assert!(has(&kept, OLD), "{case:?}: {:?}", kept.keys());
        assert_eq!(
            has(&kept, EXTRA),
            case.deletes(),
            "{case:?}: {:?}",
            kept.keys()
        );
        assert!(
            kept.keys().all(|name| is_whole(name)),
            "{case:?}: {:?}",
            kept.keys()
        );
        if case.moves() {
            let left = files(&self.source());
            assert!(left.is_empty(), "{case:?}: {:?}: {run:?}", left.keys());
        }
        let words = [&["mirror", "--dry-run", "--json"], &words[1..]].concat();
        let run = self.h.run(&words).await;
        assert_eq!(
            (run.code, run.events_of("plan").len()),
            (0, 0),
            "{case:?}: {run:?}"
        );
    }
}

async fn endure(
    name: &'static str,
    upload: bool,
    options: &'static [&'static str],
    ordeal: Ordeal,
) {
    let case = Case {
        name,
        upload,
        options,
    };
    // Each of the two is used by about half of the cases.
    let personality = match name.len() % 2 {
        0 => Personality::ProFtpd138,
        _ => Personality::VsFtpd,
    };
    let trial = Trial::new(case, personality).await;
    trial.suffer(ordeal).await;
    trial.check_losses();
    trial.finish().await;
}

const DELETING: &[&str] = &["--delete", "--max-delete", "5"];
const BEFORE: &[&str] = &["--delete-before", "--max-delete", "5"];
const DURING: &[&str] = &["--delete-during", "--max-delete", "5"];
const MOVING: &[&str] = &["--move", "--retries", "0"];
const MARKED: &[&str] = &["--move", "--marker", "{name}.done"];

fn at(verb: &'static str) -> Point {
    Point::Command(verb)
}

fn within(command: &'static str, after: u64) -> Point {
    Point::Transfer { command, after }
}

fn says(words: &str) -> Action {
    Action::Reply(words.to_owned())
}

#[tokio::test]
async fn downloads_that_are_killed() {
    use Ordeal::Kill;
    endure("between files", false, DELETING, Kill(at("RETR"), 4)).await;
    endure(
        "within a file",
        false,
        BEFORE,
        Kill(within("RETR", 10_000), 5),
    )
    .await;
    endure("at the last file", false, DURING, Kill(at("RETR"), 11)).await;
    endure("before a source goes", false, MOVING, Kill(at("DELE"), 5)).await;
    endure(
        "between marker and file",
        false,
        MARKED,
        Kill(at("DELE"), 4),
    )
    .await;
    endure("at the first marker", false, MARKED, Kill(at("DELE"), 1)).await;
}

#[tokio::test]
async fn downloads_that_are_cut_off_or_starved() {
    use Ordeal::{From, Limit, Once};
    let reset = || Action::Reset;
    endure(
        "reset within a file",
        false,
        MOVING,
        Once(within("RETR", 5_000), reset(), 4),
    )
    .await;
    endure(
        "no removal any more",
        false,
        MARKED,
        From(at("DELE"), Action::Close, 3),
    )
    .await;
    let busy = says("425 Cannot open a data connection.");
    endure(
        "no data any more",
        false,
        DELETING,
        From(at("RETR"), busy, 5),
    )
    .await;
    endure("files may not be large", false, MOVING, Limit("-f 12")).await;
    endure("few files may be open", false, DELETING, Limit("-n 24")).await;
    endure(
        "sent away",
        false,
        DURING,
        From(at("*"), Action::Goodbye, 30),
    )
    .await;
}

#[tokio::test]
async fn uploads_that_are_killed() {
    use Ordeal::Kill;
    endure("between files", true, DELETING, Kill(at("STOR"), 4)).await;
    endure(
        "while the old file is moved away",
        true,
        DELETING,
        Kill(at("RNTO"), 1),
    )
    .await;
    endure("once it is moved away", true, BEFORE, Kill(at("RNTO"), 2)).await;
    endure(
        "before the new one has its name",
        true,
        DURING,
        Kill(at("RNTO"), 3),
    )
    .await;
    endure("before a name is given", true, MOVING, Kill(at("RNFR"), 5)).await;
    endure(
        "within a file",
        true,
        MARKED,
        Kill(within("STOR", 4_000), 6),
    )
    .await;
}

#[tokio::test]
async fn uploads_that_are_cut_off_or_starved() {
    use Ordeal::{From, Limit, Once};
    let close = || Action::Close;
    endure(
        "no final reply",
        true,
        MOVING,
        Once(Point::FinalReply("STOR"), close(), 3),
    )
    .await;
    endure(
        "no reply to a name",
        true,
        DELETING,
        Once(at("RNTO"), close(), 2),
    )
    .await;
    endure(
        "reset within a file",
        true,
        MARKED,
        Once(within("STOR", 5_000), Action::Reset, 3),
    )
    .await;
    let full = says("452 There is no room.");
    endure(
        "the disk is full there",
        true,
        DURING,
        From(at("STOR"), full, 5),
    )
    .await;
    endure("few files may be open", true, MOVING, Limit("-n 24")).await;
    let no = says("550 Permission denied.");
    endure("no name is given", true, BEFORE, From(at("RNTO"), no, 4)).await;
}
