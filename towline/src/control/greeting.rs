//! The wait for the greeting.

use std::time::Duration;

use towline_proto::reply::Reply;

use super::dialogue::Control;
use crate::config::{Config, TlsMode};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::net::Route;
use crate::observer::Event;
use crate::tls::{Tether, answers_hello};

/// How long a greeting may take before the observer is told.
const LATE: Duration = Duration::from_secs(3);

/// Returns the greeting. If it is late, tells the observer, and finds out whether the server waits
/// for TLS.
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
    let looking = expects_tls(tether, route, config.effective_port(), limit);
    tokio::select! {
        biased;
        greeting = control.greeting(limit) => return greeting,
        true = looking => {}
    }
    control.mark_broken();
    let what = "the server sends no greeting: it expects TLS immediately (implicit TLS)";
    let error = Error::new(ErrorKind::Tls, what);
    Err(error.with_detail(ErrorDetail::ImplicitTlsExpected))
}

/// Whether the server answers a `ClientHello` on a connection of its own. A server that does so
/// without a greeting expects TLS from the first byte.
async fn expects_tls(tether: &Tether, route: &Route, port: u16, limit: Duration) -> bool {
    let asked = async {
        match route.connect(port, limit).await {
            Ok(tcp) => answers_hello(tcp, tether).await,
            Err(_) => false,
        }
    };
    matches!(tokio::time::timeout(limit, asked).await, Ok(true))
}
