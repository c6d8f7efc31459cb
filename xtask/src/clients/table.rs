//! The outcomes of all rounds, as tables.

use std::fmt::Write as _;

use super::client::{Client, Front, Mode};
use super::round::{OPERATIONS, Outcome, Report};

/// The rounds at one kind of place.
#[derive(Debug)]
pub(super) struct Table {
    title: &'static str,
    /// Whether a failure here is a failure of the run.
    counts: bool,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    client: String,
    front: Front,
    mode: Mode,
    places: Vec<String>,
    report: Report,
}

impl Row {
    /// What is shown for each operation, and for all that only this program has.
    fn marks(&self) -> Vec<String> {
        let mut marks: Vec<_> = OPERATIONS.map(|it| mark(&self.report.outcome(it))).into();
        let special: Vec<_> = self.report.special().collect();
        let special: Vec<_> = special
            .iter()
            .map(|(operation, outcome)| format!("{operation} {}", mark(outcome)))
            .collect();
        marks.push(special.join(", "));
        marks
    }

    fn has_failed(&self) -> bool {
        !self.report.failures().is_empty()
    }

    /// The program, how it speaks, and where.
    fn who(&self) -> [String; 4] {
        let Self {
            client,
            front,
            mode,
            places,
            ..
        } = self;
        [
            client.clone(),
            front.to_string(),
            mode.to_string(),
            places.join(", "),
        ]
    }
}

fn mark(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "ok",
        Outcome::Lacks => "-",
        Outcome::Failed(_) => "FAILS",
    }
    .to_owned()
}

impl Table {
    /// The rounds through the gateway.
    pub(super) fn through() -> Self {
        Self {
            title: "Through the gateway",
            counts: true,
            rows: Vec::new(),
        }
    }

    /// The rounds without it.
    pub(super) fn directly() -> Self {
        Self {
            title: "Directly on the strict servers",
            counts: false,
            rows: Vec::new(),
        }
    }

    /// Adds a round. Rounds of a program that differ in their place alone share a row.
    pub(super) fn add(
        &mut self,
        client: &Client,
        (front, mode): (Front, Mode),
        place: &str,
        report: Report,
    ) {
        let client = match report.version.as_str() {
            "" => client.name.to_owned(),
            version => format!("{} {version}", client.name),
        };
        let row = Row {
            client,
            front,
            mode,
            places: vec![place.to_owned()],
            report,
        };
        let alike = self.rows.iter_mut().find(|it| {
            it.client == row.client
                && (it.front, it.mode) == (front, mode)
                && !it.has_failed()
                && it.marks() == row.marks()
        });
        match alike {
            Some(alike) => alike.places.extend(row.places),
            None => self.rows.push(row),
        }
    }

    /// The number of rounds.
    pub(super) fn len(&self) -> usize {
        self.rows.iter().map(|row| row.places.len()).sum()
    }

    /// The number of rounds with a failure that counts.
    pub(super) fn failures(&self) -> usize {
        let failed = self.rows.iter().filter(|row| row.has_failed()).count();
        if self.counts { failed } else { 0 }
    }

    /// The table in Markdown, and the reasons of its failures.
    pub(super) fn render(&self) -> String {
        let head = ["program", "in front", "mode", "server"];
        let columns: Vec<_> = head
            .iter()
            .chain(&OPERATIONS)
            .chain(&["more"])
            .copied()
            .collect();
        let mut text = format!("### {}\n\n| {} |\n|", self.title, columns.join(" | "));
        text.push_str(&" --- |".repeat(columns.len()));
        text.push('\n');
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by(|one, other| one.client.cmp(&other.client));
        for row in &rows {
            let (who, marks) = (row.who().join(" | "), row.marks().join(" | "));
            let _ = writeln!(text, "| {who} | {marks} |");
        }
        text.push('\n');
        for row in &rows {
            for (operation, reason) in row.report.failures() {
                let _ = writeln!(text, "- {}: {operation}: {reason}", row.who().join(", "));
            }
        }
        text.push('\n');
        text
    }
}
