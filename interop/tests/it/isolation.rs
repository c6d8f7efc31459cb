//! Two sessions with one server in one process: neither offers the other's ticket. ProFTPD refuses
//! the ticket of another session, so a mistake would show.

use towline::UploadOptions;
use towline_interop::servers;

use crate::support::{connect, directory, versions};

#[tokio::test]
async fn two_sessions_keep_their_tickets_apart() {
    for name in ["proftpd", "proftpd-tls12", "vsftpd"] {
        let server = servers::by_name(name);
        for version in versions(server) {
            let account = server.account();
            let (mut one, ones) = connect(&account, version).await;
            let (mut two, twos) = connect(&account, version).await;
            let (remote, _) = directory(&account, &mut one).await;
            for number in 0..30 {
                let target = remote.join(format!("{number}").as_bytes()).unwrap();
                for session in [&mut one, &mut two] {
                    let options = UploadOptions::default();
                    let upload = session.upload_from(&b"data"[..], &target, &options);
                    upload.await.unwrap();
                    session.list(&remote).await.unwrap();
                }
            }
            for verdicts in [ones, twos] {
                // With the listing before the first upload.
                verdicts.assert_all_resumed(61, name);
            }
        }
    }
}

#[tokio::test]
async fn transfers_of_two_sessions_may_overlap() {
    let server = servers::by_name("proftpd");
    for version in versions(server) {
        let account = server.account();
        let (mut one, ones) = connect(&account, version).await;
        let (mut two, twos) = connect(&account, version).await;
        let (remote, local) = directory(&account, &mut one).await;
        for round in 0..10 {
            let paths = [b"one", b"two"].map(|name| remote.join(name).unwrap());
            let options = UploadOptions::default();
            let mut first = one.upload(&paths[0], &options).await.unwrap();
            let mut second = two.upload(&paths[1], &options).await.unwrap();
            first.write_all(&[round; 100]).await.unwrap();
            second.write_all(&[round; 200]).await.unwrap();
            second.finish().await.unwrap();
            first.finish().await.unwrap();
            assert_eq!(std::fs::read(local.join("one")).unwrap(), [round; 100]);
            assert_eq!(std::fs::read(local.join("two")).unwrap(), [round; 200]);
        }
        // With the listing before the first upload.
        ones.assert_all_resumed(11, "one");
        twos.assert_all_resumed(11, "two");
    }
}
