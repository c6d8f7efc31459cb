//! What a run will do, as a value: it can be printed, tested without a server, saved, and carried
//! out later.
//!
//! ```text
//! value  rules  clash  march  decide  directories  make  save  confirm  explain
//! ```

mod clash;
mod confirm;
mod decide;
mod directories;
mod explain;
mod make;
mod march;
mod rules;
mod save;
mod value;

pub(crate) use self::explain::explain;
pub use self::explain::{Explanation, Fact};
pub use self::make::make;
pub use self::march::Materials;
pub use self::rules::{Marker, MaxDelete, Rules};
pub use self::value::{Action, Counts, Plan, Problem, ProblemKind, Reason, Step, TooManyDeletions};
pub(crate) use self::value::{Leftover, Unsure};
