//! This computer, and how the program was called.

use crate::explain::finding::{Finding, Side};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "wrong-settings",
        side: Side::Client,
        title: "The settings cannot be used",
        meaning: "Options or settings contradict each other, or name something that is not there.",
        cause: "The message names the setting.",
        cure: "Correct it. towline config show prints what is in effect, and where it comes from.",
        details: &[
            "contradictory_settings",
            "invalid_host",
            "invalid_proxy",
            "trust_unusable",
            "client_certificate_unusable",
            "known_servers_unreadable",
            "not_a_file_name",
            "cannot_be_sent",
            "beyond_end",
            "empty_range",
            "finished_early",
            "reserved_command",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "file-too-large",
        side: Side::Client,
        title: "The file is larger than allowed",
        meaning: "The file exceeds the limit in the settings.",
        cause: "--max-filesize is in effect.",
        cure: "Raise the limit if the file is wanted.",
        hint: Some("--max-filesize sets the limit"),
        details: &["file_too_large"],
        ..Finding::BLANK
    },
    Finding {
        id: "local-disk-full",
        side: Side::Computer,
        title: "The disk of this computer is full",
        meaning: "There is no space left, or a quota is used up.",
        cause: "Too little space for the files.",
        cure: "Free some space and run the command again with --resume.",
        details: &["disk_full"],
        ..Finding::BLANK
    },
    Finding {
        id: "local-file-unusable",
        side: Side::Computer,
        title: "A file of this computer cannot be used",
        meaning: "The file or directory is missing, protected, or of another kind.",
        cause: "A wrong path, missing permission, or a directory in the place of a file.",
        cure: "Check the path and its permissions.",
        details: &["permission_denied", "no_such_local_file", "is_a_directory"],
        ..Finding::BLANK
    },
    Finding {
        id: "local-target-exists",
        side: Side::Computer,
        title: "The local target exists",
        meaning: "A file of that name is there, and it must not be replaced.",
        cause: "--no-clobber is in effect.",
        cure: "Choose another name, or allow replacing.",
        details: &["local_target_exists"],
        ..Finding::BLANK
    },
    Finding {
        id: "local-file-changed",
        side: Side::Computer,
        title: "The local file changed while it was being sent",
        meaning: "What arrived is a mixture of two versions, so it did not get its name.",
        cause: "Another program writes to the file.",
        cure: "Send it when it is complete.",
        details: &["changed_while_sent"],
        ..Finding::BLANK
    },
];
