//! Application data that stays where it was decrypted.
//!
//! rustls decrypts a record inside the buffer that it is given, then copies the contents to a new
//! vector for each record. A wrapper around the decrypter avoids this copy: it notes where the
//! contents are, and returns to rustls a single byte in their place. rustls still handles sequence
//! numbers, limits, alerts, tickets and key updates.
//!
//! - The wrapper acts only during [`locating`], a synchronous call that drives one connection. The
//!   caller owns the buffer and finds the contents there.
//! - It acts only on application data that has been authenticated.
//! - It leaves an empty record as it is: rustls counts those, and fails after too many.
//! - A place is two numbers, which mean nothing until [`Place::range_in`] has checked them against
//!   the address and length of the buffer.

use std::cell::Cell;
use std::ops::Range;

use rustls::crypto::cipher::{InboundOpaqueMessage, InboundPlainMessage, MessageDecrypter};
use rustls::{ContentType, Error};

/// Where the contents of a record are in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    address: usize,
    len: usize,
}

impl Place {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            address: bytes.as_ptr().addr(),
            len: bytes.len(),
        }
    }

    /// Returns the range within the buffer at `whole`; `None` if it is not inside the buffer.
    pub(super) fn range_in(self, whole: Self) -> Option<Range<usize>> {
        let start = self.address.checked_sub(whole.address)?;
        let end = start.checked_add(self.len)?;
        (end <= whole.len).then_some(start..end)
    }
}

#[derive(Clone, Copy, Debug)]
enum Search {
    Off,
    On,
    Found(Place),
}

thread_local! {
    static SEARCH: Cell<Search> = const { Cell::new(Search::Off) };
}

/// Runs `process`, in which rustls accepts application data at most once. Returns its result and
/// the place of the application data. The caller discards what rustls received in their place.
pub(super) fn locating<R>(process: impl FnOnce() -> R) -> (R, Option<Place>) {
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            SEARCH.set(Search::Off);
        }
    }
    let _off = Off;
    SEARCH.set(Search::On);
    let outcome = process();
    let place = match SEARCH.get() {
        Search::Found(place) => Some(place),
        Search::Off | Search::On => None,
    };
    (outcome, place)
}

/// Wraps `inner`.
pub(super) fn wrapped(inner: Box<dyn MessageDecrypter>) -> Box<dyn MessageDecrypter> {
    Box::new(InPlace(inner))
}

struct InPlace(Box<dyn MessageDecrypter>);

impl MessageDecrypter for InPlace {
    fn decrypt<'a>(
        &mut self,
        message: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let mut plain = self.0.decrypt(message, seq)?;
        if plain.typ != ContentType::ApplicationData || plain.payload.is_empty() {
            return Ok(plain);
        }
        match SEARCH.get() {
            Search::Off => {}
            Search::On => {
                SEARCH.set(Search::Found(Place::of(plain.payload)));
                plain.payload = &plain.payload[..1];
            }
            Search::Found(_) => {
                let what = "application data were taken in twice in one call";
                return Err(Error::General(what.to_owned()));
            }
        }
        Ok(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::ProtocolVersion;

    /// Decrypts nothing: the first byte of a record is its type, the rest its contents.
    struct Open;

    impl MessageDecrypter for Open {
        fn decrypt<'a>(
            &mut self,
            message: InboundOpaqueMessage<'a>,
            _: u64,
        ) -> Result<InboundPlainMessage<'a>, Error> {
            let mut plain = message.into_plain_message();
            plain.typ = ContentType::from(plain.payload[0]);
            plain.payload = &plain.payload[1..];
            Ok(plain)
        }
    }

    const ALERT: u8 = 21;
    const HANDSHAKE: u8 = 22;
    const APPLICATION_DATA: u8 = 23;

    fn decrypt(record: &mut [u8]) -> Result<Vec<u8>, Error> {
        let typ = ContentType::ApplicationData;
        let message = InboundOpaqueMessage::new(typ, ProtocolVersion::TLSv1_2, record);
        let plain = wrapped(Box::new(Open)).decrypt(message, 0)?;
        Ok(plain.payload.to_vec())
    }

    #[test]
    fn one_byte_stands_for_application_data() {
        let mut record = *b"\x17contents";
        let whole = Place::of(&record);
        let (plain, place) = locating(|| decrypt(&mut record));
        assert_eq!(plain.unwrap(), b"c");
        assert_eq!(place.unwrap().range_in(whole), Some(1..9));
    }

    #[test]
    fn everything_else_is_left_as_it_is() {
        for kind in [ALERT, HANDSHAKE] {
            let (plain, place) = locating(|| decrypt(&mut [kind, 1, 2, 3]));
            assert_eq!(plain.unwrap(), [1, 2, 3]);
            assert_eq!(place, None);
        }
        let (plain, place) = locating(|| decrypt(&mut [APPLICATION_DATA]));
        assert_eq!((plain.unwrap(), place), (vec![], None));
    }

    #[test]
    fn so_are_other_connections_on_the_same_thread() {
        let (_, place) = locating(|| decrypt(&mut [APPLICATION_DATA, 1, 2, 3]));
        assert!(place.is_some());
        let plain = decrypt(&mut [APPLICATION_DATA, 1, 2, 3]);
        assert_eq!(plain.unwrap(), [1, 2, 3]);
        let panicked = std::panic::catch_unwind(|| locating(|| panic!("on purpose")));
        assert!(panicked.is_err());
        let plain = decrypt(&mut [APPLICATION_DATA, 1, 2, 3]);
        assert_eq!(plain.unwrap(), [1, 2, 3]);
    }

    #[test]
    fn nothing_is_lost_if_rustls_decrypts_on() {
        let (second, _) = locating(|| {
            decrypt(&mut [APPLICATION_DATA, 1, 2, 3]).unwrap();
            decrypt(&mut [APPLICATION_DATA, 4, 5, 6])
        });
        assert!(matches!(second, Err(Error::General(_))));
    }

    #[test]
    fn a_place_outside_a_buffer_is_no_range_in_it() {
        let bytes = [0; 64];
        let buffer = Place::of(&bytes[16..48]);
        assert_eq!(Place::of(&bytes[16..48]).range_in(buffer), Some(0..32));
        assert_eq!(Place::of(&bytes[20..30]).range_in(buffer), Some(4..14));
        for outside in [0..16, 15..20, 40..49, 48..64, 0..64] {
            assert_eq!(Place::of(&bytes[outside]).range_in(buffer), None);
        }
        let endless = Place {
            address: usize::MAX,
            len: usize::MAX,
        };
        assert_eq!(endless.range_in(buffer), None);
    }
}
