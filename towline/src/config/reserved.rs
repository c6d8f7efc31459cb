//! Commands that only the library sends, because the caller's use of them would break the
//! guarantees of a session.

use std::fmt;

/// What a reserved command affects, and so why only the library sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReservedFor {
    /// The protection of the connections (RFC 2228, RFC 4217), which lasts for the whole session.
    Protection,
    /// The login, and the end of the session.
    Login,
    /// The account, which is part of the login. It is allowed as a login command, for servers that
    /// require an account without asking for it.
    Account,
    /// The address of the next data connection.
    DataConnection,
    /// A transfer, or a command that prepares the next one.
    Transfer,
    /// The representation of data in transit: always binary, in stream mode.
    Representation,
    /// The working directory, which relative paths depend on.
    WorkingDirectory,
}

impl ReservedFor {
    /// Returns why only the library may send the command `verb`. `None` if the caller may send it.
    pub(crate) fn verb(verb: &str) -> Option<Self> {
        let is_it = |(reserved, _): &&(&str, Self)| verb.eq_ignore_ascii_case(reserved);
        RESERVED.iter().find(is_it).map(|(_, reason)| *reason)
    }
}

/// The reason, to follow a colon.
impl fmt::Display for ReservedFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protection => "it would change the protection of the connections",
            Self::Login => "it would log in anew or end the session",
            Self::Account => "it is part of the login",
            Self::DataConnection => "it would move the next data connection",
            Self::Transfer => "it belongs to a transfer",
            Self::Representation => "it would change the form of the data",
            Self::WorkingDirectory => "it would change what relative paths mean",
        })
    }
}

/// `ADAT`, `CONF`, `ENC` and `MIC` are from RFC 2228, `LPRT` and `LPSV` from RFC 1639. `CPSV` and
/// `SSCN` make one server connect to another, and swap the roles in TLS.
const RESERVED: [(&str, ReservedFor); 42] = [
    ("ADAT", ReservedFor::Protection),
    ("AUTH", ReservedFor::Protection),
    ("CCC", ReservedFor::Protection),
    ("CONF", ReservedFor::Protection),
    ("ENC", ReservedFor::Protection),
    ("MIC", ReservedFor::Protection),
    ("PBSZ", ReservedFor::Protection),
    ("PROT", ReservedFor::Protection),
    ("SSCN", ReservedFor::Protection),
    ("ACCT", ReservedFor::Account),
    ("PASS", ReservedFor::Login),
    ("QUIT", ReservedFor::Login),
    ("REIN", ReservedFor::Login),
    ("USER", ReservedFor::Login),
    ("CPSV", ReservedFor::DataConnection),
    ("EPRT", ReservedFor::DataConnection),
    ("EPSV", ReservedFor::DataConnection),
    ("LPRT", ReservedFor::DataConnection),
    ("LPSV", ReservedFor::DataConnection),
    ("PASV", ReservedFor::DataConnection),
    ("PORT", ReservedFor::DataConnection),
    ("PRET", ReservedFor::DataConnection),
    ("SPSV", ReservedFor::DataConnection),
    ("ABOR", ReservedFor::Transfer),
    ("APPE", ReservedFor::Transfer),
    ("LIST", ReservedFor::Transfer),
    ("MLSD", ReservedFor::Transfer),
    ("NLST", ReservedFor::Transfer),
    ("RANG", ReservedFor::Transfer),
    ("REST", ReservedFor::Transfer),
    ("RETR", ReservedFor::Transfer),
    ("STOR", ReservedFor::Transfer),
    ("STOU", ReservedFor::Transfer),
    ("MODE", ReservedFor::Representation),
    ("STRU", ReservedFor::Representation),
    ("TYPE", ReservedFor::Representation),
    ("CDUP", ReservedFor::WorkingDirectory),
    ("CWD", ReservedFor::WorkingDirectory),
    ("SMNT", ReservedFor::WorkingDirectory),
    ("XCDUP", ReservedFor::WorkingDirectory),
    ("XCUP", ReservedFor::WorkingDirectory),
    ("XCWD", ReservedFor::WorkingDirectory),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_known_in_any_case() {
        assert_eq!(ReservedFor::verb("prot"), Some(ReservedFor::Protection));
        assert_eq!(ReservedFor::verb("Stor"), Some(ReservedFor::Transfer));
        for verb in ["SITE", "PRO", "PROTX", ""] {
            assert_eq!(ReservedFor::verb(verb), None, "{verb}");
        }
    }
}
