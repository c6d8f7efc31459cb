//! Files and directories.

use crate::explain::finding::{Directive, Finding, Severity, Side, Software};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "not-found",
        side: Side::Account,
        title: "The server has no such file or directory",
        meaning: "Nothing of that name is there, or this account may not see it.",
        cause: "A wrong path (relative to the login directory or not), upper and lower case, or missing \
                permission.",
        cure: "List the parent directory and compare.",
        details: &["no_such_file"],
        patterns: &[
            "550*no such file or directory",
            "550*no such file",
            "550*file not found",
            "550*not found",
            "550*does not exist",
            "550*doesn't exist",
            "550*cannot find the file",
            "550*failed to open file",
            "550*couldn't open the file",
            "550*couldn't open the directory",
            "550*failed to change directory",
            "550*can't change directory",
            "550*can't check for file existence",
            "450*path not found",
            "551*file not available",
            "(550) file unavailable",
            "curl: (78)",
            "curl: (9)",
            "(550)",
            "ftp_*(): failed to open file",
            "retr response: 550",
            "226*failed to open directory",
            "550*network path was not found",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "nothing-to-list",
        severity: Severity::Note,
        title: "The directory is empty, or nothing matches",
        meaning: "The server answers an empty listing with an error.",
        cause: "There are no files there, or none that match the pattern. z/OS and some others answer in \
                this way.",
        cure: "Take it for an empty listing, as Towline does if the directory exists. If files should be \
               there, check the directory and the pattern.",
        patterns: &[
            "550*no files found",
            "450*no files found",
            "550*no members found",
            "550*no data sets found",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "permission-denied-by-server",
        side: Side::Account,
        title: "The server refuses the operation",
        meaning: "Login works, but this account may not do this here, or the server does not allow it.",
        cause: "The permissions of the file or directory, a read-only server, or a filter on names.",
        cure: "Try another directory, or ask the server's owner for the permission.",
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "write_enable=YES",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "<Limit WRITE> AllowUser ... </Limit>; AllowOverwrite on",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "without --keepallfiles and --nochmod, if files must be replaced",
            },
            Directive {
                software: Software::FileZilla,
                setting: "Users, Mount points: access mode Read + Write",
            },
            Directive {
                software: Software::Iis,
                setting: "FTP Authorization Rules: Read and Write; and the NTFS permissions",
            },
            Directive {
                software: Software::Aws,
                setting: "the IAM role of the user: s3:PutObject, s3:DeleteObject",
            },
        ],
        details: &["command_refused"],
        patterns: &[
            "550*permission denied",
            "550*access is denied",
            "550*access denied",
            "550*operation not permitted",
            "550*not enough privileges",
            "553*could not create file",
            "553*can't open that file",
            "553*permission denied",
            "553*prohibited",
            "553*not allowed",
            "550*read-only",
            "550*requested action not taken",
            "failed ftp upload: 550",
            "failed ftp upload: 553",
            "553*operation not permitted",
            "550*privilege",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "refused-without-reason",
        side: Side::Account,
        title: "The server refuses the operation, and does not say why",
        meaning: "The directory or file was not created or removed. The reply fits several reasons.",
        cause: "A directory that is removed has entries; a name that is created exists already, or its \
                parent directory does not; a file that is removed is a directory or does not exist; or this \
                account has no permission.",
        cure: "List the parent directory and compare. The server's log has the reason.",
        patterns: &[
            "550*create directory operation failed",
            "550*delete operation failed",
            "550*remove directory operation failed",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "directory-not-empty",
        side: Side::Client,
        title: "The directory is not empty",
        meaning: "A directory can be removed in this way only when it has no entries.",
        cause: "It contains files or directories. A listing may omit some, such as names that begin with \
                a dot.",
        cure: "Remove its contents first, if nobody needs them.",
        hint: Some("towline rm -r removes a directory with its contents"),
        patterns: &[
            "550*directory not empty",
            "550*directory is not empty",
            "550*not empty",
            "450*not empty",
            "451*not empty",
            "553*not empty",
            "550*enotempty",
            "450*enotempty",
            "451*enotempty",
            "550*目录不是空的",
            "550*ディレクトリが空ではありません",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "refused-for-now",
        title: "The server refuses the operation for now",
        meaning: "The server does not do this at the moment. It may do it later.",
        cause: "Another process uses the file or directory, or the server has a problem of its own.",
        cure: "Read the server's words, and try again later.",
        details: &["refused_for_now"],
        patterns: &[
            "450*busy",
            "450*in use",
            "450*being used",
            "450*locked",
            "450*try again",
            "450*file unavailable",
            "450*action not taken",
            "550*being used by another process",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "no-parent-directory",
        side: Side::Client,
        title: "The parent directory does not exist",
        meaning: "A directory can be created only in one that exists.",
        cause: "A part of the path is missing at the server.",
        cure: "Create the parents first.",
        hint: Some("the parent directory must exist; towline mkdir -p creates it"),
        details: &["no_parent_directory"],
        ..Finding::BLANK
    },
    Finding {
        id: "target-exists",
        side: Side::Client,
        title: "The target exists",
        meaning: "Something of that name is there, and it must not be replaced.",
        cause: "--no-clobber is in effect, or the server does not replace it.",
        cure: "Choose another name, or allow replacing.",
        details: &["target_exists"],
        patterns: &[
            "550*file exists",
            "550*already exists",
            "521*directory already exists",
            "521*already exists",
            "553*file exists",
            "553*already exists",
            "450*file exists",
            "450*already exists",
            "451*file exists",
            "550*eexist",
            "450*eexist",
            "451*eexist",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "target-is-directory",
        side: Side::Client,
        title: "The target is a directory",
        meaning: "The name belongs to a directory, and a file cannot take its place.",
        cause: "The path lacks the file's name.",
        cure: "Name the file, or end the path with a slash.",
        hint: Some("end the path with a slash to move into that directory"),
        details: &["target_is_directory"],
        ..Finding::BLANK
    },
    Finding {
        id: "not-a-directory",
        side: Side::Client,
        title: "The path is not a directory",
        meaning: "A directory was expected, and something else is there.",
        cause: "A file has that name, or a part of the path is a file.",
        cure: "Check the path.",
        details: &["not_a_directory"],
        patterns: &[
            "550*not a directory",
            "553*not a directory",
            "450*not a directory",
            "451*not a directory",
            "501*not a directory",
            "550*enotdir",
            "450*enotdir",
            "451*enotdir",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "is-a-directory",
        side: Side::Client,
        title: "The path is a directory",
        meaning: "The operation is for files, and the path names a directory or something else that is not \
                  a regular file.",
        cause: "A directory has that name, or the path lacks the file's name.",
        cure: "Name a file, or use the command for directories.",
        hint: Some("get -r, put -r and rm -r work on directories, and rmdir removes an empty one"),
        patterns: &[
            "550*is a directory",
            "553*is a directory",
            "450*is a directory",
            "451*is a directory",
            "550*not a regular file",
            "550*not a plain file",
            "550*can only retrieve regular files",
            "550*eisdir",
            "450*eisdir",
            "451*eisdir",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "server-disk-full",
        title: "The server has no space left",
        meaning: "The server's disk is full, or the quota of the account is used up.",
        cause: "Too many files.",
        cure: "Delete files that are no longer needed, or have the quota raised.",
        directives: &[
            Directive {
                software: Software::ProFtpd,
                setting: "QuotaEngine and its limit tables",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "--quota FILES:MEGABYTES",
            },
        ],
        details: &["no_space_at_server"],
        patterns: &[
            "~452*",
            "552*quota",
            "552*disk",
            "552*exceeded storage",
            "~552*",
            "450*quota",
            "426*quota",
            "426*transfer aborted*quota",
            "426*no space left",
            "426*transfer aborted*no space left",
            "451*no space left",
            "451*quota",
            "no space left on device",
            "disk is full",
            "quota exceeded",
            "failed ftp upload: 452",
            "failed ftp upload: 552",
            "curl: (70)",
            "553*disk full",
            "451*space not available",
            "e37-04",
            "b37-04",
            "d37-04",
            "not enough space on the disk",
            "not enough storage",
        ],
        ..Finding::BLANK
    },
    Finding {
        id: "restart-refused",
        severity: Severity::Warning,
        title: "The server does not resume transfers",
        meaning: "The server cannot start a transfer in the middle of a file (REST).",
        cause: "REST is not supported or not allowed.",
        cure: "Transfer whole files, or have the administrator allow it.",
        hint: Some("leave out --resume to transfer the whole file"),
        directives: &[Directive {
            software: Software::ProFtpd,
            setting: "AllowStoreRestart on, AllowRetrieveRestart on",
        }],
        details: &["restart_refused"],
        patterns: &[
            "append/restart not permitted",
            "501*rest",
            "502*rest",
            "500*rest not understood",
            "554*rest",
            "couldn't use rest",
            "curl: (31)",
        ],
        commands: &["REST"],
        ..Finding::BLANK
    },
    Finding {
        id: "no-size",
        severity: Severity::Warning,
        title: "The server reports no size",
        meaning: "Without a size, the end of a download cannot be checked and a part cannot be \
                  compared.",
        cause: "SIZE and MLST are missing, or refused in ASCII type.",
        cure: "Have the administrator enable SIZE. Transfers work, but are only \"complete\", not \
               \"verified\".",
        details: &["no_size"],
        patterns: &[
            "550*size not allowed in ascii",
            "502*size",
            "550*could not get file size",
            "500*size not understood",
        ],
        commands: &["SIZE"],
        ..Finding::BLANK
    },
    Finding {
        id: "no-checksum",
        severity: Severity::Note,
        title: "The server computes no checksums",
        meaning: "The server has none of HASH, XSHA512, XSHA256, XSHA1, XMD5, XCRC and MD5, so \
                  contents cannot be compared without a download.",
        cause: "The server has no such command, or it is off.",
        cure: "Sizes are compared in any case. ProFTPD has mod_digest.",
        hint: Some("leave out --verify; sizes are compared in any case"),
        directives: &[Directive {
            software: Software::ProFtpd,
            setting: "LoadModule mod_digest.c",
        }],
        details: &["no_digest"],
        commands: &["HASH"],
        ..Finding::BLANK
    },
    Finding {
        id: "rename-refused",
        title: "The server refuses to rename",
        meaning: "The data arrived under a temporary name, and the server does not rename it to the \
                  final one.",
        cause: "Renaming is not allowed for this account, or a file of that name exists and must not be \
                replaced.",
        cure: "Allow renaming, or write to the final name directly.",
        hint: Some("--no-temp writes to the final name, for servers that do not allow renaming"),
        directives: &[
            Directive {
                software: Software::Vsftpd,
                setting: "remove RNFR and RNTO from cmds_denied, or add them to cmds_allowed",
            },
            Directive {
                software: Software::ProFtpd,
                setting: "<Limit RNFR RNTO> AllowAll </Limit>; AllowOverwrite on",
            },
            Directive {
                software: Software::PureFtpd,
                setting: "without --norename and --autorename",
            },
        ],
        details: &["rename_from_refused", "rename_to_refused"],
        patterns: &[
            "550*rename failed",
            "550*rnfr",
            "553*rename",
            "550*rename",
            "550*rnto",
        ],
        commands: &["RNFR", "RNTO"],
        ..Finding::BLANK
    },
    Finding {
        id: "rename-does-not-replace",
        severity: Severity::Warning,
        title: "A rename does not replace a file",
        meaning: "The server renames, but not over a file that exists.",
        cause: "The server is built or configured in this way (aioftp, for one).",
        cure: "Nothing needs to change here: Towline moves the old file aside first. Other clients must \
               delete the old file before they rename.",
        ..Finding::BLANK
    },
    Finding {
        id: "name-changed-by-server",
        title: "The server does not use the name that it confirmed",
        meaning: "The server confirmed a name, and shows nothing of that name. It gave the file or \
                  directory another one. The error says which, and whether that is certain.",
        cause: "Pure-FTPd turns blanks at the ends into underscores; others change case or characters.",
        cure: "Choose a name that the server leaves as it is.",
        hint: Some(
            "choose a name that the server does not change; some servers change spaces, capitals or special \
             characters",
        ),
        details: &["other_name_given"],
        ..Finding::BLANK
    },
    Finding {
        id: "rename-in-doubt",
        title: "It is not known which name the file has",
        meaning: "The reply to a rename was lost, or another file has taken the name.",
        cause: "The connection broke at that moment, or another program writes there.",
        cure: "Look at both names before you try again.",
        hint: Some("inspect both names before you retry"),
        details: &["rename_in_doubt", "target_is_another_file"],
        ..Finding::BLANK
    },
];
