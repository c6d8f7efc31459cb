//! Futures behind a box, at the boundaries of modules.
//!
//! The compiler builds the body of an `async fn` in the crate that awaits it. Behind a box, it is
//! built once, in this crate, and not again in each program that uses the library. It also keeps
//! the futures of the operations small.

/// Turns an `async fn` into a function that returns its future in a box.
pub(crate) use async_recursion::async_recursion as boxed;
