//! Ways to break the tether on purpose, because a test that passes without its guard proves
//! nothing. Compiled only with the `test-internals` feature.

/// What to leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sabotage {
    /// Makes no further copies of tickets: each is used once, as in plain rustls.
    pub no_ticket_copies: bool,
    /// Closes the socket right after an upload, with tickets still unread.
    pub no_drain: bool,
    /// Accepts any valid certificate on a data connection.
    pub no_certificate_comparison: bool,
}
