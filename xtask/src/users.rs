//! The users of every real server.

use std::iter;

use towline_interop::RealServer;

/// The user for manual experiments.
pub(crate) const USER: &str = "towline";

/// The password of every user.
pub(crate) const PASSWORD: &str = "tow-the-line";

/// `crypt(PASSWORD)`, for the servers that read a file like `/etc/shadow`.
pub(crate) const PASSWORD_HASH: &str = "$6$towlinetests$.I39fdZ1AGDaqQmAT6zjH.\
                                        YO97zvMxJDn18Ze.2BfQqaizePUdSl9RhVgeZYVTFYiKrrFGxlLp5FvBqX42ceW.";

/// Every user of every server.
pub(crate) fn users() -> impl Iterator<Item = String> {
    iter::once(USER.to_owned()).chain(RealServer::account_names(USER))
}

/// Returns one line for each user, formatted by `line`.
pub(crate) fn accounts(line: impl Fn(&str) -> String) -> String {
    users().map(|user| line(&user) + "\n").collect()
}
