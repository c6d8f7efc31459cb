//! Digests of files: ours and the server's.

mod digest;

pub(crate) use self::digest::{Comparison, Hasher, Method, compare, digest, hasher};
