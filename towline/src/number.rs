//! The numbers by which the control connections of one client are told apart.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Those that are taken.
#[derive(Debug, Default)]
pub(crate) struct Numbers(Mutex<BTreeSet<u32>>);

impl Numbers {
    /// The smallest one from 1 that is free, for as long as the value or a clone of it lives.
    pub(crate) fn take(self: &Arc<Self>) -> Number {
        let mut taken = self.taken();
        let free = (1..).find(|number| !taken.contains(number));
        let value = free.unwrap_or(u32::MAX);
        taken.insert(value);
        Number(Arc::new(Taken {
            value,
            numbers: Arc::clone(self),
        }))
    }

    fn taken(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of a control connection, and of the one that takes its place.
#[derive(Clone, Debug)]
pub(crate) struct Number(Arc<Taken>);

impl Number {
    pub(crate) fn value(&self) -> u32 {
        self.0.value
    }
}

#[derive(Debug)]
struct Taken {
    value: u32,
    numbers: Arc<Numbers>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.numbers.taken().remove(&self.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_smallest_number_that_is_free() {
        let numbers = Arc::new(Numbers::default());
        let [one, two, three] = [(); 3].map(|()| numbers.take());
        assert_eq!([&one, &two, &three].map(Number::value), [1, 2, 3]);
        let again = two.clone();
        drop(two);
        let four = numbers.take();
        assert_eq!(four.value(), 4);
        drop((again, one));
        for _ in 0..2 {
            assert_eq!(numbers.take().value(), 1);
        }
    }
}
