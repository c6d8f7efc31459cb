//! What goes wrong with files and listings.

use super::definition::{NamedFault, during, finally, reply};
use crate::{Action, Fault, ListingFault, NameChange, Point};

pub(super) const FAULTS: &[NamedFault] = &[
    NamedFault::new(
        "mlsd-advertised-but-500",
        "Announces MLST, and does not know MLSD.",
        |builder| reply(builder, "MLSD", "500 MLSD not understood"),
    ),
    NamedFault::new(
        "listing-of-another-path",
        "Lists the working directory, whatever path is asked for.",
        |builder| builder.fault(Fault::Listing(ListingFault::IgnoresPath)),
    ),
    NamedFault::new(
        "listing-truncated-with-success",
        "Ends a listing after 1000 bytes, with 226 and without close_notify.",
        |builder| {
            let done = || Action::Reply("226 Transfer complete".to_owned());
            let builder = during(builder, "MLSD", done());
            during(builder, "LIST", done())
        },
    ),
    NamedFault::new(
        "listing-admits-truncation",
        "Says in the final reply of a listing that it is truncated.",
        |builder| {
            let text = "226-Options: -l\n226 Output truncated to 10000 matches";
            let builder = finally(builder, "MLSD", Action::Reply(text.to_owned()));
            finally(builder, "LIST", Action::Reply(text.to_owned()))
        },
    ),
    NamedFault::new(
        "nul-in-listing",
        "Lists a name that contains NUL.",
        |builder| builder.fault(Fault::ListingNames(vec![b"nul\0byte".to_vec()])),
    ),
    NamedFault::new(
        "traversal-names",
        "Lists names that lead elsewhere or control a terminal.",
        |builder| builder.fault(Fault::hostile_names()),
    ),
    NamedFault::new("endless-listing", "Lists files without end.", |builder| {
        builder.fault(Fault::HugeListing(u64::MAX))
    }),
    NamedFault::new(
        "endless-file",
        "Sends a file, and then zeros without end.",
        |builder| builder.fault(Fault::EndlessDownload),
    ),
    NamedFault::new("size-550", "Refuses SIZE with 550.", |builder| {
        reply(builder, "SIZE", "550 Could not get file size.")
    }),
    NamedFault::new(
        "size-wrong",
        "Adds 1000 to the size in the reply to SIZE.",
        |builder| builder.fault(Fault::WrongSize(1000)),
    ),
    NamedFault::new(
        "rest-ignored",
        "Confirms REST, and sends files from the start.",
        |builder| reply(builder, "REST", "350 Restarting at the requested position."),
    ),
    NamedFault::new(
        "rest-wraps-at-2-gib",
        "Keeps only 31 bits of the offset of REST.",
        |builder| builder.fault(Fault::RestWraps),
    ),
    NamedFault::new(
        "rename-over-refused",
        "Refuses to rename over a file.",
        |builder| builder.fault(Fault::RefuseReplace),
    ),
    NamedFault::new(
        "rename-changes-name",
        "Confirms a name, and writes it in lower case.",
        |builder| builder.fault(Fault::ChangeNames(NameChange::LowerCase)),
    ),
    NamedFault::new("rename-forbidden", "Refuses to rename.", |builder| {
        reply(builder, "RNFR", "550 RNFR is not allowed here.")
    }),
    NamedFault::new(
        "stor-refused-after-150",
        "Accepts an upload with 150, and then refuses it.",
        |builder| {
            let refusal = Action::Reply("553 Could not create file.".to_owned());
            let (command, after) = ("STOR", 0);
            builder.fault(Fault::At(Point::Transfer { command, after }, refusal))
        },
    ),
    NamedFault::new(
        "disk-full-452",
        "Has no space left after 1000 bytes of an upload.",
        |builder| {
            let full = Action::Reply("452 Insufficient storage space.".to_owned());
            during(builder, "STOR", full)
        },
    ),
    NamedFault::new(
        "file-shrinks",
        "Gives a size that is 1000 too large the first time, and the right one afterwards.",
        |builder| builder.fault(Fault::WrongSize(1000).nth(1)),
    ),
];
