//! `FEAT` (RFC 2389): the personality's list, without the extensions that the
//! settings disable and with those that they add.

use super::{Session, Step};
use crate::{AuthSupport, ListingFault};

impl Session {
    pub(super) async fn feat(&mut self) -> Step {
        let phrase = self.traits.phrases.features;
        let Some((lines, last)) = phrase.rsplit_once('\n') else {
            return self.say(phrase).await;
        };
        let mut lines: Vec<String> = lines
            .split('\n')
            .filter(|line| self.has_feature(line))
            .map(|line| match self.faults.lists(&ListingFault::FactsOff) {
                true => line.replace('*', ""),
                false => line.to_owned(),
            })
            .collect();
        lines.extend(self.more_features(&lines));
        lines.push(last.to_owned());
        self.say(&lines.join("\n")).await
    }

    fn has_feature(&self, line: &str) -> bool {
        let settings = &self.shared.settings;
        let allowed = match settings.auth {
            AuthSupport::Tls => true,
            AuthSupport::SslOnly(_) => line != " AUTH TLS",
            AuthSupport::Refused(_) => !is_security(name(line)),
        };
        allowed && !settings.lacks(name(line))
    }

    /// Returns the features that the settings add to the personality.
    fn more_features(&self, lines: &[String]) -> Vec<String> {
        let settings = &self.shared.settings;
        let mut more = self.digest_features();
        if !settings.hosts.is_empty() {
            more.push(" HOST".to_owned());
        }
        if settings.requires_pret {
            more.push(" PRET".to_owned());
        }
        if settings.site_utime {
            more.push(" SITE UTIME".to_owned());
        }
        if matches!(settings.auth, AuthSupport::SslOnly(_)) {
            more.push(" AUTH SSL".to_owned());
        }
        more.retain(|line| !lines.contains(line));
        more
    }
}

/// Returns the name at the start of a line of the list.
fn name(line: &str) -> &str {
    line.trim_start().split(' ').next().unwrap_or_default()
}

/// Returns whether an extension is from RFC 2228 or RFC 4217, or builds on them.
fn is_security(name: &str) -> bool {
    matches!(name, "AUTH" | "PBSZ" | "PROT" | "CCC" | "SSCN")
}
