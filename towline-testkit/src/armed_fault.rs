//! Faults that wait for their occasions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Action, Fault, ListingFault, Point};

impl Fault {
    /// Limits the fault to the n-th occasion, counted from 1.
    pub fn nth(self, n: usize) -> ArmedFault {
        ArmedFault::new(self, n, n)
    }

    /// Limits the fault to the n-th occasion, counted from 1, and all later
    /// ones.
    pub fn from_nth(self, n: usize) -> ArmedFault {
        ArmedFault::new(self, n, usize::MAX)
    }
}

/// A fault and the occasions on which it strikes.
#[derive(Debug, Clone)]
pub struct ArmedFault {
    fault: Fault,
    first: usize,
    last: usize,
    control: Option<u64>,
    occasions: usize,
}

impl ArmedFault {
    fn new(fault: Fault, first: usize, last: usize) -> Self {
        Self {
            fault,
            first,
            last,
            control: None,
            occasions: 0,
        }
    }

    /// Limits the fault to one control connection, given by its
    /// [`id`](crate::ControlReport::id): 1 is the first accepted connection.
    /// Only occasions on that connection count.
    pub fn on_control(mut self, id: u64) -> Self {
        self.control = Some(id);
        self
    }

    fn strikes(&mut self) -> bool {
        self.occasions += 1;
        (self.first..=self.last).contains(&self.occasions)
    }
}

impl From<Fault> for ArmedFault {
    fn from(fault: Fault) -> Self {
        Self::new(fault, 1, usize::MAX)
    }
}

/// The faults of a server, as seen by one of its control connections.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults {
    armed: Arc<Mutex<Vec<ArmedFault>>>,
    /// The control connection.
    control: u64,
}

impl Faults {
    pub(crate) fn new(faults: Vec<ArmedFault>) -> Self {
        Self {
            armed: Arc::new(Mutex::new(faults)),
            control: 0,
        }
    }

    /// Returns the same faults, as seen by another control connection.
    pub(crate) fn on_control(&self, control: u64) -> Self {
        Self {
            armed: Arc::clone(&self.armed),
            control,
        }
    }

    pub(crate) fn arm(&self, fault: ArmedFault) {
        self.lock().push(fault);
    }

    pub(crate) fn disarm(&self) {
        self.lock().clear();
    }

    /// Returns the first fault of a kind that strikes on this occasion. `kind`
    /// extracts a value from a fault of the kind. Every fault of the kind
    /// counts the occasion.
    pub(crate) fn strike<T>(&self, kind: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let mut found = None;
        for armed in self.lock().iter_mut().filter(|armed| self.concerns(armed)) {
            if let Some(wanted) = kind(&armed.fault)
                && armed.strikes()
                && found.is_none()
            {
                found = Some(wanted);
            }
        }
        found
    }

    /// Returns whether there is a fault of a kind, for any occasion.
    pub(crate) fn any(&self, kind: impl Fn(&Fault) -> bool) -> bool {
        self.lock()
            .iter()
            .any(|armed| self.concerns(armed) && kind(&armed.fault))
    }

    fn concerns(&self, armed: &ArmedFault) -> bool {
        armed.control.is_none_or(|control| control == self.control)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ArmedFault>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the server has this fault of listings.
    pub(crate) fn lists(&self, fault: &ListingFault) -> bool {
        self.any(|armed| matches!(armed, Fault::Listing(listing) if listing == fault))
    }

    /// Returns whether a fault without a value strikes.
    pub(crate) fn strikes(&self, kind: impl Fn(&Fault) -> bool) -> bool {
        self.strike(|fault| kind(fault).then_some(())).is_some()
    }

    /// Returns the action at a point. Not for [`Point::Transfer`].
    pub(crate) fn at(&self, point: impl Fn(&Point) -> bool) -> Option<Action> {
        self.strike(|fault| match fault {
            Fault::At(at, action) if point(at) => Some(action.clone()),
            _ => None,
        })
    }

    /// Returns the action in the middle of a transfer, and the number of bytes
    /// before it.
    pub(crate) fn in_transfer(&self, verb: &str) -> Option<(u64, Action)> {
        self.strike(|fault| match fault {
            Fault::At(Point::Transfer { command, after }, action) if names(command, verb) => {
                Some((*after, action.clone()))
            }
            _ => None,
        })
    }
}

/// Returns whether a fault's verb matches a command's verb.
pub(crate) fn names(pattern: &str, verb: &str) -> bool {
    pattern == "*" || pattern == verb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_on_its_occasions_only() {
        let faults = Faults::new(vec![
            Fault::RefuseData.nth(2),
            Fault::RefuseSessions.from_nth(2),
        ]);
        let struck = |kind: fn(&Fault) -> bool| [(); 3].map(|()| faults.strikes(kind));
        assert_eq!(
            struck(|fault| matches!(fault, Fault::RefuseData)),
            [false, true, false]
        );
        assert_eq!(
            struck(|fault| matches!(fault, Fault::RefuseSessions)),
            [false, true, true]
        );
        assert_eq!(
            struck(|fault| matches!(fault, Fault::NoCloseNotify)),
            [false; 3]
        );
    }

    #[test]
    fn a_fault_can_be_bound_to_a_control_connection() {
        let faults = Faults::new(vec![Fault::RefuseData.nth(2).on_control(7)]);
        let strikes = |control| {
            faults
                .on_control(control)
                .strikes(|fault| matches!(fault, Fault::RefuseData))
        };
        assert!(!strikes(7));
        assert!(!strikes(1));
        assert!(strikes(7));
    }

    #[test]
    fn two_faults_at_one_point_both_count() {
        let at = |text: &str| Fault::At(Point::Command("*"), Action::Reply(text.to_owned()));
        let faults = Faults::new(vec![at("1").nth(1), at("2").nth(2)]);
        let next = || match faults.at(|point| matches!(point, Point::Command(_))) {
            Some(Action::Reply(text)) => text,
            _ => String::new(),
        };
        assert_eq!([next(), next(), next()], ["1", "2", ""]);
    }
}
