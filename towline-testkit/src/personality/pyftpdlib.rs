//! soon
pub(super) use super::vsftpd::TRAITS;
