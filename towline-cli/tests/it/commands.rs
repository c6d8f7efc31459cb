//! Each command, without faults.

use std::fs;

use towline_testkit::{Personality, Server, TlsMode, Versions};

use crate::support::{Harness, Run};

#[tokio::test]
async fn ls_prints_names_in_order_with_a_slash_after_directories() {
    let h = Harness::start().await;
    h.write_remote("b.txt", "b");
    h.write_remote("a b.txt", "a");
    h.write_remote("sub/c.txt", "c");
    assert_eq!(
        h.succeed(&["ls", &h.url("")]).await,
        "a b.txt\nb.txt\nsub/\n"
    );
    assert_eq!(h.succeed(&["ls", &h.url("sub")]).await, "c.txt\n");
    assert_eq!(h.succeed(&["ls", &h.url("/sub")]).await, "c.txt\n");
}

#[tokio::test]
async fn ls_shows_sizes_and_everything_below() {
    let h = Harness::start().await;
    h.write_remote("top.txt", vec![0; 12345]);
    h.write_remote("sub/deep/c.txt", "c");
    let long = h.succeed(&["ls", "-l", &h.url("")]).await;
    let file = long.lines().find(|line| line.ends_with("top.txt")).unwrap();
    assert!(file.starts_with('-') && file.contains("12345"), "{long}");
    let directory = long.lines().find(|line| line.ends_with("sub/")).unwrap();
    assert!(directory.starts_with('d'), "{long}");
    assert_eq!(
        h.succeed(&["ls", "-R", &h.url("")]).await,
        "sub/\ntop.txt\nsub/deep/\nsub/deep/c.txt\n"
    );
}

#[tokio::test]
async fn ls_tells_a_file_an_empty_directory_and_nothing_apart() {
    for personality in [Personality::ProFtpd138, Personality::VsFtpd] {
        let h = Harness::with(Server::builder(personality)).await;
        h.write_remote("sub/c.txt", "c");
        fs::create_dir(h.remote("empty")).unwrap();
        assert_eq!(h.succeed(&["ls", &h.url("sub/c.txt")]).await, "c.txt\n");
        assert_eq!(h.succeed(&["ls", &h.url("empty")]).await, "");
        let nothing = h.run(&["ls", &h.url("nothing")]).await;
        assert_eq!(nothing.code, 6, "{personality:?} {nothing:?}");
    }
}

#[tokio::test]
async fn get_fetches_under_the_remote_name_or_another_one() {
    let h = Harness::start().await;
    h.write_remote("out/a.csv", "a,b\n");
    h.write_remote("out/empty", "");
    assert_eq!(h.succeed(&["get", &h.url("out/a.csv")]).await, "");
    assert_eq!(fs::read(h.local("a.csv")).unwrap(), b"a,b\n");
    h.succeed(&["get", &h.url("out/a.csv"), "other"]).await;
    assert_eq!(fs::read(h.local("other")).unwrap(), b"a,b\n");
    h.succeed(&["get", &h.url("out/a.csv"), &h.url("out/empty"), "in/"])
        .await;
    assert_eq!(fs::read(h.local("in/a.csv")).unwrap(), b"a,b\n");
    assert_eq!(fs::read(h.local("in/empty")).unwrap(), b"");
    fs::remove_file(h.local("in/a.csv")).unwrap();
    h.succeed(&["get", &h.url("out/a.csv"), "in"]).await;
    assert_eq!(fs::read(h.local("in/a.csv")).unwrap(), b"a,b\n");
    assert_eq!(h.local_names(), ["a.csv", "in", "other"]);
}

#[tokio::test]
async fn get_takes_over_the_time_and_replaces_an_existing_file() {
    let h = Harness::start().await;
    h.write_remote("a", "new");
    let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    let file = fs::File::options().write(true).open(h.remote("a")).unwrap();
    file.set_modified(time).unwrap();
    h.write_local("a", "old and longer");
    h.succeed(&["get", &h.url("a")]).await;
    assert_eq!(fs::read(h.local("a")).unwrap(), b"new");
    assert_eq!(
        fs::metadata(h.local("a")).unwrap().modified().unwrap(),
        time
    );
    assert_eq!(h.local_names(), ["a"]);
}

#[tokio::test]
async fn put_sends_under_the_local_name_or_another_one() {
    let h = Harness::start().await;
    h.write_local("a.csv", "a,b\n");
    h.write_local("empty", "");
    fs::create_dir(h.remote("in")).unwrap();
    h.succeed(&["put", "a.csv", &h.url("")]).await;
    h.succeed(&["put", "a.csv", &h.url("in/other")]).await;
    h.succeed(&["put", "a.csv", "empty", &h.url("in/")]).await;
    h.succeed(&["put", "./empty", &h.url("in")]).await;
    assert_eq!(fs::read(h.remote("a.csv")).unwrap(), b"a,b\n");
    assert_eq!(h.remote_names("in"), ["a.csv", "empty", "other"]);
    assert_eq!(fs::read(h.remote("in/other")).unwrap(), b"a,b\n");
    assert_eq!(fs::read(h.remote("in/empty")).unwrap(), b"");
}

#[tokio::test]
async fn put_replaces_an_existing_file_by_way_of_a_temporary_name() {
    let h = Harness::start().await;
    h.write_local("a", "new");
    h.write_remote("a", "old and longer");
    h.succeed(&["put", "a", &h.url("a")]).await;
    assert_eq!(fs::read(h.remote("a")).unwrap(), b"new");
    assert_eq!(h.remote_names(""), ["a"]);
    let report = h.server.report();
    let stored = report.data().find(|data| data.command == "STOR").unwrap();
    assert_ne!(stored.path, "a");
}

#[tokio::test]
async fn no_temp_writes_to_the_final_name() {
    let h = Harness::start().await;
    h.write_local("a", "new");
    h.succeed(&["put", "--no-temp", "a", &h.url("a")]).await;
    assert_eq!(fs::read(h.remote("a")).unwrap(), b"new");
    let report = h.server.report();
    let stored = report.data().find(|data| data.command == "STOR").unwrap();
    assert_eq!(stored.path, "a");
    h.succeed(&["get", "--no-temp", &h.url("a"), "b"]).await;
    assert_eq!(fs::read(h.local("b")).unwrap(), b"new");
}

#[tokio::test]
async fn put_reads_standard_input() {
    let h = Harness::start().await;
    let input = vec![7; 700_000];
    let run = h
        .run_with_input(&["put", "-", &h.url("piped.bin")], &input)
        .await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(fs::read(h.remote("piped.bin")).unwrap(), input);
    let nameless = h.run_with_input(&["put", "-", &h.url("")], b"x").await;
    assert_eq!(nameless.code, 2, "{nameless:?}");
}

#[tokio::test]
async fn cat_writes_the_file_and_nothing_else() {
    let h = Harness::start().await;
    let contents = "line\n".repeat(50_000);
    h.write_remote("a", &contents);
    h.write_remote("empty", "");
    assert_eq!(h.succeed(&["cat", &h.url("a")]).await, contents);
    assert_eq!(h.succeed(&["cat", &h.url("empty")]).await, "");
    assert_eq!(h.run(&["cat", "--json", &h.url("a")]).await.code, 2);
}

#[tokio::test]
async fn stat_shows_name_type_size_and_time() {
    for personality in [Personality::ProFtpd138, Personality::VsFtpd] {
        let h = Harness::with(Server::builder(personality)).await;
        h.write_remote("sub/a.csv", "12345");
        let file = h.succeed(&["stat", &h.url("sub/a.csv")]).await;
        let value = |label: &str| {
            let line = file.lines().find(|line| line.starts_with(label)).unwrap();
            line.split_once(':').unwrap().1.trim().to_owned()
        };
        assert_eq!(value("name"), "a.csv");
        assert_eq!(value("type"), "file");
        assert_eq!(value("size"), "5");
        assert!(value("modified").starts_with("20"), "{file}");
        let directory = h.succeed(&["stat", &h.url("sub")]).await;
        assert!(directory.contains("directory"), "{directory}");
        let top = h.succeed(&["stat", &h.url("")]).await;
        assert!(top.contains("directory"), "{top}");
        assert_eq!(h.run(&["stat", &h.url("nothing")]).await.code, 6);
    }
}

#[tokio::test]
async fn mv_renames_moves_into_directories_and_replaces() {
    let h = Harness::start().await;
    h.write_remote("a b", "1");
    fs::create_dir_all(h.remote("done/deep")).unwrap();
    h.succeed(&["mv", &h.url("a%20b"), "c%20d"]).await;
    assert_eq!(h.remote_names(""), ["c d", "done"]);
    h.succeed(&["mv", &h.url("c%20d"), "done"]).await;
    assert_eq!(h.remote_names("done"), ["c d", "deep"]);
    h.succeed(&["mv", &h.url("done/c%20d"), "/done/deep/"])
        .await;
    assert_eq!(h.remote_names("done/deep"), ["c d"]);
    h.succeed(&["mv", &h.url("done/deep/c%20d"), "//x"]).await;
    h.write_remote("y", "2");
    h.succeed(&["mv", &h.url("x"), "y"]).await;
    assert_eq!(fs::read(h.remote("y")).unwrap(), b"1");
    h.write_remote("z", "3");
    let kept = h.run(&["mv", "--no-clobber", &h.url("z"), "y"]).await;
    assert_eq!(kept.code, 0, "{kept:?}");
    assert_eq!(kept.stderr, "warning: y: skipped, because it exists\n");
    assert_eq!(fs::read(h.remote("y")).unwrap(), b"1");
    assert_eq!(fs::read(h.remote("z")).unwrap(), b"3");
}

#[tokio::test]
async fn mkdir_and_rmdir_do_one_and_mkdir_p_does_all() {
    let h = Harness::start().await;
    h.succeed(&["mkdir", &h.url("a")]).await;
    assert_eq!(h.run(&["mkdir", &h.url("a")]).await.code, 6);
    assert_eq!(h.run(&["mkdir", &h.url("x/y")]).await.code, 6);
    h.succeed(&["mkdir", "-p", &h.url("a")]).await;
    h.succeed(&["mkdir", "-p", &h.url("x/y/z")]).await;
    h.succeed(&["mkdir", "-p", &h.url("/abs/y")]).await;
    assert!(h.remote("x/y/z").is_dir() && h.remote("abs/y").is_dir());
    assert_eq!(h.run(&["rmdir", &h.url("x")]).await.code, 6);
    h.succeed(&["rmdir", &h.url("x/y/z")]).await;
    assert!(!h.remote("x/y/z").exists());
    h.write_remote("file", "");
    assert_eq!(h.run(&["mkdir", "-p", &h.url("file")]).await.code, 6);
    assert_eq!(h.run(&["mkdir", "-p", &h.url("file/x")]).await.code, 6);
}

#[tokio::test]
async fn rm_removes_files_and_refuses_directories() {
    let h = Harness::start().await;
    h.write_remote("a", "");
    h.write_remote("b", "");
    h.write_remote("sub/c", "");
    h.succeed(&["rm", &h.url("a"), &h.url("b")]).await;
    assert_eq!(h.remote_names(""), ["sub"]);
    let refused = h.run(&["rm", &h.url("sub")]).await;
    assert_eq!(refused.code, 6);
    assert!(refused.stderr.contains("is a directory"), "{refused:?}");
    assert_eq!(h.run(&["rm", "-r", &h.url("")]).await.code, 2);
    assert_eq!(h.run(&["rm", "-r", &h.url("/")]).await.code, 2);
    assert_eq!(h.remote_names("sub"), ["c"]);
}

#[tokio::test]
async fn no_clobber_leaves_existing_targets_alone() {
    let h = Harness::start().await;
    h.write_remote("a", "remote");
    h.write_local("a", "local");
    let get = h.run(&["get", "--no-clobber", "--json", &h.url("a")]).await;
    assert_eq!(get.code, 0, "{get:?}");
    assert!(get.stderr.contains("skipped, because it exists"), "{get:?}");
    let summary = &get.events_of("summary")[0];
    assert_eq!(
        (&summary["skipped"], &summary["failed"]),
        (&1.into(), &0.into())
    );
    assert_eq!(fs::read(h.local("a")).unwrap(), b"local");
    let put = h.run(&["put", "--no-clobber", "a", &h.url("a")]).await;
    assert_eq!(put.code, 0, "{put:?}");
    let stdin = ["put", "--no-clobber", "-", &h.url("a")];
    let put = h.run_with_input(&stdin, b"stdin").await;
    assert_eq!(put.code, 0, "{put:?}");
    assert_eq!(fs::read(h.remote("a")).unwrap(), b"remote");
    h.succeed(&["get", "--no-clobber", &h.url("a"), "b"]).await;
    h.succeed(&["put", "--no-clobber", "b", &h.url("b")]).await;
    assert_eq!(fs::read(h.remote("b")).unwrap(), b"remote");
}

#[tokio::test]
async fn no_clobber_skips_what_exists_in_a_tree_and_fetches_the_rest() {
    let h = Harness::start().await;
    for name in ["a", "b", "c"] {
        h.write_remote(&format!("tree/{name}"), "remote");
    }
    h.write_local("tree/b", "local");
    let run = h
        .run(&["get", "-r", "--no-clobber", "--json", &h.url("tree"), "."])
        .await;
    assert_eq!(run.code, 0, "{run:?}");
    let summary = &run.events_of("summary")[0];
    let counted = (&summary["succeeded"], &summary["skipped"]);
    assert_eq!(counted, (&2.into(), &1.into()), "{run:?}");
    assert_eq!(fs::read(h.local("tree/b")).unwrap(), b"local");
    assert_eq!(fs::read(h.local("tree/c")).unwrap(), b"remote");
}

#[tokio::test]
async fn implicit_tls_and_both_versions_work_by_url_and_by_option() {
    for versions in [Versions::Tls12, Versions::Tls13] {
        let builder = Server::builder(Personality::VsFtpd)
            .tls(TlsMode::Implicit)
            .versions(versions);
        let h = Harness::with(builder).await;
        h.write_remote("a", "x");
        let address = h.server.address();
        h.succeed(&["get", &format!("ftps://demo@{address}/a")])
            .await;
        for scheme in ["ftpes", "ftp"] {
            let url = format!("{scheme}://demo@{address}/a");
            h.succeed(&["get", "--tls", "implicit", &url]).await;
        }
    }
    let h = Harness::with(Server::builder(Personality::VsFtpd).versions(Versions::Tls12)).await;
    let run = h.run(&["ls", "--tls-min", "1.3", &h.url("")]).await;
    assert_eq!(run.code, 4, "{run:?}");
}

#[tokio::test]
async fn an_ipv6_literal_reaches_the_server() {
    let h = Harness::with(Server::builder(Personality::ProFtpd138).ipv6(true)).await;
    h.write_remote("a", "x");
    let url = format!("ftpes://demo@{}/a", h.server.address_v6().unwrap());
    assert!(url.contains('['));
    h.succeed(&["get", &url]).await;
}

#[tokio::test]
async fn several_operands_share_one_login() {
    let h = Harness::start().await;
    for name in ["a", "b", "c"] {
        h.write_remote(name, name);
    }
    let [a, b, c] = ["a", "b", "c"].map(|name| h.url(name));
    h.succeed(&["get", &a, &b, &c]).await;
    let report = h.server.report();
    assert_eq!(report.control.len(), 1);
    assert_eq!(report.control[0].resumed(), 3);
    assert_eq!(report.control[0].bound(), 3);
}

#[tokio::test]
async fn help_and_version_are_on_standard_output() {
    let h = Harness::start().await;
    for arguments in [&["--help"][..], &["--version"], &["get", "--help"]] {
        let run = Run::of(h.bare(arguments)).await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(run.stdout.contains("towline"));
    }
}

#[tokio::test]
async fn options_may_stand_between_operands() {
    let h = Harness::start().await;
    h.write_local("a", "x");
    h.succeed(&["put", "a", "--no-clobber", &h.url("b")]).await;
    assert_eq!(fs::read(h.remote("b")).unwrap(), b"x");
    assert_eq!(h.run(&["put", "a"]).await.code, 2);
}

#[tokio::test]
async fn the_second_operand_of_mv_is_a_path_and_no_url() {
    let h = Harness::start().await;
    h.write_remote("a", "x");
    for path in ["ftpes://b:s3cr3t@h/y", ""] {
        let run = h.run(&["mv", &h.url("a"), path]).await;
        assert_eq!(run.code, 2, "{run:?}");
        assert!(!run.stderr.contains("s3cr3t"), "{run:?}");
    }
    let mistyped = h.run(&["ls", "ftpes//a:s3cr3t@h/x"]).await;
    assert_eq!(mistyped.code, 2);
    assert!(!mistyped.stderr.contains("s3cr3t"), "{mistyped:?}");
    let mistyped = h.run(&["mv", &h.url("a"), "vendro:b"]).await;
    assert_eq!(mistyped.code, 2, "no file of that name: {mistyped:?}");
    assert!(mistyped.stderr.contains("vendro"), "{mistyped:?}");
    assert_eq!(h.remote_names(""), ["a"]);
    h.succeed(&["mv", &h.url("a"), "./b:c"]).await;
    assert_eq!(h.remote_names(""), ["b:c"]);
}

#[tokio::test]
async fn get_r_fetches_hidden_files_too() {
    let h = Harness::with(Server::builder(Personality::VsFtpd)).await;
    h.write_remote("tree/.env", "x");
    h.succeed(&["get", "-r", &h.url("tree")]).await;
    assert_eq!(fs::read(h.local("tree/.env")).unwrap(), b"x");
}
