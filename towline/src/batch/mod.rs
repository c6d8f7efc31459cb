//! Many files over several sessions.

mod backlog;
mod driver;
mod job;
mod landing;
mod pipeline;
mod pool;
mod queue;
mod work;

pub use self::job::{Job, JobResult};
pub use self::pool::{Pool, PooledSession};
pub use self::queue::Queue;
