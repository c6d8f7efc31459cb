//! All faults with a name, in the order of the list that users see.

use super::definition::NamedFault;
use super::{closing, connecting, control, data, files};

const GROUPS: [&[NamedFault]; 5] = [
    closing::FAULTS,
    control::FAULTS,
    connecting::FAULTS,
    data::FAULTS,
    files::FAULTS,
];

const COUNT: usize = {
    let mut count = 0;
    let mut group = 0;
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
};

static FAULTS: [NamedFault; COUNT] = {
    let mut faults = [GROUPS[0][0]; COUNT];
    let (mut place, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut own = 0;
        while own < GROUPS[group].len() {
            faults[place] = GROUPS[group][own];
            place += 1;
            own += 1;
        }
        group += 1;
    }
    faults
};

impl NamedFault {
    /// All faults.
    pub const ALL: &'static [Self] = &FAULTS;

    /// Returns the fault with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|fault| fault.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_each_has_one_line() {
        let names: BTreeSet<_> = NamedFault::ALL.iter().map(NamedFault::name).collect();
        assert_eq!(names.len(), NamedFault::ALL.len());
        for fault in NamedFault::ALL {
            assert!(fault.about().ends_with('.') && !fault.about().contains('\n'));
            assert!(NamedFault::find(fault.name()).is_some());
        }
    }

    #[tokio::test]
    async fn every_server_starts() {
        for fault in NamedFault::ALL {
            fault.server().start().await.unwrap().shutdown().await;
        }
    }
}
