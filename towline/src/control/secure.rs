//! The steps from a TCP connection to one that TLS protects, where it is wanted.

use towline_proto::command::Command;
use towline_proto::features::{Feature, Features};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::dialogue::Control;
use crate::config::{Config, TlsMode};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;
use crate::server::{Shared, is_too_many};
use crate::tls::Tether;
use crate::trust::{KnownServer, KnownServers, Trust};

/// How a control connection is to be protected.
#[derive(Clone, Debug)]
pub(crate) enum Protection {
    /// By TLS, which the server agreed to with this command; at once if there is none.
    Tls { agreed: Option<&'static str> },
    /// Not at all.
    ClearText { reason: String },
}

/// Asks for TLS as the configuration wants it.
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
            reason: "TLS is switched off".to_owned(),
        }),
    }
}

/// Fails unless `greeting` welcomes us.
pub(super) fn check_greeting(greeting: &Reply) -> Result<(), Error> {
    if greeting.class() == ReplyClass::Completion {
        return Ok(());
    }
    let is_full = is_too_many(greeting);
    let error = Error::refused("the server does not want to serve", greeting.clone());
    Err(match is_full {
        true => {
            let error = error.with_kind(ErrorKind::Unavailable);
            error.with_detail(ErrorDetail::TooManyConnections)
        }
        false => error,
    })
}

/// What a server makes of `AUTH`.
enum Auth {
    /// In this form.
    Accepted(&'static str),
    /// It knows neither `AUTH TLS` nor `AUTH SSL`.
    Unknown(Reply),
}

/// RFC 4217 section 4; `SSL` is how servers older than it call the same.
async fn auth(control: &mut Control) -> Result<Auth, Error> {
    let (mut reply, mut form) = (control.command(&Command::AuthTls).await?, "AUTH TLS");
    if is_unknown(reply.code()) {
        (reply, form) = (control.command(&Command::AuthSsl).await?, "AUTH SSL");
    }
    match reply.code() {
        ReplyCode::SECURITY_ACCEPTED => Ok(Auth::Accepted(form)),
        code if is_unknown(code) => Ok(Auth::Unknown(reply)),
        _ => Err(refuses_tls(reply)),
    }
}

/// A command or its parameter that the server does not know, as opposed to one that it refuses now.
fn is_unknown(code: ReplyCode) -> bool {
    matches!(code.as_u16(), 500 | 502 | 504)
}

fn refuses_tls(reply: Reply) -> Error {
    let what = "the server refuses TLS on this port; nothing was sent in clear text";
    let error = Error::new(ErrorKind::Tls, what).with_reply(reply);
    error.with_detail(ErrorDetail::TlsRefused)
}

/// Why clear text is allowed; an error where it is not.
async fn may_do_without_tls(
    control: &mut Control,
    shared: &Shared,
    refusal: Reply,
) -> Result<String, Error> {
    let config = shared.config();
    let known = match &config.known_servers {
        Some(known) => find_known(known, config).await?,
        None => None,
    };
    let forbidden = if let Some(wish) = config.insists_on_tls() {
        format!("{wish}, so there is no going on without TLS")
    } else if known.is_some() || shared.lessons().speaks_tls() {
        "this server is known to speak TLS".to_owned()
    } else {
        let features = Features::parse(&control.command(&Command::Feat).await?);
        if !features.has(Feature::AuthTls) && !features.has(Feature::AuthSsl) {
            return Ok(format!("the server knows no TLS: {refusal}"));
        }
        "it announces TLS all the same".to_owned()
    };
    Err(refuses_tls(refusal).with_note(forbidden))
}

/// What is known of the server that `config` is about.
async fn find_known(servers: &KnownServers, config: &Config) -> Result<Option<KnownServer>, Error> {
    let (host, port) = (config.host.clone(), config.effective_port());
    servers
        .aside(move |servers| servers.find(&host, port))
        .await
}

/// Begins TLS. With trust on first use, what is known of the server is looked up before.
pub(super) async fn begin_tls(
    control: &mut Control,
    tether: &mut Tether,
    shared: &Shared,
) -> Result<(), Error> {
    let config = shared.config();
    if let Trust::FirstUse(servers) = &config.trust {
        // A file that cannot be read vouches for no certificate.
        let known = find_known(servers, config).await;
        let known = known.map_err(|error| error.with_kind(ErrorKind::Certificate))?;
        shared.profile().set_known(known);
    }
    control.begin_tls(tether).await
}

/// Remembers that, and on first use with which certificate, the server speaks TLS. Before the
/// password is sent: what cannot be remembered is not trusted.
pub(super) async fn remember(
    control: &Control,
    tether: &Tether,
    shared: &Shared,
) -> Result<(), Error> {
    let config = shared.config();
    shared.lessons().learned_that_it_speaks_tls();
    let (host, port) = (config.host.clone(), config.effective_port());
    let Some((fingerprint, issuer)) = tether.shown() else {
        return Ok(());
    };
    match (&config.trust, &config.known_servers) {
        (Trust::FirstUse(servers), _) => {
            let shown = issuer.clone();
            let enter =
                move |servers: &KnownServers| servers.enter(&host, port, Some(fingerprint), shown);
            if servers.aside(enter).await? {
                control.observe(&Event::TrustedOnFirstUse {
                    host: &config.host,
                    port,
                    fingerprint,
                    issuer: issuer.as_deref(),
                });
            }
        }
        (_, Some(servers)) if config.tls_mode == TlsMode::IfAvailable => {
            let enter = move |servers: &KnownServers| servers.enter(&host, port, None, None);
            servers.aside(enter).await?;
        }
        _ => {}
    }
    Ok(())
}
