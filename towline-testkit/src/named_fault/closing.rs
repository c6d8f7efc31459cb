//! How connections and transfers end.

use std::time::Duration;

use super::definition::{NamedFault, SOME, during, finally};
use crate::{Action, Fault, Gate};

pub(super) const FAULTS: &[NamedFault] = &[
    NamedFault::new(
        "no-close-notify",
        "Closes the data connection of a download or listing without close_notify.",
        |builder| builder.fault(Fault::NoCloseNotify),
    ),
    NamedFault::new(
        "close-notify-mid-file",
        "Ends a download after 1000 bytes, with close_notify and 226.",
        |builder| builder.fault(Fault::CutDownload(SOME)),
    ),
    NamedFault::new(
        "reset-mid-download",
        "Resets the data connection after 1000 bytes of a download.",
        |builder| during(builder, "RETR", Action::Reset),
    ),
    NamedFault::new(
        "reset-mid-upload",
        "Resets the data connection after 1000 bytes of an upload.",
        |builder| during(builder, "STOR", Action::Reset),
    ),
    NamedFault::new(
        "final-reply-before-data-ends",
        "Sends the final reply while the data connection is still open.",
        |builder| builder.fault(Fault::LeaveDataOpen),
    ),
    NamedFault::new(
        "final-reply-late",
        "Sends the final reply one second after the end of the data.",
        |builder| {
            finally(
                builder,
                "*",
                Action::Hold(Gate::timed(Duration::from_secs(1))),
            )
        },
    ),
    NamedFault::new(
        "final-reply-lost",
        "Closes the control connection instead of sending the final reply of a file.",
        |builder| {
            let builder = finally(builder, "RETR", Action::Close);
            finally(builder, "STOR", Action::Close)
        },
    ),
    NamedFault::new(
        "426-after-complete",
        "Answers a complete download with 426.",
        |builder| {
            let text = "426 Connection closed; transfer aborted.";
            finally(builder, "RETR", Action::Reply(text.to_owned()))
        },
    ),
    NamedFault::new(
        "451-mid-transfer",
        "Answers 451 after 1000 bytes of a download.",
        |builder| {
            let text = "451 Requested action aborted: local error in processing.";
            during(builder, "RETR", Action::Reply(text.to_owned()))
        },
    ),
    NamedFault::new(
        "zero-byte-without-handshake",
        "Calls a download complete without a TLS handshake on its data connection.",
        |builder| {
            builder.fault(Fault::DataNotOpened {
                command: "RETR",
                reply: "226 Transfer complete",
            })
        },
    ),
];
