//! The programs.

mod java;
mod node;
mod perl;
mod php;
mod python;
mod unpacked;

use super::client::Client;

/// Every program.
pub(super) const ALL: &[&Client] = &[
    &python::FTPLIB,
    &unpacked::CURL,
    &perl::NET_FTP,
    &php::FTP,
    &java::COMMONS_NET_OLD,
    &java::COMMONS_NET,
    &java::SPRING_INTEGRATION,
    &node::BASIC_FTP,
    &node::FTP,
    &unpacked::LFTP,
    &unpacked::WGET,
];
