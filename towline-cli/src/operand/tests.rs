use std::ffi::OsStr;
use std::net::Ipv6Addr;
use std::sync::Arc;

use proptest::prelude::*;
use towline::{RemotePath, TlsMode};

use super::parse::{Operand, Place};
use super::remote::Remote;
use super::server::{Scheme, Server, Site};
use crate::error::Error;
use crate::settings::resolved::Settings;

fn defaults() -> Arc<Settings> {
    parse("ftpes://h").server.settings
}

fn parse(url: &str) -> Remote {
    Remote::parse(url.as_bytes()).unwrap()
}

fn exact(place: Place) -> Remote {
    match place {
        Place::Exact(remote) => remote,
        Place::Glob(_) => panic!("{place:?}"),
    }
}

fn no_site(name: &str) -> Result<Server, Error> {
    Err(Error::usage(format!("no site {name}")))
}

/// The server of a site whose paths are relative to `directory`.
fn site(directory: &str) -> Server {
    Server {
        site: Some(Site {
            name: "vendor".to_owned(),
            directory: RemotePath::new(directory).unwrap(),
        }),
        ..parse("ftpes://h").server
    }
}

fn at_site(operand: &str, directory: &str) -> Result<Operand, Error> {
    Operand::parse(OsStr::new(operand), &defaults(), |name| match name {
        "vendor" => Ok(site(directory)),
        _ => no_site(name),
    })
}

fn refusal(url: &str) -> String {
    match Remote::parse(url.as_bytes()) {
        Err(Error::Usage(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn path(url: &str) -> Vec<u8> {
    parse(url).path.as_bytes().to_vec()
}

#[test]
fn reads_every_part() {
    let remote = parse("ftpes://demo%40corp@Files.Example:2121/in/a%20b.csv");
    assert_eq!(remote.server.scheme, Scheme::Ftpes);
    assert_eq!(remote.server.user.as_deref(), Some("demo@corp"));
    assert_eq!(remote.server.host, "files.example");
    assert_eq!(remote.server.port, Some(2121));
    assert_eq!(remote.path.as_bytes(), b"in/a b.csv");
    assert!(!remote.trailing_slash);
}

#[test]
fn a_path_is_relative_unless_it_has_a_second_slash() {
    assert_eq!(path("ftps://h"), b"");
    assert_eq!(path("ftps://h/"), b"");
    assert_eq!(path("ftps://h/a/b"), b"a/b");
    assert_eq!(path("ftps://h//a/b"), b"/a/b");
    assert_eq!(path("ftps://h/%2Fa"), b"/a");
    assert_eq!(path("ftps://h//"), b"/");
    assert_eq!(path("ftps://h/a%3Fb#c;type=i"), b"a?b#c;type=i");
}

#[test]
fn a_trailing_slash_is_remembered_and_not_part_of_the_path() {
    let remote = parse("ftps://h/in//");
    assert!(remote.trailing_slash);
    assert_eq!(remote.path.as_bytes(), b"in");
    assert!(parse("ftps://h//").trailing_slash);
    assert!(!parse("ftps://h/in").trailing_slash);
}

#[test]
fn names_may_be_any_bytes_but_line_ends_and_nul() {
    assert_eq!(path("ftps://h/%FF%e9"), b"\xff\xe9");
    for bad in ["%0a", "%0D", "%00", "a%0d%0aDELE%20b", "\n", "a\0"] {
        let text = refusal(&format!("ftps://h/{bad}"));
        assert!(text.contains("line break or NUL"), "{text}");
        let text = refusal(&format!("ftps://{bad}@h/"));
        assert!(text.contains("line break or NUL"), "{text}");
    }
}

#[test]
fn ipv6_literals_stand_in_brackets() {
    let remote = parse("ftpes://[2001:db8::1]:2121/x");
    assert_eq!(remote.server.host, "2001:db8::1");
    assert_eq!(remote.server.port, Some(2121));
    assert_eq!(parse("ftpes://u@[::1]").server.host, "::1");
    for bad in [
        "ftpes://[::1",
        "ftpes://[::1]x/",
        "ftpes://[files.example]/",
        "ftpes://[]/",
    ] {
        refusal(bad);
    }
}

#[test]
fn a_password_is_refused_and_never_repeated() {
    for url in [
        "ftpes://demo:hunter2@h/x",
        "ftpes://demo:hunter2@h:bad/x",
        "ftpes://demo:hunter2@/x",
        "ftpes://demo:hunter2/3@h/x",
        "ftpes://demo:hunter2%zz@h/x",
        "ftpes://:hunter2@h/x",
        "sftp://demo:hunter2@h/x",
        "ftpes:demo:hunter2@h/x",
        "demo:hunter2@h",
    ] {
        match Operand::parse(OsStr::new(url), &defaults(), no_site) {
            Err(Error::Usage(text)) => assert!(!text.contains("hunter2"), "{url}: {text}"),
            other => panic!("{url}: {other:?}"),
        }
    }
    assert!(refusal("ftpes://demo:@h/").contains("password"));
}

#[test]
fn tells_urls_from_local_paths_and_sites() {
    let local = |text: &str| Operand::parse(OsStr::new(text), &defaults(), no_site).unwrap();
    for text in ["a", "a/b", "./a:b", "/a:b", "dir/a:b", "-", ".", "*.csv"] {
        assert_eq!(local(text), Operand::Local(text.into()), "{text}");
    }
    match Operand::parse(OsStr::new("vendor:/out"), &defaults(), no_site) {
        Err(Error::Usage(text)) => assert_eq!(text, "no site vendor"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_path_at_a_site_starts_from_the_site_unless_it_is_absolute() {
    for (operand, directory, expected) in [
        ("vendor:", "", ""),
        ("vendor:a", "", "a"),
        ("vendor:/a", "", "/a"),
        ("vendor:", "/out", "/out"),
        ("vendor:a%20b", "/out", "/out/a b"),
        ("vendor:a/b", "in/", "in/a/b"),
        ("vendor:/a", "/out", "/a"),
        ("vendor:a@b", "/", ""),
    ] {
        match at_site(operand, directory) {
            Ok(Operand::Place(place)) => {
                let remote = exact(*place);
                assert_eq!(remote.path.as_bytes(), expected.as_bytes(), "{operand}");
            }
            other => assert!(operand.contains('@'), "{operand}: {other:?}"),
        }
    }
    let Ok(Operand::Place(place)) = at_site("vendor:/a", "/out") else {
        panic!("not a remote")
    };
    let remote = exact(*place);
    let resolved = |path: &str| remote.on_same_server(OsStr::new(path)).unwrap().path;
    assert_eq!(resolved("/b").as_bytes(), b"/b");
    assert_eq!(resolved("b").as_bytes(), b"/out/b");
}

#[test]
fn a_path_is_written_in_the_servers_character_set() {
    let mut latin1 = Settings::clone(&defaults());
    latin1.connection.charset = towline::Charset::for_label("latin1");
    let url = OsStr::new("ftps://h/caf\u{e9}/%FF");
    match Operand::parse(url, &Arc::new(latin1), no_site) {
        Ok(Operand::Place(place)) => {
            let remote = exact(*place);
            assert_eq!(remote.path.as_bytes(), b"caf\xe9/\xff");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_last_part_may_be_a_pattern() {
    let directory = |operand: &str| match at_site(operand, "/base") {
        Ok(Operand::Place(place)) => {
            let Place::Glob(glob) = *place else {
                panic!("{operand} is no pattern")
            };
            let path = glob.directory.path.as_bytes().to_vec();
            (String::from_utf8(path).unwrap(), glob.pattern.to_string())
        }
        other => panic!("{operand}: {other:?}"),
    };
    for (operand, path, pattern) in [
        ("ftps://h/*.csv", "", "*.csv"),
        ("ftps://h//*.csv", "/", "*.csv"),
        ("ftps://h/a/b?", "a", "b?"),
        ("ftps://h//a/b?", "/a", "b?"),
        ("vendor:*.csv", "/base", "*.csv"),
        ("vendor:a%2A/[bc]", "/base/a*", "[bc]"),
        ("vendor:/*", "/", "*"),
    ] {
        assert_eq!(directory(operand), (path.to_owned(), pattern.to_owned()));
    }
    for operand in [
        "ftps://h/*/a",
        "ftps://h/a*/",
        "vendor:/a[1",
        "ftps://h/*%0a",
        "ftps://h/*%",
    ] {
        assert!(
            matches!(at_site(operand, ""), Err(Error::Usage(_))),
            "{operand}"
        );
    }
    assert!(
        parse("ftps://h/a")
            .on_same_server(OsStr::new("b*"))
            .is_err()
    );
}

#[test]
fn refuses_urls_that_are_not_whole() {
    for url in [
        "ftpes://",
        "ftpes:///x",
        "ftpes://@h/",
        "ftpes://h:0/",
        "ftpes://h:65536/",
        "ftpes://h:+21/",
        "ftpes://h:2 1/",
        "ftpes://h i/",
        "ftpes://h\u{e9}/",
        "ftpes://h/%",
        "ftpes://h/%4",
        "ftpes://h/%zz",
        "http://h/",
    ] {
        refusal(url);
    }
}

#[test]
fn an_empty_port_is_the_default() {
    assert_eq!(parse("ftpes://h:/x").server.port, None);
}

#[test]
fn the_option_beats_the_scheme() {
    let server = |url| parse(url).server;
    let mode = |url, option| server(url).scheme.tls_mode(option).ok();
    assert_eq!(mode("ftpes://h/", None), Some(TlsMode::Explicit));
    assert_eq!(mode("ftps://h/", None), Some(TlsMode::Implicit));
    let explicit = Some(TlsMode::Explicit);
    assert_eq!(mode("ftps://h/", explicit), explicit);
    assert_eq!(mode("ftp://h/", None), None);
    assert_eq!(mode("ftp://h/", explicit), explicit);
}

#[test]
fn a_second_path_resolves_like_the_first() {
    let first = parse("ftpes://u@h/a");
    let resolved = |path: &str| first.on_same_server(OsStr::new(path)).unwrap();
    assert_eq!(resolved("b/c").path.as_bytes(), b"b/c");
    assert_eq!(resolved("/b").path.as_bytes(), b"b");
    assert_eq!(resolved("//b").path.as_bytes(), b"/b");
    assert_eq!(resolved("b%20c/").path.as_bytes(), b"b c");
    assert!(resolved("b/").trailing_slash);
    assert!(first.on_same_server(OsStr::new("b%0a")).is_err());
}

#[test]
fn knows_the_top_of_a_server() {
    for url in [
        "ftps://h",
        "ftps://h/",
        "ftps://h//",
        "ftps://h/./",
        "ftps://h//./.",
    ] {
        assert!(parse(url).is_top(), "{url}");
    }
    assert!(!parse("ftps://h/a").is_top());
    assert!(!parse("ftps://h/..").is_top());
}

prop_compose! {
    fn any_remote()(
        scheme in prop_oneof![
            Just(Scheme::Ftpes), Just(Scheme::Ftps), Just(Scheme::Ftp)
        ],
        user in proptest::option::of("[^\\p{Cc}]{1,12}"),
        host in prop_oneof![
            "[a-z0-9][a-z0-9._-]{0,20}",
            any::<Ipv6Addr>().prop_map(|address| address.to_string()),
        ],
        port in proptest::option::of(1u16..),
        bytes in proptest::collection::vec(any::<u8>(), 0..24),
        trailing_slash in any::<bool>(),
    ) -> Remote {
        let mut path: Vec<u8> = bytes
            .into_iter()
            .filter(|b| !matches!(b, b'\r' | b'\n' | 0))
            .collect();
        while path.len() > 1 && path.ends_with(b"/") {
            path.pop();
        }
        // The root ends in its slash; the login directory has no slash of its own.
        let trailing_slash = match path.as_slice() {
            b"" => false,
            b"/" => true,
            _ => trailing_slash,
        };
        Remote {
            server: Server { site: None, scheme, user, host, port, settings: defaults() },
            path: RemotePath::new(path).unwrap(),
            trailing_slash,
        }
    }
}

proptest! {
    #[test]
    fn a_url_that_was_printed_reads_back(remote in any_remote()) {
        let url = remote.to_string();
        prop_assert!(url.is_ascii() && !url.bytes().any(|b| b.is_ascii_control()));
        prop_assert_eq!(Remote::parse(url.as_bytes()).unwrap(), remote);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut url = b"ftpes://".to_vec();
        url.extend(bytes);
        if let Ok(remote) = Remote::parse(&url) {
            prop_assert_eq!(Remote::parse(remote.to_string().as_bytes()).unwrap(), remote);
        }
    }

    #[test]
    fn no_password_is_ever_repeated(
        user in "[a-z]{0,8}",
        tail in "[ -~]{0,16}",
    ) {
        let url = format!("ftpes://{user}:s3cr3t!{tail}@host/file");
        // What follows a slash or an at sign in `tail` may turn it into a path.
        if let Err(error) = Remote::parse(url.as_bytes()) {
            prop_assert!(!error.to_string().contains("s3cr3t!"));
        }
    }
}
