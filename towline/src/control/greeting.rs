//! The wait for the greeting.

use std::time::Duration;

use tokio::time::timeout;
use towline_proto::reply::Reply;

use super::dialogue::Control;
use crate::config::{Config, TlsMode};
use crate::error::{Error, ErrorDetail, ErrorKind, protocol_of};
use crate::net::Route;
use crate::observer::Event;
use crate::tls::{HelloAnswer, Tether, answer_to_hello};

/// How long a greeting may take before the observer is told.
const LATE: Duration = Duration::from_secs(3);

/// Returns the greeting. If it is late, tells the observer, and finds out whether the server waits
/// for TLS, or for a request of another protocol.
pub(super) async fn wait(
    control: &mut Control,
    tether: &Tether,
    route: &Route,
    config: &Config,
) -> Result<Reply, Error> {
    let late = LATE.min(config.timeout / 2);
    if let Some(greeting) = control.greeting_by(late).await {
        return greeting;
    }
    control.observe(&Event::GreetingLate { after: late });
    let limit = config.timeout.saturating_sub(late);
    if config.tls_mode == TlsMode::Implicit {
        return control.greeting(limit).await;
    }
    let looking = awaited_by_server(tether, route, config.effective_port(), limit);
    let awaited = tokio::select! {
        biased;
        greeting = control.greeting(limit) => return greeting,
        Some(awaited) = looking => awaited,
    };
    control.mark_broken();
    Err(awaited)
}

/// Sends the server a `ClientHello` over a second connection. If the answer shows what the server
/// expects instead of sending a greeting, returns the error that says so.
async fn awaited_by_server(
    tether: &Tether,
    route: &Route,
    port: u16,
    limit: Duration,
) -> Option<Error> {
    let asked = async {
        let tcp = route.connect(port, limit).await.ok()?;
        answer_to_hello(tcp, tether).await
    };
    match timeout(limit, asked).await.ok()?? {
        HelloAnswer::Tls => {
            let what = "the server sends no greeting: it expects TLS immediately (implicit TLS)";
            let error = Error::new(ErrorKind::Tls, what);
            Some(error.with_detail(ErrorDetail::ImplicitTlsExpected))
        }
        HelloAnswer::Other(text) => match protocol_of(&text)? {
            detail @ ErrorDetail::HttpAnswered => {
                let what = "the server sends no greeting: a web server answers on this port";
                Some(Error::protocol(detail, what))
            }
            _ => None,
        },
    }
}
