//! The transfer of one file as a stream of bytes.

mod async_io;
mod byte_range;
mod download;
mod open_upload;
mod progress;
mod upload;

pub(crate) use self::byte_range::ByteRange;
pub use self::download::Download;
pub(crate) use self::download::{begin_download, open_download};
pub(crate) use self::open_upload::{
    begin_upload, look_ahead, open_planned, open_stream, open_upload,
};
pub use self::upload::Upload;
