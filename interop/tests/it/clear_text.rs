//! The result of each setting on servers without TLS, with optional TLS, and with required TLS.

use towline::{Client, Config, ErrorKind, ProtocolVersion, Secret, TlsMode, Trust, UploadOptions};
use towline_interop::{Account, Kind, RealServer, Tls, theme};

use crate::support::{directory, for_each_server, host};

const SETTINGS: [(&str, TlsMode); 3] = [
    ("explicit", TlsMode::Explicit),
    ("if-available", TlsMode::IfAvailable),
    ("off", TlsMode::Off),
];

for_each_server! {
    every_setting;
    vsftpd: "vsftpd";
    vsftpd_optional: "vsftpd-optional";
    vsftpd_clear: "vsftpd-clear";
    proftpd: "proftpd";
    proftpd_clear: "proftpd-clear";
    pure_ftpd: "pure-ftpd";
    pure_ftpd_optional: "pure-ftpd-optional";
    pure_ftpd_clear: "pure-ftpd-clear";
    pyftpdlib: "pyftpdlib";
    inetutils: "inetutils";
    ftp_srv: "ftp-srv";
}

async fn every_setting(server: &'static RealServer) {
    for (name, mode) in SETTINGS {
        let cell = theme::CLEAR_TEXT.cell(server, "any", name);
        let expected = match (server.tls, mode) {
            (Tls::Explicit, TlsMode::Off) | (Tls::Never, TlsMode::Explicit) => "refused",
            (Tls::Never, TlsMode::IfAvailable) if !admits_it(server.kind) => "refused",
            (Tls::Never, _) | (_, TlsMode::Off) => "clear text",
            _ => "TLS",
        };
        let account = server.account();
        let became = outcome(&account, config(&account, mode)).await;
        assert_eq!(became, expected, "{}: {name}", server.name);
        cell.shows(became);
    }
}

/// Returns whether a server without TLS clearly says so. vsftpd answers `AUTH` with 530, as it
/// answers every command before the login. Pure-FTPd announces `AUTH TLS`. Either answer could come
/// from an on-path attacker.
fn admits_it(kind: Kind) -> bool {
    matches!(kind, Kind::ProFtpd | Kind::InetUtils)
}

/// Sets whom to trust only if the server has a certificate and the mode uses TLS. With
/// `if-available`, this setting would otherwise require TLS.
fn config(account: &Account, mode: TlsMode) -> Config {
    let server = account.server;
    let config = Config::new(host(server))
        .port(server.port)
        .tls_mode(mode)
        .user(&account.user)
        .password(Secret::new(&server.password));
    match (server.tls, mode) {
        (Tls::Never, _) | (_, TlsMode::Off) => config,
        _ => config.trust(Trust::CaFile(server.ca_file.clone())),
    }
}

async fn outcome(account: &Account, config: Config) -> &'static str {
    let mut session = match Client::new(config).unwrap().connect().await {
        Ok(session) => session,
        Err(error) => {
            let expected = [
                ErrorKind::Tls,
                ErrorKind::LoginRefused,
                ErrorKind::Unavailable,
            ];
            assert!(expected.contains(&error.kind()), "{error:?}");
            return "refused";
        }
    };
    let (remote, local) = directory(account, &mut session).await;
    let target = remote.join(b"target").unwrap();
    let options = UploadOptions::default();
    let upload = session.upload_from(&b"data"[..], &target, &options);
    upload.await.unwrap();
    assert_eq!(std::fs::read(local.join("target")).unwrap(), b"data");
    assert_eq!(session.list(&remote).await.unwrap().entries.len(), 1);
    let mut download = session.download(&target).await.unwrap();
    let protocol = download.data_connection().protocol;
    let mut data = [0; 10];
    assert_eq!(download.read(&mut data).await.unwrap(), 4);
    assert_eq!(download.read(&mut data).await.unwrap(), 0);
    download.finish().await.unwrap();
    match protocol {
        ProtocolVersion::ClearText => "clear text",
        _ => "TLS",
    }
}
