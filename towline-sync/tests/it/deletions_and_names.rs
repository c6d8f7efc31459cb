//! Deletions at servers that read or keep names in their own way.

use towline_sync::DeleteWhen;
use towline_testkit::{Builder, NameChange, NameReading, Personality, Server};

use crate::support::{Bench, deleting, tree, write};
fn reading(names: NameReading, mlsd: bool) -> Builder {
    let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
    let builder = if mlsd {
        builder
    } else {
        builder.without("MFF").syst("UNIX Type: L8")
    };
    builder.reads_names(names)
}

const WHEN: [DeleteWhen; 3] = [DeleteWhen::Before, DeleteWhen::During, DeleteWhen::After];

/// Servers on Windows take `report.csv` for `Report.csv`.
#[cfg(unix)]
#[tokio::test]
async fn what_was_written_under_a_name_of_another_case_is_not_deleted() {
    for mlsd in [true, false] {
        for when in WHEN {
            let bench = Bench::with(reading(NameReading::IgnoresCase, mlsd)).await;
            for name in ["Report.csv", "other.txt", "Data/a"] {
                write(&bench.here(name), "new", 1_700_000_000);
            }
            for name in ["report.csv", "other.txt", "data/a", "gone"] {
                write(&bench.there(name), "previous", 1_600_000_000);
            }
            let mirror = || bench.up().rules(deleting()).delete_when(when);
            let what = format!("{mlsd} {when:?}");
            for _ in 0..2 {
                mirror().run().await.unwrap();
                let there = |name: &str| {
                    let shown = tree(&bench.there("")).into_iter();
                    let mut shown = shown.filter(|(path, _)| path.eq_ignore_ascii_case(name));
                    shown.next().and_then(|(_, contents)| contents)
                };
                for name in ["report.csv", "other.txt", "data/a"] {
                    assert_eq!(there(name).as_deref(), Some("new"), "{what}: {name}");
                }
            }
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_has_another_name_at_the_server_is_not_deleted_by_the_next_run() {
    for mlsd in [true, false] {
        for when in WHEN {
            for change in [
                NameChange::LowerCase,
                NameChange::Cut(14),
                NameChange::AllBlanksToUnderscores,
            ] {
                let bench = Bench::with(reading(NameReading::Changed(change), mlsd)).await;
                write(&bench.here("A long name of 2026.csv"), "new", 1_700_000_000);
                let what = format!("{mlsd} {when:?} {change:?}");
                for _ in 0..3 {
                    let mirror = bench.up().rules(deleting()).delete_when(when);
                    mirror.run().await.unwrap();
                    let files = tree(&bench.there(""));
                    let whole = files
                        .iter()
                        .filter(|(_, contents)| contents.as_deref() == Some("new"));
                    assert_eq!(whole.count(), 1, "{what}: {files:?}");
                    let directories = files.iter().filter(|(_, contents)| contents.is_none());
                    assert_eq!(directories.count(), 0, "{what}: {files:?}");
                }
            }
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_of_another_case_is_kept_before_it_is_written_over() {
    let bench = Bench::with(reading(NameReading::IgnoresCase, true)).await;
    write(&bench.here("Report.csv"), "new", 1_700_000_000);
    write(&bench.there("report.csv"), "old", 1_600_000_000);
    let remote = bench
        .remote()
        .backup(towline::RemotePath::new("kept").unwrap());
    let mirror = bench.up_with(bench.local(), remote).rules(deleting());
    let report = mirror.keep_backup(true).run().await.unwrap();
    assert_eq!((report.copied, report.failed), (1, 0), "{report:?}");
    let kept = tree(&bench.server.root().join("kept"));
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0].1.as_deref(), Some("old"));
    assert_eq!(tree(&bench.there("")).len(), 1);
}
