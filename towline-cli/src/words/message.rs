//! The identifiers of the messages. A test compares them with the files of the languages.

/// The identifier of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message(pub(super) &'static str);

macro_rules! messages {
    ($($name:ident = $id:literal,)*) => {
        $(pub(crate) const $name: Message = Message($id);)*

        /// All messages.
        #[cfg(test)]
        pub(super) const ALL: &[Message] = &[$($name,)*];
    };
}

messages! {
    PREFIX_ERROR = "prefix-error",
    PREFIX_MEANING = "prefix-meaning",
    PREFIX_HINT = "prefix-hint",
    PREFIX_WARNING = "prefix-warning",
    PREFIX_ALARM = "prefix-alarm",
    PREFIX_STATUS = "prefix-status",
    PREFIX_COMMAND = "prefix-command",
    PREFIX_RESPONSE = "prefix-response",

    RESOLVING = "resolving",
    CONNECTING = "connecting",
    AWAITING_WELCOME = "awaiting-welcome",
    INITIALIZING_TLS = "initializing-tls",
    VERIFYING_CERTIFICATE = "verifying-certificate",
    TLS_ESTABLISHED = "tls-established",
    LOGGED_IN = "logged-in",
    RETRIEVING_LISTING = "retrieving-listing",
    RETRIEVING_LISTING_OF = "retrieving-listing-of",
    LISTING_SUCCESSFUL = "listing-successful",
    LISTING_OF_SUCCESSFUL = "listing-of-successful",
    DATA_IN_CLEAR_TEXT = "data-in-clear-text",
    DATA_CONNECTION = "data-connection",
    STARTING_DOWNLOAD = "starting-download",
    STARTING_UPLOAD = "starting-upload",
    DATA_REFUSED = "data-refused",
    TRYING_AGAIN = "trying-again",
    ANOTHER_TICKET = "another-ticket",
    NEW_CONNECTION = "new-connection",
    NEW_CONNECTION_TLS12 = "new-connection-tls12",
    WAITING_TO_RETRY = "waiting-to-retry",
    GREETING_LATE = "greeting-late",
    STRAY_REPLY = "stray-reply",
    WAITING_FOR_ADDRESS = "waiting-for-address",
    WAITING_FOR_CONNECTION = "waiting-for-connection",
    WAITING_FOR_TLS = "waiting-for-tls",
    WAITING_FOR_REPLY = "waiting-for-reply",
    WAITING_FOR_LISTING = "waiting-for-listing",
    WAITING_FOR_DATA = "waiting-for-data",
    DOWNGRADING = "downgrading",
    DOWNGRADING_BY_OWN_CHOICE = "downgrading-by-own-choice",
    CLEAR_TEXT = "clear-text",
    TRUSTED_ON_FIRST_USE = "trusted-on-first-use",
    TRUSTED_ON_FIRST_USE_ISSUED = "trusted-on-first-use-issued",

    WHAT_IT_MEANS = "what-it-means",
    WHY = "why",
    WHAT_TO_DO = "what-to-do",
    WITH_TOWLINE = "with-towline",
    WHERE_THE_FAULT_LIES = "where-the-fault-lies",
    FOR_THE_ADMINISTRATOR = "for-the-administrator",
    ALSO_POINTS_TO = "also-points-to",
    PART = "part",
    SIDE_SERVER = "side-server",
    SIDE_CLIENT = "side-client",
    SIDE_NETWORK = "side-network",
    SIDE_ACCOUNT = "side-account",
    SIDE_COMPUTER = "side-computer",
    NOTHING_KNOWN = "nothing-known",
    ONLY_THE_CODE = "only-the-code",

    DOCTOR_LOGS_IN = "doctor-logs-in",
    DOCTOR_STAYS_OUT = "doctor-stays-out",
    DOCTOR_LISTS = "doctor-lists",
    DOCTOR_WRITES = "doctor-writes",
    DOCTOR_TAKES_LONG = "doctor-takes-long",

    VERDICT_GOOD = "verdict-good",
    VERDICT_WARNING = "verdict-warning",
    VERDICT_FAILED = "verdict-failed",
    VERDICT_SKIPPED = "verdict-skipped",

    DIAGNOSIS = "diagnosis",
    EVERYTHING_WORKS = "everything-works",
    WORKS_WITH_WARNINGS = "works-with-warnings",
    STEPS_FAILED = "steps-failed",
    SEVERITY_NOTE = "severity-note",
    SEVERITY_WARNING = "severity-warning",
    SEVERITY_ERROR = "severity-error",
    FOR_CONFIG_FILE = "for-config-file",

    EXPLAIN_LEFT_OUT = "explain-left-out",

    HINT_FILE_TO_EXPLAIN = "hint-file-to-explain",
    HINT_RESUME = "hint-resume",
    HINT_ALREADY_EXISTS = "hint-already-exists",
    HINT_ANOTHER_WAY = "hint-another-way",
    HINT_TIMEOUT = "hint-timeout",
    HINT_PATHS_OF_SITE = "hint-paths-of-site",
    HINT_PATHS = "hint-paths",
    HINT_TARGET_CHANGED = "hint-target-changed",
    HINT_SAFE_TO_RETRY = "hint-safe-to-retry",
    HINT_SAME_END = "hint-same-end",
    HINT_CERTIFICATE_CHANGED = "hint-certificate-changed",
    HINT_REUSE_RESUMED = "hint-reuse-resumed",
    HINT_REUSE_EARLY = "hint-reuse-early",
    HINT_REUSE_OFF = "hint-reuse-off",
    HINT_REUSE_REQUIRE = "hint-reuse-require",
    HINT_REUSE_TLS13 = "hint-reuse-tls13",
    HINT_REUSE_TRIED = "hint-reuse-tried",
    HINT_REUSE_TRIED_TLS13 = "hint-reuse-tried-tls13",
    HINT_ON_DATA = "hint-on-data",
    HINT_PROXY_CLOSED = "hint-proxy-closed",
    HINT_REFUSED_AFTER_LOGIN = "hint-refused-after-login",
    HINT_DATA_PORT_CLOSED = "hint-data-port-closed",
    HINT_DATA_IN_CLEAR = "hint-data-in-clear",
}
