//! `docs/benchmarks.md`: the table and everything needed to repeat the run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};

use super::client::Client;
use super::race::Outcome;
use super::table::{self, Row};
use super::work::{Direction, Work};
use super::{machine, share};

const BEGIN: &str = "<!-- remarks: written by hand, kept when this page is written anew -->\n";
const END: &str = "<!-- end of remarks -->\n";

/// All results of one run of the benchmark.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The command that ran the benchmark.
    pub(crate) command: String,
    pub(crate) date: String,
    pub(crate) machine: String,
    /// The least memory that can be measured, in bytes.
    pub(crate) least_memory: u64,
    /// How the delayed link was made, if there was one.
    pub(crate) link: Option<String>,
    /// Programs and their versions.
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) outcomes: Vec<Outcome>,
    /// What was skipped, and why.
    pub(crate) left_out: Vec<String>,
}

impl Findings {
    /// The table, the missed targets, and the failures.
    pub(crate) fn summary(&self) -> String {
        let rows: Vec<Row> = self.outcomes.iter().flat_map(table::rows).collect();
        let mut text = table::render(&rows);
        let judged = rows.iter().filter_map(Row::met);
        let (met, missed): (Vec<bool>, Vec<bool>) = judged.partition(|met| *met);
        let _ = writeln!(
            text,
            "\nTargets met: {}, missed: {}.",
            met.len(),
            missed.len()
        );
        if let Some(shares) = share::render(&self.outcomes, machine::processors()) {
            let _ = write!(
                text,
                "\n## Client and server processor time\n\n\
                 For each file. All work of the processors other than the client's counts as \
                 the server's, including that of the\nkernel for it. The last column shows how \
                 long the server's work alone would keep all processors busy: no client\ncan \
                 take less time.\n\n{shares}"
            );
        }
        section(
            &mut text,
            "Missed targets",
            rows.iter().filter_map(Row::miss),
        );
        let failures = self.failures();
        let failures = failures
            .map(|(client, outcome, words)| format!("{client} in {}: {words}", outcome.case));
        section(&mut text, "Failures, in the client's words", failures);
        section(&mut text, "Left out", self.left_out.iter().cloned());
        text
    }

    /// The clients that failed.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (Client, &Outcome, &str)> {
        self.outcomes.iter().flat_map(|outcome| {
            outcome
                .entrants
                .iter()
                .filter_map(move |(client, entrant)| {
                    let words = entrant.turns.as_ref().err()?;
                    Some((*client, outcome, words.as_str()))
                })
        })
    }

    /// Writes the page and keeps its remarks.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let remarks = match fs::read_to_string(path) {
            Ok(page) => remarks(&page)
                .with_context(|| format!("{} lacks the lines\n{BEGIN}{END}", path.display()))?
                .to_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => "\n".to_owned(),
            Err(error) => return Err(error).context(path.display().to_string()),
        };
        Ok(fs::write(path, self.page(&remarks))?)
    }

    fn page(&self, remarks: &str) -> String {
        let Self {
            command,
            date,
            machine,
            ..
        } = self;
        let least_memory = self.least_memory as f64 / 1e6;
        let mut text = format!(
            "# Benchmarks\n\n\
             Measured on {date} by `{command}` on\n{machine}.\n\n\
             Every figure is the median of all rounds, every ratio the median of the ratios of \
             each round; the\nclients took turns, every other round in reverse order. Each server \
             allows one TLS version and one cipher\nsuite (AES-256-GCM), so that all clients \
             use the same. Clients read and write in memory, where\nsyncing costs nothing; \
             after each run the contents were compared. Times are those of whole processes,\n\
             login included. Memory figures below {least_memory:.1} MB cannot be distinguished.\n\n\
             Round trips per file are those of each file after the first: the time for one file \
             alone, measured in the\nsame round, is subtracted. Slow clients have fewer files, as \
             the table shows; figures are per file.\n"
        );
        if let Some(link) = &self.link {
            let _ = writeln!(text, "\nOn the delayed link, {link}.");
        }
        let _ = write!(text, "\n## Remarks\n\n{BEGIN}{remarks}{END}");
        let _ = write!(text, "\n## Figures\n\n{}", self.summary());
        let versions = self.versions.iter();
        let versions = versions.map(|(name, version)| format!("{name}: {version}"));
        section(&mut text, "Versions", versions);
        let _ = write!(text, "\n## Commands\n\n```text\n{}```\n", self.commands());
        text
    }

    /// Returns one command of each kind for each client.
    fn commands(&self) -> String {
        let mut commands = BTreeMap::new();
        for outcome in &self.outcomes {
            let kind = match outcome.case.work {
                Work::Move {
                    direction: Direction::Download,
                    ..
                } => 0,
                Work::Move {
                    direction: Direction::Upload,
                    ..
                } => 1,
                Work::List { .. } => 2,
                Work::Mirror { .. } => 3,
            };
            for (client, entrant) in &outcome.entrants {
                let key = (*client, kind, entrant.connections);
                commands.entry(key).or_insert(&entrant.command);
            }
        }
        commands
            .values()
            .map(|command| format!("{command}\n"))
            .collect()
    }
}

fn section(text: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        let _ = write!(text, "\n## {title}\n\n");
        for item in items {
            let _ = writeln!(text, "- {item}");
        }
    }
}

/// The text between the two marks.
fn remarks(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(BEGIN)?;
    let (remarks, _) = rest.split_once(END)?;
    Some(remarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(date: &str) -> Findings {
        Findings {
            command: "cargo xtask bench".to_owned(),
            date: date.to_owned(),
            machine: "a machine".to_owned(),
            least_memory: 5_000_000,
            link: None,
            versions: vec![("lftp".to_owned(), "4.9.2".to_owned())],
            outcomes: Vec::new(),
            left_out: vec!["everything".to_owned()],
        }
    }

    #[test]
    fn keeps_remarks_when_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("benchmarks.md");
        findings("Monday").write(&path).unwrap();
        let page = fs::read_to_string(&path).unwrap();
        assert!(page.contains("Monday") && page.contains("- lftp: 4.9.2"));
        let remarked = page.replace(BEGIN, &format!("{BEGIN}vsftpd waits.\n"));
        fs::write(&path, remarked).unwrap();
        findings("Tuesday").write(&path).unwrap();
        let page = fs::read_to_string(&path).unwrap();
        assert!(page.contains("Tuesday") && !page.contains("Monday"));
        assert_eq!(remarks(&page), Some("vsftpd waits.\n\n"));
    }

    #[test]
    fn never_overwrites_a_page_whose_marks_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("benchmarks.md");
        fs::write(&path, "# Mine\n").unwrap();
        findings("Monday").write(&path).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# Mine\n");
    }

    #[test]
    fn says_what_was_left_out() {
        assert!(findings("Monday").summary().contains("- everything"));
    }
}
