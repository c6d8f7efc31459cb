//! Listings of directories and trees, and the names in them.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "listing-too-large",
        title: "The listing is too large",
        meaning: "The listing of one directory has more bytes than the program reads, or a line of it is \
                  too long. A hostile server could send without end.",
        cause: "A very large directory, or a server that does not stop.",
        cure: "Spread the files over several directories. No option raises the limit.",
        details: &["listing_too_large", "listing_line_too_long"],
        ..Finding::BLANK
    },
    Finding {
        id: "tree-too-large",
        title: "The tree has too many entries",
        meaning: "The directory and all below it have more entries than the limit. A hostile server could \
                  list without end.",
        cause: "A very large tree, or a server that shows directories without end.",
        cure: "Choose a smaller part of the tree, or raise the limit if the server can be trusted.",
        hint: Some("--max-entries sets the limit"),
        details: &["tree_too_large"],
        ..Finding::BLANK
    },
    Finding {
        id: "dangerous-name",
        title: "The server lists a name that could do harm",
        meaning: "A name contains a separator or a character that no name may contain, leads out of its \
                  directory, or comes twice. Towline does not use it.",
        cause: "A fault of the server, or an attack.",
        cure: "Ask the server's owner to rename or remove the entry.",
        details: &["entry_name_refused", "duplicate_name"],
        ..Finding::BLANK
    },
    Finding {
        id: "listing-of-another-path",
        severity: Severity::Warning,
        title: "The server lists another directory than the one asked for",
        meaning: "The server ignores the path of LIST or MLSD, or lists a directory's own name.",
        cause: "Embedded and old servers list the working directory only.",
        cure: "Nothing needs to change here: Towline enters the directory first. Other clients must do \
               that too.",
        details: &["directory_lists_itself", "listing_of_another"],
        ..Finding::BLANK
    },
    Finding {
        id: "link-loop",
        severity: Severity::Warning,
        title: "A link leads back to a directory above it",
        meaning: "A link on the server leads in a circle. What it leads to is in the tree under another \
                  path, and is not entered again.",
        cause: "A link to a directory above it, which the server follows or shows as a directory.",
        cure: "Remove the link on the server, or leave it out with --exclude where the command has \
               that.",
        details: &["leads_back"],
        ..Finding::BLANK
    },
    Finding {
        id: "name-not-usable-here",
        side: Side::Computer,
        title: "No local file can have this name",
        meaning: "The server lists a name that Towline does not use for local files, so the file was \
                  not downloaded.",
        cause: "The name is one of this program's own partial files, contains a control character, or is \
                not allowed by this system.",
        cure: "Download the file alone, under another name.",
        hint: Some("name the file and another target: towline get URL/NAME other.txt"),
        ..Finding::BLANK
    },
    Finding {
        id: "listing-incomplete",
        title: "The listing is not known to be complete",
        meaning: "The server left entries out, sent lines that cannot be read, or ended the listing in a \
                  way that does not show whether it is whole. What is missing, if anything, is not known.",
        cause: "A limit of the server (Pure-FTPd stops at 10,000 entries by default), a broken connection, \
                an unusual format, or a server that ends data without close_notify.",
        cure: "If the server says that it left entries out, use smaller directories, or have the limit \
               raised. If only the end is in doubt, compare the listing with that of another client.",
        directives: &[
            Directive {
                software: Software::PureFtpd,
                setting: "--limitrecursion 100000:5",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "ListOptions without maxfiles",
            },
        ],
        details: &[
            "listing_incomplete",
            "listing_cut_short",
            "listing_not_understood",
        ],
        patterns: &[
            "226*output truncated",
            "226*truncated to",
            "unparseable*directory listing",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "mlsd-advertised-but-broken",
        severity: Severity::Warning,
        title: "MLSD is advertised, but does not work",
        meaning: "The server lists MLST among its features and then refuses MLSD.",
        cause: "A fault of the server.",
        cure: "Nothing needs to change here: Towline uses LIST.",
        patterns: &["500*mlsd", "502*mlsd"],
        commands: &["MLSD", "MLST"],
        ..Finding::BLANK
    },
];
