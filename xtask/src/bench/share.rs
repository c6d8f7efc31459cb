//! Client and server processor time: how much of the time is the server's own.

use super::client::Client;
use super::figure::median;
use super::measure::Turn;
use super::plan::{Case, Route};
use super::race::{Entrant, Outcome};
use super::table::columns;
use super::work::Work;

const HEAD: [&str; 7] = [
    "work",
    "server",
    "client",
    "time",
    "client's processor time",
    "server's processor time",
    "server alone",
];

/// A table of the cases on loopback that move files, in which nothing but processors is waited for.
/// `processors` is how many there are: with a client that takes no time at all, they would be busy
/// for as long as the last column says.
pub(crate) fn render(outcomes: &[Outcome], processors: usize) -> Option<String> {
    let rows: Vec<_> = outcomes
        .iter()
        .filter(|outcome| is_shared(&outcome.case))
        .flat_map(|outcome| {
            let entrants = outcome.entrants.iter();
            entrants.filter_map(|(client, entrant)| row(outcome, *client, entrant, processors))
        })
        .collect();
    (!rows.is_empty()).then(|| columns(HEAD, rows))
}

fn is_shared(case: &Case) -> bool {
    matches!(case.work, Work::Move { .. }) && case.surroundings.route == Route::Loopback
}

fn row(
    outcome: &Outcome,
    client: Client,
    entrant: &Entrant,
    processors: usize,
) -> Option<[String; 7]> {
    let turns = entrant.turns.as_ref().ok()?;
    let Work::Move { files, .. } = entrant.work else {
        return None;
    };
    let each = |read: fn(&Turn) -> f64| {
        let values = turns.iter().map(|turn| read(turn) / f64::from(files));
        median(values.collect())
    };
    let others = each(|turn| turn.run.others)?;
    let case = &outcome.case;
    Some([
        format!("{}, {} conn.", case.work, case.connections),
        case.server.to_owned(),
        client.to_string(),
        show(each(|turn| turn.run.wall)?),
        show(each(|turn| turn.run.processor)?),
        show(others),
        show(others / processors as f64),
    ])
}

/// A time for each file.
fn show(seconds: f64) -> String {
    match seconds {
        0.1.. => format!("{seconds:.2} s"),
        _ => format!("{:.2} ms", seconds * 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::measure::Run;
    use super::super::plan::Scale;
    use super::*;

    fn outcome(name: &str, turns: Result<Vec<Turn>, String>) -> Outcome {
        let mut cases = Scale::FULL.cases().into_iter();
        let case = cases.find(|case| case.to_string() == name).unwrap();
        let entrant = Entrant {
            work: case.share(Client::Towline),
            connections: 8,
            command: String::new(),
            turns,
        };
        Outcome {
            entrants: BTreeMap::from([(Client::Towline, entrant)]),
            case,
        }
    }

    fn turn(wall: f64, processor: f64, others: f64) -> Turn {
        let (memory, first_line, lines) = (0, None, 0);
        let run = Run {
            wall,
            processor,
            others,
            memory,
            first_line,
            lines,
        };
        Turn { run, prelude: None }
    }

    #[test]
    fn shows_what_is_left_without_the_client() {
        let turns = vec![
            turn(1.0, 0.4, 1.4),
            turn(0.8, 0.4, 1.2),
            turn(0.6, 0.2, 1.0),
        ];
        let small = outcome("small-up-loopback-8-vsftpd-tls13", Ok(turns));
        let table = render(&[small], 2).unwrap();
        let last = "| 1000 × 4 KiB up, 8 conn. | vsftpd | towline | 0.80 ms | 0.40 ms                 \
                    | 1.20 ms                 | 0.60 ms      |";
        assert_eq!(table.lines().last(), Some(last));
    }

    #[test]
    fn leaves_out_who_failed_or_waited_for_the_link() {
        let failed = outcome("big-up-loopback-1-vsftpd-tls13", Err("no".to_owned()));
        let turns = Ok(vec![turn(20.0, 1.0, 1.0)]);
        let delayed = outcome("small-up-delayed-8-vsftpd-tls13", turns);
        assert_eq!(render(&[failed, delayed], 2), None);
    }
}
