//! Recursive commands, with and without faults.

use std::fs;
use std::path::Path;

use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{Harness, names};

/// The files below a directory, with their contents, and its empty directories.
fn tree(top: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut pending = vec![top.to_owned()];
    while let Some(directory) = pending.pop() {
        for name in names(&directory) {
            let path = directory.join(name);
            let relative = path.strip_prefix(top).unwrap().display().to_string();
            if path.is_dir() {
                found.push((relative + "/", Vec::new()));
                pending.push(path);
            } else {
                found.push((relative, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn plant(write: impl Fn(&str, &str)) {
    write("tree/a.txt", "a");
    write("tree/empty", "");
    write("tree/sub/Gr\u{fc}\u{df}e aus K\u{f6}ln.txt", "hello");
    write("tree/sub/deep/er/x", "x");
}

#[tokio::test]
async fn a_tree_goes_to_the_server_and_comes_back_the_same() {
    for personality in Personality::ALL {
        let h = Harness::with(Server::builder(personality)).await;
        plant(|path, contents| h.write_local(path, contents));
        fs::create_dir(h.local("tree/hollow")).unwrap();
        h.succeed(&["put", "-r", "tree", &h.url("")]).await;
        assert_eq!(
            tree(&h.remote("tree")),
            tree(&h.local("tree")),
            "{personality:?}"
        );
        h.succeed(&["get", "-r", &h.url("tree"), "back"]).await;
        assert_eq!(
            tree(&h.local("back")),
            tree(&h.local("tree")),
            "{personality:?}"
        );
        h.succeed(&["rm", "-r", &h.url("tree")]).await;
        assert!(!h.remote("tree").exists(), "{personality:?}");
    }
}

#[tokio::test]
async fn an_existing_directory_takes_the_tree_in_and_another_name_becomes_it() {
    let h = Harness::start().await;
    plant(|path, contents| h.write_remote(path, contents));
    let original = tree(&h.remote("tree"));
    fs::create_dir(h.local("here")).unwrap();
    h.succeed(&["get", "-r", &h.url("tree"), "here"]).await;
    assert_eq!(tree(&h.local("here/tree")), original);
    h.succeed(&["get", "-r", &h.url("tree"), "new/"]).await;
    assert_eq!(tree(&h.local("new/tree")), original);
    h.succeed(&["get", "-r", &h.url("tree/"), "copy"]).await;
    assert_eq!(tree(&h.local("copy")), original);
    h.succeed(&["get", "-r", &h.url(""), "all"]).await;
    assert_eq!(tree(&h.local("all/tree")), original);
    h.succeed(&["put", "-r", "copy", &h.url("tree")]).await;
    assert_eq!(tree(&h.remote("tree/copy")), original);
    h.succeed(&["put", "-r", "copy", &h.url("tree2")]).await;
    assert_eq!(tree(&h.remote("tree2")), original);
    h.succeed(&["put", "-r", "./copy/.", &h.url("tree3")]).await;
    assert_eq!(tree(&h.remote("tree3")), original);
}

#[tokio::test]
async fn a_second_run_replaces_what_is_there() {
    let h = Harness::start().await;
    plant(|path, contents| h.write_local(path, contents));
    h.succeed(&["put", "-r", "tree", &h.url("")]).await;
    h.write_local("tree/a.txt", "changed");
    h.succeed(&["put", "-r", "tree", &h.url("")]).await;
    assert_eq!(tree(&h.remote("tree")), tree(&h.local("tree")));
    h.succeed(&["get", "-r", &h.url("tree"), "."]).await;
    assert_eq!(tree(&h.remote("tree")), tree(&h.local("tree")));
}

#[tokio::test]
async fn directories_need_r() {
    let h = Harness::start().await;
    plant(|path, contents| h.write_remote(path, contents));
    for target in [h.url("tree"), h.url("tree/"), h.url("")] {
        let get = h.run(&["get", &target, "x"]).await;
        assert_eq!(get.code, 6, "{get:?}");
        assert!(get.stderr.contains("use -r"), "{get:?}");
    }
    assert!(h.local_names().is_empty());
}

#[tokio::test]
async fn a_failed_entry_does_not_stop_the_others() {
    let h = Harness::start().await;
    plant(|path, contents| h.write_remote(path, contents));
    // There is a directory in place of a file, and a file in place of a directory.
    fs::create_dir_all(h.local("out/tree/a.txt")).unwrap();
    h.write_local("out/tree/sub/deep", "in the way");
    let get = h
        .run(&["get", "-r", "--json", &h.url("tree/"), "out"])
        .await;
    assert_eq!(get.code, 1, "{get:?}");
    assert_eq!(get.events_of("error").len(), 2, "{get:?}");
    let summary = get.events_of("summary");
    assert_eq!(summary[0]["failed"], 2);
    assert!(
        h.local("out/tree/sub/Gr\u{fc}\u{df}e aus K\u{f6}ln.txt")
            .exists()
    );
    let alone = h
        .run(&["get", "-r", &h.url("tree/a.txt"), "out/tree"])
        .await;
    assert_eq!(alone.code, 9, "{alone:?}");
}

#[tokio::test]
async fn rm_removes_nothing_that_is_named_by_dots() {
    let h = Harness::start().await;
    plant(|path, contents| h.write_remote(path, contents));
    let before = tree(h.server.root());
    for path in [
        "",
        "/",
        ".",
        "..",
        "tree/..",
        "tree/%2E%2E/",
        "tree/../.",
        "/tree/..",
    ] {
        let rm = h.run(&["rm", "-r", &h.url(path)]).await;
        assert_eq!(rm.code, 2, "{path}: {rm:?}");
        assert_eq!(tree(h.server.root()), before, "{path}");
    }
}

#[tokio::test]
async fn rm_r_never_looks_behind_a_link() {
    let h = Harness::with(Server::builder(Personality::VsFtpd)).await;
    h.write_remote("keep/precious", "gold");
    h.write_remote("tree/sub/x", "x");
    let link = b"lrwxrwxrwx    1 0        0               7 Nov 20 12:00 link -> ../keep";
    h.server.arm(Fault::ListingLines(vec![link.to_vec()]));
    let removed = h.run(&["rm", "-r", &h.url("tree")]).await;
    assert_eq!(removed.code, 1, "{removed:?}");
    assert_eq!(h.remote_names("keep"), ["precious"]);
    let report = h.server.report();
    let commands = &report.control[0].commands;
    let place = |wanted: &str| commands.iter().position(|command| command == wanted);
    assert!(place("DELE tree/link").is_some(), "{commands:?}");
    assert!(
        !commands
            .iter()
            .any(|command| command == "LIST -a tree/link")
    );
    // What looks like a directory may be a link, so it is removed as a file first.
    assert!(
        place("DELE tree/sub") < place("LIST -a tree/sub"),
        "{commands:?}"
    );
    assert!(place("DELE tree") < place("LIST -a tree"), "{commands:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn get_and_put_leave_links_out_and_say_so() {
    use std::os::unix::fs::symlink;
    let h = Harness::with(Server::builder(Personality::VsFtpd)).await;
    h.write_local("tree/file", "x");
    symlink("/etc", h.local("tree/link")).unwrap();
    let put = h.run(&["put", "-r", "--json", "tree", &h.url("")]).await;
    assert_eq!(put.code, 0, "{put:?}");
    assert!(put.stderr.contains("tree/link: skipped"), "{put:?}");
    assert_eq!(put.events_of("summary")[0]["skipped"], 1);
    assert_eq!(h.remote_names("tree"), ["file"]);

    let link = b"lrwxrwxrwx    1 0        0               4 Nov 20 12:00 link -> /etc";
    h.server.arm(Fault::ListingLines(vec![link.to_vec()]));
    let get = h.run(&["get", "-r", &h.url("tree"), "back"]).await;
    assert_eq!(get.code, 0, "{get:?}");
    assert!(get.stderr.contains("tree/link: skipped"), "{get:?}");
    assert_eq!(names(&h.local("back")), ["file"]);
}

#[tokio::test]
async fn lines_that_are_not_understood_are_never_passed_over() {
    for personality in [Personality::ProFtpd138, Personality::VsFtpd] {
        let h = Harness::with(Server::builder(personality)).await;
        plant(|path, contents| h.write_remote(path, contents));
        let gibberish = b"\x1b[31m?? gibberish".to_vec();
        h.server.arm(Fault::ListingLines(vec![gibberish]));
        let ls = h.run(&["ls", &h.url("tree")]).await;
        assert_eq!(ls.code, 0, "{ls:?}");
        assert!(ls.stderr.contains("was not understood: "), "{ls:?}");
        let top = h.run(&["ls", &h.url("")]).await;
        let words = "warning: the login directory: a line of the listing was not understood: ";
        assert!(top.stderr.starts_with(words), "{top:?}");
        let get = h.run(&["get", "-r", &h.url("tree"), "."]).await;
        assert_eq!(get.code, 1, "{get:?}");
        assert!(h.local("tree/sub/deep/er/x").exists());
        let rm = h.run(&["rm", "-r", &h.url("tree")]).await;
        assert_eq!(rm.code, 8, "{rm:?}");
        assert_eq!(tree(&h.remote("tree")), tree(&h.local("tree")));
    }
}

#[tokio::test]
async fn a_refused_upload_is_one_failure_of_many() {
    let h = Harness::start().await;
    plant(|path, contents| h.write_local(path, contents));
    h.server.arm(Fault::DiskFull(0).nth(1));
    let once = ["put", "-r", "--sequential", "--connections", "1"];
    let put = h.run(&[&once[..], &["tree", &h.url("")]].concat()).await;
    assert_eq!(put.code, 1, "{put:?}");
    let (sent, all) = (tree(&h.remote("tree")), tree(&h.local("tree")));
    assert_eq!(sent.len() + 1, all.len(), "{sent:?}");
}

#[tokio::test]
async fn a_lost_control_connection_costs_one_entry() {
    for action in [Action::Close, Action::Goodbye] {
        let fault = Fault::At(Point::Command("RETR"), action.clone()).nth(2);
        let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
        for name in ["a", "b", "c", "d"] {
            h.write_remote(&format!("tree/{name}"), name);
        }
        let tree = h.url("tree");
        let options = ["--sequential", "--connections", "1", "--retries", "0"];
        let once = [&["get", "-r"][..], &options, &[&tree, "."]].concat();
        let get = h.run(&once).await;
        assert_eq!(get.code, 1, "{action:?} {get:?}");
        assert_eq!(names(&h.local("tree")), ["a", "c", "d"], "{action:?}");
        assert_eq!(h.server.report().control.len(), 2, "{action:?}");
    }
}

#[tokio::test]
async fn a_server_that_always_breaks_off_is_given_up() {
    let fault = Fault::At(Point::Command("RETR"), Action::Close);
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    for n in 0..100 {
        h.write_remote(&format!("tree/{n}"), "x");
    }
    let get = h
        .run(&["get", "-r", "--retries", "0", "--json", &h.url("tree"), "."])
        .await;
    assert_eq!(get.code, 3, "{get:?}");
    // Transfers that run at the time of the third failure may fail too.
    let errors = get.events_of("error").len();
    assert!((3..20).contains(&errors), "{get:?}");
    let words = "more files were not attempted after the failure above";
    assert!(get.stderr.contains(words), "{get:?}");
}
