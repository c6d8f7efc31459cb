//! `towline trust show`.

use std::fs;

use crate::support::{Harness, Run};

#[tokio::test]
async fn the_chain_its_names_its_validity_and_the_pin_are_shown_and_no_login_is_sent() {
    let h = Harness::start().await;
    let address = h.server.address().to_string();
    let shown = Run::of(h.bare(&["trust", "show", &address])).await;
    assert_eq!(shown.code, 0, "{shown:?}");
    for text in [
        "not trusted",
        "subject:",
        "issuer:",
        "127.0.0.1",
        " days left)",
        "SHA-256:",
    ] {
        assert!(shown.stdout.contains(text), "{text}: {}", shown.stdout);
    }
    let pin = shown
        .stdout
        .split("--pin ")
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    assert!(h.server.report().control.iter().all(|control| {
        control
            .commands
            .iter()
            .all(|command| !command.starts_with("USER") && !command.starts_with("PASS"))
    }));
    // It is known to speak TLS, and no more.
    let known = fs::read_to_string(h.home().join(".config/towline/known_servers")).unwrap();
    let entry = known.lines().last().unwrap();
    assert!(
        entry.contains(" - ") && !entry.contains("SHA256"),
        "{entry}"
    );
    // The pin may be copied.
    h.write_remote("a", "x");
    let mut command = h.bare(&["ls", "--pin", &pin, &h.url("")]);
    command.env("TOWLINE_PASSWORD", crate::support::PASSWORD);
    let listed = Run::of(command).await;
    assert_eq!(
        (listed.code, listed.stdout.as_str()),
        (0, "a\n"),
        "{listed:?}"
    );
}

#[tokio::test]
async fn a_trusted_server_is_called_that_by_name_url_or_address() {
    let h = Harness::start().await;
    h.configure("[site.vendor]\nHOST\nPORT\nca-file = \"../../ca.pem\"\n");
    let address = h.server.address().to_string();
    let url = format!("ftpes://{address}");
    let ca = h.home().join("ca.pem");
    let ca = ca.to_str().unwrap();
    for arguments in [
        &["trust", "show", "vendor"][..],
        &["trust", "show", "vendor:"],
        &["trust", "show", "--ca-file", ca, &url],
        &["--ca-file", ca, "trust", "show", &address],
    ] {
        let shown = Run::of(h.bare(arguments)).await;
        assert_eq!(shown.code, 0, "{arguments:?}: {shown:?}");
        assert!(
            shown.stdout.contains(" is trusted\n"),
            "{arguments:?}: {shown:?}"
        );
    }
    let json = Run::of(h.bare(&["trust", "show", "--json", "vendor"])).await;
    let certificate = &json.events_of("certificate")[0];
    assert_eq!(certificate["trusted"], true, "{json:?}");
    assert_eq!(certificate["host"], "127.0.0.1");
    assert!(certificate["pin"].as_str().unwrap().starts_with("sha256//"));
    assert!(certificate["valid_until"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_or_has_no_tls_is_an_error() {
    let h = Harness::start().await;
    let address = h.server.address().to_string();
    h.server.shutdown().await;
    let h = Harness::start().await;
    assert_eq!(Run::of(h.bare(&["trust", "show", &address])).await.code, 3);
    let url = format!("ftpes://{}/path", h.server.address());
    assert_eq!(Run::of(h.bare(&["trust", "show", &url])).await.code, 2);
    assert_eq!(Run::of(h.bare(&["trust", "show", "a b"])).await.code, 2);
}
