//! What the client trusts: a CA, a pin, or the first certificate seen.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use towline::{ErrorKind, Fingerprint, KnownServers, Pin, RemotePath, TlsVersion, Trust};
use towline_interop::{RealServer, servers, theme};

use crate::support::{config, connect_with, for_each_server, host, refusal, versions};

for_each_server! {
    every_trust;
    vsftpd: "vsftpd";
    vsftpd_self_signed: "vsftpd-self-signed";
    proftpd: "proftpd";
    proftpd_implicit: "proftpd-implicit";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn every_trust(server: &'static RealServer) {
    let other = servers::by_name(match server.name.as_str() {
        "vsftpd-self-signed" => "vsftpd",
        _ => "vsftpd-self-signed",
    });
    let (own, others) = (certificate(server), certificate(other));
    for version in versions(server) {
        let cell = |name| theme::TRUST.cell(server, &version.to_string(), name);
        let case = cell("CA file");
        accepted(server, version, Trust::CaFile(server.ca_file.clone())).await;
        case.passed();

        let case = cell("pin");
        let [own_pin, other_pin] = [&own, &others].map(|certificate| Pin::of(certificate).unwrap());
        accepted(server, version, Trust::Pins(vec![other_pin, own_pin])).await;
        case.passed();

        let case = cell("another's pin");
        turned_away(server, version, Trust::Pins(vec![other_pin])).await;
        case.passed();

        let folder = tempfile::tempdir().unwrap();
        let known = KnownServers::at(folder.path().join("known-servers"));
        let find = || known.find(&host(server), server.port).unwrap();
        let trust = Trust::FirstUse(known.clone());
        let case = cell("first use");
        assert_eq!(find(), None);
        accepted(server, version, trust.clone()).await;
        let met = find().unwrap();
        assert_eq!(met.fingerprint, Some(Fingerprint::of(&own)));
        case.passed();

        let case = cell("second use");
        accepted(server, version, trust.clone()).await;
        assert_eq!(find(), Some(met));
        case.passed();

        let case = cell("changed");
        let stranger = Fingerprint::of(&others);
        known.accept(&host(server), server.port, stranger).unwrap();
        turned_away(server, version, trust).await;
        assert_eq!(find().unwrap().fingerprint, Some(stranger));
        case.passed();
    }
}

fn certificate(server: &RealServer) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(&server.certificate).unwrap()
}

async fn accepted(server: &'static RealServer, version: TlsVersion, trust: Trust) {
    let (mut session, verdicts) =
        connect_with(config(&server.account(), version).trust(trust)).await;
    session.list(&RemotePath::login_directory()).await.unwrap();
    let verdict = &verdicts.seen()[0];
    assert!(verdict.same_certificate);
    assert!(verdict.resumed || !server.enforces_reuse);
}

async fn turned_away(server: &'static RealServer, version: TlsVersion, trust: Trust) {
    let config = config(&server.account(), version).trust(trust);
    let (error, verdicts) = refusal(config).await;
    assert_eq!(error.kind(), ErrorKind::Certificate, "{error}");
    assert!(error.fingerprint().is_some(), "{error}");
    assert!(!verdicts.said("USER") && !verdicts.said("PASS"));
}
