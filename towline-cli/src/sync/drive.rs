//! Runs a mirror, and reports its events.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use towline::Direction;
use towline_sync::{Carrier, Mirror};

use crate::error::Error;
use crate::session::run::Run;
use crate::sync::told::{Teller, Told};

/// Runs `work` with a mirror, and reports its events meanwhile. Until it begins to move files, an
/// interruption ends it at once; afterwards it ends by itself, in order.
///
/// # Errors
/// What `work` fails with, and failures that end the command.
pub(crate) async fn drive<C: Carrier, T>(
    run: &mut Run,
    mirror: Mirror<C>,
    direction: Direction,
    work: impl AsyncFnOnce(&Mirror<C>) -> Result<T, towline_sync::Error>,
) -> Result<T, Error> {
    let (teller, mut told) = Teller::new();
    let mirror = mirror.watch(Arc::new(teller));
    let mut ended = None;
    let working = Box::pin(work(&mirror));
    let done = work_and_report(run, direction, &mut told, &mut ended, working).await;
    told.close();
    while let Some(told) = told.recv().await {
        report(run, told, direction, &mut ended);
    }
    match ended {
        Some(error) => Err(error),
        None => done,
    }
}

async fn work_and_report<T>(
    run: &mut Run,
    direction: Direction,
    told: &mut UnboundedReceiver<Told>,
    ended: &mut Option<Error>,
    work: impl Future<Output = Result<T, towline_sync::Error>>,
) -> Result<T, Error> {
    let mut work = pin!(work);
    let interrupt = run.interrupt().clone();
    let mut works = false;
    loop {
        tokio::select! {
            biased;
            Some(told) = told.recv() => {
                works |= told.begins_work();
                report(run, told, direction, ended);
            }
            done = work.as_mut() => return done.map_err(Error::from),
            () = interrupt.requested(), if !works => return Err(Error::Interrupted),
        }
    }
}

/// Reports what was told. If it ends the command, transfers end in order; the first reason is that
/// of the command, and others are reported if something remains of their files.
fn report(run: &mut Run, told: Told, direction: Direction, ended: &mut Option<Error>) {
    let Err(error) = told.report(run, direction) else {
        return;
    };
    run.cancel().cancel();
    match ended {
        None => *ended = Some(error),
        Some(_) if error.is_plain_interruption() => {}
        Some(_) => run.outcomes().report(&error),
    }
}
