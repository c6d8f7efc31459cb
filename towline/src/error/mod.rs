//! Errors: [`kind`] says who is at fault, [`detail`] why, [`remains`] what is left behind, and
//! [`outlook`] whether a retry can help.

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
pub(crate) use self::wording::{
    on_one_line, protocol_of, says_busy, says_login_failed, says_no_directory, wants_tls,
};
