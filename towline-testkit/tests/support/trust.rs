//! The client's TLS: what it trusts, its own certificate, and its sessions.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, NamedGroup, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use towline_testkit::{ClientIdentity, Server};

/// All sessions that a client has, newest last.
#[derive(Debug, Default)]
pub(crate) struct Store {
    tickets: Mutex<VecDeque<Tls13ClientSessionValue>>,
    session: Mutex<Option<Tls12ClientSessionValue>>,
    group: Mutex<Option<NamedGroup>>,
}

impl Store {
    /// Returns the number of TLS 1.3 tickets that are left.
    pub(crate) fn tickets(&self) -> usize {
        self.tickets.lock().unwrap().len()
    }

    /// Removes all sessions.
    pub(crate) fn clear(&self) {
        self.tickets.lock().unwrap().clear();
        *self.session.lock().unwrap() = None;
    }
}

impl ClientSessionStore for Store {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        *self.group.lock().unwrap() = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        *self.group.lock().unwrap()
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        *self.session.lock().unwrap() = Some(value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.session.lock().unwrap().clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.tickets.lock().unwrap().push_back(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.tickets.lock().unwrap().pop_back()
    }
}

/// What all clients of a server share. A client offers a session only with the same verifier.
#[derive(Clone)]
pub(crate) struct Trust(ClientConfig, Arc<RootCertStore>);

impl Trust {
    pub(crate) fn new(server: &Server) -> Self {
        Self::pem(server.ca_pem())
    }

    pub(crate) fn pem(pem: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        let roots = Arc::new(roots);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        Self(config, roots)
    }

    #[must_use]
    pub(crate) fn protocols(mut self, protocols: &[&str]) -> Self {
        self.0.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        self
    }

    /// Returns the same client with a certificate of its own.
    pub(crate) fn with_identity(self, identity: &ClientIdentity) -> Self {
        let certificate = identity.certificate_pem();
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(identity.key_pem().as_bytes()).unwrap();
        let config = ClientConfig::builder_with_provider(self.0.crypto_provider().clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.1.clone())
            .with_client_auth_cert(vec![certificate], key)
            .unwrap();
        Self(config, self.1)
    }

    pub(crate) fn max_tls12(self) -> Self {
        Self::versions(self, &[&rustls::version::TLS12])
    }

    fn versions(self, versions: &[&'static rustls::SupportedProtocolVersion]) -> Self {
        let provider = self.0.crypto_provider().clone();
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(self.1.clone())
            .with_no_client_auth();
        Self(config, self.1)
    }

    pub(super) fn config(&self, store: Arc<Store>) -> Arc<ClientConfig> {
        let mut config = self.0.clone();
        config.resumption = Resumption::store(store);
        Arc::new(config)
    }
}
