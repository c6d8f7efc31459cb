//! Names that are not UTF-8 on the server.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use towline::{Charset, RemotePath, UploadOptions};
use towline_interop::{RealServer, theme};

use crate::support::{config, connect_with, directory, for_each_server, versions};

for_each_server! {
    windows_1252;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    proftpd_windows_1252: "proftpd-windows-1252";
    pure_ftpd: "pure-ftpd";
}

/// `ÿ` is 0xFF in Windows-1252. Servers that read Telnet treat it as a command.
const NAMES: [(&str, &str, &[u8]); 2] = [
    ("Größe ß.txt", "Größe ß.txt", b"Gr\xf6\xdfe \xdf.txt"),
    ("ÿ", "aÿôÿÿ.txt", b"a\xff\xf4\xff\xff.txt"),
];

async fn windows_1252(server: &'static RealServer) {
    let charset = Charset::for_label("windows-1252").unwrap();
    for version in versions(server) {
        let account = server.account();
        let (mut session, _) = connect_with(config(&account, version).charset(charset)).await;
        let (remote, local) = directory(&account, &mut session).await;
        for (column, name, bytes) in NAMES {
            let cell = theme::CHARSET.cell(server, &version.to_string(), column);
            let path =
                |name: &str| -> RemotePath { remote.join(&charset.encode(name).unwrap()).unwrap() };
            let at_server = |name: &[u8]| local.join(OsStr::from_bytes(name));
            let options = UploadOptions::default();
            session
                .upload_from(&b"named"[..], &path(name), &options)
                .await
                .unwrap();
            assert_eq!(std::fs::read(at_server(bytes)).unwrap(), b"named");

            let listing = session.list(&remote).await.unwrap();
            let names: Vec<_> = listing.entries.iter().map(|it| it.name.clone()).collect();
            assert_eq!(names, [bytes]);
            assert_eq!(charset.decode(&names[0]).as_deref(), Some(name));
            assert_eq!(session.stat(&path(name)).await.unwrap().size, Some(5));
            assert_eq!(session.size(&path(name)).await.unwrap(), Some(5));

            let mut download = session.download(&path(name)).await.unwrap();
            let mut data = [0; 10];
            assert_eq!(download.read(&mut data).await.unwrap(), 5);
            assert_eq!(download.read(&mut data).await.unwrap(), 0);
            download.finish().await.unwrap();

            session.rename(&path(name), &path("ä")).await.unwrap();
            assert!(at_server(b"\xe4").exists());
            session.rename(&path("ä"), &path(name)).await.unwrap();
            session.remove_file(&path(name)).await.unwrap();
            assert!(!at_server(bytes).exists());
            cell.passed();
        }
    }
}
