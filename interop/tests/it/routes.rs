//! Every way to make connections: passive and active, IPv4 and IPv6, and through proxies.

use towline::{Active, Config, DataMode, Session, TlsVersion, UploadOptions};
use towline_interop::{Account, RealServer, theme};
use towline_testkit::Proxy;

use crate::support::{config, config_at, connect_with, directory, for_each_server, versions};

/// The number of data connections that [`exchange`] makes.
const EXCHANGES: usize = 6;

for_each_server! {
    every_route;
    vsftpd: "vsftpd";
    vsftpd_implicit: "vsftpd-implicit";
    vsftpd_ipv6: "vsftpd-ipv6";
    proftpd: "proftpd";
    proftpd_tls12: "proftpd-tls12";
    proftpd_implicit: "proftpd-implicit";
    proftpd_ipv6: "proftpd-ipv6";
    pure_ftpd: "pure-ftpd";
    pure_ftpd_ipv6: "pure-ftpd-ipv6";
    pyftpdlib: "pyftpdlib";
    pyftpdlib_ipv6: "pyftpdlib-ipv6";
}

async fn every_route(server: &'static RealServer) {
    for version in versions(server) {
        let modes = [
            ("passive", DataMode::Passive),
            ("active", DataMode::Active(Active::default())),
        ];
        for (name, mode) in modes {
            let cell = theme::ROUTES.cell(server, &version.to_string(), name);
            let account = server.account();
            succeed(&account, config(&account, version).data_mode(mode)).await;
            cell.passed();
        }
        through_proxies(server, version).await;
    }
}

/// Checks that the proxy gets the name, not an address, for data connections too.
async fn through_proxies(server: &'static RealServer, version: TlsVersion) {
    let proxies = [
        ("HTTP CONNECT", "http", Proxy::http()),
        ("SOCKS5", "socks5", Proxy::socks5()),
    ];
    for (name, scheme, proxy) in proxies {
        let cell = theme::ROUTES.cell(server, &version.to_string(), name);
        let proxy = proxy.resolve("localhost", server.host).start().await;
        let proxy = proxy.unwrap();
        let account = server.account();
        let url = format!("{scheme}://{}", proxy.address());
        let config = config_at("localhost", &account, version).proxy(url.parse().unwrap());
        let data_connections = succeed(&account, config).await;
        let requests = proxy.requests();
        assert!(requests.len() > data_connections, "{requests:?}");
        for request in requests {
            assert_eq!((request.host.as_str(), request.user), ("localhost", None));
        }
        cell.passed();
    }
}

/// Moves files. Returns how many data connections that took.
async fn succeed(account: &Account, config: Config) -> usize {
    let what = format!("{} {config:?}", account.server.name);
    let (mut session, verdicts) = connect_with(config).await;
    exchange(account, &mut session).await;
    session.quit().await;
    assert_eq!(verdicts.logins(), 1, "{what}");
    verdicts.assert_server_agrees(account);
    let data_connections = verdicts.seen().len();
    assert!(data_connections >= EXCHANGES, "{what}");
    data_connections
}

async fn exchange(account: &Account, session: &mut Session) {
    let (remote, local) = directory(account, session).await;
    for round in 0..EXCHANGES / 3 {
        let contents = vec![round as u8; 100_000];
        let target = remote.join(format!("{round}").as_bytes()).unwrap();
        let options = UploadOptions::default();
        let upload = session.upload_from(contents.as_slice(), &target, &options);
        upload.await.unwrap();
        assert_eq!(
            std::fs::read(local.join(round.to_string())).unwrap(),
            contents
        );
        let listing = session.list(&remote).await.unwrap();
        assert_eq!(listing.entries.len(), round + 1);
        let mut download = session.download(&target).await.unwrap();
        let mut received = Vec::new();
        let mut chunk = vec![0; 65_536];
        while let len @ 1.. = download.read(&mut chunk).await.unwrap() {
            received.extend_from_slice(&chunk[..len]);
        }
        download.finish().await.unwrap();
        assert_eq!(received, contents);
    }
}
