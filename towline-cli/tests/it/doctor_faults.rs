//! What `towline doctor --write` says of each fault of the testkit's catalogue.
//!
//! The steps that are not good, and all findings, are in `tests/doctor-faults.txt`.
//! `TOWLINE_UPDATE_DOCTOR=1` updates it.

use std::path::Path;
use std::{env, fs};

use tokio::task::JoinSet;
use towline_testkit::{NamedFault, TlsMode};

use crate::support::{Harness, Run};

/// How many servers are examined at the same time.
const AT_ONCE: usize = 4;

/// Faults with an exit code and a finding. Those that are not here cannot be seen, or are as good
/// as recovered from.
const SEEN_BY_DOCTOR: &[(&str, i32, &str)] = &[
    ("no-close-notify", 0, "close-notify-missing-from-server"),
    ("close-notify-mid-file", 8, "wrong-size"),
    ("reset-mid-download", 3, "transfer-broken-off"),
    ("reset-mid-upload", 8, "transfer-broken-off"),
    ("426-after-complete", 8, "transfer-broken-off"),
    ("451-mid-transfer", 8, "transfer-broken-off"),
    ("zero-byte-without-handshake", 3, "complete-without-data"),
    ("421-mid-transfer", 3, "session-ended"),
    ("silent-greeting", 3, "reply-timed-out"),
    ("silent-mid-data", 3, "data-stalled"),
    ("giant-reply", 3, "unreadable-reply"),
    ("endless-multiline", 3, "unreadable-reply"),
    ("binary-reply", 3, "unreadable-reply"),
    ("bad-code", 3, "unreadable-reply"),
    ("stray-226", 0, "stray-reply"),
    ("plaintext-oops", 3, "vsftpd-oops"),
    ("auth-tls-refused", 0, "only-auth-ssl"),
    ("auth-both-refused", 4, "auth-refused"),
    ("pbsz-refused", 0, "pbsz-refused"),
    ("reply-smuggled-behind-234", 4, "smuggled-before-tls"),
    ("prot-p-refused", 4, "protection-refused"),
    ("tls-on-plain-port", 4, "implicit-tls-expected"),
    ("plain-on-tls-port", 4, "clear-text-answered"),
    ("login-refused", 5, "login-refused"),
    ("account-wanted", 5, "account-wanted"),
    ("too-many-connections", 3, "too-many-connections"),
    ("utf8-refused", 0, "utf8-refused"),
    ("pasv-third-host", 0, "passive-address-third-host"),
    ("pasv-port-zero", 3, "unreadable-reply"),
    ("pasv-private-address", 0, "passive-address-private"),
    ("epsv-malformed", 0, "epsv-refused"),
    ("epsv-refused", 0, "epsv-refused"),
    ("epsv-blocked", 0, "data-port-unreachable"),
    ("certificate-swapped", 4, "certificate-differs-on-data"),
    (
        "final-reply-before-data-ends",
        0,
        "data-connection-left-open",
    ),
    ("reuse-refused-425", 7, "session-reuse-required"),
    ("reuse-refused-425", 7, "resumed-session-refused"),
    ("reuse-refused-450", 7, "session-reuse-required"),
    ("reuse-refused-522-and-close", 7, "session-reuse-required"),
    ("reuse-refused-522-and-close", 7, "resumed-session-refused"),
    ("mlsd-advertised-but-500", 0, "session-reuse-demanded"),
    ("no-tickets", 7, "nothing-to-resume"),
    ("ticket-storm", 4, "tls-broken"),
    ("mlsd-advertised-but-500", 0, "mlsd-advertised-but-broken"),
    ("listing-of-another-path", 0, "listing-of-another-path"),
    ("listing-truncated-with-success", 0, "listing-incomplete"),
    ("listing-admits-truncation", 0, "listing-incomplete"),
    ("nul-in-listing", 0, "dangerous-name"),
    ("traversal-names", 0, "dangerous-name"),
    ("endless-listing", 3, "listing-too-large"),
    ("endless-file", 0, "wrong-size"),
    ("size-550", 0, "no-size"),
    ("size-wrong", 8, "wrong-size"),
    ("file-shrinks", 0, "wrong-size"),
    ("rest-ignored", 0, "restart-refused"),
    ("rename-over-refused", 0, "rename-does-not-replace"),
    ("rename-changes-name", 0, "name-changed-by-server"),
    ("rename-forbidden", 6, "rename-refused"),
    ("stor-refused-after-150", 6, "permission-denied-by-server"),
    ("disk-full-452", 8, "server-disk-full"),
];

/// Faults whose effect depends on how fast the computer is.
const VARYING: [&str; 2] = ["ticket-expired", "421-when-idle"];

/// What an examination has shown.
struct Seen {
    name: &'static str,
    run: Run,
    /// What is wrong whatever the fault is.
    wrong: Vec<String>,
}

async fn examine(fault: &'static NamedFault) -> Seen {
    let name = fault.name();
    let harness = Harness::with(fault.server()).await;
    let contents: Vec<_> = (0..6000u32).map(|n| (n % 251) as u8).collect();
    harness.write_remote("out/F", contents);
    harness.write_remote("out/below/inner", b"x");
    harness.write_remote("in/F", b"what was there before");
    let scheme = match fault.client_mode() {
        TlsMode::Implicit => "ftps",
        _ => "ftpes",
    };
    let url = format!("{scheme}://demo@{}/out", harness.server.address());
    let options = ["doctor", "--json", "--timeout", "3", "--write", "in", &url];
    let run = harness.run(&options).await;
    let mut wrong = Vec::new();
    // Errors and exit codes agree.
    let findings = run.events_of("finding");
    let has_error = findings
        .iter()
        .any(|finding| finding["severity"] == "error");
    if has_error != (run.code != 0) {
        wrong.push(format!("{name}: {} {findings:?}", run.code));
    }
    let report = harness.server.report();
    let commands = report.control.iter().flat_map(|control| &control.commands);
    let logins = commands.filter(|line| line.starts_with("PASS")).count();
    if logins > 9 {
        wrong.push(format!("{name} gets {logins} logins"));
    }
    if harness.remote_names("in") != ["F"] {
        wrong.push(format!("{name} leaves {:?}", harness.remote_names("in")));
    }
    Seen { name, run, wrong }
}

/// The steps that are not good, and the findings.
fn page(seen: &Seen) -> String {
    let mut page = format!("{}: exit code {}\n", seen.name, seen.run.code);
    for event in seen.run.events() {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str() {
            Some("step") if event["verdict"] != "good" => {
                page.push_str(&format!("    {} {}\n", text("verdict"), text("step")));
            }
            Some("finding") => {
                let (step, id) = (text("step"), text("id"));
                page.push_str(&format!("    -> {} {id} ({step})\n", text("severity")));
            }
            _ => {}
        }
    }
    page
}

#[tokio::test]
async fn doctor_names_what_it_can_see_and_leaves_nothing_behind() {
    let mut waiting = NamedFault::ALL.iter();
    let mut running: JoinSet<_> = waiting.by_ref().take(AT_ONCE).map(examine).collect();
    let mut all = Vec::new();
    while let Some(seen) = running.join_next().await {
        all.push(seen.unwrap());
        if let Some(fault) = waiting.next() {
            running.spawn(examine(fault));
        }
    }
    let place = |name: &str| NamedFault::ALL.iter().position(|it| it.name() == name);
    all.sort_by_key(|seen| place(seen.name));
    let mut wrong: Vec<_> = all.iter().flat_map(|seen| seen.wrong.clone()).collect();
    for (name, code, id) in SEEN_BY_DOCTOR {
        let seen = all.iter().find(|seen| seen.name == *name).unwrap();
        let findings = seen.run.events_of("finding");
        let is_found = findings.iter().any(|finding| finding["id"] == *id);
        if (seen.run.code, is_found) != (*code, true) {
            wrong.push(format!("{name} {id}: {}", page(seen)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let lasting = all.iter().filter(|seen| !VARYING.contains(&seen.name));
    let pages: Vec<_> = lasting.map(page).collect();
    let pages = pages.join("\n");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/doctor-faults.txt");
    if env::var_os("TOWLINE_UPDATE_DOCTOR").is_some() {
        fs::write(&file, &pages).unwrap();
    }
    let agreed = fs::read_to_string(&file).unwrap_or_default();
    let differing = pages
        .split("\n\n")
        .filter(|page| !agreed.contains(page.trim_end()));
    assert!(pages == agreed, "{:#?}", differing.collect::<Vec<_>>());
}
