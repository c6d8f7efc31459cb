//! Allocation of the numbers of control connections.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crate::connection_id::ConnectionId;
use crate::lock::lock;

/// The numbers in use.
#[derive(Debug, Default)]
pub(crate) struct ConnectionIds(Mutex<BTreeSet<u32>>);

impl ConnectionIds {
    /// Takes the smallest free number until the returned value and all its clones are dropped.
    pub(crate) fn take(self: &Arc<Self>) -> TakenId {
        let mut taken = lock(&self.0);
        let free = (1..).find(|number| !taken.contains(number));
        let number = free.unwrap_or(u32::MAX);
        taken.insert(number);
        TakenId(Arc::new(Taken {
            number,
            ids: Arc::clone(self),
        }))
    }
}

/// The number of a control connection and of any connection that replaces it.
#[derive(Clone, Debug)]
pub(crate) struct TakenId(Arc<Taken>);

impl TakenId {
    pub(crate) fn id(&self) -> ConnectionId {
        ConnectionId::new(self.0.number)
    }
}

#[derive(Debug)]
struct Taken {
    number: u32,
    ids: Arc<ConnectionIds>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        lock(&self.ids.0).remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_smallest_number_that_is_free() {
        let ids = Arc::new(ConnectionIds::default());
        let number = |taken: &TakenId| taken.id().get();
        let [one, two, three] = [(); 3].map(|()| ids.take());
        assert_eq!([&one, &two, &three].map(number), [1, 2, 3]);
        let again = two.clone();
        drop(two);
        let four = ids.take();
        assert_eq!(number(&four), 4);
        drop((again, one));
        for _ in 0..2 {
            assert_eq!(number(&ids.take()), 1);
        }
    }
}
