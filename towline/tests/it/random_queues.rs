//! Random queues on servers with random faults.

use proptest::prelude::*;
use proptest::test_runner::Config as Settings;
use std::time::Duration;
use towline::TlsVersion;
use towline_testkit::{Action, ArmedFault, Early, EarlyClose, Fault, Personality, Point};

use crate::many::{Direction, QUEUEING, numbered, pool, run};
use crate::support::{BOTH, Bench, contents, quick_retry};

/// The largest pipelined file.
const SMALL: usize = 256 * 1024;

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        Just(0),
        Just(1),
        4000..4200_usize,
        8000..8400_usize,
        Just(SMALL - 1),
        Just(SMALL),
        Just(SMALL + 1),
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Down), Just(Direction::Up)]
}

fn verb() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["RETR", "STOR", "SIZE", "MDTM", "EPSV", "RNFR", "RNTO"])
}

fn early() -> impl Strategy<Value = Early> {
    prop_oneof![
        Just(Early::Cut),
        Just(Early::Drop),
        Just(Early::Answer),
        Just(Early::Refuse("450 Transfer in progress.".to_owned())),
    ]
}

fn point() -> impl Strategy<Value = Point> {
    let transfer = prop::sample::select(vec!["RETR", "STOR"]);
    prop_oneof![
        verb().prop_map(Point::Command),
        transfer.clone().prop_map(Point::FinalReply),
        transfer.clone().prop_map(Point::DataTls),
        (transfer, 0..9000_u64).prop_map(|(command, after)| Point::Transfer { command, after }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Close),
        Just(Action::Reset),
        Just(Action::Goodbye),
        Just(Action::Silence),
        Just(Action::Reply("450 Try again.".to_owned())),
        Just(Action::Reply("550 No.".to_owned())),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => (point(), action()).prop_map(|(point, action)| Fault::At(point, action)),
        2 => (prop::sample::select(vec!["*", "EPSV", "SIZE"]), early())
            .prop_map(|(command, what)| Fault::Early { command, what }),
        1 => prop::sample::select(vec![EarlyClose::Reset, EarlyClose::Shorten, EarlyClose::Fail])
            .prop_map(Fault::EarlyClose),
        1 => (0..5000_u64).prop_map(Fault::CutDownload),
        1 => (0..5000_u64).prop_map(Fault::LoseUpload),
        1 => (0..5000_u64).prop_map(Fault::DiskFull),
        1 => Just(Fault::RefuseData),
        1 => Just(Fault::PassivePortClosed),
        1 => Just(Fault::NoCloseNotify),
        1 => Just(Fault::LeaveDataOpen),
        1 => Just(Fault::WrongSize(1)),
    ]
}

/// It strikes a few times, from some occasion on.
fn armed() -> impl Strategy<Value = Vec<ArmedFault>> {
    (fault(), 1..12_usize, 1..3_usize).prop_map(|(fault, first, times)| {
        let occasions = first..first + times;
        occasions.map(|nth| fault.clone().nth(nth)).collect()
    })
}

async fn each_is_told_of_once_and_success_is_success(
    files: Vec<(Direction, usize)>,
    faults: Vec<ArmedFault>,
    connections: u32,
    personality: Personality,
    version: TlsVersion,
) {
    let bench = Bench::start(personality).await;
    faults.into_iter().for_each(|fault| bench.server.arm(fault));
    let job = |(n, (direction, len)): (usize, &(Direction, usize))| {
        direction.job(&bench, &numbered("file", n), &contents(*len))
    };
    let jobs = files.iter().enumerate().map(job).collect();
    let config = bench.config(version).retry(quick_retry());
    let pool = pool(config.timeout(Duration::from_millis(300)), connections);
    let done = run(&pool, jobs).await;
    for done in done {
        let name = done.job.remote().to_string();
        let n: usize = name["file-".len()..].parse().unwrap();
        let (direction, len) = files[n];
        let arrived = direction.arrived(&bench, &name);
        let is_whole = arrived.as_deref() == Some(&contents(len));
        match done.outcome {
            Ok(_) => assert!(is_whole, "{direction:?} {name} of {len} bytes"),
            Err(error) => assert!(
                is_whole || arrived.is_none(),
                "{direction:?} {name} of {len} bytes has its name: {error}"
            ),
        }
    }
    let parts = bench.local_names();
    assert!(
        !parts.iter().any(|name| name.ends_with(".part")),
        "{parts:?}"
    );
}

proptest! {
    #![proptest_config(Settings { cases: 24, max_shrink_iters: 20, ..Settings::default() })]
    #[test]
    fn whatever_a_server_does_wrong(
        files in prop::collection::vec((direction(), size()), 1..16),
        faults in prop::collection::vec(armed(), 0..3),
        connections in 1..5_u32,
        personality in prop::sample::select(QUEUEING.to_vec()),
        version in prop::sample::select(BOTH.to_vec()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(each_is_told_of_once_and_success_is_success(
            files,
            faults.into_iter().flatten().collect(),
            connections,
            personality,
            version,
        ));
    }
}
