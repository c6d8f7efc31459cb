//! Where the entries of a look go.

use towline_proto::listing::Entry;

/// Takes the entries of a look.
pub(super) trait Taker: Send {
    fn take(&mut self, entry: Entry);

    /// Forgets all entries. Returns `false` if that is too late.
    fn start_over(&mut self) -> bool;
}

/// Keeps all entries.
impl Taker for Vec<Entry> {
    fn take(&mut self, entry: Entry) {
        self.push(entry);
    }

    fn start_over(&mut self) -> bool {
        self.clear();
        true
    }
}

/// Keeps the first entries, and passes all on once there are more.
pub(super) struct Holding<E> {
    /// `None` if entries have been passed on.
    kept: Option<Vec<Entry>>,
    most: usize,
    each: E,
}

impl<E: FnMut(Entry) + Send> Holding<E> {
    /// Keeps up to `most` entries.
    pub(super) fn new(most: usize, each: E) -> Self {
        Self {
            kept: Some(Vec::new()),
            most,
            each,
        }
    }

    pub(super) fn has_passed_on(&self) -> bool {
        self.kept.is_none()
    }

    /// Returns the entries that were kept, and where others go.
    pub(super) fn into_parts(self) -> (Vec<Entry>, E) {
        (self.kept.unwrap_or_default(), self.each)
    }
}

impl<E: FnMut(Entry) + Send> Taker for Holding<E> {
    fn take(&mut self, entry: Entry) {
        match &mut self.kept {
            Some(kept) if kept.len() < self.most => kept.push(entry),
            kept => {
                kept.take().into_iter().flatten().for_each(&mut self.each);
                (self.each)(entry);
            }
        }
    }

    fn start_over(&mut self) -> bool {
        let Some(kept) = &mut self.kept else {
            return false;
        };
        kept.clear();
        true
    }
}
