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
    Finding {
        id: "changed",
        side: Side::Client,
        title: "Something changed between the comparison and the copy",
        meaning: "A file or directory is no longer as it was when the mirror compared it. It was left alone.",
        cause: "Another program writes there.",
        cure: "Run the mirror again. If it happens often, run it when nothing else writes there.",
        ..Finding::BLANK
    },
    Finding {
        id: "over-limit",
        side: Side::Client,
        title: "A file is larger than a run may transfer",
        meaning: "No run of the mirror copies this file.",
        cause: "--max-transfer allows less than its size.",
        cure: "Raise --max-transfer, or leave the file out with --exclude.",
        ..Finding::BLANK
    },
    Finding {
        id: "max-transfer",
        side: Side::Client,
        title: "The run ended at its limit",
        meaning: "The run moved as much as it may. The remaining files are not copied yet.",
        cause: "--max-transfer is in effect.",
        cure: "Run the mirror again: it continues. Raise --max-transfer if each run leaves files.",
        ..Finding::BLANK
    },
    Finding {
        id: "running",
        side: Side::Computer,
        title: "The same mirror is running already",
        meaning: "Two runs of the same mirror would disturb each other, so this one did nothing.",
        cause: "The run before it has not ended.",
        cure: "Wait for it, or end it. Start runs less often if they overlap.",
        ..Finding::BLANK
    },
    Finding {
        id: "journal",
        side: Side::Computer,
        title: "The journal of the mirror cannot be used",
        meaning: "The mirror records in its journal what it has done, and could not read or write it.",
        cause: "A newer version of Towline wrote it, it belongs to another user, its disk is full, \
                or it was damaged during the run.",
        cure: "Check the permissions and the disk. If a newer version wrote the journal, use that \
               version. The next run sets a damaged journal aside, and compares everything again.",
        ..Finding::BLANK
    },
    Finding {
        id: "plan",
        side: Side::Client,
        title: "The saved plan cannot be used",
        meaning: "The plan is damaged, was made by another version, or no longer fits the two directories.",
        cause: "The file was changed, or the directories have changed since.",
        cure: "Make a new plan.",
        ..Finding::BLANK
    },
    Finding {
        id: "different",
        side: Side::Client,
        title: "The two sides differ",
        meaning: "At least one file is missing, or is not the same on both sides.",
        cause: "Something changed on one side since the last copy.",
        cure: "towline mirror makes the second side like the first.",
        ..Finding::BLANK
    },
];
