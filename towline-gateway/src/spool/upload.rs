//! One upload that waits.

use serde::Serialize;
use towline_proto::path::RemotePath;

/// An upload that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spooled {
    /// Its number. Deliveries are made in this order.
    pub id: i64,
    /// Its path at the server.
    pub path: RemotePath,
    /// Its size.
    pub bytes: u64,
    /// When it had arrived, in milliseconds since 1970.
    pub received: i64,
    /// What becomes of it.
    pub state: SpoolState,
    /// How often its delivery was tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub reason: Option<String>,
    /// The name of its file in the spool.
    pub(crate) file: String,
    /// Whether it was sent in `TYPE A`.
    pub(crate) text: bool,
    /// Its temporary name at the server.
    pub(crate) part: Option<RemotePath>,
}

/// What becomes of an upload that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SpoolState {
    /// It waits for its delivery.
    Waiting,
    /// It is being sent to a temporary name, or was when the gateway ended.
    Sending,
    /// The server has all of it, and is about to give it its name.
    Naming,
    /// The server has refused it. It is kept, and tried again once the gateway starts or gets new
    /// settings.
    Aside,
}

impl SpoolState {
    /// The name of the state.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Naming => "naming",
            Self::Aside => "aside",
        }
    }
}
