//! What `towline mirror` refuses, leaves alone, and says so.

use std::fs;

use towline_testkit::{Action, Fault, Gate, ListingFault, Personality, Point, Server};

use crate::support::{Harness, names};

#[tokio::test]
async fn every_spelling_of_a_directory_is_the_same_mirror() {
    let h = Harness::start().await;
    h.write_remote("out/a", "a");
    h.configure("[site.vendor]\nHOST\nPORT\nuser = \"demo\"\n");
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    h.server.arm(Fault::At(Point::Command("MLSD"), hold).nth(1));
    let url = h.url("out");
    let mut first = h.command(&["mirror", &url, "in"]).spawn().unwrap();
    gate.reached().await;
    for source in [
        h.url("out/"),
        h.url("./out"),
        h.url("out//"),
        h.url("%2e/o%75t/."),
        h.url("/out"),
        "vendor:out".to_owned(),
        "vendor:/out/".to_owned(),
    ] {
        for destination in ["in", "./in/", "../desk/in"] {
            let run = h.run(&["mirror", &source, destination]).await;
            assert_eq!(run.code, 1, "{source} {destination}: {run:?}");
            let text = "another run of this mirror";
            assert!(run.stderr.contains(text), "{source}: {run:?}");
        }
    }
    gate.open();
    assert!(first.wait().await.unwrap().success());
    let journals = fs::read_dir(h.home().join(".local/state/towline/mirrors")).unwrap();
    let journals = journals.map(|entry| entry.unwrap().file_name());
    let journals = journals.filter(|name| name.to_string_lossy().ends_with(".db"));
    assert_eq!(journals.count(), 1);
}

#[tokio::test]
async fn a_limit_of_bytes_is_exit_code_1_and_says_what_is_left() {
    let h = Harness::start().await;
    for name in ["a", "b", "c"] {
        h.write_remote(&format!("out/{name}"), "12345");
    }
    let url = h.url("out");
    let run = h.run(&["mirror", "--max-transfer", "11", &url, "in"]).await;
    assert_eq!(run.code, 1, "{run:?}");
    let text = "ended at the limit of --max-transfer; one file is left for the next run";
    assert!(run.stderr.contains(text), "{run:?}");
    h.succeed(&["mirror", "--max-transfer", "11", &url, "in"])
        .await;
    assert_eq!(names(&h.local("in")), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_mirror_onto_itself_is_refused_in_words() {
    let h = Harness::start().await;
    h.write_remote("out/a", "a");
    h.write_remote("out/sub/b", "b");
    let url = h.url("out");
    let (out, sub) = (h.remote("out"), h.remote("out/sub/new"));
    let (out, sub) = (out.to_str().unwrap(), sub.to_str().unwrap());
    std::os::unix::fs::symlink(out, h.local("link")).unwrap();
    let ways: [&[&str]; 7] = [
        &["mirror"],
        &["mirror", "--move"],
        &["mirror", "--dry-run"],
        &["mirror", "--plan-out", "plan"],
        &["mirror", "--explain", "a"],
        &["mirror", "--delete", "--dry-run"],
        &["check"],
    ];
    for way in ways {
        for place in [out, "link"] {
            for sides in [[place, &url], [&url, place]] {
                let run = h.run(&[way, &sides].concat()).await;
                assert_eq!(run.code, 2, "{way:?} {sides:?}: {run:?}");
                assert!(run.stderr.contains("are the same directory"), "{run:?}");
                assert_eq!(run.stdout, "", "{run:?}");
            }
        }
        let run = h.run(&[way, &[&url, sub]].concat()).await;
        assert_eq!(run.code, 2, "{way:?}: {run:?}");
        let text = "the destination is inside the source, at sub/new";
        assert!(run.stderr.contains(text), "{run:?}");
    }
    assert!(!h.local("plan").exists());
    let all = ["mirror", "--delete", "--max-delete", "100%"];
    let inner = h.remote("out/sub");
    let run = h
        .run(&[&all[..], &[inner.to_str().unwrap(), &url]].concat())
        .await;
    assert_eq!(run.code, 2, "{run:?}");
    let text = "the source is inside the destination, at sub";
    assert!(run.stderr.contains(text), "{run:?}");
    assert_eq!(names(&h.remote("out")), ["a", "sub"]);
    assert_eq!(names(&h.remote("out/sub")), ["b"]);
}

#[tokio::test]
async fn deletions_wait_until_everything_can_be_copied() {
    let h = Harness::start().await;
    h.write_remote("out/way", "file");
    h.write_local("in/old", "old");
    h.write_local("in/way/keep.tmp", "kept");
    let url = h.url("out");
    let words = ["mirror", "--delete", "--exclude", "*.tmp", &url, "in"];
    let run = h.run(&words).await;
    assert_eq!(run.code, 6, "{run:?}");
    for text in [
        "way: the destination has something else of that name",
        "one file that would be deleted is kept, because not everything can be copied",
    ] {
        assert_eq!(run.stderr.matches(text).count(), 1, "{run:?}");
    }
    assert!(h.local("in/old").exists());
    fs::remove_file(h.local("in/way/keep.tmp")).unwrap();
    h.succeed(&words).await;
    assert_eq!(names(&h.local("in")), ["way"]);
    assert_eq!(fs::read_to_string(h.local("in/way")).unwrap(), "file");
}

#[tokio::test]
async fn a_dry_run_into_a_new_directory_says_so() {
    let h = Harness::start().await;
    h.write_local("in/a", "a");
    let printed = h
        .succeed(&["mirror", "--dry-run", "in", &h.url("new")])
        .await;
    let expected = "create the destination (the destination does not have it)\n\
                    copy a (the destination does not have it)\n\
                    1 to copy (1 bytes), 0 to delete, 0 unchanged\n";
    assert_eq!(printed, expected);
    assert!(!h.remote("new").exists());
}

#[tokio::test]
async fn explain_waits_for_a_stable_file_as_a_run_does() {
    let h = Harness::start().await;
    h.write_remote("out/a", "a");
    let url = h.url("out");
    let words = ["mirror", "--stable-for", "1s", "--explain", "a", &url, "in"];
    let text = h.succeed(&words).await;
    assert!(text.contains("It has not changed within 1s."), "{text}");
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    h.server.arm(Fault::At(Point::Command("MLSD"), hold).nth(2));
    let child = h.command(&words).spawn().unwrap();
    gate.reached().await;
    h.write_remote("out/a", "longer");
    gate.open();
    let output = child.wait_with_output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("It is not copied, because it still changes."),
        "{text}"
    );
}

/// A listing is exact to the minute; what was asked for is exact to the second.
#[tokio::test]
async fn a_file_with_a_coarse_time_can_be_stable() {
    let builder = Server::builder(Personality::VsFtpd).mlsd(false);
    let h = Harness::with(builder).await;
    h.write_remote("out/a", "new");
    h.write_local("in/a", "old");
    let local = fs::File::options().append(true).open(h.local("in/a"));
    local.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let url = h.url("out");
    h.succeed(&["mirror", "-q", "--stable-for", "1s", &url, "in"])
        .await;
    assert_eq!(fs::read_to_string(h.local("in/a")).unwrap(), "new");
}

/// No file may be longer than the limit, as on a disk that is full.
#[cfg(unix)]
#[tokio::test]
async fn what_does_not_fit_on_the_disk_fails_alone_and_comes_later() {
    let h = Harness::start().await;
    h.write_remote("out/big", vec![7; 2_000_000]);
    h.write_remote("out/small", "small");
    h.write_local("in/old", "old");
    let url = h.url("out");
    let words = ["mirror", "--delete", &url, "in"];
    let whole = h.command(&words);
    let mut limited = tokio::process::Command::new("sh");
    // The signal would end the program.
    let script = "trap '' XFSZ; ulimit -f 2000; exec \"$@\"";
    limited.args(["-c", script, "sh"]);
    let whole = whole.as_std();
    limited.arg(whole.get_program()).args(whole.get_args());
    for (name, value) in whole.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.current_dir(h.local(""));
    let output = limited.output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("big"), "{errors}");
    assert_eq!(names(&h.local("in")), ["old", "small"], "{errors}");
    h.succeed(&words).await;
    assert_eq!(names(&h.local("in")), ["big", "small"]);
}

#[tokio::test]
async fn a_tree_without_end_ends_a_mirror_and_a_check() {
    let fault = Fault::Listing(ListingFault::EndlessTree);
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    for command in ["mirror", "check"] {
        let run = h
            .run(&[command, "--max-entries", "50", &h.url(""), "in"])
            .await;
        assert_eq!(run.code, 8, "{run:?}");
        let words = "more than 50 entries";
        assert!(run.stderr.contains(words), "{run:?}");
        assert!(run.stderr.contains("--max-entries"), "{run:?}");
    }
    assert!(!h.local("in").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_are_left_out_are_named_and_counted() {
    let h = Harness::start().await;
    h.write_local("site/a", "a");
    std::os::unix::fs::symlink("a", h.local("site/link")).unwrap();
    let run = h.run(&["mirror", "site", &h.url("www")]).await;
    assert_eq!(run.code, 0, "{run:?}");
    let words = "link: skipped, because it is neither a file nor a directory (link)";
    assert!(run.stderr.contains(words), "{run:?}");
    let run = h.run(&["mirror", "--json", "site", &h.url("www")]).await;
    assert_eq!(run.events_of("summary")[0]["skipped"], 1, "{run:?}");
}
