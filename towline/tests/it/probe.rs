//! Connecting step by step, as typed facts.

use towline::probe::{
    ConnectOutcome, Connected, DataOpened, Fact, Greeted, LoggedIn, PortCommand, PortOutcome,
    PortReached, Probe, Report, Secured, Step, Verification,
};
use towline::{
    Active, ClearTextReason, Client, Config, DataConnection, DataMode, Error, ErrorDetail,
    ErrorKind, ProtocolVersion, Secret, Software, TicketSource, TlsMode, TlsVersion, Trust,
};
use towline_testkit::{
    Action, AuthSupport, ClientAuth, ClientIdentity, ControlEnd, Fault, Personality, Point, Server,
};

use crate::support::{BOTH, Bench, answer, list};

async fn probed(config: Config) -> Report {
    Probe::new(config).unwrap().run().await
}

fn steps(report: &Report) -> Vec<Step> {
    report.facts.iter().map(Fact::step).collect()
}

macro_rules! fact {
    ($name:ident, $kind:ident) => {
        fn $name(report: &Report) -> &$kind {
            let found = report.found().find_map(|fact| match fact {
                Fact::$kind(fact) => Some(fact),
                _ => None,
            });
            found.unwrap_or_else(|| panic!("{report:?}"))
        }
    };
}

fact!(connected, Connected);
fact!(greeted, Greeted);
fact!(secured, Secured);
fact!(logged_in, LoggedIn);
fact!(port_reached, PortReached);
fact!(data_opened, DataOpened);

/// The commands that the server received, over all control connections.
fn commands(bench: &Bench) -> Vec<String> {
    let report = bench.server.report();
    let commands = report
        .control
        .iter()
        .map(|control| control.commands.clone());
    commands.flatten().collect()
}

#[tokio::test]
async fn every_step_tells_what_it_found() {
    for (version, protocol) in [
        (TlsVersion::Tls12, ProtocolVersion::Tls12),
        (TlsVersion::Tls13, ProtocolVersion::Tls13),
    ] {
        let bench = Bench::start(Personality::VsFtpd).await;
        bench.write("a", "x");
        let report = probed(bench.config(version)).await;
        assert!(report.failure.is_none(), "{report:?}");
        assert_eq!(
            steps(&report),
            [
                Step::Resolve,
                Step::Connect,
                Step::Greet,
                Step::Secure,
                Step::LogIn,
                Step::ReachPort,
                Step::OpenData
            ]
        );

        let last = connected(&report).attempts.last().unwrap();
        assert_eq!(last.address, bench.server.address());
        assert!(matches!(last.outcome, ConnectOutcome::Connected));
        let greeted = greeted(&report);
        assert_eq!(greeted.server, Software::VsFtpd);
        assert_eq!(greeted.reply.as_ref().unwrap().code().as_u16(), 220);

        let secured = secured(&report);
        assert_eq!(secured.auth, Some("AUTH TLS"));
        assert_eq!(secured.protocol, Some(protocol));
        assert!(secured.cipher.as_ref().unwrap().starts_with("TLS_"));
        assert_eq!(secured.verification, Verification::Accepted);
        assert!(!secured.chain.is_empty() && !secured.asked_for_client_certificate);
        assert_eq!(secured.clear_text, None);

        let logged_in = logged_in(&report);
        assert!(!logged_in.features.is_empty());
        assert_eq!(
            (logged_in.server, logged_in.refused.len()),
            (Software::VsFtpd, 0)
        );

        let [attempt] = &port_reached(&report).attempts[..] else {
            panic!("{report:?}")
        };
        assert_eq!(attempt.command, PortCommand::Epsv);
        assert_eq!(attempt.used, Some(bench.server.address().ip()));
        assert!(attempt.port.is_some() && attempt.announced.is_none());
        assert!(matches!(attempt.outcome, PortOutcome::Connected));

        let data = data_opened(&report);
        let verdict = data.verdict.as_ref().unwrap();
        assert!(verdict.resumed && verdict.same_certificate && verdict.protocol == protocol);
        assert_eq!(data.ended_in_order, Some(true));
        assert!(data.bytes > 0);
        assert_eq!(data.reply.as_ref().unwrap().code().as_u16(), 226);
    }
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let report = probed(bench.open_config()).await;
    assert!(report.failure.is_none(), "{report:?}");
    assert_eq!(bench.names(), [""; 0]);
    let server = bench.server.report();
    assert_eq!(server.control.len(), 1);
    assert_eq!(server.control[0].ended, Some(ControlEnd::Quit));
    assert!(!server.control[0].credentials_in_clear);
    let data: Vec<_> = server.data().map(|data| data.command.as_str()).collect();
    assert_eq!(data, ["MLSD"]);
}

#[tokio::test]
async fn with_implicit_tls_the_greeting_comes_second() {
    let builder = Server::builder(Personality::FileZilla1).tls(towline_testkit::TlsMode::Implicit);
    let bench = Bench::build(builder).await;
    let report = probed(bench.open_config().tls_mode(TlsMode::Implicit)).await;
    assert!(report.failure.is_none(), "{report:?}");
    assert_eq!(steps(&report)[2..4], [Step::Secure, Step::Greet]);
    assert_eq!(secured(&report).auth, None);
}

#[tokio::test]
async fn a_chain_that_is_not_trusted_is_shown_and_gets_no_password() {
    let foreign = Bench::start(Personality::VsFtpd).await;
    for version in BOTH {
        let bench = Bench::start(Personality::VsFtpd).await;
        let config = bench.config(version);
        let trust = Trust::CaFile(foreign.local("ca.pem"));
        let mut report = probed(config.clone().trust(trust)).await;
        let failure = report.failure.as_ref().unwrap();
        assert_eq!(failure.step, Step::Secure);
        assert_eq!(failure.error.kind(), ErrorKind::Certificate);
        let leaf = &secured(&report).chain[0];
        assert_eq!(failure.error.fingerprint(), Some(leaf.fingerprint()));
        let pin = leaf.pin().unwrap();
        assert_eq!(secured(&report).verification, Verification::Refused);
        assert_eq!(secured(&report).auth, Some("AUTH TLS"));
        assert_eq!(commands(&bench), ["AUTH TLS"]);

        report = probed(config.trust(Trust::Pins(vec![pin]))).await;
        assert!(report.failure.is_none(), "{report:?}");
        assert_eq!(secured(&report).verification, Verification::Accepted);
    }
}

#[tokio::test]
async fn a_server_that_refuses_tls_gets_no_password() {
    let builder = Server::builder(Personality::VsFtpd).auth(AuthSupport::Refused(502));
    let bench = Bench::build(builder).await;
    let report = probed(bench.open_config()).await;
    let failure = report.failure.as_ref().unwrap();
    assert_eq!(
        (failure.step, failure.error.kind()),
        (Step::Secure, ErrorKind::Tls)
    );
    assert_eq!(secured(&report).verification, Verification::NotReached);
    assert_eq!(secured(&report).protocol, None);
    assert_eq!(commands(&bench), ["AUTH TLS", "AUTH SSL"]);
}

#[tokio::test]
async fn clear_text_is_told_where_it_is_allowed() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd).clear(true)).await;
    let config = bench.open_config().trust(Trust::Platform);
    let report = probed(config.tls_mode(TlsMode::Off)).await;
    assert!(report.failure.is_none(), "{report:?}");
    let secured = secured(&report);
    assert_eq!(secured.protocol, Some(ProtocolVersion::ClearText));
    assert_eq!(secured.clear_text, Some(ClearTextReason::SwitchedOff));
    let verdict = data_opened(&report).verdict.as_ref().unwrap();
    assert_eq!(verdict.protocol, ProtocolVersion::ClearText);
}

#[tokio::test]
async fn a_client_certificate_that_is_asked_for_is_told() {
    for version in BOTH {
        let identity = ClientIdentity::new("demo").unwrap();
        let builder = Server::builder(Personality::ProFtpd138);
        let builder = builder.client_certificates(ClientAuth::Offered, identity.ca_pem());
        let bench = Bench::build(builder).await;
        let report = probed(bench.config(version)).await;
        assert!(secured(&report).asked_for_client_certificate);
        assert!(report.failure.is_none(), "{report:?}");
    }
}

#[tokio::test]
async fn a_greeting_that_turns_us_away_is_told() {
    let reply = "421 There are too many connected users, please try later.";
    let full = Fault::At(Point::Greeting, Action::Reply(reply.to_owned()));
    let bench = Bench::with_fault(Personality::VsFtpd, full).await;
    let report = probed(bench.open_config()).await;
    let failure = report.failure.as_ref().unwrap();
    assert_eq!(failure.step, Step::Greet);
    assert_eq!(failure.error.kind(), ErrorKind::Unavailable);
    let reply = greeted(&report).reply.as_ref().unwrap();
    assert_eq!(reply.code().as_u16(), 421);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told_by_address() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let report = probed(Config::new("127.0.0.1").port(address.port())).await;
    let failure = report.failure.as_ref().unwrap();
    assert_eq!(
        (failure.step, failure.error.kind()),
        (Step::Connect, ErrorKind::Network)
    );
    assert_eq!(steps(&report), [Step::Resolve]);
    let [attempt] = &connected(&report).attempts[..] else {
        panic!("{report:?}")
    };
    assert_eq!(attempt.address, address);
    assert!(matches!(attempt.outcome, ConnectOutcome::Failed(_)));
}

#[tokio::test]
async fn a_refused_login_ends_the_probe_with_what_the_server_can_do() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let report = probed(bench.open_config().password(Secret::new("wrong"))).await;
    let failure = report.failure.as_ref().unwrap();
    assert_eq!(failure.step, Step::LogIn);
    assert_eq!(failure.error.kind(), ErrorKind::LoginRefused);
    assert!(!logged_in(&report).features.is_empty());
    assert!(!format!("{report:?}").contains("wrong"));
}

#[tokio::test]
async fn what_is_refused_behind_the_login_is_told() {
    let builder = Server::builder(Personality::ProFtpd138);
    let bench = Bench::build(builder.fault(answer("OPTS", "501 No."))).await;
    let report = probed(bench.open_config()).await;
    assert!(report.failure.is_none(), "{report:?}");
    let refused = logged_in(&report).refused.iter();
    let refused = refused.map(|refused| (refused.command.as_str(), refused.reply.code().as_u16()));
    let refused: Vec<_> = refused.collect();
    assert!(refused.contains(&("OPTS UTF8 ON", 501)), "{refused:?}");
}

#[tokio::test]
async fn the_address_that_pasv_announces_is_told_beside_the_one_that_is_used() {
    let builder = Server::builder(Personality::VsFtpd)
        .fault(answer("EPSV", "500 What?"))
        .fault(Fault::PasvAddress([192, 168, 1, 2].into()));
    let bench = Bench::build(builder).await;
    let report = probed(bench.open_config()).await;
    assert!(report.failure.is_none(), "{report:?}");
    let [epsv, pasv] = &port_reached(&report).attempts[..] else {
        panic!("{report:?}")
    };
    assert_eq!(
        (epsv.command, pasv.command),
        (PortCommand::Epsv, PortCommand::Pasv)
    );
    assert!(matches!(epsv.outcome, PortOutcome::Refused));
    assert_eq!(epsv.reply.code().as_u16(), 500);
    assert!(matches!(pasv.outcome, PortOutcome::Connected));
    assert_eq!(pasv.announced, Some([192, 168, 1, 2].into()));
    assert_eq!(pasv.used, Some(bench.server.address().ip()));
}

#[tokio::test]
async fn a_port_that_cannot_be_reached_is_told_for_each_way() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let epsv = format!("229 Entering Extended Passive Mode (|||{port}|)");
    let pasv = format!(
        "227 Entering Passive Mode (127,0,0,1,{},{})",
        port / 256,
        port % 256
    );
    let builder = Server::builder(Personality::VsFtpd)
        .fault(answer("EPSV", &epsv))
        .fault(answer("PASV", &pasv));
    let bench = Bench::build(builder).await;
    let mut probe = Probe::new(bench.open_config()).unwrap();
    let failure = loop {
        if let Err(failure) = probe.next().await.unwrap() {
            break failure;
        }
    };
    assert_eq!(failure.step, Step::ReachPort);
    let Some(Fact::PortReached(found)) = failure.found.as_deref() else {
        panic!("{failure:?}")
    };
    assert_eq!(found.attempts.len(), 2);
    for attempt in &found.attempts {
        assert_eq!(attempt.port, Some(port));
        assert!(matches!(attempt.outcome, PortOutcome::Unreachable(_)));
    }
    assert!(probe.next().await.is_none());
    probe.quit().await;
    let ended = bench.server.report().control[0].ended;
    assert_eq!(ended, Some(ControlEnd::Quit));
}

#[tokio::test]
async fn a_listing_without_end_is_given_up() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::HugeListing(u64::MAX)).await;
    let config = bench.config(TlsVersion::Tls13).listing_limit(100_000);
    let report = probed(config).await;
    let error = report.failure.as_ref().map(|failure| &failure.error);
    assert_eq!(
        error.and_then(Error::detail),
        Some(&ErrorDetail::ListingTooLarge),
        "{report:?}"
    );
    assert!(data_opened(&report).bytes < 2_000_000, "{report:?}");
}

#[tokio::test]
async fn active_mode_tells_where_we_listen() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let config = bench.open_config();
    let report = probed(config.data_mode(DataMode::Active(Active::default()))).await;
    assert!(report.failure.is_none(), "{report:?}");
    let [attempt] = &port_reached(&report).attempts[..] else {
        panic!("{report:?}")
    };
    assert!(matches!(attempt.outcome, PortOutcome::Agreed));
    assert!([PortCommand::Eprt, PortCommand::Port].contains(&attempt.command));
    assert_eq!(attempt.announced, attempt.used);
    assert!(attempt.port.is_some() && data_opened(&report).bytes == 0);
}

#[tokio::test]
async fn a_refusal_over_session_reuse_is_told_and_not_recovered_from() {
    for version in BOTH {
        let bench = Bench::with_fault(Personality::VsFtpd, Fault::RefuseSessions).await;
        let report = probed(bench.config(version)).await;
        let failure = report.failure.as_ref().unwrap();
        assert_eq!(failure.step, Step::OpenData);
        assert_eq!(
            failure.error.kind(),
            ErrorKind::SessionReuseRefused,
            "{failure:?}"
        );
        let data = data_opened(&report);
        assert!(data.verdict.as_ref().is_none_or(|verdict| !verdict.resumed));
        assert!(data.reply.is_some());
        assert_eq!(bench.server.report().control.len(), 1);
    }
}

#[tokio::test]
async fn the_session_of_a_probe_can_be_used_further() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    let mut probe = Probe::new(bench.open_config()).unwrap();
    while let Some(step) = probe.next().await {
        step.unwrap();
    }
    let mut session = probe.into_session().unwrap();
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    session.quit().await;
    assert_eq!(bench.logins(), 1);

    let probe = Probe::new(bench.open_config()).unwrap();
    assert!(probe.into_session().is_none());
}

/// A server may accept `AUTH` before it is ready for TLS. The next connection finds it ready.
#[tokio::test]
async fn a_server_that_is_not_ready_for_tls_is_asked_again() {
    for unready in [1, 3] {
        let bench = Bench::start(Personality::VsFtpd).await;
        for control in 1..=unready {
            let fault = Fault::NotReadyForTls("503 Log in with USER first.".to_owned());
            let fault = towline_testkit::ArmedFault::from(fault);
            bench.server.arm(fault.on_control(control));
        }
        let report = probed(bench.open_config()).await;
        assert!(report.failure.is_none(), "{report:?}");
        assert!(secured(&report).protocol.is_some());
        assert_eq!(bench.logins(), 1);
    }
}

#[tokio::test]
async fn what_a_probe_finds_can_be_serialized() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let report = probed(bench.open_config()).await;
    let json = serde_json::to_value(&report).unwrap();
    let facts = json["facts"].as_array().unwrap();
    let names: Vec<_> = facts
        .iter()
        .map(|fact| fact["fact"].as_str().unwrap())
        .collect();
    let expected = [
        "resolved",
        "connected",
        "greeted",
        "secured",
        "logged_in",
        "port_reached",
        "data_opened",
    ];
    assert_eq!(names, expected);
    assert_eq!(facts[3]["verification"], "accepted");
    assert!(facts[3]["chain"][0]["fingerprint"].is_string());
    assert_eq!(facts[5]["attempts"][0]["outcome"], "connected");
    assert!(json["failure"].is_null());
    for took in facts.iter().map(|fact| &fact["took"]) {
        assert!(took.is_f64(), "{took}");
    }
}

/// The verdict on a second data connection, with the ticket of the first, and how many were left.
async fn again(builder: towline_testkit::Builder) -> (Option<DataConnection>, usize) {
    let bench = Bench::build(builder).await;
    let mut probe = Probe::new(bench.config(TlsVersion::Tls13)).unwrap();
    assert_eq!(probe.again_with_used_ticket(), None, "it has not begun");
    while let Some(step) = probe.next().await {
        step.unwrap();
    }
    let left = probe.again_with_used_ticket().unwrap();
    let mut verdict = None;
    while let Some(step) = probe.next().await {
        if let Ok(Fact::DataOpened(data)) = step {
            verdict = data.verdict;
        }
    }
    assert_eq!(bench.logins(), 1);
    probe.quit().await;
    (verdict, left)
}

#[tokio::test]
async fn a_ticket_can_be_used_twice_on_purpose() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let (verdict, left) = again(Server::builder(personality)).await;
        let verdict = verdict.unwrap();
        assert!(verdict.resumed, "{verdict:?}");
        assert_eq!(verdict.ticket_source, TicketSource::ControlCopy);
        assert!(left > 0);
    }
    let once = Server::builder(Personality::ProFtpd138)
        .require_reuse(false)
        .control_tickets(1)
        .data_tickets(0)
        .fault(Fault::TicketsServeOnce);
    let (verdict, left) = again(once).await;
    let verdict = verdict.unwrap();
    assert!(!verdict.resumed, "{verdict:?}");
    assert_eq!(verdict.ticket_source, TicketSource::ControlCopy);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn the_wishes_of_a_probe_teach_other_sessions_nothing() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let client = Client::new(bench.config(TlsVersion::Tls13)).unwrap();
    let report = Probe::of(&client).pasv_first().without_mlsd().run().await;
    assert!(report.failure.is_none(), "{report:?}");
    let commands = |verb: &str| bench.count(verb);
    assert_eq!((commands("PASV"), commands("LIST")), (1, 1));
    assert_eq!((commands("EPSV"), commands("MLSD")), (0, 0));

    let mut session = client.connect().await.unwrap();
    list(&mut session).await.unwrap();
    assert_eq!((commands("PASV"), commands("LIST")), (1, 1));
    assert_eq!((commands("EPSV"), commands("MLSD")), (1, 1));
}
