//! What can be wrong with a connection, a login or a transfer, in words.

/// One thing that can be wrong, or that is worth knowing.
#[derive(Debug)]
pub(crate) struct Finding {
    /// For scripts. Does not change.
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    pub(crate) side: Side,
    pub(crate) title: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) cure: &'static str,
    /// What to try with this program, in one line.
    pub(crate) hint: Option<&'static str>,
    /// What the server's administrator can change.
    pub(crate) directives: &'static [Directive],
    /// The names of the library's reasons ([`towline::ErrorDetail`]) that mean this.
    pub(crate) details: &'static [&'static str],
    /// Texts that mean this. See [`pattern`](super::pattern).
    pub(crate) patterns: &'static [&'static str],
    /// Commands whose refusal means this, some with an argument.
    pub(crate) commands: &'static [&'static str],
    /// Steps whose time limit means this.
    pub(crate) timed_out: &'static [Step],
}

impl Finding {
    /// The values of the fields that a finding does not set.
    pub(crate) const BLANK: Self = Self {
        id: "",
        severity: Severity::Error,
        side: Side::Server,
        title: "",
        meaning: "",
        cause: "",
        cure: "",
        hint: None,
        directives: &[],
        details: &[],
        patterns: &[],
        commands: &[],
        timed_out: &[],
    };

    /// What the administrator of this server software can change. All settings if it is unknown.
    pub(crate) fn directives_for(&self, software: ServerSoftware) -> Vec<&'static Directive> {
        let all = self.directives.iter();
        let own: Vec<_> = all
            .clone()
            .filter(|directive| directive.software.is(software))
            .collect();
        match own.is_empty() && !software.is_known() {
            true => all.collect(),
            false => own,
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Worth knowing, and no fault.
    Note,
    /// Works, but not as it should.
    Warning,
    /// Does not work.
    Error,
}

impl Severity {
    /// The name, in lower case.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a session waits for, as a pasted log shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The control connection opens.
    Connecting,
    /// The server greets, goes on with the TLS handshake, or replies.
    Replying,
    /// The client opens the data connection.
    OpeningData,
    /// The server opens the data connection (active mode).
    AwaitingData,
    /// Data moves.
    Moving,
}

/// Where the fault lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The server or its settings.
    Server,
    /// The program that connects, or its settings.
    Client,
    /// What is between the two: firewalls, address translation, name servers.
    Network,
    /// The user, the password or the permissions of the account.
    Account,
    /// This computer: its disk, its clock, its files.
    Computer,
}

impl Side {
    /// The name for scripts.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Network => "network",
            Self::Account => "account",
            Self::Computer => "computer",
        }
    }
}

/// A setting of a server program.
#[derive(Debug)]
pub(crate) struct Directive {
    pub(crate) software: Software,
    /// The line for the configuration file, or the place in a user interface.
    pub(crate) setting: &'static str,
}

/// A server program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Software {
    Vsftpd,
    ProFtpd,
    PureFtpd,
    FileZilla,
    Iis,
    Aws,
}

impl Software {
    /// The name, with the place of its settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vsftpd => "vsftpd (vsftpd.conf)",
            Self::ProFtpd => "ProFTPD (proftpd.conf)",
            Self::PureFtpd => "Pure-FTPd (pure-ftpd)",
            Self::FileZilla => "FileZilla Server",
            Self::Iis => "IIS",
            Self::Aws => "AWS Transfer Family",
        }
    }

    /// Whether the software that `doctor` sees is this program.
    fn is(self, software: ServerSoftware) -> bool {
        use towline::Software as Known;
        match self {
            Self::Vsftpd => software == ServerSoftware::Known(Known::VsFtpd),
            Self::ProFtpd => software == ServerSoftware::Known(Known::ProFtpd),
            Self::PureFtpd => software == ServerSoftware::Known(Known::PureFtpd),
            Self::FileZilla => software == ServerSoftware::Known(Known::FileZillaServer),
            Self::Iis => software == ServerSoftware::Iis,
            // The server does not name itself.
            Self::Aws => false,
        }
    }
}

/// The software of the server that `doctor` examines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerSoftware {
    /// As the library sees it.
    Known(towline::Software),
    /// IIS, which makes no difference to the library.
    Iis,
}

impl ServerSoftware {
    pub(crate) const UNKNOWN: Self = Self::Known(towline::Software::Unknown);

    pub(crate) fn is_known(self) -> bool {
        self != Self::UNKNOWN
    }

    /// The name as its makers write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Known(software) => software.name(),
            Self::Iis => "IIS",
        }
    }
}
