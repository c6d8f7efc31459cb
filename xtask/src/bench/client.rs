//! The clients that are compared.

use std::fmt;

/// A client that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    Towline,
    /// A sequential Python script that uses ftplib and resumes sessions: the time of a client that
    /// never waits for a timer.
    Ftplib,
    Lftp,
    Curl,
    Rclone,
}

impl Client {
    /// All clients except Towline.
    pub(crate) const PEERS: [Self; 4] = [Self::Ftplib, Self::Lftp, Self::Curl, Self::Rclone];
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Towline => "towline",
            Self::Ftplib => "ftplib",
            Self::Lftp => "lftp",
            Self::Curl => "curl",
            Self::Rclone => "rclone",
        })
    }
}
