//! Hostile names from a server, and names that are not UTF-8.

use towline_testkit::{Fault, Personality, Server};

use crate::support::Harness;

fn is_plain(text: &str) -> bool {
    let hostile = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
    !text.contains(hostile)
}

#[tokio::test]
async fn hostile_names_fail_alone_and_reach_neither_terminal_nor_disk() {
    for personality in [Personality::ProFtpd138, Personality::VsFtpd] {
        let builder = Server::builder(personality).fault(Fault::hostile_names());
        let h = Harness::with(builder).await;
        h.write_remote("tree/good", "x");
        for arguments in [
            &["ls", &h.url("tree")][..],
            &["ls", "-l", &h.url("tree")],
            &["ls", "-R", &h.url("tree")],
            &["ls", "--json", &h.url("tree")],
            &["get", "-r", "-vv", &h.url("tree"), "."],
            &["get", "-r", "--json", &h.url("tree"), "."],
            &["rm", "-r", "-v", &h.url("tree")],
        ] {
            let run = h.run(arguments).await;
            assert!(
                is_plain(&run.stdout),
                "{personality:?} {arguments:?} {run:?}"
            );
            assert!(
                is_plain(&run.stderr),
                "{personality:?} {arguments:?} {run:?}"
            );
            if arguments[0] == "get" {
                assert_eq!(run.code, 1, "{run:?}");
            }
        }
        assert_eq!(h.local_names(), ["tree"]);
        let fetched = crate::support::names(&h.local("tree"));
        assert!(fetched.contains(&"good".to_owned()), "{fetched:?}");
        assert!(!h.home().join("escape").exists());
        assert!(!h.remote("tree/good").exists());
    }
}

#[tokio::test]
async fn json_gives_every_name_exactly() {
    let names: Vec<Vec<u8>> = vec![
        b"plain".to_vec(),
        b"caf\xe9".to_vec(),
        "right\u{202e}left \u{9b}m \u{7f}".into(),
        b"quote \" back \\ slash".to_vec(),
    ];
    let fault = Fault::ListingNames(names);
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    let run = h.run(&["ls", "--json", &h.url("")]).await;
    assert_eq!(run.code, 0, "{run:?}");
    let entries = run.events_of("entry");
    let named = |name: &str| entries.iter().find(|entry| entry["name"] == name);
    assert!(named("plain").unwrap().get("name_base64").is_none());
    assert_eq!(named("caf\u{fffd}").unwrap()["name_base64"], "Y2Fm6Q==");
    assert!(
        named("right\u{202e}left \u{9b}m \u{7f}").is_some(),
        "{run:?}"
    );
    assert!(named("quote \" back \\ slash").is_some(), "{run:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn names_that_are_not_utf8_go_both_ways() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let h = Harness::start().await;
    let name = OsStr::from_bytes(b"caf\xe9 50%");
    std::fs::create_dir(h.local("tree")).unwrap();
    std::fs::write(h.local("tree").join(name), "x").unwrap();
    h.succeed(&["put", "-r", "tree", &h.url("")]).await;
    assert!(h.remote("tree").join(name).exists());
    h.succeed(&["get", &h.url("tree/caf%E9%2050%25"), "./"])
        .await;
    assert!(h.local("").join(name).exists());
}
