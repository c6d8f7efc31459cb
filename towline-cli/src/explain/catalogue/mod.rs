//! All findings. This is the only place for explanations: errors, `towline explain`, `towline
//! doctor` and `docs/doctor.md` all use it.

mod certificate;
mod connecting;
mod control;
mod data_port;
mod files;
mod handshake;
mod here;
mod listings;
mod login;
mod mirror;
mod observed;
mod protection;
mod securing;
mod session_reuse;
mod transfer;

use super::finding::Finding;

/// A heading, and the findings below it.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) findings: &'static [Finding],
}

/// All findings, in the order of a connection.
pub(crate) static GROUPS: [Group; 15] = [
    Group {
        title: "Connecting",
        findings: connecting::FINDINGS,
    },
    Group {
        title: "Starting TLS",
        findings: securing::FINDINGS,
    },
    Group {
        title: "The TLS handshake",
        findings: handshake::FINDINGS,
    },
    Group {
        title: "The server's certificate",
        findings: certificate::FINDINGS,
    },
    Group {
        title: "Logging in",
        findings: login::FINDINGS,
    },
    Group {
        title: "Protecting data connections",
        findings: protection::FINDINGS,
    },
    Group {
        title: "Opening a data connection",
        findings: data_port::FINDINGS,
    },
    Group {
        title: "TLS session reuse",
        findings: session_reuse::FINDINGS,
    },
    Group {
        title: "Moving data",
        findings: transfer::FINDINGS,
    },
    Group {
        title: "Files and directories",
        findings: files::FINDINGS,
    },
    Group {
        title: "Listings",
        findings: listings::FINDINGS,
    },
    Group {
        title: "Mirrors",
        findings: mirror::FINDINGS,
    },
    Group {
        title: "Commands and replies",
        findings: control::FINDINGS,
    },
    Group {
        title: "On this computer",
        findings: here::FINDINGS,
    },
    Group {
        title: "What doctor observes",
        findings: observed::FINDINGS,
    },
];

/// All findings.
pub(crate) fn all() -> impl Iterator<Item = &'static Finding> {
    GROUPS.iter().flat_map(|group| group.findings)
}

/// The commands whose refusal has an explanation, each with its finding.
pub(crate) fn commands() -> impl Iterator<Item = (&'static Finding, &'static str)> {
    all().flat_map(|finding| {
        finding
            .commands
            .iter()
            .map(move |command| (finding, *command))
    })
}

/// The finding with this identifier.
pub(crate) fn find(id: &str) -> Option<&'static Finding> {
    all().find(|finding| finding.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use towline::ErrorDetail;

    use super::*;

    #[test]
    fn identifiers_are_unique_and_stable_words() {
        let ids: Vec<_> = all().map(|finding| finding.id).collect();
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(
            ids.iter()
                .all(|id| !id.is_empty() && id.chars().all(is_word))
        );
    }

    #[test]
    fn every_finding_says_what_it_means_why_and_what_to_do() {
        for finding in all() {
            for text in [finding.title, finding.meaning, finding.cause, finding.cure] {
                assert!(!text.is_empty(), "{}", finding.id);
            }
            for sentence in [finding.meaning, finding.cause, finding.cure] {
                assert!(sentence.ends_with('.'), "{}: {sentence}", finding.id);
                assert!(!sentence.contains("  "), "{}: {sentence}", finding.id);
            }
        }
    }

    #[test]
    fn every_reason_of_the_library_belongs_to_one_finding() {
        for name in ErrorDetail::NAMES {
            let found: Vec<_> = all()
                .filter(|finding| finding.details.contains(name))
                .map(|finding| finding.id)
                .collect();
            assert_eq!(found.len(), 1, "{name}: {found:?}");
        }
        for detail in all().flat_map(|finding| finding.details) {
            assert!(ErrorDetail::NAMES.contains(detail), "{detail}");
        }
    }
}
