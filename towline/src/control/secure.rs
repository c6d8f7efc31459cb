//! The steps from a TCP connection to TLS, if the configuration asks for TLS.

use towline_proto::command::Command;
use towline_proto::features::{Feature, Features};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::dialogue::Control;
use crate::config::{Config, TlsMode};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::{ClearTextReason, Event};
use crate::server::{Shared, is_too_many};
use crate::tls::Tether;
use crate::trust::{KnownServer, KnownServers, Trust};

/// How a control connection is protected.
#[derive(Clone, Debug)]
pub(crate) enum Protection {
    /// By TLS. The server accepted this command; `None` with implicit TLS.
    Tls { agreed: Option<&'static str> },
    /// Without TLS.
    ClearText { reason: ClearTextReason },
}

/// Requests TLS as the configuration requires.
pub(super) async fn ask_for_tls(
    control: &mut Control,
    shared: &Shared,
) -> Result<Protection, Error> {
    let mode = shared.config().tls_mode;
    match mode {
        TlsMode::Implicit => Ok(Protection::Tls { agreed: None }),
        TlsMode::Explicit | TlsMode::IfAvailable => match auth(control).await? {
            Auth::Accepted(verb) => Ok(Protection::Tls { agreed: Some(verb) }),
            Auth::Unknown(reply) if mode == TlsMode::IfAvailable => {
                let reason = may_do_without_tls(control, shared, reply).await?;
                Ok(Protection::ClearText { reason })
            }
            Auth::Unknown(reply) => Err(refuses_tls(reply)),
        },
        TlsMode::Off => Ok(Protection::ClearText {
            reason: ClearTextReason::SwitchedOff,
        }),
    }
}

/// Fails unless `greeting` is positive.
pub(super) fn check_greeting(greeting: &Reply) -> Result<(), Error> {
    if greeting.class() == ReplyClass::Completion {
        return Ok(());
    }
    let is_full = is_too_many(greeting);
    let error = Error::refused("the server refuses to serve the client", greeting.clone());
    Err(match is_full {
        true => {
            let error = error.with_kind(ErrorKind::Unavailable);
            error.with_detail(ErrorDetail::TooManyConnections)
        }
        false => error,
    })
}

/// The server's answer to `AUTH`.
enum Auth {
    /// It accepted this form.
    Accepted(&'static str),
    /// It knows neither `AUTH TLS` nor `AUTH SSL`.
    Unknown(Reply),
}

/// Sends `AUTH TLS` (RFC 4217 section 4). If the server does not know it, sends `AUTH SSL`, the
/// name on servers that predate the RFC.
async fn auth(control: &mut Control) -> Result<Auth, Error> {
    let (mut reply, mut form) = (control.command(&Command::AuthTls).await?, "AUTH TLS");
    if is_unknown(reply.code()) {
        (reply, form) = (control.command(&Command::AuthSsl).await?, "AUTH SSL");
    }
    match reply.code() {
        // Some servers do not answer 234 (VxWorks: 200). Whatever they mean, nothing but the
        // handshake follows.
        code if code.class() == ReplyClass::Completion => Ok(Auth::Accepted(form)),
        code if is_unknown(code) => Ok(Auth::Unknown(reply)),
        _ => Err(refuses_tls(reply)),
    }
}

/// Returns whether the server does not know the command or its parameter, rather than refusing it
/// now.
fn is_unknown(code: ReplyCode) -> bool {
    matches!(code.as_u16(), 500 | 502 | 504)
}

fn refuses_tls(reply: Reply) -> Error {
    let what = "the server refuses TLS on this port; nothing was sent in clear text";
    let error = Error::new(ErrorKind::Tls, what).with_reply(reply);
    error.with_detail(ErrorDetail::TlsRefused)
}

/// Returns why clear text is allowed. Fails if it is not.
async fn may_do_without_tls(
    control: &mut Control,
    shared: &Shared,
    refusal: Reply,
) -> Result<ClearTextReason, Error> {
    let config = shared.config();
    let known = match &config.known_servers {
        Some(known) => find_known(known, config).await?,
        None => None,
    };
    let forbidden = if let Some(wish) = config.insists_on_tls() {
        format!("{wish}, so TLS is required")
    } else if known.is_some() || shared.lessons().speaks_tls() {
        "this server is known to speak TLS".to_owned()
    } else {
        let features = Features::parse(&control.command(&Command::Feat).await?);
        if !features.has(Feature::AuthTls) && !features.has(Feature::AuthSsl) {
            return Ok(ClearTextReason::NotAvailable { refusal });
        }
        "the server's features announce TLS".to_owned()
    };
    Err(refuses_tls(refusal).with_note(forbidden))
}

/// Returns what is known about the server in `config`.
async fn find_known(servers: &KnownServers, config: &Config) -> Result<Option<KnownServer>, Error> {
    let (host, port) = (config.host.clone(), config.effective_port());
    servers
        .aside(move |servers| servers.find(&host, port))
        .await
}

/// Starts TLS. With trust on first use, looks up the known server first.
pub(super) async fn begin_tls(
    control: &mut Control,
    tether: &mut Tether,
    shared: &Shared,
) -> Result<(), Error> {
    let config = shared.config();
    if let Trust::FirstUse(servers) = &config.trust {
        // If the file cannot be read, no certificate can be trusted.
        let known = find_known(servers, config).await;
        let known = known.map_err(|error| error.with_kind(ErrorKind::Certificate))?;
        shared.profile().set_known(known);
    }
    control.begin_tls(tether).await
}

/// Records that the server supports TLS, if `begun` shows that, whether its certificate is trusted
/// or not: a later run with `IfAvailable` must not believe that this server has no TLS. Also finds
/// out what earlier runs recorded.
pub(super) async fn remember_tls(
    control: &Control,
    tether: &Tether,
    shared: &Shared,
    begun: &Result<(), Error>,
) -> Result<(), Error> {
    let (config, lessons) = (shared.config(), shared.lessons());
    let speaks_tls = match begun {
        Ok(()) => true,
        Err(error) => tether.presented().is_some() || error.detail().is_some_and(is_tls),
    };
    if let (true, Some(servers)) = (begun.is_ok(), config.remembered())
        && lessons.learned_that_tls_begins()
    {
        let known = find_known(servers, config).await;
        if known.is_ok_and(|known| known.is_some_and(|known| known.resumes_tls13)) {
            lessons.remembered_that_tls13_resumes();
        }
    }
    if !speaks_tls || lessons.speaks_tls() {
        return Ok(());
    }
    lessons.learned_that_it_speaks_tls();
    let servers = match &config.trust {
        // Recorded with the certificate, once the server has shown its key.
        Trust::FirstUse(_) => None,
        _ => config.remembered(),
    };
    if let Some(servers) = servers {
        let (host, port) = (config.host.clone(), config.effective_port());
        let enter = move |servers: &KnownServers| servers.enter(&host, port, None, None);
        let entered = servers.aside(enter).await.map(drop);
        match config.tls_mode {
            TlsMode::IfAvailable => entered?,
            _ => tell_if_failed(control, entered),
        }
    }
    Ok(())
}

/// Whether a handshake that failed for this reason was one of TLS.
fn is_tls(detail: &ErrorDetail) -> bool {
    matches!(
        detail,
        ErrorDetail::TlsAlert { .. }
            | ErrorDetail::NoCommonVersion
            | ErrorDetail::NoCommonCipherSuite
            | ErrorDetail::ClientCertificateWanted
            | ErrorDetail::ClientCertificateRefused
    )
}

/// With trust on first use, records the server's certificate. This happens before the password is
/// sent: what cannot be recorded is not trusted.
pub(super) async fn remember_certificate(
    control: &Control,
    tether: &Tether,
    shared: &Shared,
) -> Result<(), Error> {
    let config = shared.config();
    let (Trust::FirstUse(servers), Some((fingerprint, issuer))) = (&config.trust, tether.shown())
    else {
        return Ok(());
    };
    let (host, port) = (config.host.clone(), config.effective_port());
    let shown = issuer.clone();
    let enter = move |servers: &KnownServers| servers.enter(&host, port, Some(fingerprint), shown);
    if servers.aside(enter).await? {
        control.observe(&Event::TrustedOnFirstUse {
            host: &config.host,
            port: config.effective_port(),
            fingerprint,
            issuer: issuer.as_deref(),
        });
    }
    Ok(())
}

fn tell_if_failed(control: &Control, remembered: Result<(), Error>) {
    if let Err(error) = remembered {
        let text = format!("{error}; this server is not remembered");
        control.observe(&Event::Warning { text: &text });
    }
}
