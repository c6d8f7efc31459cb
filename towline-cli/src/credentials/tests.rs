use super::*;
use crate::printer::Verbosity;
use crate::remote::Remote;

const NOBODY: Sources = Sources {
    option: None,
    environment: None,
    netrc: None,
    terminal: false,
};

fn server(url: &str) -> Server {
    Remote::parse(url.as_bytes()).unwrap().server
}

async fn login(sources: &Sources, url: &str) -> Result<(String, String), String> {
    let printer = Printer::new(Verbosity::Quiet, false, false);
    match sources.login(&server(url), &printer).await {
        Ok(login) => Ok((login.user, login.password.reveal().to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

fn pair(user: &str, password: &str) -> Result<(String, String), String> {
    Ok((user.to_owned(), password.to_owned()))
}

fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn an_option_beats_the_environment_which_beats_netrc() {
    let directory = tempfile::tempdir().unwrap();
    let netrc = file(&directory, "netrc", "machine h login ann password three");
    let mut sources = Sources {
        netrc: Some(netrc),
        ..NOBODY
    };
    assert_eq!(login(&sources, "ftpes://h/").await, pair("ann", "three"));
    sources.environment = Some(Secret::new("two"));
    assert_eq!(login(&sources, "ftpes://h/").await, pair("ann", "two"));
    let path = file(&directory, "password", "one\nmore\n");
    sources.option = Some(PasswordOption::File(path));
    assert_eq!(login(&sources, "ftpes://bob@h/").await, pair("bob", "one"));
}

#[tokio::test]
async fn a_command_gives_its_first_line() {
    let sources = |command: &str| Sources {
        option: Some(PasswordOption::Command(command.into())),
        ..NOBODY
    };
    assert_eq!(
        login(&sources("echo one; echo two"), "ftpes://ann@h/").await,
        pair("ann", "one")
    );
    for command in ["echo hunter2; exit 3", "true", "echo"] {
        let refused = login(&sources(command), "ftpes://ann@h/")
            .await
            .unwrap_err();
        assert!(refused.contains("--password-command"), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_password_is_refused_by_source_alone() {
    let directory = tempfile::tempdir().unwrap();
    for text in ["", "\n", "hun\0ter2\n", "hun\rter2\n"] {
        let sources = Sources {
            option: Some(PasswordOption::File(file(&directory, "password", text))),
            ..NOBODY
        };
        let refused = login(&sources, "ftpes://ann@h/").await.unwrap_err();
        assert!(refused.contains("password"), "{refused}");
        assert!(!refused.contains("hun"), "{refused}");
    }
}

#[tokio::test]
async fn anonymous_needs_no_password() {
    assert_eq!(
        login(&NOBODY, "ftpes://anonymous@h/").await,
        pair("anonymous", "anonymous@")
    );
}

#[tokio::test]
async fn without_anybody_to_ask_the_sources_are_named() {
    let no_password = login(&NOBODY, "ftpes://ann@h/").await.unwrap_err();
    assert!(no_password.contains("TOWLINE_PASSWORD"), "{no_password}");
    let no_user = login(&NOBODY, "ftpes://h/").await.unwrap_err();
    assert!(no_user.contains("no user name for h"), "{no_user}");
}

#[test]
fn debug_output_hides_passwords() {
    let login = Login {
        user: "ann".to_owned(),
        password: Secret::new("hunter2"),
    };
    let sources = Sources {
        environment: Some(Secret::new("hunter2")),
        ..NOBODY
    };
    let shown = format!("{login:?} {sources:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
