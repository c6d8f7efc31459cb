//! Servers that list wrongly, and links, with the commands that list.

use std::fs;

use towline_testkit::{Action, Builder, Fault, ListingFault, Personality, Point, Server};

use crate::support::{Harness, names};

/// A server with MLSD, and one without.
fn both() -> [Builder; 2] {
    [true, false].map(|mlsd| Server::builder(Personality::ProFtpd138).mlsd(mlsd))
}

async fn with(builder: Builder, fault: ListingFault) -> Harness {
    Harness::with(builder.fault(Fault::Listing(fault))).await
}

#[tokio::test]
async fn ls_shows_the_directory_that_it_was_asked_for() {
    for fault in [ListingFault::IgnoresPath, ListingFault::NamesDirectory] {
        for builder in both() {
            let h = with(builder, fault.clone()).await;
            h.write_remote("a.txt", "hello");
            h.write_remote("sub/b.txt", "world");
            h.write_remote("sub/deep/c.txt", "deep");
            let listed = h.succeed(&["ls", &h.url("sub")]).await;
            assert_eq!(listed, "b.txt\ndeep/\n", "{fault:?}");
            let listed = h.succeed(&["ls", &h.url("a.txt")]).await;
            assert_eq!(listed, "a.txt\n", "{fault:?}");
            let all = h.succeed(&["ls", "-R", &h.url("")]).await;
            let expected = "a.txt\nsub/\nsub/b.txt\nsub/deep/\nsub/deep/c.txt\n";
            assert_eq!(all, expected, "{fault:?}");
            let missing = h.run(&["ls", &h.url("missing")]).await;
            assert_eq!(missing.code, 6, "{fault:?}: {missing:?}");
            assert_eq!(missing.stdout, "", "{fault:?}");
        }
    }
}

#[tokio::test]
async fn get_with_a_pattern_or_r_fetches_all_files_from_where_they_are() {
    for fault in [ListingFault::IgnoresPath, ListingFault::NamesDirectory] {
        for builder in both() {
            let h = with(builder, fault.clone()).await;
            h.write_remote("jan.csv", "root");
            h.write_remote("out/jan.csv", "out jan");
            h.write_remote("out/feb.csv", "out feb");
            h.write_remote("out/sub/x", "x");
            h.succeed(&["get", &h.url("out/*.csv"), "some/"]).await;
            assert_eq!(names(&h.local("some")), ["feb.csv", "jan.csv"], "{fault:?}");
            assert_eq!(fs::read(h.local("some/jan.csv")).unwrap(), b"out jan");
            h.succeed(&["get", "-r", &h.url("out"), "all"]).await;
            assert_eq!(names(&h.local("all")), ["feb.csv", "jan.csv", "sub"]);
            assert_eq!(names(&h.local("all/sub")), ["x"], "{fault:?}");
            h.succeed(&["rm", "-r", &h.url("out")]).await;
            assert_eq!(h.remote_names(""), ["jan.csv"], "{fault:?}");
        }
    }
}

#[tokio::test]
async fn an_empty_directory_may_be_refused() {
    for words in ["450 No files found", "550 No files found."] {
        for builder in both() {
            let h = with(builder, ListingFault::RefusesEmpty(words)).await;
            h.write_remote("a.txt", "hello");
            fs::create_dir(h.remote("empty")).unwrap();
            assert_eq!(h.succeed(&["ls", &h.url("empty")]).await, "", "{words}");
            h.succeed(&["get", "-r", &h.url(""), "all"]).await;
            assert_eq!(names(&h.local("all")), ["a.txt", "empty"], "{words}");
            h.succeed(&["rm", "-r", &h.url("empty")]).await;
            assert_eq!(h.remote_names(""), ["a.txt"], "{words}");
        }
    }
    let h = with(
        both()[1].clone(),
        ListingFault::RefusesEmpty("550 Permission denied."),
    )
    .await;
    fs::create_dir(h.remote("empty")).unwrap();
    let run = h.run(&["ls", &h.url("empty")]).await;
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{run:?}");
}

#[tokio::test]
async fn the_error_text_of_ls_fails_with_6() {
    let builder = Server::builder(Personality::VsFtpd);
    let h = with(builder, ListingFault::SendsErrorText).await;
    let run = h.run(&["ls", &h.url("missing")]).await;
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{run:?}");
    h.succeed(&["mkdir", "-p", &h.url("new/deep")]).await;
    h.write_local("a.txt", "a");
    h.succeed(&["put", "a.txt", &h.url("new/deep/")]).await;
    let run = h.run(&["put", "a.txt", &h.url("missing/")]).await;
    assert_eq!(run.code, 6, "{run:?}");
}

#[tokio::test]
async fn without_feat_a_missing_directory_is_created_or_refused() {
    let builder = Server::builder(Personality::VsFtpd).without("FEAT");
    let h = with(builder, ListingFault::SendsErrorText).await;
    h.succeed(&["mkdir", "-p", &h.url("new/deep")]).await;
    h.write_local("a.txt", "a");
    let run = h.run(&["put", "a.txt", &h.url("missing/a.txt")]).await;
    assert_eq!(run.code, 6, "{run:?}");
}

#[tokio::test]
async fn an_unreadable_directory_fails_with_6() {
    let builder = Server::builder(Personality::VsFtpd)
        .listing("ls: cannot open directory '.': Permission denied\r\n");
    let h = Harness::with(builder).await;
    fs::create_dir(h.remote("sub")).unwrap();
    let run = h.run(&["ls", &h.url("sub")]).await;
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{run:?}");
}

#[tokio::test]
async fn a_file_whose_type_is_not_told_is_fetched() {
    let refused = Action::Reply("501 No.".to_owned());
    let refused = Fault::At(Point::Command("OPTS"), refused);
    let builder = Server::builder(Personality::ProFtpd138).fault(refused);
    let h = with(builder, ListingFault::FactsOff).await;
    h.write_remote("tree/a.txt", "hello");
    h.write_remote("tree/sub/b.txt", "world");
    h.succeed(&["get", "-r", &h.url("tree"), "all"]).await;
    assert_eq!(names(&h.local("all")), ["a.txt", "sub"]);
    assert_eq!(names(&h.local("all/sub")), ["b.txt"]);
}

#[tokio::test]
async fn the_second_entry_of_a_name_fails() {
    for builder in both() {
        let twice = Fault::ListingLines(vec![
            b"-rw-r--r-- 1 u g 5 Nov 20 22:57 a.txt".to_vec(),
            b"type=file;size=5; a.txt".to_vec(),
        ]);
        let h = Harness::with(builder).await;
        h.write_remote("a.txt", "hello");
        h.server.arm(twice);
        let run = h.run(&["get", "-r", &h.url(""), "all"]).await;
        assert_eq!(run.code, 1, "{run:?}");
        assert!(
            run.stderr.contains("another entry has this name"),
            "{run:?}"
        );
        assert_eq!(fs::read(h.local("all/a.txt")).unwrap(), b"hello");
    }
}

#[tokio::test]
async fn a_tree_without_end_ends_at_max_entries() {
    for builder in both() {
        let h = with(builder, ListingFault::EndlessTree).await;
        for arguments in [&["ls", "-R"][..], &["get", "-r"]] {
            let url = h.url("");
            let arguments = [arguments, &["--max-entries", "50", &url]].concat();
            let run = h.run(&arguments).await;
            // 1 if something else succeeded, such as the directories that were printed.
            assert!(matches!(run.code, 1 | 8), "{}", run.stderr);
            assert!(
                run.stderr.contains("more than 50 entries"),
                "{}",
                run.stderr
            );
        }
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    fn plant(h: &Harness) {
        h.write_remote("real/a.txt", "data");
        h.write_remote("real/sub/b.txt", "deep");
        h.write_remote("tree/plain.txt", "plain");
        symlink("../real", h.remote("tree/dirlink")).unwrap();
        symlink("../real/a.txt", h.remote("tree/filelink")).unwrap();
    }

    #[tokio::test]
    async fn an_operand_that_is_a_link_to_a_directory_is_fetched() {
        for builder in both() {
            for shown in [true, false] {
                let fault = Fault::Listing(ListingFault::ShowsLinks);
                let builder = match shown {
                    true => builder.clone().fault(fault),
                    false => builder.clone(),
                };
                let h = Harness::with(builder).await;
                plant(&h);
                h.succeed(&["get", "-r", &h.url("tree/dirlink"), "out"])
                    .await;
                assert_eq!(names(&h.local("out")), ["a.txt", "sub"], "{shown}");
                assert_eq!(names(&h.local("out/sub")), ["b.txt"], "{shown}");
                let listed = h.succeed(&["ls", &h.url("tree/dirlink")]).await;
                assert_eq!(listed, "a.txt\nsub/\n", "{shown}");
                h.succeed(&["mkdir", "-p", &h.url("tree/dirlink/new")])
                    .await;
                let run = h.run(&["get", &h.url("tree/dirlink")]).await;
                assert_eq!(run.code, 6, "{run:?}");
                assert!(run.stderr.contains("use -r"), "{run:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_circle_is_reported_and_not_copied() {
        for builder in both() {
            let h = Harness::with(builder).await;
            plant(&h);
            symlink(".", h.remote("tree/loop")).unwrap();
            let run = h.run(&["get", "-r", &h.url("tree"), "out"]).await;
            assert_eq!(run.code, 1, "{run:?}");
            assert!(
                run.stderr
                    .contains("tree/loop: leads back to the directory tree"),
                "{run:?}"
            );
            assert!(!h.local("out/loop/loop").exists());
            assert_eq!(names(&h.local("out/dirlink")), ["a.txt", "sub"]);
            let run = h.run(&["ls", "-R", &h.url("tree")]).await;
            assert_eq!(run.code, 1, "{run:?}");
            assert!(
                run.stderr
                    .contains("tree/loop: leads back to the directory tree"),
                "{run:?}"
            );
        }
    }

    #[tokio::test]
    async fn links_in_a_tree_are_followed_on_request() {
        for builder in both() {
            let builder = builder.fault(Fault::Listing(ListingFault::ShowsLinks));
            let h = Harness::with(builder).await;
            plant(&h);
            let skipped = h.run(&["get", "-r", &h.url("tree"), "some"]).await;
            assert_eq!(skipped.code, 0, "{skipped:?}");
            assert_eq!(names(&h.local("some")), ["plain.txt"]);
            let arguments = ["get", "-r", "--follow-links", &h.url("tree"), "all"];
            h.succeed(&arguments).await;
            assert_eq!(names(&h.local("all")), ["dirlink", "filelink", "plain.txt"]);
            assert_eq!(fs::read(h.local("all/filelink")).unwrap(), b"data");
            assert_eq!(names(&h.local("all/dirlink")), ["a.txt", "sub"]);
            symlink("../tree", h.remote("tree/loop")).unwrap();
            let run = h.run(&["ls", "-R", "--follow-links", &h.url("tree")]).await;
            assert_eq!(run.code, 1, "{run:?}");
            assert!(run.stdout.contains("dirlink/sub/b.txt"), "{run:?}");
            assert!(!run.stdout.contains("loop/loop/"), "{run:?}");
        }
    }

    /// The directory above what is removed may be reached through it.
    #[tokio::test]
    async fn rm_removes_nothing_before_a_circle_would_show() {
        for builder in both() {
            let refused = |verb| {
                let refusal = Action::Reply("550 Directory not empty".to_owned());
                Fault::At(Point::Command(verb), refusal)
            };
            let h = Harness::with(builder.fault(refused("DELE")).fault(refused("RMD"))).await;
            h.write_remote("tree/in/sub/x", "x");
            h.write_remote("tree/precious", "x");
            symlink("..", h.remote("tree/in/up")).unwrap();
            let run = h.run(&["rm", "-r", &h.url("tree/in")]).await;
            assert_eq!(run.code, 8, "{run:?}");
            assert!(run.stderr.contains("a link in it leads back"), "{run:?}");
            let report = h.server.report();
            let commands = report.control.iter().flat_map(|control| &control.commands);
            let removed: Vec<_> = commands.filter(|sent| sent.starts_with("DELE")).collect();
            assert!(
                !removed.iter().any(|sent| sent.ends_with("precious")),
                "{removed:?}"
            );
            assert!(
                !removed.iter().any(|sent| sent.ends_with("/x")),
                "{removed:?}"
            );
        }
    }

    #[tokio::test]
    async fn rm_never_follows_a_link() {
        for builder in both() {
            let h = Harness::with(builder).await;
            plant(&h);
            symlink(".", h.remote("tree/loop")).unwrap();
            h.succeed(&["rm", "-r", &h.url("tree")]).await;
            assert_eq!(h.remote_names(""), ["real"]);
            assert_eq!(h.remote_names("real"), ["a.txt", "sub"]);
        }
    }
}

/// libunftp describes a link to a directory as a file.
#[tokio::test]
async fn a_directory_that_the_server_calls_a_file_is_entered_as_an_operand() {
    let file = "250-Listing\n type=file;size=4; link\n250 End".to_owned();
    let fault = Fault::At(Point::Command("MLST"), Action::Reply(file));
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    h.write_remote("link/a.txt", "a");
    h.write_remote("link/sub/b.txt", "b");
    h.succeed(&["get", "-r", &h.url("link")]).await;
    assert_eq!(names(&h.local("link")), ["a.txt", "sub"]);
    let get = h.run(&["get", &h.url("link"), "x"]).await;
    assert_eq!(get.code, 6, "{get:?}");
    assert!(get.stderr.contains("is a directory"), "{get:?}");
}
