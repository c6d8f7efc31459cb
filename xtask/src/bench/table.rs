//! The table of ratios.

use std::fmt::Write as _;

use super::client::Client;
use super::figure::{Figure, Target, median};
use super::plan::{Case, Route};
use super::race::{Entrant, Outcome};

const HEAD: [&str; 8] = [
    "work", "server", "figure", "towline", "beside", "ratio", "target", "met",
];

/// Towline beside one peer, or beside a target that is not about a peer.
#[derive(Debug)]
pub(crate) struct Row {
    work: String,
    server: String,
    figure: &'static str,
    towline: String,
    beside: String,
    ratio: Option<f64>,
    target: Option<String>,
    /// The part of the target that was used up: at most 1 where it is met.
    /// `None` where nothing could be compared.
    used: Option<f64>,
}

impl Row {
    /// Whether the row has a target that is met, or missed.
    pub(crate) fn met(&self) -> Option<bool> {
        self.target.as_ref()?;
        self.used.map(|used| used <= 1.0)
    }

    /// What is missed, by how much.
    pub(crate) fn miss(&self) -> Option<String> {
        let used = self.used.filter(|&used| used > 1.0)?;
        let target = self.target.as_ref()?;
        Some(format!(
            "{}, {}, {}: {used:.2} times the target ({target})",
            self.work, self.server, self.figure
        ))
    }

    fn cells(&self) -> [String; 8] {
        let verdict = match (self.met(), &self.target) {
            (Some(true), _) => "yes",
            (Some(false), _) => "**no**",
            (None, Some(_)) => "cannot say",
            (None, None) => "",
        };
        [
            self.work.clone(),
            self.server.clone(),
            self.figure.to_owned(),
            self.towline.clone(),
            self.beside.clone(),
            self.ratio
                .map(|ratio| match ratio {
                    ..0.1 => format!("{ratio:.3}"),
                    _ => format!("{ratio:.2}"),
                })
                .unwrap_or_default(),
            self.target.clone().unwrap_or_default(),
            verdict.to_owned(),
        ]
    }
}

/// The rows of one case.
pub(crate) fn rows(outcome: &Outcome) -> Vec<Row> {
    let mut rows = Vec::new();
    for &figure in Figure::of(&outcome.case) {
        let targets = figure.targets(&outcome.case);
        for peer in Client::PEERS {
            if outcome.case.clients.contains(&peer) && figure.compares(&outcome.case, peer) {
                rows.push(beside_peer(outcome, figure, peer, &targets));
            }
        }
        for target in &targets {
            if let Target::AtMost(limit) = *target {
                rows.push(alone(outcome, figure, limit));
            }
        }
    }
    rows
}

fn beside_peer(outcome: &Outcome, figure: Figure, peer: Client, targets: &[Target]) -> Row {
    let limit = targets.iter().find_map(|target| match *target {
        Target::OfPeer(whom, limit) if whom == peer => Some(limit),
        _ => None,
    });
    let (ours, theirs) = (
        series(outcome, figure, Client::Towline),
        series(outcome, figure, peer),
    );
    // Round by round, so that it does not matter if the machine got slower.
    let ratio = match (&ours, &theirs) {
        (Some(ours), Some(theirs)) => {
            let pairs = ours.iter().zip(theirs);
            median(pairs.map(|(ours, theirs)| ours / theirs).collect())
        }
        _ => None,
    };
    Row {
        beside: format!("{peer} {}", cell(outcome, figure, peer)),
        ratio,
        target: limit.map(|limit| format!("≤ {limit} of {peer}")),
        used: ratio.zip(limit).map(|(ratio, limit)| ratio / limit),
        ..row(outcome, figure)
    }
}

fn alone(outcome: &Outcome, figure: Figure, limit: f64) -> Row {
    let value = series(outcome, figure, Client::Towline).and_then(median);
    Row {
        target: Some(format!("≤ {}", figure.show(limit))),
        used: value.map(|value| value / limit),
        ..row(outcome, figure)
    }
}

fn row(outcome: &Outcome, figure: Figure) -> Row {
    let case = &outcome.case;
    Row {
        work: work(case),
        server: format!("{}, TLS {}", case.server, case.surroundings.tls.number()),
        figure: figure.name(),
        towline: cell(outcome, figure, Client::Towline),
        beside: String::new(),
        ratio: None,
        target: None,
        used: None,
    }
}

fn work(case: &Case) -> String {
    let route = match case.surroundings.route {
        Route::Loopback => "loopback",
        Route::Delayed => "delayed",
        Route::Gateway => "loopback, through the gateway",
    };
    format!("{}, {route}, {} conn.", case.work, case.connections)
}

/// A client's values, one a round.
fn series(outcome: &Outcome, figure: Figure, client: Client) -> Option<Vec<f64>> {
    let entrant = outcome.entrants.get(&client)?;
    let turns = entrant.turns.as_ref().ok()?.iter();
    turns.map(|turn| figure.read(turn, entrant.work)).collect()
}

/// A client's median, and how its work differed from what the row says.
fn cell(outcome: &Outcome, figure: Figure, client: Client) -> String {
    let Some(entrant) = outcome.entrants.get(&client) else {
        return "did not run".to_owned();
    };
    if entrant.turns.is_err() {
        return "failed".to_owned();
    }
    let value = series(outcome, figure, client).and_then(median);
    let mut text = value.map_or_else(|| "-".to_owned(), |value| figure.show(value));
    text.push_str(&difference(&outcome.case, entrant));
    text
}

fn difference(case: &Case, entrant: &Entrant) -> String {
    let mut parts = Vec::new();
    if entrant.connections != case.connections {
        parts.push(format!("{} conn.", entrant.connections));
    }
    if entrant.work != case.work {
        parts.push(entrant.work.to_string());
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(" ({})", parts.join(", "))
}

/// Rows as a Markdown table.
pub(crate) fn render<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    columns(HEAD, rows.into_iter().map(Row::cells).collect())
}

/// A Markdown table whose columns line up.
pub(crate) fn columns<const N: usize>(head: [&str; N], rows: Vec<[String; N]>) -> String {
    let head = head.map(str::to_owned);
    let widths: Vec<_> = (0..N)
        .map(|column| {
            let all = rows.iter().chain([&head]);
            all.map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: &[String; N]| {
        let mut line = String::from("|");
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(line, " {cell:width$} |");
        }
        line + "\n"
    };
    let rule: String = widths
        .iter()
        .map(|width| format!(" {} |", "-".repeat(*width)))
        .collect();
    let body: String = rows.iter().map(line).collect();
    format!("{}|{rule}\n{body}", line(&head))
}

#[cfg(test)]
mod tests {
    use super::super::measure::{Run, Turn};
    use super::super::plan::Scale;
    use super::*;

    /// A turn whose first file took a second.
    fn turn(wall: f64) -> Turn {
        Turn {
            run: Run {
                wall,
                processor: 0.0,
                others: 0.0,
                memory: 0,
                first_line: None,
                lines: 0,
            },
            prelude: Some(1.0),
        }
    }

    /// The named case with each client's times, or its last words.
    fn outcome(name: &str, times: &[(Client, Result<&[f64], &str>)]) -> Outcome {
        let mut cases = Scale::FULL.cases().into_iter();
        let case = cases.find(|case| case.to_string() == name).unwrap();
        let entrants = times.iter().map(|(client, times)| {
            let entrant = Entrant {
                work: case.share(*client),
                connections: 1,
                command: String::new(),
                turns: times
                    .map(|times| times.iter().copied().map(turn).collect())
                    .map_err(str::to_owned),
            };
            (*client, entrant)
        });
        Outcome {
            entrants: entrants.collect(),
            case,
        }
    }

    fn lines(outcome: &Outcome) -> Vec<String> {
        let row = |row: &Row| row.cells()[3..].join("; ");
        rows(outcome).iter().map(row).collect()
    }

    #[test]
    fn compares_round_by_round_and_per_file() {
        let outcome = outcome(
            "small-down-loopback-1-proftpd-tls13",
            &[
                (Client::Towline, Ok(&[1.0, 2.0, 4.0])),
                (Client::Ftplib, Ok(&[2.0, 1.0, 5.0])),
                (Client::Lftp, Ok(&[2.0, 2.0, 2.0])),
                (Client::Curl, Ok(&[1.0, 1.0, 1.0])),
            ],
        );
        assert_eq!(
            lines(&outcome),
            [
                "4.00 ms; ftplib 4.00 ms; 0.80; ≤ 0.8 of ftplib; yes",
                "4.00 ms; lftp 80.00 ms (25 × 4 KiB down); 0.050; ; ",
                "4.00 ms; curl 500.00 ms (2 × 4 KiB down); 0.008; ; ",
            ]
        );
    }

    #[test]
    fn says_which_targets_are_missed_and_by_how_much() {
        let name = "small-down-delayed-8-proftpd-tls13";
        let outcome = outcome(
            name,
            &[
                (Client::Towline, Ok(&[27.0])),
                (Client::Lftp, Ok(&[3.56])),
                (Client::Rclone, Err("refused")),
            ],
        );
        assert_eq!(
            lines(&outcome),
            [
                // As a whole, their work is not the same.
                "27.00 s (1 conn.); ; ; ≤ 18.00 s; **no**",
                "0.7 (1 conn.); lftp 2.0 (1 conn., 33 × 4 KiB down); 0.33; ; ",
                "0.7 (1 conn.); rclone failed; ; ; ",
            ]
        );
        let misses: Vec<_> = rows(&outcome).iter().filter_map(Row::miss).collect();
        let miss = "1000 × 4 KiB down, delayed, 8 conn., proftpd, TLS 1.3, time: \
                    1.50 times the target (≤ 18.00 s)";
        assert_eq!(misses, [miss]);
    }

    #[test]
    fn says_nothing_about_a_target_without_figures() {
        let outcome = outcome(
            "small-up-delayed-1-vsftpd-tls12",
            &[
                (Client::Towline, Err("broken")),
                (Client::Ftplib, Ok(&[1.96])),
            ],
        );
        assert_eq!(
            lines(&outcome),
            [
                "failed; ftplib 6.0 (5 × 4 KiB up); ; ; ",
                "failed; ; ; ≤ 5.3; cannot say",
            ]
        );
    }

    #[test]
    fn columns_line_up() {
        let outcome = outcome(
            "small-up-delayed-1-vsftpd-tls12",
            &[(Client::Towline, Ok(&[1.0])), (Client::Ftplib, Ok(&[1.0]))],
        );
        let table = render(&rows(&outcome));
        let widths: Vec<_> = table.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths.len(), 4);
        assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
    }
}
