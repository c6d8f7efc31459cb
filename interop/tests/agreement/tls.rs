//! The client's TLS: which session each connection offers, and which sessions it receives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, NamedGroup, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::places::Version;
use crate::records::Records;
use crate::repeat;

/// A session that can be offered.
#[derive(Debug)]
pub(crate) enum Session {
    Tls12(Tls12ClientSessionValue),
    Tls13(Tls13ClientSessionValue),
}

/// Returns what all connections to a server share.
pub(crate) fn config(ca: &[u8], version: Version) -> Arc<ClientConfig> {
    let versions: &[_] = match version {
        Version::Tls12 => &[&rustls::version::TLS12],
        Version::Tls13 => &[&rustls::version::TLS13],
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let builder = ClientConfig::builder_with_provider(repeat::provider());
    let builder = builder.with_protocol_versions(versions).unwrap();
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Shakes hands as the client.
pub(crate) async fn connect(
    config: &ClientConfig,
    store: &Arc<Store>,
    stream: Records,
) -> std::io::Result<TlsStream<Records>> {
    let mut config = config.clone();
    config.resumption = Resumption::store(Arc::<Store>::clone(store));
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// Returns how a handshake went.
pub(crate) fn handshake(stream: &TlsStream<Records>) -> &'static str {
    match stream.get_ref().1.handshake_kind() {
        Some(HandshakeKind::Resumed) => "resumed",
        Some(HandshakeKind::Full) => "full handshake",
        Some(HandshakeKind::FullWithHelloRetryRequest) => "full handshake after a second hello",
        None => "no handshake",
    }
}

/// The session store of one connection. It offers at most one session, and keeps the ones that
/// come.
#[derive(Debug, Default)]
pub(crate) struct Store(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    offer: Option<Session>,
    tls12: Option<Tls12ClientSessionValue>,
    tls13: VecDeque<Tls13ClientSessionValue>,
    group: Option<NamedGroup>,
}

impl Store {
    /// Creates a store for a connection that offers `offer`, with the key exchange group of
    /// `control`.
    pub(crate) fn offering(offer: Option<Session>, control: &Self) -> Arc<Self> {
        let group = control.state().group;
        Arc::new(Self(Mutex::new(State {
            offer,
            group,
            ..State::default()
        })))
    }

    /// Returns the TLS 1.2 session, or the oldest TLS 1.3 ticket that has not been taken.
    pub(crate) fn oldest(&self) -> Option<Session> {
        let mut state = self.state();
        let ticket = state.tls13.pop_front().map(Session::Tls13);
        ticket.or_else(|| state.tls12.clone().map(Session::Tls12))
    }

    /// Like [`oldest`](Self::oldest), but with the newest ticket.
    pub(crate) fn newest(&self) -> Option<Session> {
        let mut state = self.state();
        let ticket = state.tls13.pop_back().map(Session::Tls13);
        ticket.or_else(|| state.tls12.clone().map(Session::Tls12))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl ClientSessionStore for Store {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.state().group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.state().group
    }

    fn set_tls12_session(&self, _: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.state().tls12 = Some(session);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        match &self.state().offer {
            Some(Session::Tls12(session)) => Some(session.clone()),
            _ => None,
        }
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.state().tls13.push_back(ticket);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let mut state = self.state();
        match state.offer.take() {
            Some(Session::Tls13(ticket)) => Some(ticket),
            other => {
                state.offer = other;
                None
            }
        }
    }
}
