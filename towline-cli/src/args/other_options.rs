//! What other mirroring programs call an option, and what it is here.

use clap::{Arg, Command};

/// Names in lower case without their hyphens, the option that a command must have for the hint to
/// hold, and the hint.
const OTHER_OPTIONS: &[(&[&str], &str, &str)] = &[
    (
        &[
            "parallel",
            "P",
            "transfers",
            "checkers",
            "use-pget-n",
            "threads",
        ],
        "connections",
        "'--connections N' transfers several files at a time",
    ),
    (
        &["checksum", "hash"],
        "compare",
        "'--compare hash' compares digests, where the server has them",
    ),
    (
        &["size-only", "ignore-time", "ignore-times", "criteria"],
        "compare",
        "'--compare size' compares sizes alone",
    ),
    (
        &["only-newer", "newer"],
        "update",
        "'--update' never replaces a newer file",
    ),
    (
        &["ignore-existing", "only-missing", "skip-existing"],
        "no-clobber",
        "'--no-clobber' leaves alone what exists",
    ),
    (
        &["remove-source-files", "remove-source", "delete-source"],
        "move",
        "'--move' removes each source once its copy is verified",
    ),
    (
        &["reverse", "R", "local", "remote"],
        "plan-out",
        "the order of SOURCE and DEST says which way files go",
    ),
    (
        &["bwlimit", "bandwidth", "rate", "speed", "speedlimit"],
        "limit-rate",
        "'--limit-rate 2M' limits the total transfer rate",
    ),
    (
        &[
            "exclude-from",
            "include-from",
            "filter",
            "rules",
            "filemask",
            "exclude-rx-from",
        ],
        "filter-from",
        "'--include', '--exclude' and '--filter-from FILE' choose files",
    ),
    (
        &["exclude-glob", "include-glob", "i", "x", "X", "I"],
        "exclude",
        "'--include' and '--exclude' take patterns such as '*.csv'",
    ),
    (
        &["older-than"],
        "min-age",
        "'--min-age 7d' leaves out files changed within this time",
    ),
    (
        &["newer-than"],
        "max-age",
        "'--max-age 7d' leaves out files unchanged for longer than this",
    ),
    (
        &["size-range"],
        "min-size",
        "'--min-size' and '--max-size' limit the sizes of files",
    ),
    (
        &["delete-first"],
        "delete-before",
        "'--delete-before' deletes before copying",
    ),
    (
        &["e", "mirror"],
        "delete-before",
        "'--delete' deletes at DEST what SOURCE does not have",
    ),
    (
        &["preview", "script", "simulate"],
        "dry-run",
        "'--dry-run' prints what would be done",
    ),
    (
        &["n"],
        "dry-run",
        "'--dry-run' prints what would be done, and '--update' never replaces a newer file",
    ),
    (
        &["continue", "c", "partial"],
        "resume",
        "'--resume' resumes interrupted transfers",
    ),
    (
        &["suffix", "backup"],
        "backup-dir",
        "'--backup-dir DIR' keeps what is replaced or deleted",
    ),
];

/// The hint for what other programs call an option of `command`. `typed` is without hyphens.
pub(super) fn other_option(typed: &str, command: &Command) -> Option<&'static str> {
    let has = |long: &str| {
        let mut longs = command.get_arguments().filter_map(Arg::get_long);
        longs.any(|known| known == long)
    };
    // In single letters, the case counts.
    let typed = match typed.len() {
        1 => typed.to_owned(),
        _ => typed.to_ascii_lowercase(),
    };
    let mut options = OTHER_OPTIONS.iter();
    options.find_map(|(names, needed, hint)| {
        (names.contains(&typed.as_str()) && has(needed)).then_some(*hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::definition;

    #[test]
    fn every_hint_names_options_of_mirror_and_every_name_is_none() {
        let root = definition::command();
        let mirror = root.find_subcommand("mirror").unwrap();
        let longs: Vec<_> = mirror.get_arguments().filter_map(Arg::get_long).collect();
        let shorts: Vec<_> = mirror.get_arguments().filter_map(Arg::get_short).collect();
        let mut seen = Vec::new();
        for (names, needed, hint) in OTHER_OPTIONS {
            assert!(longs.contains(needed), "{needed}");
            for part in hint.split("'--").skip(1) {
                let option = part.split(['\'', ' ']).next().unwrap_or_default();
                assert!(longs.contains(&option), "{option}");
            }
            for name in *names {
                assert!(!longs.contains(name), "{name}");
                let short = name.chars().next().filter(|_| name.len() == 1);
                assert!(
                    !short.is_some_and(|short| shorts.contains(&short)),
                    "{name}"
                );
                assert!(!seen.contains(name), "{name} has two hints");
                seen.push(name);
            }
        }
    }

    #[test]
    fn a_hint_is_only_for_commands_that_have_the_option() {
        let root = definition::command();
        let of = |command: &str, typed| other_option(typed, root.find_subcommand(command).unwrap());
        assert!(of("mirror", "Remove-source-files").is_some_and(|hint| hint.contains("--move")));
        assert!(of("mirror", "R").is_some() && of("mirror", "r").is_none());
        assert!(of("get", "parallel").is_some() && of("get", "R").is_none());
        assert!(of("stat", "parallel").is_none());
    }
}
