//! The sessions that a server allows, counted over all routes to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::lock::lock;

/// The sessions with each server. They stay counted when new settings come.
#[derive(Debug, Default)]
pub(crate) struct Places {
    sites: Mutex<HashMap<String, Arc<SitePlaces>>>,
}

/// The sessions with one server.
#[derive(Debug, Default)]
pub(crate) struct SitePlaces {
    used: Mutex<usize>,
    /// The next client in the queue holds it: first come, first served.
    turn: tokio::sync::Mutex<()>,
    freed: Notify,
}

/// Keeps one session counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<SitePlaces>);

impl Places {
    /// Returns the sessions with `site`.
    pub(crate) fn of(&self, site: &str) -> Arc<SitePlaces> {
        let mut sites = lock(&self.sites);
        sites.retain(|_, places| Arc::strong_count(places) > 1);
        Arc::clone(sites.entry(site.to_owned()).or_default())
    }
}

impl SitePlaces {
    /// Waits until there are fewer than `most` sessions, and counts one more.
    pub(crate) async fn take(self: &Arc<Self>, most: usize) -> Place {
        let _turn = self.turn.lock().await;
        loop {
            {
                let mut used = lock(&self.used);
                if *used < most {
                    *used += 1;
                    return Place(Arc::clone(self));
                }
            }
            self.freed.notified().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *lock(&self.0.used) -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn a_place_is_free_again_once_it_is_dropped() {
        let places = Places::default();
        let site = places.of("a");
        let first = site.take(1).await;
        let other = places.of("a");
        let mut second = pin!(other.take(1));
        let is_waiting = poll_fn(|context| Poll::Ready(second.as_mut().poll(context).is_pending()));
        assert!(is_waiting.await);
        drop(places.of("b").take(1).await);
        drop(first);
        drop(second.await);
        site.take(1).await;
    }
}
