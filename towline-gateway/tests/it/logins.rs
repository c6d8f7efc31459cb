//! Routes, passwords, and the places that a server has.

use std::fs;
use std::time::{Duration, Instant};

use towline::{Retry, Trust};
use towline_gateway::{Access, AllowedHosts, Event, Gateway, Route, Settings, StartError};
use towline_testkit::{Action, Builder, Fault, Gate, Personality, Point, Server};

use crate::support::Bench;

#[tokio::test]
async fn a_route_needs_its_password() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    client.ask("PASS gate", "503").await;
    client.ask("PWD", "530").await;
    client.ask("USER vendor", "331").await;
    client.ask("PASS wrong", "530").await;
    client.ask("USER nobody", "331").await;
    client.ask("PASS gate", "530").await;
    assert_eq!(bench.logins(), 0, "the server hears of nothing");
    client.ask("USER vendor", "331").await;
    client.ask("PASS gate", "230").await;
    assert_eq!(bench.logins(), 1);
    let events = bench.all_events();
    assert!(
        !events.contains("wrong") && !events.contains("secret"),
        "{events}"
    );
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_counted() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    let mut waits = Vec::new();
    for _ in 0..3 {
        client.ask("USER vendor", "331").await;
        let began = Instant::now();
        client.ask("PASS wrong", "530").await;
        waits.push(began.elapsed());
    }
    assert!(waits[0] >= Duration::from_millis(250), "{waits:?}");
    assert!(waits[2] >= Duration::from_secs(1), "{waits:?}");
    // A new connection of the same address does not start anew.
    let mut other = bench.connect().await;
    other.ask("USER vendor", "331").await;
    let began = Instant::now();
    other.ask("PASS wrong", "530").await;
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(bench.events("gateway_login_refused").len(), 4);
}

#[tokio::test]
async fn the_servers_own_refusal_of_a_login_is_passed_on() {
    let refusal = Action::Reply("530 Account expired on Friday.".to_owned());
    let fault = Fault::At(Point::Command("PASS"), refusal);
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(fault), |_, _| {}).await;
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    let refused = client.ask("PASS gate", "530").await;
    assert_eq!(refused, "530 Account expired on Friday.\r\n");
}

/// A gateway whose only route takes the users and passwords of its server.
async fn passing_through(server: Builder) -> Bench {
    Bench::build(server, |settings, config| {
        let config = config.clone().user("nobody");
        settings.routes = vec![Route::new("vendor", config, Access::PassThrough)];
    })
    .await
}

#[tokio::test]
async fn user_and_password_can_be_passed_through() {
    let bench = passing_through(Server::builder(Personality::VsFtpd)).await;
    let mut client = bench.connect().await;
    client.ask("USER user@vendor", "331").await;
    client.ask("PASS secret", "230").await;
    let mut client = bench.connect().await;
    client.ask("USER user@vendor", "331").await;
    client.ask("PASS gate", "530").await;
    client.ask("USER vendor", "331").await;
    client.ask("PASS secret", "530").await;
    client.ask("USER user@elsewhere", "331").await;
    client.ask("PASS secret", "530").await;
}

/// Some servers repeat what they were sent, also in the names of directories.
#[tokio::test]
async fn a_password_that_a_server_repeats_is_in_no_event() {
    for (line, said, shown) in [
        ("SITE WHO", "500 'secret' is no command.", "500 '***'"),
        ("DELE a", "550 user:secret has no file a.", "550 user:***"),
        ("PWD", "257 \"/user:secret\" is here.", "/user:***"),
    ] {
        let verb = line.split(' ').next().unwrap();
        let fault = Fault::At(Point::Command(verb), Action::Reply(said.to_owned()));
        let builder = Server::builder(Personality::VsFtpd).fault(fault);
        let bench = passing_through(builder).await;
        let mut client = bench.connect().await;
        client.ask("USER user@vendor", "331").await;
        client.ask("PASS secret", "230").await;
        client.ask(line, &said[..3]).await;
        client.ask("QUIT", "221").await;
        let events = bench.all_events();
        assert!(events.contains(shown), "{line}: {events}");
        assert!(!events.contains("secret"), "{line}: {events}");
    }
}

/// The gateway reads the certificates for each user. Here it reads them from a pipe, which is
/// written to only after another client was greeted.
#[cfg(unix)]
#[tokio::test]
async fn a_slow_disk_at_a_login_holds_up_no_other_client() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("ca.pem");
    let mut bench = Bench::start(Personality::VsFtpd).await;
    let pem = bench.server.ca_pem().to_owned();
    fs::write(&pipe, &pem).unwrap();
    bench
        .renew(|settings| {
            let config = settings.routes[0].config.clone();
            let config = config.trust(Trust::CaFile(pipe.clone()));
            settings.routes = vec![Route::new("slow", config, Access::PassThrough)];
        })
        .await;
    let mut client = bench.connect().await;
    client.ask("USER user@slow", "331").await;
    client.ask("PASS secret", "230").await;
    fs::remove_file(&pipe).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());

    let (greeted, was_greeted) = std::sync::mpsc::channel();
    let writing = std::thread::spawn(move || {
        let in_time = was_greeted.recv_timeout(Duration::from_secs(10)).is_ok();
        fs::write(&pipe, pem).unwrap();
        in_time
    });
    let mut slow = bench.connect().await;
    slow.ask("USER user@slow", "331").await;
    slow.send("PASS secret\r\n").await;
    bench.connect().await;
    greeted.send(()).unwrap();
    slow.expect("230").await;
    assert!(writing.join().unwrap());
}

#[tokio::test]
async fn the_default_route_takes_every_user() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, config| {
        settings.routes = Vec::new();
        let route = Route::new("server", config.clone(), Access::PassThrough);
        settings.default_route = Some(route);
    })
    .await;
    let mut client = bench.connect().await;
    client.ask("USER user", "331").await;
    client.ask("PASS secret", "230").await;
    client.ask("REIN", "220").await;
    client.ask("USER other", "331").await;
    client.ask("PASS secret", "530").await;
}

#[tokio::test]
async fn a_client_beyond_the_sessions_of_the_server_waits_and_then_gets_421() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].sessions = Some(1);
        settings.routes[0].queue = Duration::from_millis(300);
    })
    .await;
    let mut first = bench.client().await;
    let mut late = bench.connect().await;
    late.ask("USER vendor", "331").await;
    late.ask("PASS gate", "421").await;
    assert!(late.is_closed().await);
    first.ask("QUIT", "221").await;
    assert!(first.is_closed().await);
    bench.client().await;
}

/// Waits for the end of a client, whose number is `client`.
async fn gone(bench: &Bench, client: u64) {
    let is_gone = || {
        let ends = bench.events("gateway_disconnected");
        ends.iter().any(|event| event["gateway_client"] == client)
    };
    let gone = async {
        while !is_gone() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_client_that_leaves_the_queue_loses_its_place() {
    for goodbye in ["", "QUIT\r\n"] {
        let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
            settings.routes[0].sessions = Some(1);
            settings.routes[0].queue = Duration::from_secs(600);
        })
        .await;
        let mut first = bench.client().await;
        let mut leaving = bench.connect().await;
        leaving.ask("USER vendor", "331").await;
        leaving.send(format!("PASS gate\r\n{goodbye}")).await;
        let mut next = bench.connect().await;
        next.ask("USER vendor", "331").await;
        // What comes ahead is answered after the login.
        next.send("PASS gate\r\nNOOP\r\n").await;
        drop(leaving);
        gone(&bench, 2).await;
        first.ask("QUIT", "221").await;
        next.expect("230").await;
        next.expect("200").await;
        assert_eq!(bench.logins(), 2);
    }
}

#[tokio::test]
async fn the_end_of_the_gateway_ends_the_queue() {
    let mut bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].sessions = Some(1);
        settings.routes[0].queue = Duration::from_secs(600);
        settings.limits.grace = Duration::from_secs(600);
    })
    .await;
    let _first = bench.client().await;
    let mut waiting = bench.connect().await;
    waiting.ask("USER vendor", "331").await;
    waiting.send("PASS gate\r\n").await;
    bench.stop();
    waiting.expect("421").await;
    bench.ended().await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_421_with_the_reason() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, config| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = listener.local_addr().unwrap().port();
        let access = Access::Any;
        settings.routes = vec![Route::new("vendor", config.clone().port(closed), access)];
    })
    .await;
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    let refused = client.ask("PASS x", "421").await;
    assert!(refused.contains("No session with the server"), "{refused}");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn nothing_listens_for_other_machines_without_tls_and_passwords() {
    let route = |access| Route::new("vendor", towline::Config::new("localhost"), access);
    let settings = |access| Settings {
        listen: vec!["0.0.0.0:0".parse().unwrap()],
        routes: vec![route(access)],
        ..Settings::default()
    };
    let secret = towline::Secret::new("x");
    let refused = Gateway::bind(settings(Access::Password(secret)), |_: &Event<'_>| {}).await;
    assert!(
        matches!(refused, Err(StartError::TlsNotRequired(_))),
        "{refused:?}"
    );
    let refused = Gateway::bind(settings(Access::Any), |_: &Event<'_>| {}).await;
    assert!(
        matches!(refused, Err(StartError::OpenRoute { .. })),
        "{refused:?}"
    );
}

/// A gateway without routes, whose clients may name the server at this port of localhost.
async fn allowing(builder: Builder, rule: &str) -> (Bench, u16) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let builder = builder.port(port);
    let bench = Bench::build(builder, |settings, config| {
        settings.routes = Vec::new();
        let rule = rule.replace("PORT", &port.to_string()).parse().unwrap();
        // The login decides.
        let config = config.clone().user("nobody").host("elsewhere").port(1);
        settings.hosts = vec![AllowedHosts { rule, config }];
    })
    .await;
    (bench, port)
}

#[tokio::test]
async fn a_login_may_name_an_allowed_server_and_no_other() {
    let builder = Server::builder(Personality::VsFtpd);
    let (bench, port) = allowing(builder, "localhost:PORT").await;
    let mut client = bench.connect().await;
    for elsewhere in [
        format!("user@127.0.0.1:{port}"),
        "user@localhost:21".to_owned(),
        format!("user@localhost.:{port}"),
        format!("@localhost:{port}"),
    ] {
        client.ask(format!("USER {elsewhere}"), "331").await;
        let refused = client.ask("PASS secret", "530").await;
        assert_eq!(refused, "530 Login incorrect.\r\n", "{elsewhere}");
    }
    assert_eq!(bench.logins(), 0);
    let reason = bench.events("gateway_login_refused")[0]["reason"].clone();
    assert!(
        reason
            .as_str()
            .unwrap()
            .contains("nor a server that logins may name")
    );
    client
        .ask(format!("USER user@LocalHost:{port}"), "331")
        .await;
    client.ask("PASS secret", "230").await;
    client.ask("TYPE I", "200").await;
    assert!(client.store("STOR a", b"whole").await.starts_with("226"));
    assert_eq!(bench.read("a").unwrap(), b"whole");
    let login = &bench.events("gateway_login")[0];
    assert_eq!(login["route"], format!("localhost:{port}"));
}

#[tokio::test]
async fn an_allowed_server_may_begin_with_tls() {
    let builder = Server::builder(Personality::VsFtpd).tls(towline_testkit::TlsMode::Implicit);
    let (bench, port) = allowing(builder, "ftps://localhost:PORT").await;
    let mut client = bench.connect().await;
    client
        .ask(format!("USER user@localhost:{port}"), "331")
        .await;
    client.ask("PASS secret", "230").await;
}

#[tokio::test]
async fn nothing_is_allowed_by_default() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let port = bench.server.address().port();
    let mut client = bench.connect().await;
    client
        .ask(format!("USER user@localhost:{port}"), "331")
        .await;
    client.ask("PASS secret", "530").await;
    assert_eq!(bench.logins(), 0);
}

#[tokio::test]
async fn another_user_may_log_in_on_the_same_connection_at_any_time() {
    let limit = Duration::from_millis(400);
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, config| {
        settings.limits.login = limit;
        let own = Route::new("own", config.clone(), Access::Any);
        settings.routes.push(own);
        let through = Route::new("through", config.clone(), Access::PassThrough);
        settings.routes.push(through);
    })
    .await;
    let began = Instant::now();
    let mut client = bench.client().await;
    // Longer than a login may take.
    while began.elapsed() < 2 * limit {
        client.ask("NOOP", "200").await;
    }
    client.ask("USER own", "331").await;
    client.ask("PASS whatever", "230").await;
    while began.elapsed() < 4 * limit {
        client.ask("NOOP", "200").await;
    }
    client.ask("REIN", "220").await;
    client.ask("USER user@through", "331").await;
    client.ask("PASS secret", "230").await;
    let routes = bench.events("gateway_login").into_iter();
    let routes: Vec<_> = routes.map(|login| login["route"].clone()).collect();
    assert_eq!(routes, ["vendor", "own", "through"]);
    client.ask("REIN", "220").await;
    client.expect("421").await;
}

#[tokio::test]
async fn a_user_name_that_is_not_utf_8_goes_nowhere() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, config| {
        settings.routes = Vec::new();
        settings.default_route = Some(Route::new("server", config.clone(), Access::PassThrough));
    })
    .await;
    let mut client = bench.connect().await;
    client.ask(b"USER us\xe9r", "501").await;
    client.ask("PASS secret", "503").await;
    client.ask("USER user", "331").await;
    client.ask(b"PASS s\xe9cret", "530").await;
    assert_eq!(bench.logins(), 0);
    client.ask("USER user", "331").await;
    client.ask("PASS secret", "230").await;
}

#[tokio::test]
async fn new_settings_keep_the_sessions_counted() {
    let mut bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].sessions = Some(1);
        settings.routes[0].queue = Duration::from_millis(300);
    })
    .await;
    let mut first = bench.client().await;
    bench.renew(|settings| settings.limits.clients = 100).await;
    let mut late = bench.connect().await;
    late.ask("USER vendor", "331").await;
    late.ask("PASS gate", "421").await;
    first.ask("QUIT", "221").await;
    assert!(first.is_closed().await);
    bench.client().await;
    // Two routes to one server share its sessions.
    let mut second = bench.client().await;
    bench
        .renew(|settings| {
            let mut other = settings.routes[0].clone();
            other.name = "other".to_owned();
            settings.routes.push(other);
            settings.routes[0].sessions = Some(2);
        })
        .await;
    let mut third = bench.connect().await;
    third.ask("USER other", "331").await;
    third.ask("PASS gate", "421").await;
    let mut fourth = bench.connect().await;
    fourth.ask("USER vendor", "331").await;
    fourth.ask("PASS gate", "230").await;
    second.ask("NOOP", "200").await;
}

#[tokio::test]
async fn new_settings_say_how_many_clients_there_may_be() {
    let mut bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.limits.clients = 1;
    })
    .await;
    let mut first = bench.connect().await;
    let turned = tokio::net::TcpStream::connect(bench.address).await.unwrap();
    crate::support::Client::over(turned).expect("421").await;
    bench.renew(|settings| settings.limits.clients = 2).await;
    let mut second = bench.connect().await;
    first.ask("NOOP", "200").await;
    second.ask("NOOP", "200").await;
}

#[tokio::test]
async fn a_server_with_too_many_connections_is_asked_again_while_the_client_may_wait() {
    let words = "421 There are too many connected users, please try later.";
    let full = || Fault::At(Point::Greeting, Action::Reply(words.to_owned()));
    let builder = Server::builder(Personality::VsFtpd);
    let mut bench = Bench::build(builder, |settings, config| {
        settings.routes[0].config = config.clone().retry(Retry::none());
    })
    .await;
    bench.server.arm(full().nth(1));
    bench.client().await;
    assert_eq!(bench.logins(), 1);
    bench
        .renew(|settings| settings.routes[0].queue = Duration::from_millis(600))
        .await;
    bench.server.arm(full());
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    let refused = client.ask("PASS gate", "421").await;
    assert!(refused.contains("too many connected users"), "{refused}");
}

/// The server may have refused the password, which must not reach it again and again.
#[tokio::test]
async fn a_login_that_the_server_leaves_unanswered_counts_as_refused() {
    let fault = Fault::At(Point::Command("PASS"), Action::Close);
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(fault), |_, _| {}).await;
    let mut client = bench.connect().await;
    for least in [250, 500, 1000] {
        client.ask("USER vendor", "331").await;
        let began = Instant::now();
        client.ask("PASS gate", "530").await;
        assert!(began.elapsed() >= Duration::from_millis(least));
    }
    assert_eq!(bench.events("gateway_login_refused").len(), 3);
    assert_eq!(bench.server.report().control.len(), 3);
}

#[tokio::test]
async fn a_password_whose_client_does_not_wait_for_the_answer_is_counted() {
    let bench = Bench::start(Personality::VsFtpd).await;
    for number in [1, 2] {
        let gate = Gate::new();
        let hold = Fault::At(Point::Command("PASS"), Action::Hold(gate.clone()));
        bench.server.arm(hold.nth(1));
        let mut client = bench.connect().await;
        client.ask("USER vendor", "331").await;
        client.send("PASS gate\r\n").await;
        gate.reached().await;
        drop(client);
        gone(&bench, number).await;
        gate.open();
    }
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    let began = Instant::now();
    client.ask("PASS wrong", "530").await;
    assert!(began.elapsed() >= Duration::from_secs(1));
}
