//! The tether, which ties data connections to the TLS session of one control connection.

use std::sync::Arc;
use std::time::Instant;

use rustls::client::Resumption;
use rustls::{ClientConfig, CommonState};
use rustls_pki_types::{CertificateDer, ServerName};

use super::client_certificate::ClientProof;
use super::rejected::issuer;
use super::replicate::{TicketCopy, TicketTap};
use super::store::{ControlStore, DataStore};
use super::witness::{Presented, Witness};
use crate::fingerprint::Fingerprint;

/// The tether of one control connection. It shares no session or ticket with another tether.
#[derive(Debug)]
pub(crate) struct Tether {
    /// Verifier, suites and versions, the same for the control connection and all data connections.
    /// rustls resumes only if the verifier is the same object.
    base: Arc<ClientConfig>,
    name: ServerName<'static>,
    proof: Arc<ClientProof>,
    witness: Arc<Witness>,
    tap: Arc<TicketTap>,
    store: Arc<ControlStore>,
    certificate: Option<CertificateDer<'static>>,
    replicates: bool,
}

impl Tether {
    pub(super) fn new(
        base: Arc<ClientConfig>,
        name: ServerName<'static>,
        proof: Arc<ClientProof>,
        witness: Arc<Witness>,
    ) -> Self {
        let tap = Arc::new(TicketTap::default());
        Self {
            base,
            name,
            proof,
            witness,
            store: Arc::new(ControlStore::new(Arc::clone(&tap))),
            tap,
            certificate: None,
            replicates: true,
        }
    }

    /// Stops making further copies of tickets, to show how servers treat a client without copies.
    #[cfg(feature = "test-internals")]
    pub(crate) fn without_copies(&mut self) {
        self.replicates = false;
    }

    /// Chooses what the next data connection offers: the newest unused ticket or, if there is none,
    /// a copy of the newest ticket that the control connection received, which `replay` makes. In
    /// TLS 1.2 it is the session.
    pub(super) fn offer(&self, replay: impl FnOnce(&TicketCopy) -> bool) -> Offer {
        let now = Instant::now();
        let tap = Arc::new(TicketTap::default());
        let offered = self.store.offer(Arc::clone(&tap), now).or_else(|| {
            let copy = self.tap.newest(now).filter(|_| self.replicates)?;
            replay(&copy).then_some(())?;
            self.store.offer(Arc::clone(&tap), now)
        });
        Offer {
            store: Arc::new(offered.unwrap_or_else(|| self.store.offer_nothing(tap))),
        }
    }

    /// Returns an empty offer, for a full handshake.
    pub(crate) fn offer_nothing(&self) -> Offer {
        let tap = Arc::new(TicketTap::default());
        Offer {
            store: Arc::new(self.store.offer_nothing(tap)),
        }
    }

    /// Takes over the tickets and session that a data connection received.
    pub(super) fn adopt(&self, received: &DataStore) {
        self.store.adopt(received);
    }

    /// Drops all unused tickets. The next data connection offers a copy of the newest ticket that the
    /// control connection received.
    pub(crate) fn forget_unused_tickets(&self) {
        self.store.clear_tickets();
    }

    /// Returns the number of unused tickets.
    pub(crate) fn tickets(&self) -> usize {
        self.store.tickets()
    }

    pub(super) fn tap(&self) -> &Arc<TicketTap> {
        &self.tap
    }

    pub(super) fn name(&self) -> ServerName<'static> {
        self.name.clone()
    }

    pub(super) fn control_config(&self) -> Arc<ClientConfig> {
        let store: Arc<ControlStore> = Arc::clone(&self.store);
        with_store(&self.base, Resumption::store(store))
    }

    /// Called once, after the control connection's handshake.
    pub(super) fn secured(&mut self, connection: &CommonState) {
        self.certificate = leaf(connection).cloned();
    }

    /// Whether the server has asked for a client certificate and received none.
    pub(crate) fn lacks_client_certificate(&self) -> bool {
        self.proof.is_missing()
    }

    /// Whether the server has asked for a client certificate.
    pub(crate) fn asked_for_client_certificate(&self) -> bool {
        self.proof.was_asked()
    }

    /// Returns the certificates that the server presented on the control connection, accepted or
    /// not. `None` if it has not presented any.
    pub(crate) fn presented(&self) -> Option<&Presented> {
        self.witness.presented()
    }

    /// Returns the fingerprint and the issuer of the server's certificate on the control
    /// connection.
    pub(crate) fn shown(&self) -> Option<(Fingerprint, Option<String>)> {
        let certificate = self.certificate.as_ref()?;
        Some((Fingerprint::of(certificate), issuer(certificate)))
    }

    pub(super) fn is_same_certificate(&self, connection: &CommonState) -> bool {
        self.certificate.is_some() && self.certificate.as_ref() == leaf(connection)
    }
}

/// What one data connection offers.
#[derive(Debug)]
pub(crate) struct Offer {
    store: Arc<DataStore>,
}

impl Offer {
    /// Whether there is anything to resume with.
    pub(crate) fn has_ticket(&self) -> bool {
        self.store.offers()
    }

    pub(super) fn config(&self, tether: &Tether) -> Arc<ClientConfig> {
        let store: Arc<DataStore> = Arc::clone(&self.store);
        with_store(&tether.base, Resumption::store(store))
    }

    pub(super) fn into_store(self) -> Arc<DataStore> {
        self.store
    }
}

fn with_store(base: &Arc<ClientConfig>, resumption: Resumption) -> Arc<ClientConfig> {
    let mut config = ClientConfig::clone(base);
    config.resumption = resumption;
    Arc::new(config)
}

fn leaf(connection: &CommonState) -> Option<&CertificateDer<'static>> {
    connection.peer_certificates()?.first()
}
