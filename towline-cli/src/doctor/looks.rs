//! What answers on the usual ports, and which versions of TLS, before anybody logs in.

use towline::TlsMode;

use super::dial::{self, Heard};
use super::examination::Examination;
use super::hello::{Answer, Version};
use super::step::{Step, Verdict};

/// The usual ports: explicit and implicit TLS.
const PORTS: [u16; 2] = [21, 990];

/// What the ports and the TLS versions have answered.
pub(super) struct Looks {
    ports: Vec<(u16, Heard)>,
    versions: Vec<(Version, Answer)>,
}

impl Looks {
    /// Looks at the usual ports of `host` other than `port`, and at the versions of TLS on `port`.
    /// `None` if the host has no address.
    pub(super) async fn at(host: &str, port: u16, implicit: bool) -> Option<Self> {
        if !dial::has_address(host).await {
            return None;
        }
        let heard = async |other| match other == port {
            true => None,
            false => Some((other, dial::listen(host, other).await)),
        };
        let (explicit, other) = tokio::join!(heard(PORTS[0]), heard(PORTS[1]));
        Some(Self {
            ports: explicit.into_iter().chain(other).collect(),
            versions: dial::versions(host, port, implicit).await,
        })
    }

    /// What answers on the other ports.
    pub(super) fn ports(&self, exam: &mut Examination) {
        let mut step = Step::good("ports", "");
        step.evidence.clear();
        for (port, heard) in &self.ports {
            let what = match heard {
                Heard::Refused => "nothing listens".to_owned(),
                Heard::Unreachable => "no answer".to_owned(),
                Heard::Tls => "TLS at once".to_owned(),
                Heard::ClearText(line) => format!("clear text: {line}"),
                Heard::Nothing => "connected, but no answer".to_owned(),
            };
            let line = format!("port {port}: {what}");
            step = step.and(line.clone());
            if matches!(heard, Heard::Tls | Heard::ClearText(_)) {
                step = step.shows("other-port-open", line);
            }
        }
        exam.add(step);
    }

    /// Which versions of TLS are accepted, and with which suite.
    pub(super) fn versions(&self, exam: &mut Examination) {
        let is_tls = |answer: &Answer| matches!(answer, Answer::Hello { .. } | Answer::Alert(_));
        if !self.versions.iter().any(|(_, answer)| is_tls(answer)) {
            exam.skip(
                &["tls-versions"],
                "no TLS on this port, or it starts in another way",
            );
            return;
        }
        let mut step = Step::good("tls-versions", "");
        step.evidence.clear();
        for (offered, answer) in &self.versions {
            let (is_accepted, what) = match answer {
                Answer::Hello {
                    version,
                    suite,
                    retry,
                } if version == offered => {
                    let retry = if *retry { ", after a retry" } else { "" };
                    (true, format!("accepted, {}{retry}", suite_name(*suite)))
                }
                Answer::Hello { version, .. } => {
                    (false, format!("answered with {}", version.name()))
                }
                Answer::Alert(number) => (false, format!("refused (alert {number})")),
                Answer::Closed => (false, "refused".to_owned()),
                Answer::NotTls => (false, "answered in clear text".to_owned()),
                Answer::Silent => (false, "no answer".to_owned()),
            };
            let line = format!("TLS {}: {what}", offered.name());
            step = step.and(line.clone());
            step = match (*offered, is_accepted) {
                (Version::TLS10 | Version::TLS11, true) => step.shows("old-tls-offered", line),
                // Clear text and silence say nothing about the version.
                (Version::TLS13, false) if !matches!(answer, Answer::NotTls | Answer::Silent) => {
                    step.shows("no-tls13", line)
                }
                _ => step,
            };
            if matches!(answer, Answer::Hello { retry: true, .. }) {
                step = step.shows("tls-hello-retry", "HelloRetryRequest");
            }
        }
        exam.add(step);
    }

    /// How else TLS could start, if the way that was tried does not work.
    pub(super) fn alternative(
        &self,
        exam: &mut Examination,
        tried: TlsMode,
    ) -> Option<(TlsMode, u16)> {
        let (port, mode) = self
            .ports
            .iter()
            .find_map(|(port, heard)| match (heard, tried) {
                (Heard::Tls, TlsMode::Explicit) => Some((*port, TlsMode::Implicit)),
                (Heard::ClearText(line), TlsMode::Implicit) if line.starts_with("220") => {
                    Some((*port, TlsMode::Explicit))
                }
                (Heard::ClearText(line), TlsMode::Explicit) if line.starts_with("220") => {
                    Some((*port, TlsMode::Explicit))
                }
                _ => None,
            })?;
        let scheme = match mode {
            TlsMode::Implicit => "ftps://, implicit TLS",
            _ => "ftpes://, explicit TLS",
        };
        let line = format!("port {port} answers ({scheme})");
        exam.add(Step {
            verdict: Verdict::Good,
            ..Step::good("alternative", line.clone()).shows("other-port-works", line)
        });
        Some((mode, port))
    }
}

/// The IANA name of a cipher suite, for those that are offered.
fn suite_name(suite: u16) -> String {
    let name = match suite {
        0x1301 => "TLS_AES_128_GCM_SHA256",
        0x1302 => "TLS_AES_256_GCM_SHA384",
        0x1303 => "TLS_CHACHA20_POLY1305_SHA256",
        0xc02b => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        0xc02c => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xc02f => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        0xc030 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xcca8 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        0xcca9 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        0xc013 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        0xc014 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        0x002f => "TLS_RSA_WITH_AES_128_CBC_SHA",
        0x0035 => "TLS_RSA_WITH_AES_256_CBC_SHA",
        0x009c => "TLS_RSA_WITH_AES_128_GCM_SHA256",
        0x009d => "TLS_RSA_WITH_AES_256_GCM_SHA384",
        0x000a => "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        other => return format!("suite {other:#06x}"),
    };
    name.to_owned()
}
