//! The figures taken from the runs of a case, and Towline's targets.

use super::client::Client;
use super::measure::Turn;
use super::plan::{Case, ROUND_TRIP, Route, Tls};
use super::work::{Start, Work};

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Wall-clock time for each file.
    TimePerFile,
    /// Wall-clock time for each file after the first, in round trips of the delayed link.
    RoundTripsPerFile,
    /// Wall-clock time.
    Wall,
    /// Processor time for each GiB moved.
    Processor,
    /// Peak resident memory.
    Memory,
    /// Processor time for each entry listed.
    ProcessorPerEntry,
    /// Time to the first entry shown.
    FirstEntry,
    /// Entries listed per second.
    EntryRate,
}

/// A target for Towline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// At most this fraction of a peer's value.
    OfPeer(Client, f64),
    /// At most this value.
    AtMost(f64),
}

const MB: f64 = 1e6;
const GIB: f64 = (1 << 30) as f64;

impl Figure {
    /// The figures taken from the runs of `case`.
    pub(crate) fn of(case: &Case) -> &'static [Self] {
        match (case.work, case.surroundings.route) {
            (Work::List { .. }, _) => &[
                Self::Memory,
                Self::FirstEntry,
                Self::EntryRate,
                Self::ProcessorPerEntry,
            ],
            (Work::Mirror { .. }, _) => &[Self::Wall],
            (Work::Move { files: 1, .. }, _) => &[Self::Wall, Self::Processor, Self::Memory],
            (_, Route::Loopback | Route::Gateway) => &[Self::TimePerFile],
            (_, Route::Delayed) if case.connections > 1 => &[Self::Wall, Self::RoundTripsPerFile],
            (_, Route::Delayed) => &[Self::RoundTripsPerFile],
        }
    }

    /// Whether Towline can be compared with `peer`, which may have had less work.
    pub(crate) fn compares(self, case: &Case, peer: Client) -> bool {
        self != Self::Wall || case.share(peer) == case.work
    }

    /// Towline's target in `case`.
    pub(crate) fn targets(self, case: &Case) -> Vec<Target> {
        let is_vsftpd = case.server == "vsftpd";
        let tls = case.surroundings.tls;
        match (case.work, case.surroundings.route) {
            (Work::Mirror { start, .. }, _) => return mirror_targets(start),
            (_, Route::Gateway) => return self.gateway_targets(),
            _ => {}
        }
        match self {
            Self::TimePerFile if case.connections == 1 => {
                vec![Target::OfPeer(
                    Client::Ftplib,
                    if is_vsftpd { 0.95 } else { 0.8 },
                )]
            }
            Self::TimePerFile => vec![
                Target::OfPeer(Client::Lftp, 0.25),
                Target::OfPeer(Client::Rclone, 0.5),
            ],
            Self::RoundTripsPerFile if case.connections == 1 => {
                vec![Target::AtMost(match (case.server, tls) {
                    ("vsftpd", Tls::V13) => 4.3,
                    ("vsftpd", Tls::V12) => 5.3,
                    ("proftpd", Tls::V12) => 4.3,
                    _ => 3.3,
                })]
            }
            Self::Wall if case.surroundings.route == Route::Delayed => match case.work {
                Work::Move { files: 1000, .. } => {
                    vec![Target::AtMost(if is_vsftpd { 24.0 } else { 18.0 })]
                }
                // With fewer files most of the time is spent logging in.
                _ => Vec::new(),
            },
            Self::Wall => [Client::Lftp, Client::Curl, Client::Rclone]
                .map(|peer| Target::OfPeer(peer, 1.0))
                .to_vec(),
            Self::Processor => vec![Target::OfPeer(Client::Curl, 0.75)],
            Self::Memory => vec![Target::AtMost(32.0 * MB)],
            // curl prints the listing as it arrives. Shorter listings are sorted as a whole if the
            // server does not sort them.
            Self::FirstEntry => match case.work {
                Work::List { entries: 1_000_000 } => vec![Target::OfPeer(Client::Curl, 1.1)],
                _ => Vec::new(),
            },
            Self::RoundTripsPerFile | Self::EntryRate | Self::ProcessorPerEntry => Vec::new(),
        }
    }

    /// The targets of a gateway, for its client and itself together.
    fn gateway_targets(self) -> Vec<Target> {
        match self {
            Self::TimePerFile => vec![Target::OfPeer(Client::Ftplib, 1.6)],
            Self::Wall => vec![Target::OfPeer(Client::Curl, 1.3)],
            Self::Memory => vec![Target::AtMost(48.0 * MB)],
            _ => Vec::new(),
        }
    }

    /// Computes the figure from one turn that did `work`.
    pub(crate) fn read(self, turn: &Turn, work: Work) -> Option<f64> {
        let run = &turn.run;
        let per_file = run.wall / files(work);
        match self {
            Self::TimePerFile => Some(per_file),
            Self::RoundTripsPerFile => {
                let further = run.wall - turn.prelude?;
                Some(further / (files(work) - 1.0) / ROUND_TRIP.as_secs_f64())
            }
            Self::Wall => Some(run.wall),
            Self::Processor => Some(run.processor * GIB / work.bytes() as f64),
            Self::Memory => Some(run.memory as f64),
            Self::FirstEntry => run.first_line,
            Self::EntryRate => Some(run.lines as f64 / run.wall),
            Self::ProcessorPerEntry => Some(run.processor / run.lines as f64),
        }
    }

    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TimePerFile => "time per file",
            Self::RoundTripsPerFile => "round trips per file",
            Self::Wall => "time",
            Self::Processor => "processor time per GiB",
            Self::Memory => "peak memory",
            Self::FirstEntry => "first entry shown after",
            Self::EntryRate => "entries per second",
            Self::ProcessorPerEntry => "processor time per entry",
        }
    }

    /// Formats a value with its unit.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::TimePerFile => format!("{:.2} ms", value * 1000.0),
            Self::RoundTripsPerFile => format!("{value:.1}"),
            Self::FirstEntry => format!("{:.0} ms", value * 1000.0),
            Self::Wall | Self::Processor => format!("{value:.2} s"),
            Self::Memory => format!("{:.1} MB", value / MB),
            Self::EntryRate => format!("{value:.0}"),
            Self::ProcessorPerEntry => format!("{:.2} µs", value * 1e6),
        }
    }
}

/// A first copy is as fast as any other transfer; after that, little is to be done.
fn mirror_targets(start: Start) -> Vec<Target> {
    let (lftp, rclone) = match start {
        Start::Empty => (0.25, 0.5),
        Start::Same | Start::Changed => (0.5, 1.0),
    };
    vec![
        Target::OfPeer(Client::Lftp, lftp),
        Target::OfPeer(Client::Rclone, rclone),
    ]
}

fn files(work: Work) -> f64 {
    match work {
        Work::Move { files, .. } | Work::Mirror { files, .. } => f64::from(files),
        Work::List { .. } => 1.0,
    }
}

/// The median of `values`.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        len if len % 2 == 1 => values.get(middle).copied(),
        _ => Some(f64::midpoint(
            *values.get(middle - 1)?,
            *values.get(middle)?,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::Run;
    use super::super::plan::Scale;
    use super::super::work::Direction;
    use super::*;

    const TURN: Turn = Turn {
        run: Run {
            wall: 8.0,
            processor: 0.5,
            others: 1.5,
            memory: 12_000_000,
            first_line: Some(2.0),
            lines: 4000,
        },
        prelude: Some(0.8),
    };

    fn moved(files: u32, size: u64) -> Work {
        Work::Move {
            direction: Direction::Upload,
            files,
            size,
        }
    }

    fn targets(name: &str) -> Vec<Target> {
        let cases = Scale::FULL.cases();
        let case = cases.iter().find(|case| case.to_string() == name).unwrap();
        let figures = Figure::of(case).iter();
        figures.flat_map(|figure| figure.targets(case)).collect()
    }

    #[test]
    fn reads_figures_in_their_units() {
        let read = |figure: Figure, work| figure.show(figure.read(&TURN, work).unwrap());
        assert_eq!(read(Figure::TimePerFile, moved(1000, 4096)), "8.00 ms");
        assert_eq!(read(Figure::RoundTripsPerFile, moved(46, 4096)), "4.0");
        assert_eq!(read(Figure::Processor, moved(1, 512 << 20)), "1.00 s");
        let list = Work::List { entries: 4000 };
        assert_eq!(read(Figure::Memory, list), "12.0 MB");
        assert_eq!(read(Figure::FirstEntry, list), "2000 ms");
        assert_eq!(read(Figure::EntryRate, list), "500");
        assert_eq!(read(Figure::ProcessorPerEntry, list), "125.00 µs");
    }

    #[test]
    fn targets_depend_on_server_link_and_version() {
        for (name, target) in [
            ("small-down-delayed-1-vsftpd-tls13", Target::AtMost(4.3)),
            ("small-up-delayed-1-vsftpd-tls12", Target::AtMost(5.3)),
            ("small-down-delayed-1-proftpd-tls13", Target::AtMost(3.3)),
            ("small-down-delayed-1-proftpd-tls12", Target::AtMost(4.3)),
            ("small-down-delayed-1-pure-ftpd-tls12", Target::AtMost(3.3)),
            ("small-down-delayed-8-vsftpd-tls13", Target::AtMost(24.0)),
            ("small-up-delayed-8-pure-ftpd-tls13", Target::AtMost(18.0)),
            (
                "small-up-loopback-1-vsftpd-tls13",
                Target::OfPeer(Client::Ftplib, 0.95),
            ),
            (
                "small-up-loopback-1-proftpd-tls13",
                Target::OfPeer(Client::Ftplib, 0.8),
            ),
        ] {
            assert_eq!(targets(name), [target], "{name}");
        }
    }

    #[test]
    fn every_case_has_a_target() {
        for case in Scale::FULL.cases() {
            assert!(!targets(&case.to_string()).is_empty(), "{case}");
        }
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(vec![3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(vec![4.0, 1.0, 9.0, 2.0]), Some(3.0));
        assert_eq!(median(Vec::new()), None);
    }
}
