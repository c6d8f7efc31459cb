//! One upload that waits.

use serde::Serialize;
use towline_proto::path::RemotePath;

/// An upload that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spooled {
    /// Its number.
    pub id: i64,
    /// Its path at the server.
    pub path: RemotePath,
    /// Its size.
    pub bytes: u64,
    /// When all of it had arrived, in milliseconds since 1970.
    pub received: i64,
    /// What becomes of it.
    pub state: SpoolState,
    /// The number of attempts to deliver it.
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
///
/// Uploads are delivered in the order in which clients gave them their paths. Each row of the table
/// is an event; each column says what the event makes of an upload in that state. A dash means that
/// the event cannot happen, or changes nothing. "Newer" and "older" compare uploads to the same
/// path.
///
/// | | `Waiting` | `Sending` | `Naming` | `Aside` | `Replaced` |
/// | --- | --- | --- | --- | --- | --- |
/// | it is its turn | `Sending` | `Sending`, from the beginning | `Naming`: the rename is made again | - | - |
/// | the server has all of it | - | `Naming`; `Waiting` if an older one waits | - | - | - |
/// | the server has renamed it | - | - | it is gone | - | - |
/// | the server refuses it | - | `Aside` | `Aside` | - | - |
/// | the attempt fails otherwise | - | `Waiting` | - | - | - |
/// | a newer one is delivered | `Replaced` | `Replaced` | - | `Replaced` | - |
/// | a client renames it | last `Waiting` | last `Sending` | the client waits | last `Waiting` | - |
/// | a client renames a newer one | it is gone | it is gone | - | it is gone | - |
/// | a client removes it | it is gone | it is gone | the client waits | it is gone | it is gone |
/// | the server gets another file of its name | it is gone | it is gone | the client waits | it is gone | it is gone |
/// | a start, new settings, a request for all | - | - | - | `Waiting`, unless a newer one is `Sending` or `Naming` | - |
/// | a request with its number | - | - | - | `Waiting` | `Waiting` |
/// | the gateway is killed | - | - | - | - | - |
///
/// One that is `Naming` comes before all others, because the server may have renamed it already.
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
    /// A newer upload to its path was delivered before it. It is kept, and delivered only on a
    /// request with its number.
    Replaced,
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
            Self::Replaced => "replaced",
        }
    }
}
