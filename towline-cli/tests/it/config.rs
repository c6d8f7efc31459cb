//! Sites and defaults of the configuration file.

use std::fs;

use serde_json::Value;

use crate::support::{Harness, PASSWORD, Run};

/// A site that needs nothing from the command line.
const VENDOR: &str = "[site.vendor]\nHOST\nPORT\nuser = \"demo\"\npath = \"out\"\n\
                      ca-file = \"../../ca.pem\"\npassword-file = \"../../password\"\n";

async fn vendor() -> Harness {
    let h = Harness::start().await;
    fs::write(h.home().join("password"), PASSWORD).unwrap();
    h.configure(VENDOR);
    h
}

async fn bare(h: &Harness, arguments: &[&str]) -> Run {
    Run::of(h.bare(arguments)).await
}

#[tokio::test]
async fn a_site_says_all_that_is_needed() {
    let h = vendor().await;
    h.write_remote("out/a.csv", "1");
    h.write_remote("top.csv", "2");
    for (operand, expected) in [
        ("vendor:", "a.csv\n"),
        ("vendor:.", "a.csv\n"),
        ("vendor:/", "out/\ntop.csv\n"),
        ("vendor:/out", "a.csv\n"),
    ] {
        let run = bare(&h, &["ls", "-q", operand]).await;
        assert_eq!((run.code, run.stdout.as_str()), (0, expected), "{run:?}");
    }
    let run = bare(&h, &["get", "-q", "vendor:a.csv", "in.csv"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(h.local_names(), ["in.csv"]);
    let run = bare(&h, &["mv", "-q", "vendor:a.csv", "/b.csv"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(h.remote_names(""), ["b.csv", "out", "top.csv"]);
}

#[tokio::test]
async fn a_path_that_is_not_there_is_explained_as_it_was_written() {
    let h = vendor().await;
    h.write_remote("out/a.csv", "1");
    for (operand, hint) in [
        ("vendor:b.csv".to_owned(), "SITE:/path is absolute"),
        (h.url("b.csv"), "ftpes://host//path is absolute"),
    ] {
        let run = h.run(&["get", "--json", &operand]).await;
        assert_eq!(run.code, 6, "{run:?}");
        let error = &run.events_of("error")[0];
        assert!(error["hint"].as_str().unwrap().ends_with(hint), "{run:?}");
    }
}

#[tokio::test]
async fn mv_takes_a_site_or_a_name_with_a_colon() {
    let h = vendor().await;
    h.write_remote("out/b.csv", "1");
    let run = bare(&h, &["mv", "-q", "vendor:b.csv", "vendor:a.csv"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(h.remote_names("out"), ["a.csv"]);
    for name in ["12:30.csv", "./vendor:b.csv"] {
        let run = bare(&h, &["mv", "-q", "vendor:a.csv", name]).await;
        assert_eq!(run.code, 0, "{run:?}");
        let run = bare(&h, &["mv", "-q", &format!("vendor:{name}"), "a.csv"]).await;
        assert_eq!(run.code, 0, "{run:?}");
    }
}

#[tokio::test]
async fn an_option_beats_the_site_which_beats_the_environment_which_beats_the_defaults() {
    let h = vendor().await;
    fs::write(h.home().join("wrong"), "wrong").unwrap();
    let site = VENDOR.replace("../../password", "../../wrong");
    h.configure(&format!("[defaults]\ntimeout = 60\n{site}timeout = 50\n"));
    let run = bare(&h, &["ls", "-q", "vendor:/"]).await;
    assert_eq!(run.code, 5, "{run:?}");
    let mut command = h.bare(&["ls", "-q", "vendor:/"]);
    command.env("TOWLINE_PASSWORD", PASSWORD);
    assert_eq!(Run::of(command).await.code, 5);
    let right = h.home().join("password");
    let mut command = h.bare(&["ls", "-q", "vendor:/", "--password-file"]);
    command.arg(right).env("TOWLINE_PASSWORD", "wrong");
    assert_eq!(Run::of(command).await.code, 0);

    let timeout = async |arguments: &[&str]| {
        let run = bare(&h, &[&["config", "show", "--json"], arguments].concat()).await;
        let events = run.events_of("setting");
        let timeout = events.into_iter().find(|event| event["key"] == "timeout");
        let timeout = timeout.unwrap();
        let source = timeout["source"].as_str().unwrap().rsplit('/').next();
        (timeout["value"].clone(), source.unwrap().to_owned())
    };
    let expected = |value: &str, source: &str| (Value::from(value), source.to_owned());
    assert_eq!(timeout(&[]).await, expected("60", "config.toml:2"));
    assert_eq!(timeout(&["vendor"]).await, expected("50", "config.toml:10"));
    let option = timeout(&["vendor", "--timeout", "5"]).await;
    assert_eq!(option, expected("5", "command line"));
}

#[tokio::test]
async fn a_switch_of_a_site_can_be_turned_off_again() {
    let h = vendor().await;
    h.configure(&format!("{VENDOR}clobber = false\n"));
    h.write_remote("out/a", "old");
    h.write_local("a", "new");
    let run = bare(&h, &["put", "-q", "a", "vendor:"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(fs::read(h.remote("out/a")).unwrap(), b"old", "skipped");
    let run = bare(&h, &["put", "-q", "--no-clobber=false", "a", "vendor:"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(fs::read(h.remote("out/a")).unwrap(), b"new");
}

#[tokio::test]
async fn trust_on_first_use_that_is_turned_off_leaves_the_sites_own_trust() {
    let h = vendor().await;
    let off = "--trust-on-first-use=false";
    let run = bare(&h, &["ls", "-q", off, "vendor:/"]).await;
    assert_eq!(run.code, 0, "the ca-file still holds: {run:?}");
    let other = "pin = \"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"";
    let pinned: Vec<&str> = VENDOR
        .lines()
        .map(|line| {
            if line.starts_with("ca-file") {
                other
            } else {
                line
            }
        })
        .collect();
    h.configure(&format!("{}\n", pinned.join("\n")));
    let run = bare(&h, &["ls", off, "vendor:/"]).await;
    assert_eq!(run.code, 4, "{run:?}");
    assert!(
        run.stderr.contains("pin"),
        "the pin is what refuses: {run:?}"
    );
}

#[tokio::test]
async fn active_mode_of_a_site_can_be_turned_off_by_either_switch() {
    let h = vendor().await;
    h.configure(&format!(
        "{VENDOR}active = true\nactive-address = \"192.0.2.1\"\n"
    ));
    for switch in ["--active=false", "--passive"] {
        let run = bare(&h, &["ls", "-q", switch, "vendor:/"]).await;
        assert_eq!(run.code, 0, "{switch}: {run:?}");
    }
}

#[tokio::test]
async fn rm_does_not_empty_a_site_whose_path_was_left_out() {
    let h = vendor().await;
    h.write_remote("out/a", "1");
    for operand in ["vendor:", "vendor:."] {
        let run = bare(&h, &["rm", "-r", operand]).await;
        assert_eq!(run.code, 2, "{operand}: {run:?}");
        assert_eq!(h.remote_names("out"), ["a"], "{operand}");
    }
    let run = bare(&h, &["rm", "-q", "vendor:a"]).await;
    assert_eq!(run.code, 0, "{run:?}");
}

#[tokio::test]
async fn check_names_every_mistake_with_its_line() {
    let h = Harness::start().await;
    h.configure(
        "[defaults]\ntimeuot = 5\n\
         [site.a]\nHOST\ntls-min = \"1.3\"\ntls-max = \"1.2\"\n\
         [site.b]\nHOST\nca-file = \"no/such.pem\"\n\
         [site.c]\npassword = \"hunter2\"\n",
    );
    let run = bare(&h, &["config", "check"]).await;
    assert_eq!(run.code, 2, "{run:?}");
    assert_eq!(run.stdout, "");
    for words in [
        "config.toml:2: [defaults]: there is no key \"timeuot\"; did you mean \"timeout\"?",
        "config.toml:10: [site.c]: host is missing",
        "config.toml:11: [site.c]: do not put a password in this file",
    ] {
        assert!(run.stderr.contains(words), "{words}: {run:?}");
    }
    assert!(!run.stderr.contains("hunter2"), "{run:?}");

    h.configure(
        "[site.a]\nHOST\ntls-min = \"1.3\"\ntls-max = \"1.2\"\n\
         [site.b]\nHOST\nca-file = \"no/such.pem\"\n",
    );
    let run = bare(&h, &["config", "check", "--json"]).await;
    assert_eq!(run.code, 2, "{run:?}");
    let errors = run.events_of("error");
    let message = |n: usize| errors[n]["message"].as_str().unwrap();
    assert_eq!(errors.len(), 2, "{run:?}");
    assert!(message(0).contains("[site.a]: tls-min = 1.3 ("), "{run:?}");
    assert!(message(0).contains("config.toml:3) and tls-max"), "{run:?}");
    assert!(message(1).contains("no/such.pem"), "{run:?}");

    h.configure(VENDOR);
    let run = bare(&h, &["config", "check"]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.ends_with("config.toml: 1 site, no mistakes\n"));
}

#[tokio::test]
async fn show_tells_where_a_secret_is_and_not_what_it_is() {
    let h = vendor().await;
    let own = VENDOR.lines().filter(|line| !line.starts_with("password"));
    h.configure(&own.collect::<Vec<_>>().join("\n"));
    let mut command = h.bare(&["config", "show", "vendor"]);
    command.env("TOWLINE_PASSWORD", "hunter2");
    let run = Run::of(command).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stdout.contains("hunter2"), "{run:?}");
    let row = run.stdout.lines().find(|row| row.starts_with("password "));
    let words: Vec<&str> = row.unwrap().split_whitespace().collect();
    assert_eq!(words, ["password", "(not", "shown)", "TOWLINE_PASSWORD"]);
}

#[tokio::test]
async fn show_has_every_key_of_the_documentation() {
    let document = include_str!("../../../docs/configuration.md");
    let table = document.split("## Keys").nth(1).unwrap();
    let table = table.split("## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.filter(|line| cfg!(feature = "keyring") || !line.contains("keyring"));
    let keys: Vec<&str> = rows.map(|row| row.split('`').nth(1).unwrap()).collect();
    let h = vendor().await;
    let mut found = std::collections::BTreeMap::new();
    for site in [&[][..], &["vendor"]] {
        let run = bare(&h, &[&["config", "show", "--json"], site].concat()).await;
        assert_eq!(run.code, 0, "{run:?}");
        for event in run.events_of("setting") {
            let key = event["key"].as_str().unwrap().to_owned();
            found.insert((key, !site.is_empty()), event["value"].clone());
        }
    }
    for key in keys {
        let of = [true, false].map(|site| found.contains_key(&(key.to_owned(), site)));
        assert!(of.contains(&true), "{key}");
    }
    for (key, value) in [
        ("temp", "true"),
        ("clobber", "true"),
        ("preserve-time", "true"),
    ] {
        assert_eq!(found[&(key.to_owned(), true)], value, "{key}");
    }
    assert_eq!(found[&("tls".to_owned(), true)], "explicit");
    assert_eq!(found[&("passive".to_owned(), true)], "true");
    let run = bare(&h, &["config", "show", "--json", "--active"]).await;
    let events = run.events_of("setting");
    let value = |key| &events.iter().find(|event| event["key"] == key).unwrap()["value"];
    assert_eq!(
        (value("active"), value("passive")),
        (&"true".into(), &"false".into())
    );
    assert_eq!(found[&("tls".to_owned(), false)], Value::Null);
    let text = bare(&h, &["config", "show"]).await.stdout;
    assert!(
        text.lines()
            .any(|row| row.starts_with("proxy ") && row.contains("(not set)"))
    );
}

#[tokio::test]
async fn show_masks_login_commands_as_the_dialogue_does() {
    let h = vendor().await;
    let commands = "login-commands = [\"ACCT hunter2\", \"SITE UMASK 027\"]";
    h.configure(&format!("{VENDOR}{commands}\n"));
    for arguments in [
        &["config", "show", "vendor"][..],
        &["config", "show", "vendor", "--json"],
    ] {
        let run = bare(&h, arguments).await;
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains("ACCT ***, SITE UMASK 027"), "{run:?}");
    }
}

#[tokio::test]
async fn another_file_can_be_named_and_has_to_exist() {
    let h = Harness::start().await;
    h.write_local("my.toml", "[site.mine]\nhost = \"files.example\"\n");
    let run = bare(&h, &["config", "show", "mine", "--config", "my.toml"]).await;
    assert!(run.stdout.contains("files.example"), "{run:?}");
    let run = bare(&h, &["ls", "--config", "no.toml", &h.url("")]).await;
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("no.toml: "), "{run:?}");
}

#[tokio::test]
async fn a_mistake_in_another_site_does_not_stop_a_job() {
    let h = vendor().await;
    h.write_remote("out/a", "1");
    h.configure(&format!("{VENDOR}[site.other]\nhots = \"h\"\n"));
    assert_eq!(bare(&h, &["ls", "-q", "vendor:"]).await.code, 0);
    let run = bare(&h, &["ls", "other:"]).await;
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("did you mean \"host\"?"), "{run:?}");
    assert!(run.stderr.contains("towline config check"), "{run:?}");
}
