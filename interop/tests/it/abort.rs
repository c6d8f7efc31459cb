//! Transfers aborted halfway: the session stays usable, and no file is left behind.

use towline::UploadOptions;
use towline_interop::RealServer;

use crate::support::{connect, directory, for_each_server, versions};

const ROUNDS: usize = 10;

for_each_server! {
    downloads_and_uploads;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    proftpd_tls12: "proftpd-tls12";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn downloads_and_uploads(server: &'static RealServer) {
    let name = &server.name;
    for version in versions(server) {
        let account = server.account();
        let (mut session, verdicts) = connect(&account, version).await;
        let (remote, local) = directory(&account, &mut session).await;
        std::fs::write(local.join("big"), vec![7; 50 << 20]).unwrap();
        let big = remote.join(b"big").unwrap();
        let target = remote.join(b"target").unwrap();
        for round in 0..ROUNDS {
            let what = format!("{name} TLS {version}, round {round}");
            let mut download = session.download(&big).await.unwrap();
            let mut chunk = vec![0; 100_000];
            assert!(download.read(&mut chunk).await.unwrap() > 0);
            download
                .abort()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));

            let options = UploadOptions::default();
            let mut upload = session.upload(&target, &options).await.unwrap();
            upload.write_all(&[7; 100_000]).await.unwrap();
            upload
                .abort()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let listing = session.list(&remote).await.unwrap();
            assert_eq!(listing.entries.len(), 1, "{what}");
        }
        assert_eq!(verdicts.logins(), 1, "{name} TLS {version}");
    }
}
