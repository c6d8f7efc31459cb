//! The programs.

mod driven;
mod erlang;
mod files;
mod go;
mod java;
mod node;
mod perl;
mod php;
mod python;
mod ruby;
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
    &java::CAMEL,
    &node::BASIC_FTP,
    &node::FTP,
    &ruby::NET_FTP,
    &go::FTP,
    &erlang::FTP,
    &unpacked::LFTP,
    &unpacked::WGET,
    &unpacked::NCFTP,
    &unpacked::TNFTP,
    &unpacked::INETUTILS,
    &unpacked::FTP_SSL,
];
