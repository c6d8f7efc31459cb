//! This computer, and how the program was called.

use crate::explain::finding::{Finding, Side};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "wrong-settings",
        side: Side::Client,
        title: "The settings cannot be used",
        meaning: "Options or settings contradict each other, or name something that does not exist.",
        cause: "The message names the setting.",
        cure: "Correct it. towline config show prints what is in effect, and where it comes from.",
        details: &[
            "contradictory_settings",
            "invalid_host",
            "invalid_proxy",
            "trust_unusable",
            "client_certificate_unusable",
            "known_servers_unreadable",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "path-without-file-name",
        side: Side::Client,
        title: "The path does not name a file",
        meaning: "A file was expected, and the path is empty, ends in a slash, or ends in . or ..",
        cause: "The name of the file is missing.",
        cure: "Add the name of the file to the path.",
        details: &["not_a_file_name"],
        ..Finding::BLANK
    },
    Finding {
        id: "text-cannot-be-sent",
        side: Side::Client,
        title: "The text cannot be sent to the server",
        meaning: "A path, a user, a password or a command contains a line break, a NUL or a character that \
                  the server's character set does not have. Nothing was sent.",
        cause: "FTP commands are single lines, and --charset may limit their characters.",
        cure: "Remove the character, or set the server's character set.",
        details: &["cannot_be_sent"],
        ..Finding::BLANK
    },
    Finding {
        id: "reserved-command",
        side: Side::Client,
        title: "Towline does not send this command for its callers",
        meaning: "The command would change the login, TLS, the working directory or the type, or would \
                  transfer or list. Towline relies on all of these, so nothing was sent.",
        cause: "The command was given to towline raw or --login-command, or to the library as a raw \
                command.",
        cure: "Use the command or option that does the same: ls, get and put transfer and list, options \
               and keys set the login and TLS, and paths take the place of a working directory.",
        details: &["reserved_command"],
        ..Finding::BLANK
    },
    Finding {
        id: "offset-beyond-end",
        side: Side::Client,
        title: "The file ends before the requested offset",
        meaning: "The transfer was to begin behind the end of the file, so there is nothing to \
                  transfer.",
        cause: "A wrong offset, or a file that has become shorter.",
        cure: "Compare the offset with the size of the file.",
        details: &["beyond_end"],
        ..Finding::BLANK
    },
    Finding {
        id: "empty-byte-range",
        side: Side::Client,
        title: "The requested byte range is empty",
        meaning: "The end of the range is not after its start.",
        cause: "A mistake in the program that asks for the range.",
        cure: "Ask for at least one byte.",
        details: &["empty_range"],
        ..Finding::BLANK
    },
    Finding {
        id: "download-finished-early",
        side: Side::Client,
        title: "The download was finished before its end",
        meaning: "The program stopped reading and then asked whether the file is complete, so nothing proves \
                  that it is.",
        cause: "A program that uses the library and does not read to the end.",
        cure: "Read the download to its end, or abort it.",
        details: &["finished_early"],
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
