//! What the figures were taken on.

use std::fs;
use std::thread;

/// One line about this machine.
pub(crate) fn description() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        field(&text, name).unwrap_or_else(|| "unknown".to_owned())
    };
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let system = field("/etc/os-release", "PRETTY_NAME");
    let processors = thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{processors} processors ({}), {} of memory, Linux {}, {}",
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        kernel.trim(),
        system.trim_matches('"'),
    )
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
    fn reads_both_kinds_of_files() {
        let text = "model\t: 7\nmodel name\t: Some CPU\nmodel name\t: Other\n";
        assert_eq!(field(text, "model name").as_deref(), Some("Some CPU"));
        assert_eq!(field("NAME=\"A\"\n", "NAME").as_deref(), Some("\"A\""));
        assert_eq!(field("names=1\n", "name"), None);
    }
}
