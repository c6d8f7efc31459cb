//! What a run will do, as a value: it can be printed, tested without a server, saved, and carried
//! out later.
//!
//! ```text
//! rules  value  withhold  march  clash  decide  directories  draft
//! deletions  files  leftovers  make  save  room  confirm  explain
//! ```

mod clash;
mod confirm;
mod decide;
mod deletions;
mod directories;
mod draft;
mod explain;
mod files;
mod leftovers;
mod make;
mod march;
mod room;
mod rules;
mod save;
mod value;
mod withhold;

pub(crate) use self::explain::explain;
pub use self::explain::{Explanation, Fact};
pub use self::make::make;
pub use self::march::{Digests, Materials};
pub use self::rules::{Marker, MaxDelete, Rules};
pub use self::value::{
    Action, Counts, Plan, Problem, ProblemKind, Reason, SkipReason, Skipped, Step, TooManyDeletions,
};
pub(crate) use self::value::{Adopted, Leftover, Terms, Unsure};
