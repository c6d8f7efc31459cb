//! The help of each command, and what is generated from the same definitions.
//!
//! The expected texts are in `tests/help/`. `TOWLINE_UPDATE_HELP=1 cargo test` updates them.

use crate::support::{Harness, Run};

async fn output(h: &Harness, arguments: &[&str]) -> String {
    let run = Run::of(h.bare(arguments)).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
    run.stdout
}

/// The commands in a help text.
#[cfg(not(feature = "keyring"))]
fn commands(help: &str) -> Vec<String> {
    let list = help
        .split_once("\nCommands:\n")
        .map_or("", |(_, list)| list);
    let lines = list.lines().take_while(|line| line.starts_with(' '));
    lines
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Optional features add options.
#[cfg(not(feature = "keyring"))]
#[tokio::test]
async fn every_help_is_as_it_was_agreed_on() {
    use std::{env, fs, path::Path};
    let h = Harness::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let update = env::var_os("TOWLINE_UPDATE_HELP").is_some();
    let mut pending = vec![Vec::<String>::new()];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = output(&h, &arguments).await;
        assert!(help.contains("Examples:") || path.is_empty(), "{path:?}");
        for command in commands(&help) {
            pending.push([path.clone(), vec![command]].concat());
        }
        let name = [vec!["towline".to_owned()], path].concat().join("-") + ".txt";
        let file = folder.join(&name);
        if update {
            fs::write(&file, &help).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(help, expected, "{name}; see the head of help.rs");
        files.push(name);
    }
    files.sort();
    assert_eq!(crate::support::names(&folder), files);
}

/// The width to which clap wraps the expected texts.
#[cfg(not(feature = "keyring"))]
const WIDTH: usize = 100;

/// Text that was broken by hand, and then wrapped again, leaves single words behind.
#[cfg(not(feature = "keyring"))]
#[test]
fn no_line_of_a_help_is_a_single_word_left_by_a_wrap() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let names = crate::support::names(&folder);
    assert!(
        names.contains(&"towline-gateway.txt".to_owned()),
        "{names:?}"
    );
    for name in names {
        let help = std::fs::read_to_string(folder.join(&name)).unwrap();
        let lines: Vec<_> = help.lines().collect();
        for pair in lines.windows(2) {
            let [before, line] = [pair[0], pair[1].trim()];
            let is_word = !line.is_empty() && !line.contains(' ');
            let is_example = before.ends_with('\\');
            let fits = before.chars().count() + 1 + line.chars().count() <= WIDTH;
            assert!(!is_word || is_example || fits, "{name}: {before}\n{line}");
        }
        assert!(
            lines.iter().all(|line| line.chars().count() <= WIDTH),
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_shell_gets_completions() {
    let h = Harness::start().await;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = output(&h, &["completions", "--static", shell]).await;
        assert!(script.contains("session-reuse"), "{shell}");
        let asking = output(&h, &["completions", shell]).await;
        assert!(
            asking.contains("COMPLETE") && asking.contains("towline"),
            "{shell}"
        );
    }
}

#[tokio::test]
async fn man_prints_a_page_and_writes_all() {
    let h = Harness::start().await;
    assert!(output(&h, &["man"]).await.contains(".TH towline 1"));
    assert!(output(&h, &["man", "get"]).await.contains("limit\\-rate"));
    assert!(
        output(&h, &["man", "config", "show"])
            .await
            .contains("towline config show")
    );
    assert_eq!(output(&h, &["man", "--dir", "pages"]).await, "");
    let pages = crate::support::names(&h.local("pages"));
    for page in ["towline.1", "towline-get.1", "towline-config-show.1"] {
        assert!(pages.contains(&page.to_owned()), "{pages:?}");
    }
    let run = Run::of(h.bare(&["man", "nothing"])).await;
    assert_eq!(run.code, 2, "{run:?}");
}
