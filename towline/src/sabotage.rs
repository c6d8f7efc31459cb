//! Ways to break the tether on purpose: a test that passes with its guard switched off proves
//! nothing. Compiled only with the `test-internals` feature.

/// What to leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sabotage {
    /// No further copies of tickets: each is used once, as rustls alone does.
    pub no_ticket_copies: bool,
    /// After an upload the socket is closed at once, unread tickets and all.
    pub no_drain: bool,
    /// A data connection may show any valid certificate.
    pub no_certificate_comparison: bool,
}
