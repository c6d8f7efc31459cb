//! Peculiarities of real servers that a client could misunderstand.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, Instant};

use towline_interop::{RealServer, servers};

use crate::desk::{Desk, names};
use crate::support::for_each_server;

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
        ftp_srv_implicit: "ftp-srv-implicit";
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
