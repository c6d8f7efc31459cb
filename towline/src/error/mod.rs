//! What went wrong: [`kind`] says who is at fault, [`detail`] why, [`remains`] what is left behind,
//! [`outlook`] whether another attempt can help.

mod detail;
mod kind;
mod library_error;
mod outlook;
mod remains;
#[cfg(feature = "serde")]
mod serialize;
mod wording;

pub use self::detail::ErrorDetail;
pub use self::kind::ErrorKind;
pub use self::library_error::Error;
pub use self::outlook::Outlook;
pub use self::remains::Remains;
pub(crate) use self::wording::{protocol_of, wants_tls};
