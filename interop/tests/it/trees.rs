//! Listings as streams, trees, and raw commands.

use std::fs;

use towline::jiff::Timestamp;
use towline::{EntryKind, ListingCommand, ReplyClass, UploadOptions, WalkOptions};
use towline_interop::RealServer;

use crate::support::{connect, directory, for_each_server, versions};

for_each_server! {
    listings_and_trees;
    vsftpd: "vsftpd";
    proftpd: "proftpd";
    proftpd_tls12: "proftpd-tls12";
    pure_ftpd: "pure-ftpd";
    pyftpdlib: "pyftpdlib";
}

async fn listings_and_trees(server: &'static RealServer) {
    for version in versions(server) {
        let what = format!("{} TLS {version}", server.name);
        let account = server.account();
        let (mut session, verdicts) = connect(&account, version).await;
        let (remote, local) = directory(&account, &mut session).await;
        let path = |name: &str| remote.join(name.as_bytes()).unwrap();

        let deep = path("tree").join(b"b").unwrap().join(b"c").unwrap();
        session.create_dir_all(&deep).await.unwrap();
        session.create_dir_all(&deep).await.unwrap();
        // A server can set the time of a file only if it owns the file.
        let upload = UploadOptions::default();
        let file = path("tree").join(b"a").unwrap();
        session
            .upload_from(&b"x"[..], &file, &upload)
            .await
            .unwrap();
        fs::write(local.join("tree/b/c/d"), "x").unwrap();

        let mut walk = session.walk(&remote, &WalkOptions::default());
        let mut found = Vec::new();
        while let Some(item) = walk.next().await {
            let item = item.unwrap();
            found.push((item.depth, item.entry.name, item.entry.kind));
        }
        assert!(walk.is_complete(), "{what}");
        drop(walk);
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let expected = [
            (0, b"tree".to_vec(), EntryKind::Directory),
            (1, b"a".to_vec(), EntryKind::File),
            (1, b"b".to_vec(), EntryKind::Directory),
            (2, b"c".to_vec(), EntryKind::Directory),
            (3, b"d".to_vec(), EntryKind::File),
        ];
        assert_eq!(found, expected, "{what}");

        let many = local.join("many");
        fs::create_dir(&many).unwrap();
        for n in 0..5000 {
            fs::write(many.join(format!("file-{n}")), "").unwrap();
        }
        let mut listing = session.listing(&path("many")).await.unwrap();
        let mut count = 0;
        while let Some(entry) = listing.next().await {
            entry.unwrap();
            count += 1;
        }
        let summary = listing.finish().await.unwrap();
        assert!(summary.completeness().is_complete(), "{what}: {summary:?}");
        assert_eq!((count, summary.entries), (5000, 5000), "{what}");
        let mut stopped = session.listing(&path("many")).await.unwrap();
        stopped.next().await.unwrap().unwrap();
        stopped.stop().await.unwrap();

        let names = ListingCommand::Nlst(Default::default());
        let names = session.raw_listing(&names, &path("many")).await.unwrap();
        let names = String::from_utf8(names).unwrap();
        let is_file = |line: &&str| line.contains("file-");
        assert_eq!(names.lines().filter(is_file).count(), 5000, "{what}");
        let reply = session.raw("NOOP").await.unwrap();
        assert_eq!(reply.class(), ReplyClass::Completion, "{what}");

        let time = Timestamp::from_second(1_500_000_000).unwrap();
        if session.set_modified(&file, time).await.unwrap() {
            let set = fs::metadata(local.join("tree/a")).unwrap();
            let set = filetime::FileTime::from_last_modification_time(&set);
            assert_eq!(set.unix_seconds(), 1_500_000_000, "{what}");
        }

        let removed = session.remove_dir_all(&path("tree")).await.unwrap();
        assert_eq!((removed.files, removed.directories), (2, 3), "{what}");
        assert!(!local.join("tree").exists(), "{what}");
        assert_eq!(verdicts.logins(), 1, "{what}");
        session.quit().await;
    }
}
