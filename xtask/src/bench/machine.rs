//! The machine that the figures were taken on.

use std::fs;
use std::thread;

use anyhow::{Context, Result};
use rustix::param::clock_ticks_per_second;

/// Describes this machine in one line.
pub(crate) fn description() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        field(&text, name).unwrap_or_else(|| "unknown".to_owned())
    };
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let system = field("/etc/os-release", "PRETTY_NAME");
    format!(
        "{} processors ({}), {} of memory, Linux {}, {}",
        processors(),
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        kernel.trim(),
        system.trim_matches('"'),
    )
}

/// The number of processors.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Busy time of all processors together since boot, in seconds.
pub(crate) fn busy() -> Result<f64> {
    let text = fs::read_to_string("/proc/stat").context("/proc/stat")?;
    let ticks = busy_ticks(&text).context("/proc/stat is not what it was")?;
    Ok(ticks as f64 / clock_ticks_per_second() as f64)
}

/// The sum of the busy columns in the line for all processors: user, nice, system and interrupt
/// time. Idle time, disk waits and stolen time do not count.
fn busy_ticks(stat: &str) -> Option<u64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?;
    let fields: Option<Vec<u64>> = fields
        .split_whitespace()
        .map(|it| it.parse().ok())
        .collect();
    let fields = fields?;
    [0, 1, 2, 5, 6].iter().map(|&at| fields.get(at)).sum()
}

/// The first value of `name` in lines like `name : value` or `name=value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?.trim_start();
        let value = rest.strip_prefix([':', '='])?;
        Some(value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_what_processors_do() {
        let stat = "cpu  1 20 300 4000 50000 600000 7000000 80000000 0 0\ncpu0 9 9\n";
        assert_eq!(busy_ticks(stat), Some(7_600_321));
        assert_eq!(busy_ticks("cpu  1 20 300 4000"), None);
        assert_eq!(busy_ticks("cpu0 1 2 3 4 5 6 7 8\n"), None);
    }

    #[test]
    fn reads_both_kinds_of_files() {
        let text = "model\t: 7\nmodel name\t: Some CPU\nmodel name\t: Other\n";
        assert_eq!(field(text, "model name").as_deref(), Some("Some CPU"));
        assert_eq!(field("NAME=\"A\"\n", "NAME").as_deref(), Some("\"A\""));
        assert_eq!(field("names=1\n", "name"), None);
    }
}
