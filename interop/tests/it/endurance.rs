//! Many transfers in a row on one control connection: each resumes, and the client never
//! reconnects.

use towline::{Outcome, RemotePath, Session, TlsVersion, UploadOptions};
use towline_interop::{Account, DataSessions, RealServer, servers};

use crate::support::{connect, directory, versions};

const IN_A_ROW: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Uploads,
    Downloads,
    MixedWithListings,
}

/// Makes one test for each kind of work, so that the kinds run side by side.
macro_rules! endurance {
    ($($name:ident: $server:literal $work:ident;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                run(servers::by_name($server), Work::$work).await;
            }
        )*
    };
}

endurance! {
    vsftpd_uploads: "vsftpd" Uploads;
    vsftpd_downloads: "vsftpd" Downloads;
    vsftpd_mixed: "vsftpd" MixedWithListings;
    proftpd_uploads: "proftpd" Uploads;
    proftpd_downloads: "proftpd" Downloads;
    proftpd_mixed: "proftpd" MixedWithListings;
    proftpd_tls12_only_uploads: "proftpd-tls12" Uploads;
    proftpd_tls12_only_downloads: "proftpd-tls12" Downloads;
    proftpd_tls12_only_mixed: "proftpd-tls12" MixedWithListings;
}

async fn run(server: &'static RealServer, work: Work) {
    for version in versions(server) {
        in_a_row(server.account(), version, work).await;
    }
}

async fn in_a_row(account: Account, version: TlsVersion, work: Work) {
    let what = format!("{} TLS {version} {work:?}", account.server.name);
    let (mut session, verdicts) = connect(&account, version).await;
    let (remote, local) = directory(&account, &mut session).await;
    let contents = b"one of five hundred\n";
    std::fs::write(local.join("source"), contents).unwrap();
    let source = remote.join(b"source").unwrap();

    for number in 0..IN_A_ROW {
        let kind = match work {
            Work::MixedWithListings => number % 3,
            Work::Uploads => 0,
            Work::Downloads => 1,
        };
        match kind {
            0 => {
                let target = remote.join(b"target").unwrap();
                upload(&mut session, &target, format!("{number}").as_bytes()).await;
                let stored = std::fs::read(local.join("target")).unwrap();
                assert_eq!(stored, format!("{number}").as_bytes(), "{what}");
            }
            1 => assert_eq!(download(&mut session, &source).await, contents, "{what}"),
            _ => {
                let listing = session.list(&remote).await.unwrap();
                assert_eq!(listing.entries.len(), 2, "{what}");
            }
        }
    }
    // The first upload waits for a listing that shows whether the server requires session reuse.
    let trials = usize::from(work != Work::Downloads);
    verdicts.assert_all_resumed(IN_A_ROW + trials, &what);
    session.quit().await;
    // The server's log must show the same.
    let counted = account.data_sessions().unwrap();
    let expected = DataSessions {
        resumed: IN_A_ROW + trials,
        ..DataSessions::default()
    };
    assert_eq!(counted, Some(expected), "{what}");
}

async fn upload(session: &mut Session, target: &RemotePath, contents: &[u8]) {
    let mut upload = session
        .upload(target, &UploadOptions::default())
        .await
        .unwrap();
    upload.write_all(contents).await.unwrap();
    let done = upload.finish().await.unwrap();
    assert_eq!(done.outcome, Outcome::Verified);
}

async fn download(session: &mut Session, source: &RemotePath) -> Vec<u8> {
    let mut download = session.download(source).await.unwrap();
    let mut contents = vec![0; 1000];
    let mut len = 0;
    while let n @ 1.. = download.read(&mut contents[len..]).await.unwrap() {
        len += n;
    }
    assert_eq!(download.finish().await.unwrap().outcome, Outcome::Verified);
    contents.truncate(len);
    contents
}
