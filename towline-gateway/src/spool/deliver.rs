//! Deliveries: each upload once, in the order in which clients gave them their paths.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_recursion::async_recursion as boxed;
use tokio::sync::watch;
use tokio::time::timeout;
use towline_proto::reply::{Reply, ReplyCode};

use super::attempt::{Trouble, attempt, clear_up};
use super::destination::{Destination, Link};
use super::store::Spool;
use super::upload::{SpoolState, Spooled};
use crate::event::{Delivered, Event};

/// How long a session that has nothing to deliver is kept.
const LINGER: Duration = Duration::from_secs(2);

/// What to do next.
enum Step {
    /// Deliver an upload.
    Deliver(Arc<Destination>, Spooled),
    /// Look again: something has changed, or a wait is over.
    LookAgain,
    /// Nothing is to be done any more.
    End,
}

/// How an attempt ended.
struct Attempted {
    result: Delivered,
    /// Why the upload was not delivered.
    reason: Option<String>,
    /// The time until the next attempt.
    wait: Option<Duration>,
}

/// What deliveries need from one to the next.
struct Deliverer {
    spool: Arc<Spool>,
    changes: watch::Receiver<u64>,
    link: Option<Link>,
    /// Where the session leads.
    last: Option<Arc<Destination>>,
    /// Attempts in a row that the server, or the way to it, has made fail.
    failures: u32,
}

/// Delivers uploads until the spool is closed.
// In a box, so that it is built in this crate and not in each program that awaits it.
#[boxed]
pub(crate) async fn deliver(spool: Arc<Spool>) {
    let deliverer = Deliverer {
        changes: spool.changes.subscribe(),
        spool: Arc::clone(&spool),
        link: None,
        last: None,
        failures: 0,
    };
    tokio::select! {
        () = deliverer.deliver_all() => {}
        () = spool.watch() => {}
    }
}

impl Deliverer {
    async fn deliver_all(mut self) {
        loop {
            let (destination, upload) = match self.next_step().await {
                Step::Deliver(destination, upload) => (destination, upload),
                Step::LookAgain => continue,
                Step::End => return self.leave().await,
            };
            let began = Instant::now();
            let hurries = self.spool.hurries();
            let attempting = attempt(&self.spool, &destination, &mut self.link, &upload);
            let ended = attempting.await;
            let Some(attempted) = self.judge(&destination, ended) else {
                continue;
            };
            let noted = self.note_result(&upload, &attempted).await;
            destination.event(&Event::Delivery {
                route: &destination.route,
                site: &destination.site,
                upload: upload.id,
                path: &upload.path.to_string(),
                bytes: upload.bytes,
                seconds: began.elapsed().as_secs_f64(),
                attempt: upload.attempts.saturating_add(1),
                result: attempted.result,
                reason: attempted.reason.as_deref(),
                retry_in: attempted.wait.map(|wait| wait.as_secs_f64()),
            });
            self.spool.changed();
            if let Err(error) = noted {
                self.warn(&destination, &error, hurries).await;
            }
            if let Some(wait) = attempted.wait {
                pause(&self.spool, &destination, wait, hurries).await;
            }
        }
    }

    /// Finds the upload whose turn it is, or waits until there may be one.
    async fn next_step(&mut self) -> Step {
        self.changes.borrow_and_update();
        if self.is_closed() {
            return Step::End;
        }
        let Some(destination) = self.follow().await else {
            return self.idle().await;
        };
        let hurries = self.spool.hurries();
        let upload = match self.spool.work(|spool| spool.journal.next()).await {
            Ok(Some(upload)) => upload,
            Ok(None) => return self.idle().await,
            Err(error) => {
                self.warn(&destination, &error, hurries).await;
                return Step::LookAgain;
            }
        };
        let young = grace_left(&upload, destination.rename_grace);
        if !young.is_zero() {
            // A change may be its new name, or its end.
            let _ = timeout(young, self.changes.changed()).await;
            return Step::LookAgain;
        }
        Step::Deliver(destination, upload)
    }

    /// Returns where the spool leads now. Gives up a session with another server.
    async fn follow(&mut self) -> Option<Arc<Destination>> {
        let destination = self.spool.destination();
        let is_same = match (&destination, &self.last) {
            (Some(now), Some(before)) => Arc::ptr_eq(now, before),
            _ => false,
        };
        if !is_same {
            self.leave().await;
            self.failures = 0;
            self.last.clone_from(&destination);
        }
        destination
    }

    /// Waits for something to deliver.
    async fn idle(&mut self) -> Step {
        // More may come soon. Otherwise another client may have the session.
        if self.link.is_some() && timeout(LINGER, self.changes.changed()).await.is_ok() {
            return Step::LookAgain;
        }
        self.leave().await;
        match self.is_closed() || self.changes.changed().await.is_err() {
            true => Step::End,
            false => Step::LookAgain,
        }
    }

    /// Decides what an attempt means for the next one. Returns `None` if there is nothing to
    /// report.
    fn judge(
        &mut self,
        destination: &Destination,
        ended: Result<Delivered, Trouble>,
    ) -> Option<Attempted> {
        let failures = std::mem::take(&mut self.failures);
        match ended {
            Ok(result) => Some(Attempted {
                result,
                reason: None,
                wait: None,
            }),
            Err(Trouble::Overtaken) => None,
            Err(Trouble::Aside { reason }) => Some(Attempted {
                result: Delivered::Aside,
                reason: Some(reason),
                wait: None,
            }),
            Err(Trouble::Later {
                reason,
                refused_login,
            }) => {
                self.link = None;
                self.failures = failures.saturating_add(1);
                if refused_login {
                    let text = format!("The server cannot be reached: {reason}");
                    let reply = Reply::new(ReplyCode::LOCAL_ERROR, text);
                    self.spool.begin_pause(reply, refused_login);
                }
                let wait = match refused_login {
                    // More attempts could lock the account.
                    true => destination.longest_retry,
                    false => destination.wait(failures),
                };
                Some(Attempted {
                    result: Delivered::Failed,
                    reason: Some(reason),
                    wait: Some(wait),
                })
            }
        }
    }

    /// Notes in the journal why an upload was not delivered.
    async fn note_result(&mut self, upload: &Spooled, attempted: &Attempted) -> io::Result<()> {
        let Some(reason) = attempted.reason.clone() else {
            return Ok(());
        };
        let (id, is_aside) = (upload.id, attempted.result == Delivered::Aside);
        let noting = self.spool.work(move |spool| match is_aside {
            true => spool.journal.set_aside(id, &reason),
            false => spool.journal.failed(id, &reason),
        });
        let noted = noting.await.map(drop);
        if let (true, Some(link)) = (is_aside, &mut self.link) {
            // What cannot be removed now is removed before the next delivery.
            let _ = clear_up(&self.spool, &mut link.session).await;
        }
        noted
    }

    /// Says that the journal fails, and waits.
    async fn warn(&self, destination: &Arc<Destination>, error: &io::Error, hurries: u64) {
        let text = format!("{}: {error}", destination.route);
        destination.event(&Event::Warning { text: &text });
        pause(&self.spool, destination, destination.longest_retry, hurries).await;
    }

    async fn leave(&mut self) {
        if let Some(link) = self.link.take() {
            link.session.quit().await;
        }
    }

    fn is_closed(&self) -> bool {
        self.spool.closed.load(Ordering::Relaxed)
    }
}

/// Waits before the next attempt, unless the spool is closed or leads elsewhere, or a retry was
/// requested since there were `hurries`.
async fn pause(spool: &Spool, destination: &Arc<Destination>, wait: Duration, hurries: u64) {
    let mut changes = spool.changes.subscribe();
    let woken = async {
        loop {
            let is_same = spool
                .destination()
                .is_some_and(|now| Arc::ptr_eq(&now, destination));
            let is_over = spool.closed.load(Ordering::Relaxed) || spool.hurries() != hurries;
            if is_over || !is_same {
                return;
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    };
    let _ = timeout(wait, woken).await;
}

/// How long an upload still has to wait for its new name.
fn grace_left(upload: &Spooled, grace: Duration) -> Duration {
    if upload.state != SpoolState::Waiting || upload.attempts > 0 {
        return Duration::ZERO;
    }
    let age = jiff::Timestamp::now().as_millisecond() - upload.received;
    // A clock that was set back must not hold it up.
    let age = Duration::from_millis(u64::try_from(age).unwrap_or(u64::MAX));
    grace.saturating_sub(age)
}
