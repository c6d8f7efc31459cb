//! What a command relies on besides its own text: the working directory, to which relative paths
//! refer, and the representation type.
//!
//! Every operation relies on the login directory and on `TYPE I`. Only a listing, or the transfer
//! of a text, may need others.

use towline_proto::path::RemotePath;

/// The state of a control connection that a command relies on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// The working directory. `None` is the login directory.
    pub(super) directory: Option<RemotePath>,
    /// `TYPE A` is in effect.
    pub(super) ascii: bool,
    /// A command of the caller awaits another one, as `RNFR` does.
    pub(super) sequence: bool,
}
