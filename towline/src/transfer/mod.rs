//! File transfers: streams, local files, and how a finished file gets its name.

mod calls;
mod check;
mod file;
mod file_version;
mod local;
mod options;
mod outcome;
mod part;
mod part_mark;
mod passed_on;
mod plan;
mod publish;
mod remote_part_name;
mod stream;

pub(crate) use self::calls::{own_download, own_upload};
pub(crate) use self::file_version::FileVersion;
pub(crate) use self::local::{
    Target, aside, check_target, is_special, sync_directories, takes_new_file,
};
pub use self::options::{DownloadOptions, UploadOptions};
pub(crate) use self::outcome::unproven;
pub use self::outcome::{Outcome, Transferred};
pub(crate) use self::part::Part;
pub use self::passed_on::Finishing;
pub(crate) use self::plan::{Plan, in_doubt};
pub(crate) use self::publish::{confirm, publish, resolve_rename, wrong_size};
pub(crate) use self::stream::{ByteRange, open_upload};
pub use self::stream::{Download, Upload};
