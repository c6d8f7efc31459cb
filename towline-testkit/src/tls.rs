//! TLS of control and data connections, as each personality does it.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, SecureRandom, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{
    ContentType, ProtocolVersion, RootCertStore, ServerConfig, ServerConnection,
    SupportedProtocolVersion,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::certificate::{Identity, Showcase, fingerprint};
use crate::fault::IdleRecord;
use crate::personality::{ControlTickets, TlsTraits};
use crate::report::SessionOrigin;

use crate::{ClientAuth, StartError};

use ticket_issuer::{Registry, Terms, TicketIssuer};

pub(crate) mod ticket_issuer;
pub(crate) mod withheld;

/// The TLS versions that a server supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Versions {
    /// TLS 1.2 only.
    Tls12,
    /// TLS 1.3 only.
    Tls13,
    /// Both.
    #[default]
    Both,
}

impl Versions {
    fn supported(self) -> &'static [&'static SupportedProtocolVersion] {
        const BOTH: &[&SupportedProtocolVersion] =
            &[&rustls::version::TLS12, &rustls::version::TLS13];
        match self {
            Self::Tls12 => &BOTH[..1],
            Self::Tls13 => &BOTH[1..],
            Self::Both => BOTH,
        }
    }
}

/// The number of tickets that a server withholds. After the last one it starts again
/// with the first.
const WITHHELD: usize = 8;

/// Settings of the builder that override the personality.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TlsOverrides {
    pub(crate) control_tickets: Option<usize>,
    pub(crate) data_tickets: Option<usize>,
    pub(crate) lifetime: Option<Duration>,
}

/// The TLS settings of one data connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DataTls {
    /// Whether the client sends on it.
    pub(crate) upload: bool,
    /// The version of the control connection.
    pub(crate) control_version: Option<ProtocolVersion>,
    /// Whether the control connection chose the application protocol
    /// `x-filezilla-ftp`.
    pub(crate) filezilla_protocol: bool,
    /// Whether to force a full handshake, whatever the client offers.
    pub(crate) refuse_sessions: bool,
    /// Whether each ticket is accepted once.
    pub(crate) tickets_serve_once: bool,
    /// Whether tickets are sent on demand, see [`withheld`].
    pub(crate) withholds: bool,
    pub(crate) shown: Shown,
}

/// The certificate that a data connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shown {
    /// The certificate of the control connection.
    #[default]
    Own,
    /// Another certificate, in a full handshake.
    Other,
    /// The certificate of the control connection without its key, in a full
    /// handshake.
    WithoutKey,
}

/// The TLS state of a server, which provides the settings of each connection.
pub(crate) struct Tls {
    registry: Arc<Registry>,
    random: &'static dyn SecureRandom,
    traits: TlsTraits,
    overrides: TlsOverrides,
    session_ids_only: bool,
    control: ServerConfig,
    data: ServerConfig,
    /// The same, with tickets that are sent on demand.
    storm: ServerConfig,
    own: Arc<Showcase>,
    other: Arc<Showcase>,
    without_key: Arc<Showcase>,
}

impl Tls {
    pub(crate) fn new(
        traits: TlsTraits,
        overrides: TlsOverrides,
        versions: Versions,
        clients: Option<&(ClientAuth, String)>,
        identity: &Identity,
        provider: CryptoProvider,
    ) -> Result<Self, StartError> {
        let random = provider.secure_random;
        let data_provider = Arc::new(provider.clone());
        let control_provider = match traits.control_tickets {
            ControlTickets::WithDataPort => Arc::new(withheld::provider(provider.clone())),
            ControlTickets::AfterHandshake(_) => data_provider.clone(),
        };
        let verifier = match clients {
            Some((auth, ca_pem)) => client_verifier(*auth, ca_pem, &data_provider)?,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let own = Showcase::new(identity.shown.clone());
        let config = |provider: Arc<CryptoProvider>| {
            Ok::<_, rustls::Error>(
                ServerConfig::builder_with_provider(provider)
                    .with_protocol_versions(versions.supported())?
                    .with_client_cert_verifier(verifier.clone())
                    .with_cert_resolver(own.clone()),
            )
        };
        let mut control = config(control_provider)?;
        control.alpn_protocols = traits.application_protocols();
        Ok(Self {
            registry: Arc::new(Registry::new(random)),
            random,
            session_ids_only: traits.session_ids_only_without_13 && versions == Versions::Tls12,
            traits,
            overrides,
            control,
            data: config(data_provider)?,
            storm: config(Arc::new(withheld::provider(provider)))?,
            own,
            other: Showcase::new(identity.other.clone()),
            without_key: Showcase::new(identity.without_key.clone()),
        })
    }

    /// Returns the settings for a control connection.
    pub(crate) fn control(&self, owner: u64) -> (Arc<ServerConfig>, Arc<TicketIssuer>) {
        let tickets = match (self.overrides.control_tickets, self.traits.control_tickets) {
            (Some(tickets), ControlTickets::AfterHandshake(_)) => tickets,
            (None, ControlTickets::AfterHandshake(tickets)) => tickets,
            (_, ControlTickets::WithDataPort) => WITHHELD,
        };
        let terms = Terms {
            after_resumption: 0,
            resumption: false,
            ..self.terms()
        };
        let issuer = TicketIssuer::new(self.registry.clone(), owner, SessionOrigin::Control, terms);
        equip(self.control.clone(), issuer, tickets)
    }

    /// Returns the settings for a data connection.
    pub(crate) fn data(&self, owner: u64, data: DataTls) -> (Arc<ServerConfig>, Arc<TicketIssuer>) {
        let (full, resumed) = match self.overrides.data_tickets {
            Some(tickets) => (tickets, tickets),
            None if data.upload => (self.traits.data_tickets, self.traits.upload_tickets),
            None => (self.traits.data_tickets, self.traits.download_tickets),
        };
        let tls12 = data.control_version == Some(ProtocolVersion::TLSv1_2);
        let terms = Terms {
            // A valid TLS 1.2 ticket is not renewed.
            after_resumption: if tls12 { 0 } else { resumed },
            resumption: !data.refuse_sessions && data.shown == Shown::Own,
            tickets_serve_once: data.tickets_serve_once,
            ..self.terms()
        };
        let issuer = TicketIssuer::new(self.registry.clone(), owner, SessionOrigin::Data, terms);
        let mut config = match data.withholds {
            true => self.storm.clone(),
            false => self.data.clone(),
        };
        if data.filezilla_protocol {
            config.alpn_protocols = vec![b"ftp-data".to_vec()];
        }
        match data.shown {
            Shown::Own => {}
            Shown::Other => config.cert_resolver = self.other.clone(),
            Shown::WithoutKey => config.cert_resolver = self.without_key.clone(),
        }
        let tickets = match data.withholds {
            true => WITHHELD,
            false => full.max(resumed),
        };
        equip(config, issuer, tickets)
    }

    /// Returns the token to write to send a withheld ticket; `None` if tickets
    /// are not withheld.
    pub(crate) fn ticket_token(&self) -> Option<&'static [u8]> {
        match self.traits.control_tickets {
            ControlTickets::WithDataPort => withheld::token(self.random).ok(),
            ControlTickets::AfterHandshake(_) => None,
        }
    }

    /// Returns the token to write to send a ticket on a data connection that
    /// [withholds](DataTls::withholds) them.
    pub(crate) fn storm_token(&self) -> Option<&'static [u8]> {
        withheld::token(self.random).ok()
    }

    /// Returns what to write to send this record, on a data connection
    /// that [withholds](DataTls::withholds) tickets.
    pub(crate) fn forgery(&self, record: IdleRecord) -> Option<Vec<u8>> {
        let typ = match record {
            IdleRecord::Alert => ContentType::Alert,
            IdleRecord::Empty | IdleRecord::KeyUpdate => ContentType::ApplicationData,
        };
        withheld::forgery(self.random, typ).ok()
    }

    /// Switches to another identity. Sessions of the old one can no longer be
    /// resumed.
    pub(crate) fn show(&self, identity: &Identity) {
        self.own.show(identity.shown.clone());
        self.other.show(identity.other.clone());
        self.without_key.show(identity.without_key.clone());
        self.forget_sessions();
    }

    pub(crate) fn forget_sessions(&self) {
        self.registry.clear();
    }

    fn terms(&self) -> Terms {
        let wanted = [self.overrides.control_tickets, self.overrides.data_tickets];
        let wanted = wanted.into_iter().flatten().any(|tickets| tickets > 0);
        Terms {
            tickets: wanted || self.traits.tickets && !self.session_ids_only,
            session_ids: self.traits.session_ids || self.session_ids_only,
            after_resumption: 0,
            lifetime: self.overrides.lifetime.unwrap_or(self.traits.lifetime),
            foreign_tickets: self.traits.foreign_tickets,
            foreign_session_ids: self.traits.foreign_session_ids,
            resumption: true,
            tickets_serve_once: false,
        }
    }
}

fn client_verifier(
    auth: ClientAuth,
    ca_pem: &str,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, StartError> {
    let authority = CertificateDer::from_pem_slice(ca_pem.as_bytes());
    let mut roots = RootCertStore::empty();
    roots.add(authority.map_err(StartError::encoding)?)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let verifier = match auth {
        ClientAuth::Offered => verifier.allow_unauthenticated(),
        ClientAuth::Required => verifier,
    };
    verifier.build().map_err(StartError::encoding)
}

/// Returns the fingerprint of the client's certificate.
pub(crate) fn client_certificate(connection: &ServerConnection) -> Option<String> {
    let shown = connection.peer_certificates()?.first()?;
    Some(fingerprint(shown))
}

/// Returns the provider that a server uses, with the key exchanges of its
/// personality.
pub(crate) fn provider(p256_only: bool) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = if p256_only {
        vec![aws_lc_rs::kx_group::SECP256R1]
    } else {
        vec![
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
            aws_lc_rs::kx_group::SECP384R1,
        ]
    };
    provider
}

/// Returns the name of a version in logs and reports.
pub(crate) fn version_name(version: Option<ProtocolVersion>) -> Option<&'static str> {
    match version? {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        _ => None,
    }
}

fn equip(
    mut config: ServerConfig,
    issuer: TicketIssuer,
    tickets: usize,
) -> (Arc<ServerConfig>, Arc<TicketIssuer>) {
    let issuer = Arc::new(issuer);
    config.send_tls13_tickets = tickets;
    config.ticketer = issuer.clone();
    config.session_storage = issuer.clone();
    (Arc::new(config), issuer)
}
