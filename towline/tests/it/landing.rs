//! Small downloads on their way to the disk.

use std::sync::Arc;

use towline::{JobResult, Queue};
use towline_testkit::Personality;

use crate::many::{BOTH_WAYS, Direction, assert_all_done, pool, run};
use crate::support::{Bench, contents, path};

#[test]
fn one_thread_that_may_block_is_enough() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let pool = pool(bench.open_config(), 4);
        let large = (0..4).flat_map(|n| {
            BOTH_WAYS.map(|direction| {
                let name = format!("{direction:?}-{n}").to_lowercase();
                direction.job(&bench, &name, &contents(300_000))
            })
        });
        let mut jobs: Vec<_> = large.collect();
        for direction in BOTH_WAYS {
            let name = format!("{direction:?}").to_lowercase();
            jobs.extend(direction.jobs(&bench, &name, 20));
        }
        assert_all_done(&run(&pool, jobs).await, "");
    });
}

#[tokio::test]
async fn a_report_that_panics_is_not_kept_quiet() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let queue = Arc::new(Queue::new());
    let jobs = Direction::Down.jobs(&bench, "file", 40);
    jobs.into_iter().for_each(|job| queue.push(job));
    queue.close();
    let pool = pool(bench.open_config(), 1);
    // The last one is pipelined with others.
    let report = |done: JobResult| assert_ne!(*done.job.remote(), path("file-039"), "told of");
    let run = tokio::spawn(async move { pool.run(&queue, report).await });
    let panic = run.await.unwrap_err().into_panic();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("told of"), "{message}");
}
