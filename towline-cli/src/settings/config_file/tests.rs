use proptest::prelude::*;

use super::*;
use crate::settings::key;
use crate::settings::merged::Merged;

fn read(text: &str) -> ConfigFile {
    ConfigFile::read(Path::new("/etc/t/config.toml"), text)
}

fn findings(text: &str) -> Vec<String> {
    let findings = read(text).findings();
    findings.iter().map(ToString::to_string).collect()
}

/// The only mistake in a site with these keys.
fn finding(text: &str) -> String {
    let findings = findings(&format!("[site.a]\nhost = \"h\"\n{text}\n"));
    let [finding] = findings.try_into().unwrap();
    finding
}

#[test]
fn a_site_lies_over_the_defaults() {
    let file = read(
        "[defaults]\ntimeout = 60\ntls-min = \"1.3\"\n\n\
         [site.vendor]\nhost = \"files.example\"\ntimeout = 5\ntemp = false\n",
    );
    assert_eq!(file.findings(), []);
    let merged = Merged::new(file.layers(Some("vendor")).unwrap());
    assert_eq!(
        merged.quote("timeout"),
        "timeout = 5 (/etc/t/config.toml:7)"
    );
    assert_eq!(
        merged.quote("tls-min"),
        "tls-min = 1.3 (/etc/t/config.toml:3)"
    );
    assert_eq!(merged.args().unwrap().transfer.no_temp, Some(true));
    let merged = Merged::new(file.layers(None).unwrap());
    assert_eq!(
        merged.quote("timeout"),
        "timeout = 60 (/etc/t/config.toml:2)"
    );
    assert!(merged.value("host").is_none());
}

#[test]
fn the_language_is_a_default_and_not_a_setting_of_a_site() {
    let file = read("[defaults]\nlang = \"ja\"\n");
    assert_eq!(file.findings(), []);
    assert_eq!(file.language(), Some(Language::Ja));
    assert_eq!(read("[defaults]\n").language(), None);
    // A mistake elsewhere is reported in that language.
    let file = read("[defaults]\nlang = \"zh\"\ntmeout = 5\n");
    assert_eq!(file.language(), Some(Language::Zh));
    assert!(finding("lang = \"ja\"").ends_with("[site.a]: lang is only allowed in [defaults]"));
    let [text] = findings("[defaults]\nlang = \"jp\"\n").try_into().unwrap();
    assert!(text.contains("\"jp\" is not one of en, zh, ja"), "{text}");
}

#[test]
fn mistakes_are_named_with_line_and_key_and_what_was_meant() {
    for (text, expected) in [
        (
            "tmeout = 5",
            "there is no key \"tmeout\"; did you mean \"timeout\"?",
        ),
        (
            "retries = \"5\"",
            "retries must be an integer, not a string",
        ),
        (
            "timeout = 0",
            "timeout: write a time from 1s to 24h, such as 30s, 5m or 1h",
        ),
        (
            "tls-min = 1.2",
            "tls-min must be a string, not a float: write tls-min = \"1.2\"",
        ),
        (
            "session-reuse = \"alway\"",
            "session-reuse: \"alway\" is not one of auto, require, off",
        ),
        ("temp = \"no\"", "temp must be true or false, not a string"),
        (
            "no-temp = true",
            "write temp = false instead of no-temp = true",
        ),
        ("user = \"a\\nb\"", "user contains a line break"),
        ("user = \"\"", "user is empty"),
    ] {
        let finding = finding(text);
        let start = format!("/etc/t/config.toml:3: [site.a]: {expected}");
        assert!(finding.starts_with(&start), "{finding}");
    }
}

#[test]
fn a_password_is_refused_and_not_repeated() {
    let finding = finding("password = \"hunter2\"");
    assert!(finding.contains("password-file"), "{finding}");
    assert!(!finding.contains("hunter2"), "{finding}");
}

#[test]
fn keys_that_exclude_each_other_are_a_mistake() {
    let finding = finding("password-file = \"p\"\npassword-command = \"c\"");
    assert!(finding.contains("exclude each other"), "{finding}");
}

#[test]
fn every_mistake_is_found_at_once_in_the_order_of_the_file() {
    let found =
        findings("[site.b]\n[defaults]\nhost = \"h\"\nx = 1\n[site.a]\nhost = 1\n[sites]\n");
    let lines: Vec<&str> = found
        .iter()
        .map(|text| text.split(':').nth(1).unwrap())
        .collect();
    assert_eq!(lines, ["1", "3", "4", "6", "7"], "{found:#?}");
}

#[test]
fn what_is_no_toml_is_one_mistake_with_its_line() {
    let found = findings("[defaults]\ntimeout = = 3\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("/etc/t/config.toml:2: "), "{found:?}");
}

#[test]
fn a_mistake_in_one_site_leaves_the_others_usable() {
    let file = read("[site.a]\nhost = \"h\"\nx = 1\n[site.b]\nhost = \"h\"\n");
    assert!(file.layers(Some("a")).is_err());
    assert!(file.layers(Some("b")).is_ok());
    assert!(file.layers(None).is_ok());
}

#[test]
fn a_site_that_is_not_there_is_told_with_the_one_that_was_meant() {
    let file = read("[site.vendor]\nhost = \"h\"\n");
    let Err(Error::Usage(text)) = file.layers(Some("vender")) else {
        panic!("found")
    };
    assert!(text.contains("did you mean \"vendor\"?"), "{text}");
}

#[test]
fn paths_start_beside_the_file_or_at_home() {
    let file = read("[defaults]\nca-file = \"ca.pem\"\npassword-file = \"~/p\"\n");
    let merged = Merged::new(file.layers(None).unwrap());
    let args = merged.args().unwrap();
    assert_eq!(args.connection.trust.ca_file, Some("/etc/t/ca.pem".into()));
    let home = std::env::home_dir().unwrap();
    assert_eq!(args.connection.login.password_file, Some(home.join("p")));
}

proptest! {
    #[test]
    fn any_text_is_read_or_found_wrong(text in "\\PC*") {
        let file = read(&text);
        if !file.findings().is_empty() {
            prop_assert!(file.findings().iter().all(|finding| finding.line >= 1));
        }
    }

    #[test]
    fn any_value_of_any_key_is_taken_or_found_wrong(n in any::<prop::sample::Index>(), value in "[ -~]{0,12}") {
        let key = n.get(key::all());
        let text = format!("[site.a]\nhost = 'h'\n{} = {value}\n", key.name);
        let file = read(&text);
        if file.findings().is_empty() {
            let merged = Merged::new(file.layers(Some("a")).unwrap());
            prop_assert!(merged.args().is_ok(), "{}", text);
        }
    }
}

#[test]
fn the_template_is_right_as_it_is_and_with_every_example() {
    assert_eq!(findings(TEMPLATE), [""; 0]);
    let lines = TEMPLATE.lines().map(|line| match line.strip_prefix("# ") {
        Some(example) if example.starts_with('[') || example.contains(" = ") => example,
        _ => line,
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(findings(&text), [""; 0]);
    assert_eq!(read(&text).sites().collect::<Vec<_>>(), ["vendor"]);
}
