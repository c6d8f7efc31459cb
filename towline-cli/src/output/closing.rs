//! The line that ends a command that transfers files: what was moved, how fast, and what was not.

use std::time::{Duration, Instant};

use towline::{Outcome, Transferred};

use crate::output::progress::Done;
use crate::output::size;
use crate::output::tally::Tally;

/// What was moved.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Files that were complete already, so that nothing of them was moved.
    pub(crate) whole: u64,
    verified: u64,
    /// When the first file began, and the last one ended.
    span: Option<(Instant, Instant)>,
    /// How long the only file took.
    only: Duration,
}

/// What a mirror found, besides the files that it moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TreeCounts {
    pub(crate) unchanged: u64,
    /// Files that were deleted at the destination, or removed from the source.
    pub(crate) removed: u64,
}

/// What a command moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Single files.
    Files,
    /// Whole directories.
    Trees,
    /// A directory that is compared first.
    Mirror(TreeCounts),
}

impl Moved {
    /// Counts a file that has just been transferred.
    pub(crate) fn add(&mut self, transferred: &Transferred) {
        if transferred.bytes == 0 && transferred.resumed_at.is_some_and(|at| at > 0) {
            self.whole += 1;
            return;
        }
        self.files += 1;
        self.bytes += transferred.bytes;
        self.verified += u64::from(matches!(transferred.outcome, Outcome::Verified));
        let now = Instant::now();
        let began = now.checked_sub(transferred.elapsed).unwrap_or(now);
        let began = self.span.map_or(began, |(first, _)| first.min(began));
        self.span = Some((began, now));
        self.only = transferred.elapsed;
    }

    /// Such as `1 file, 1.0 GiB in 6.1 s, 168 MiB/s, verified`.
    fn describe(&self) -> String {
        let seconds = match (self.files, self.span) {
            (1, _) => self.only,
            (_, Some((began, ended))) => ended.duration_since(began),
            (_, None) => Duration::ZERO,
        };
        let seconds = seconds.as_secs_f64();
        let verified = match self.verified {
            verified if verified == self.files => "verified".to_owned(),
            0 => "complete".to_owned(),
            verified => format!("{verified} verified"),
        };
        format!(
            "{}, {} in {}, {}, {verified}",
            files(self.files),
            size::bytes(self.bytes),
            size::seconds(seconds),
            size::rate(self.bytes, seconds),
        )
    }
}

/// The closing line, if there is something to say. `left` is how many files an interrupted command
/// has not moved, and `left_out` how many files filters leave out.
pub(crate) fn line(
    command: &str,
    moved: &Moved,
    tally: &Tally,
    scope: Scope,
    left: Option<u64>,
    left_out: u64,
) -> Option<String> {
    let (skipped, failed) = (tally.skipped(), tally.failed());
    let all = tally.succeeded() + skipped + failed;
    let is_of_files = scope == Scope::Files;
    let is_one_file = all <= 1 && is_of_files && left.is_none() && left_out == 0;
    if is_one_file && moved.whole == 0 {
        return (moved.files == 1).then(|| moved.describe());
    }
    let what = match moved.files {
        0 if left.is_none() && is_of_files && skipped + failed + left_out + moved.whole == 0 => {
            return None;
        }
        0 => "nothing moved".to_owned(),
        _ => moved.describe(),
    };
    let mut rest = Vec::new();
    if let Scope::Mirror(tree) = scope {
        rest.push(format!("{} unchanged", tree.unchanged));
    }
    if moved.whole > 0 {
        rest.push(format!("{} complete already", moved.whole));
    }
    if left_out > 0 {
        rest.push(format!("{left_out} left out by filters"));
    }
    rest.push(format!("{skipped} skipped"));
    if let Scope::Mirror(tree) = scope {
        rest.push(format!("{} removed", tree.removed));
    }
    rest.push(format!("{failed} failed"));
    if let Some(left) = left {
        rest.push(format!("interrupted, {left} not moved"));
    }
    Some(format!("{command}: {what}; {}", rest.join(", ")))
}

/// A line of `--stats`: how much is done, how fast it went in the last `seconds`, and what is left.
pub(crate) fn stats(now: &Done, before: &Done, seconds: f64) -> String {
    let more = if now.is_final { "" } else { "+" };
    let moved = size::bytes(now.bytes);
    let of = match now.all_bytes {
        Some(all) if all > 0 => {
            let percent = u128::from(now.bytes.min(all)) * 100 / u128::from(all);
            format!(" of {}{more} ({percent}%)", size::bytes(all))
        }
        _ => String::new(),
    };
    let recent = now.bytes.saturating_sub(before.bytes);
    let rate = size::rate(recent, seconds);
    let rest = now.all_bytes.map(|all| all.saturating_sub(now.bytes));
    let left = match rest.filter(|_| now.is_final && recent > 0) {
        Some(rest) => {
            let left = rest as f64 * seconds / recent as f64;
            format!(", {} left", size::seconds(left))
        }
        None => String::new(),
    };
    let (done, all) = (now.files, now.all_files);
    format!("{done}/{all}{more} files, {moved}{of}, {rate}{left}")
}

fn files(files: u64) -> String {
    match files {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::ExitCode;

    fn moved(files: u64, bytes: u64, verified: u64) -> Moved {
        let now = Instant::now();
        Moved {
            files,
            bytes,
            whole: 0,
            verified,
            span: Some((now, now + Duration::from_millis(6100))),
            only: Duration::from_millis(6100),
        }
    }

    fn tally(succeeded: u64, skipped: u64, failed: u64) -> Tally {
        let mut tally = Tally::default();
        (0..succeeded).for_each(|_| tally.succeed());
        (0..skipped).for_each(|_| tally.skip());
        (0..failed).for_each(|_| tally.fail(ExitCode::Refused));
        tally
    }

    #[test]
    fn one_file_has_a_line_of_its_own() {
        let line = |moved, tally| line("get", &moved, &tally, Scope::Files, None, 0);
        assert_eq!(
            line(moved(1, 1 << 30, 1), tally(1, 0, 0)).unwrap(),
            "1 file, 1.0 GiB in 6.1 s, 168 MiB/s, verified"
        );
        assert!(
            line(moved(1, 5, 0), tally(1, 0, 0))
                .unwrap()
                .ends_with(", complete")
        );
        assert_eq!(line(Moved::default(), tally(0, 0, 1)), None);
        assert_eq!(line(Moved::default(), tally(0, 1, 0)), None);
        assert_eq!(line(Moved::default(), tally(2, 0, 0)), None);
    }

    #[test]
    fn several_files_are_summed_up_with_what_was_not_moved() {
        assert_eq!(
            line(
                "get",
                &moved(3, 3 << 20, 2),
                &tally(3, 1, 2),
                Scope::Files,
                None,
                0
            )
            .unwrap(),
            "get: 3 files, 3.0 MiB in 6.1 s, 504 KiB/s, 2 verified; 1 skipped, 2 failed"
        );
        let nothing = Moved::default();
        assert_eq!(
            line("get", &nothing, &tally(0, 0, 2), Scope::Files, None, 0).unwrap(),
            "get: nothing moved; 0 skipped, 2 failed"
        );
        let tree = TreeCounts {
            unchanged: 7,
            removed: 1,
        };
        assert_eq!(
            line(
                "mirror",
                &nothing,
                &tally(0, 0, 0),
                Scope::Mirror(tree),
                None,
                0
            )
            .unwrap(),
            "mirror: nothing moved; 7 unchanged, 0 skipped, 1 removed, 0 failed"
        );
        assert_eq!(
            line("get", &nothing, &tally(0, 0, 0), Scope::Files, None, 5).unwrap(),
            "get: nothing moved; 5 left out by filters, 0 skipped, 0 failed"
        );
        assert_eq!(
            line("get", &nothing, &tally(0, 0, 0), Scope::Trees, None, 0).unwrap(),
            "get: nothing moved; 0 skipped, 0 failed"
        );
        let whole = Moved {
            whole: 3,
            ..Moved::default()
        };
        assert_eq!(
            line("get", &whole, &tally(3, 0, 0), Scope::Files, None, 0).unwrap(),
            "get: nothing moved; 3 complete already, 0 skipped, 0 failed"
        );
        let cut = line(
            "put",
            &moved(1, 5, 1),
            &tally(1, 0, 0),
            Scope::Files,
            Some(4),
            0,
        )
        .unwrap();
        assert!(
            cut.ends_with("; 0 skipped, 0 failed, interrupted, 4 not moved"),
            "{cut}"
        );
    }

    #[test]
    fn stats_say_how_much_how_fast_and_how_long() {
        let before = Done::default();
        let mut now = Done {
            files: 3,
            all_files: 17,
            bytes: 1 << 30,
            all_bytes: Some(4 << 30),
            is_final: true,
        };
        assert_eq!(
            stats(&now, &before, 60.0),
            "3/17 files, 1.0 GiB of 4.0 GiB (25%), 17.1 MiB/s, 3 min 0 s left"
        );
        now.is_final = false;
        assert_eq!(
            stats(&now, &before, 60.0),
            "3/17+ files, 1.0 GiB of 4.0 GiB+ (25%), 17.1 MiB/s"
        );
        now.all_bytes = None;
        assert_eq!(stats(&now, &now, 60.0), "3/17+ files, 1.0 GiB, 0 B/s");
    }
}
