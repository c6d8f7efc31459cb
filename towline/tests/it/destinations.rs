//! Several files of one queue with the same destination.

use std::sync::Arc;

use towline::{DownloadOptions, Job, Queue, UploadOptions};
use towline_testkit::{Action, Fault, Gate, Personality, Point};

use crate::many::{Direction, Running, assert_all_done, numbered, pool, run};
use crate::support::{Bench, contents, path, until};

/// Two files with one destination and no temporary name, the larger one second.
fn to_one_place(bench: &Bench, direction: Direction) -> Vec<Job> {
    let (first, last) = (contents(300_000), vec![b'x'; 400_000]);
    match direction {
        Direction::Down => {
            let options = DownloadOptions::default().use_temporary_name(false);
            let job = |name: &str, contents: &[u8]| {
                bench.write(name, contents);
                let job = Job::download(path(name), bench.local("same"), options.clone());
                job.sized(contents.len() as u64)
            };
            vec![job("first", &first), job("last", &last)]
        }
        Direction::Up => {
            let options = UploadOptions::default().append(true);
            let job = |name: &str, contents: &[u8]| {
                let local = bench.write_local(name, contents, 1);
                let job = Job::upload(local, path("same"), options.clone());
                job.sized(contents.len() as u64)
            };
            vec![job("first", &first), job("last", &last)]
        }
    }
}

/// Other files overtake it meanwhile, and no idle session waits for it.
#[tokio::test]
async fn a_file_waits_for_the_one_before_it_that_goes_to_the_same_place() {
    for (direction, command) in [(Direction::Down, "RETR"), (Direction::Up, "APPE")] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let gate = Gate::new();
        let point = Point::Transfer { command, after: 1 };
        let hold = Fault::At(point, Action::Hold(gate.clone()));
        // The first connection takes the first file.
        bench.server.arm(hold.nth(1).on_control(1));
        let mut jobs = to_one_place(&bench, direction);
        for n in 0..10 {
            let name = numbered("other", n);
            jobs.push(direction.job(&bench, &name, &contents(1000)).sized(1000));
        }
        let pool = pool(bench.open_config(), 3);
        let running = Running::start(&pool, jobs);
        gate.reached().await;
        until(|| running.count() >= 10).await;
        assert_eq!(bench.count("RETR last"), 0);
        assert_eq!(bench.count("APPE same"), usize::from(command == "APPE"));
        gate.open();
        assert_all_done(&running.end().await, command);
        let (first, last) = (contents(300_000), vec![b'x'; 400_000]);
        let expected = match direction {
            Direction::Down => last,
            Direction::Up => [first, last].concat(),
        };
        let arrived = direction.arrived(&bench, "same").unwrap();
        assert!(arrived == expected, "{command}: {} bytes", arrived.len());
    }
}

/// The result is the same as one after the other, whatever their sizes.
#[tokio::test]
async fn of_small_files_with_one_name_the_last_one_wins() {
    for connections in [1, 3] {
        let bench = Bench::start(Personality::VsFtpd).await;
        let down = |n: usize| {
            let name = numbered("file", n);
            bench.write(&name, contents(1000 - n));
            let local = bench.local("same");
            let job = Job::download(path(&name), local, DownloadOptions::default());
            job.sized(1000 - n as u64)
        };
        let up = |n: usize| {
            let local = bench.write_local(&numbered("sent", n), &contents(2000 - n), 1);
            let job = Job::upload(local, path("same"), UploadOptions::default());
            job.sized(2000 - n as u64)
        };
        let mut jobs: Vec<_> = (0..20).map(down).collect();
        jobs.extend((0..20).map(up));
        // The last one is neither the largest nor the smallest.
        jobs.push(down(10));
        jobs.push(up(10));
        let pool = pool(bench.open_config(), connections);
        let queue = Arc::new(Queue::new());
        jobs.into_iter().for_each(|job| queue.push(job));
        queue.close();
        pool.run(&queue, |done| assert!(done.outcome.is_ok())).await;
        assert_eq!(std::fs::read(bench.local("same")).unwrap(), contents(990));
        assert_eq!(bench.read("same").unwrap(), contents(1990));
    }
}

/// The path counts, not its spelling.
#[tokio::test]
async fn one_place_may_be_written_in_two_ways() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let gate = Gate::new();
    let hold = Fault::At(Point::Command("RETR"), Action::Hold(gate.clone()));
    // The first connection takes the first file.
    bench.server.arm(hold.nth(1).on_control(1));
    let dotted = bench.local(".").join("same");
    let mut jobs = Vec::new();
    for (name, local) in [("first", bench.local("same")), ("last", dotted)] {
        bench.write(name, contents(1000));
        jobs.push(Job::download(path(name), local, DownloadOptions::default()));
    }
    jobs.extend((0..6).map(|n| {
        Direction::Down
            .job(&bench, &numbered("file", n), b"")
            .sized(0)
    }));
    let pool = pool(bench.open_config(), 2);
    let running = Running::start(&pool, jobs);
    gate.reached().await;
    until(|| running.count() == 6).await;
    assert_eq!(bench.count("RETR last"), 0);
    gate.open();
    assert_all_done(&running.end().await, "");
}

#[tokio::test]
async fn what_was_told_of_can_be_queued_again() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let pool = pool(bench.open_config(), 2);
    let done = run(&pool, Direction::Down.jobs(&bench, "file", 5)).await;
    let again = run(&pool, done.iter().map(|done| done.job.clone()).collect());
    assert_all_done(&again.await, "");
    assert_eq!(bench.count("RETR"), 10);
}
