//! What a mirror refuses to do. Each is the kind of an error, with hyphens.

use crate::explain::finding::{Finding, Side};

pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "in-the-way",
        side: Side::Client,
        title: "Something else of that name is in the way",
        meaning: "One side has a file where the other has a directory, or something that is neither. \
                  Nothing was changed there.",
        cause: "Meanwhile the name was used for something else, or the two directories do not belong \
                together.",
        cure: "Look at both sides. Remove or rename what is in the way, or let the mirror replace it with \
               --delete.",
        ..Finding::BLANK
    },
    Finding {
        id: "immutable",
        side: Side::Client,
        title: "A file has changed, and --immutable forbids that",
        meaning: "The file at the source differs from its copy. The copy was kept.",
        cause: "A file changed that was not supposed to change.",
        cure: "Find out why it changed. Leave out --immutable to replace the copy.",
        ..Finding::BLANK
    },
    Finding {
        id: "too-many-deletions",
        side: Side::Client,
        title: "The mirror would delete more files than it may",
        meaning: "Nothing is deleted. Everything else is done as without --delete.",
        cause: "Many files are missing from the source: they were removed, or the source is the wrong \
                directory or is not mounted.",
        cure: "Look at the source first. If the deletions are right, raise --max-delete.",
        ..Finding::BLANK
    },
];
