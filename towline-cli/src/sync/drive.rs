//! Runs a mirror, and reports what it tells.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use towline_sync::{Carrier, Mirror};

use crate::error::Error;
use crate::session::run::Run;
use crate::sync::told::{Teller, Told};

/// Runs `work` with a mirror, and reports what it tells meanwhile. Until it begins to move files, an
/// interruption ends it at once; afterwards it ends by itself, in order.
///
/// # Errors
/// The errors of `work`, and failures that end the command.
pub(crate) async fn drive<C: Carrier, T>(
    run: &mut Run,
    mirror: Mirror<C>,
    direction: &'static str,
    work: impl AsyncFnOnce(&Mirror<C>) -> Result<T, towline_sync::Error>,
) -> Result<T, Error> {
    let (teller, mut told) = Teller::new();
    let mirror = mirror.watch(Arc::new(teller));
    let done = work_and_report(run, direction, &mut told, Box::pin(work(&mirror))).await;
    told.close();
    while let Some(told) = told.recv().await {
        told.report(run, direction)?;
    }
    done
}

async fn work_and_report<T>(
    run: &mut Run,
    direction: &'static str,
    told: &mut UnboundedReceiver<Told>,
    work: impl Future<Output = Result<T, towline_sync::Error>>,
) -> Result<T, Error> {
    let mut work = pin!(work);
    let interrupt = run.interrupt().clone();
    let mut works = false;
    let mut ended = None;
    loop {
        tokio::select! {
            biased;
            Some(told) = told.recv() => {
                works |= told.begins_work();
                if let Err(error) = told.report(run, direction) {
                    // Transfers end in order; the first reason counts.
                    run.cancel().cancel();
                    ended.get_or_insert(error);
                }
            }
            done = work.as_mut() => {
                return match (ended, done) {
                    (Some(error), _) => Err(error),
                    (None, done) => done.map_err(Error::from),
                };
            }
            () = interrupt.requested(), if !works => return Err(Error::Interrupted),
        }
    }
}
