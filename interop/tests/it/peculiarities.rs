//! Peculiarities of real servers that a client could misunderstand.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::Arc;
use std::time::{Duration, Instant};

use towline::{Client, DownloadOptions, Outcome, UploadOptions};
use towline_interop::{RealServer, servers};

use crate::desk::{Desk, names};
use crate::support::{any_config, connect_with, directory, for_each_server};

mod a_missing_directory {
    use super::*;

    for_each_server! {
        is_not_an_empty_one;
        vsftpd: "vsftpd";
        proftpd: "proftpd";
        pure_ftpd: "pure-ftpd";
        pyftpdlib: "pyftpdlib";
    }
}

async fn is_not_an_empty_one(server: &'static RealServer) {
    let account = server.account();
    let desk = Desk::new(&account, None);
    for path in ["real:missing", "real:missing/", "real:no such place"] {
        desk.fail(6, &["ls", path]);
        desk.fail(6, &["get", "-r", path, "got"]);
    }
    assert_eq!(names(desk.path()), ["config.toml"]);
    desk.succeed(&["mkdir", "real:empty"]);
    assert_eq!(desk.succeed(&["ls", "real:empty"]), "");
}

mod an_unreadable_directory {
    use super::*;

    // The servers that do not run their sessions as root.
    for_each_server! {
        is_not_an_empty_one_either;
        vsftpd: "vsftpd";
        proftpd: "proftpd";
        pure_ftpd: "pure-ftpd";
        inetutils: "inetutils";
    }
}

async fn is_not_an_empty_one_either(server: &'static RealServer) {
    let account = server.account();
    let desk = Desk::new(&account, None);
    let secret = account.home.join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("file"), "hidden").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o700)).unwrap();
    desk.fail(6, &["ls", "real:secret"]);
    for arguments in [
        ["get", "-r", "real:secret", "got"].as_slice(),
        &["get", "-r", "real:", "all"],
        &["ls", "-R", "real:"],
        &["rm", "-r", "real:secret"],
    ] {
        let output = desk.run(arguments, "");
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
    }
    assert!(secret.join("file").exists());
}

/// inetutils reads a path with a space as two paths: `LIST one two` lists `one` and `two`.
#[tokio::test]
async fn a_directory_with_a_blank_in_its_name_is_listed() {
    let account = servers::by_name("inetutils").account();
    let desk = Desk::new(&account, None);
    desk.succeed(&["mkdir", "-p", "real:one two/three  four"]);
    desk.succeed(&["put", "config.toml", "real:one two/three  four/file"]);
    // The halves of the name.
    desk.succeed(&["mkdir", "real:one"]);
    desk.succeed(&["put", "config.toml", "real:one/another"]);
    assert_eq!(desk.succeed(&["ls", "real:one two"]), "three  four/\n");
    assert_eq!(desk.succeed(&["ls", "real:one two/three  four"]), "file\n");
    desk.succeed(&["get", "-r", "real:one two", "got"]);
    assert!(desk.path().join("got/three  four/file").exists());
    desk.succeed(&["rm", "-r", "real:one two"]);
    assert_eq!(names(&account.home), ["one"]);
    assert_eq!(names(&account.home.join("one")), ["another"]);
}

/// ftp-srv says 234 before it is ready for TLS, and answers a quick `ClientHello` in clear text.
#[tokio::test]
async fn a_server_that_is_not_ready_for_tls_after_its_234_gets_a_new_connection() {
    let account = servers::by_name("ftp-srv").account();
    let client = Arc::new(Client::new(any_config(&account)).unwrap());
    for _ in 0..10 {
        let sessions = (0..8).map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.connect().await.unwrap().quit().await })
        });
        for session in sessions.collect::<Vec<_>>() {
            session.await.unwrap();
        }
    }
}

/// libunftp and ftp-srv reply 150 first and refuse the transfer afterwards.
#[tokio::test]
async fn a_refusal_after_150_is_a_refusal() {
    for (name, arguments) in [
        ("libunftp", &["get", "real:missing", "got"][..]),
        ("libunftp", &["cat", "real:missing"]),
        ("libunftp", &["put", "config.toml", "real:missing/file"]),
        ("ftp-srv", &["put", "config.toml", "real:missing/file"]),
    ] {
        let account = servers::by_name(name).account();
        let desk = Desk::new(&account, None);
        let errors = desk.fail(6, arguments);
        assert!(errors.contains("550"), "{name}: {errors}");
        assert!(!errors.contains("retry"), "{name}: {errors}");
        assert_eq!(names(desk.path()), ["config.toml"]);
    }
}

/// aioftp has neither `FEAT` nor `SIZE`, and creates the parents of a directory itself.
#[tokio::test]
async fn a_server_without_features_has_directories_all_the_same() {
    let account = servers::by_name("aioftp").account();
    let desk = Desk::new(&account, None);
    desk.succeed(&["mkdir", "-p", "real:a/b/c"]);
    desk.succeed(&["mkdir", "-p", "real:a/b/c"]);
    assert!(account.home.join("a/b/c").is_dir());
    desk.succeed(&["put", "config.toml", "real:a/b/c/"]);
    assert_eq!(names(&account.home.join("a/b/c")), ["config.toml"]);
    desk.fail(6, &["put", "config.toml", "real:nowhere/file"]);
    assert!(!account.home.join("nowhere").exists());
}

mod a_link_to_a_file {
    use super::*;

    for_each_server! {
        is_downloaded_whole;
        vsftpd: "vsftpd";
        proftpd: "proftpd";
        pure_ftpd: "pure-ftpd";
        pyftpdlib: "pyftpdlib";
        ftp_srv: "ftp-srv";
        aioftp: "aioftp";
        inetutils: "inetutils";
    }
}

async fn is_downloaded_whole(server: &'static RealServer) {
    let account = server.account();
    let desk = Desk::new(&account, None);
    let contents = "longer than the name of a file\n".repeat(20);
    fs::write(account.home.join("file"), &contents).unwrap();
    symlink("file", account.home.join("link")).unwrap();
    desk.succeed(&["get", "real:link", "got"]);
    assert_eq!(
        fs::read_to_string(desk.path().join("got")).unwrap(),
        contents
    );
    assert_eq!(desk.succeed(&["cat", "real:link"]), contents);
}

mod a_loop_of_links {
    use super::*;

    for_each_server! {
        ends;
        libunftp: "libunftp";
        inetutils: "inetutils";
    }
}

async fn ends(server: &'static RealServer) {
    let account = server.account();
    let desk = Desk::new(&account, None);
    let tree = account.home.join("tree");
    fs::create_dir_all(tree.join("inner")).unwrap();
    fs::write(tree.join("inner/file"), "once").unwrap();
    symlink("..", tree.join("inner/up")).unwrap();
    symlink("inner", tree.join("again")).unwrap();
    let started = Instant::now();
    for arguments in [
        ["get", "-r", "real:tree", "got"].as_slice(),
        &["ls", "-R", "real:tree"],
        &["rm", "-r", "real:tree"],
    ] {
        let output = desk.run(arguments, "");
        assert!(
            output.stdout.len() + output.stderr.len() < 10_000,
            "{output:?}"
        );
    }
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        fs::read_to_string(desk.path().join("got/inner/file")).unwrap(),
        "once"
    );
}

/// libunftp announces `SITE MD5`.
#[tokio::test]
async fn a_digest_of_site_md5_verifies_both_ways() {
    let account = servers::by_name("libunftp").account();
    let (mut session, _) = connect_with(any_config(&account)).await;
    let (remote, _) = directory(&account, &mut session).await;
    let scratch = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| scratch.path().join(name));
    fs::write(&from, b"compared by digest").unwrap();
    let path = remote.join(b"file").unwrap();
    let options = UploadOptions::default().verify(true);
    let sent = session.upload_file(&from, &path, &options).await.unwrap();
    let options = DownloadOptions::default().verify(true);
    let received = session.download_file(&path, &to, &options).await.unwrap();
    for done in [sent, received] {
        assert_eq!(done.outcome, Outcome::Verified);
        assert_eq!(done.digest.unwrap().to_string(), "MD5");
    }
}

/// ftp-srv removes quotes from a command, and aioftp removes blanks at its end.
#[tokio::test]
async fn a_name_that_the_server_changes_is_not_called_stored() {
    for (name, path) in [
        ("ftp-srv", "a \"quoted\" name"),
        ("aioftp", "blank at the end "),
    ] {
        let account = servers::by_name(name).account();
        let desk = Desk::new(&account, None);
        for command in [["put", "config.toml"].as_slice(), &["mkdir"]] {
            let target = format!("real:{path}");
            let output = desk.run(&[command, &[&target]].concat(), "");
            assert!(
                !output.status.success(),
                "{name} {command:?} {path:?}: {output:?}"
            );
        }
        assert!(!account.home.join(path).exists());
    }
}
