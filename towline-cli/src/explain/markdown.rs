//! All findings as a page: `docs/doctor.md`.

use std::fmt::Write as _;

use super::catalogue;
use super::finding::Finding;
use crate::words::Words;

const HEAD: &str = "\
# What can be wrong, and what to do

Every explanation that Towline gives: in errors, in `towline explain`, and in `towline doctor`. Each has an
identifier that does not change. In JSON it is `id` in the `finding` events of `doctor` and `explain`, and `finding` in
`error` events. If the words of a reply are not known, `explain` says what its code means by itself, and `id` is `null`.

`towline explain` takes a reply, a log or a stack trace, and finds the explanation without a server:

```sh
towline explain '522 SSL connection failed: session reuse required'
java -jar job.jar 2>&1 | towline explain
```

<!-- Generated: `towline explain --all > docs/doctor.md`. A test fails if it is stale. -->
";

/// The page.
pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    for group in &catalogue::GROUPS {
        let _ = write!(page, "\n## {}\n", group.title);
        for finding in group.findings {
            add(&mut page, finding);
        }
    }
    page
}

fn add(page: &mut String, finding: &Finding) {
    let _ = write!(
        page,
        "\n### {}\n\n{}. ({}; {})\n\n{}\n\n**Cause:** {}\n\n**Cure:** {}\n",
        finding.id,
        finding.title,
        finding.severity.name(),
        finding.side.told(Words::english()),
        finding.meaning,
        finding.cause,
        finding.cure
    );
    if !finding.directives.is_empty() {
        page.push_str("\n| server | setting |\n| --- | --- |\n");
        for directive in finding.directives {
            let setting = directive.setting.replace('|', "\\|");
            let _ = writeln!(page, "| {} | {setting} |", directive.software.name());
        }
    }
    if !finding.patterns.is_empty() || !finding.commands.is_empty() {
        page.push_str("\nRecognised by:\n\n");
        for command in finding.commands {
            let _ = writeln!(page, "- a refusal of `{command}`");
        }
        for pattern in finding.patterns {
            let pattern = pattern.trim_start_matches('~').replace('*', " ... ");
            let _ = writeln!(page, "- `{}`", pattern.trim_end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_not_stale() {
        let written = include_str!("../../../docs/doctor.md");
        assert!(
            written == page(),
            "run: cargo run -p towline-cli -- explain --all > docs/doctor.md"
        );
    }
}
