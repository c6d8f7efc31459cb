//! `FEAT` (RFC 2389): the personality's list, less what the server is told
//! not to have.

use super::{Session, Step};
use crate::AuthSupport;

impl Session {
    pub(super) async fn feat(&mut self) -> Step {
        let auth = self.shared.settings.auth;
        let kept = |line: &&str| match auth {
            AuthSupport::Tls => true,
            AuthSupport::SslOnly(_) => *line != " AUTH TLS",
            AuthSupport::Refused(_) => !is_security(line),
        };
        let lines = self.traits.phrases.features.split('\n');
        let mut lines: Vec<&str> = lines.filter(kept).collect();
        if matches!(auth, AuthSupport::SslOnly(_)) && !lines.contains(&" AUTH SSL") {
            lines.insert(lines.len() - 1, " AUTH SSL");
        }
        self.say(&lines.join("\n")).await
    }
}

/// Whether a line tells of an extension of RFC 2228 or RFC 4217.
fn is_security(line: &str) -> bool {
    let name = line.trim_start().split(' ').next();
    matches!(name, Some("AUTH" | "PBSZ" | "PROT" | "CCC" | "SSCN"))
}
