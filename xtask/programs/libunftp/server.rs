//! An FTPS server for tests: libunftp as it comes, with its file system as storage, and with TLS
//! 1.3 too.
//!
//! Usage: HOST:PORT PASSWORD HOMES CERTIFICATE KEY
//!
//! HOMES holds the home of each user, named as the user is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use libunftp::ServerBuilder;
use libunftp::options::{FtpsRequired, TlsFlags};
use unftp_core::auth::{
    AuthenticationError, Authenticator, Credentials, Principal, UserDetail, UserDetailError,
    UserDetailProvider,
};
use unftp_sbe_fs::Filesystem;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, password, homes, certificate, key] = arguments.as_slice() else {
        return Err("usage: HOST:PORT PASSWORD HOMES CERTIFICATE KEY".into());
    };
    let users = Arc::new(Users {
        password: password.clone(),
        homes: homes.into(),
    });
    let storage = PathBuf::from(homes);
    Filesystem::new(&storage)?;
    let storage = move || Filesystem::new(&storage).expect("the homes");
    let server = ServerBuilder::<Filesystem, User>::with_user_detail_provider(
        Box::new(storage),
        Arc::<Users>::clone(&users) as _,
    )
    .authenticator(users)
    .ftps(certificate, key)
    .ftps_required(FtpsRequired::All, FtpsRequired::All)
    .ftps_tls_flags(TlsFlags::default() | TlsFlags::V1_3)
    .build()?;
    Ok(server.listen(address.as_str()).await?)
}

/// Accepts every user who has a home, with the common password.
#[derive(Debug)]
struct Users {
    password: String,
    homes: PathBuf,
}

#[async_trait]
impl Authenticator for Users {
    async fn authenticate(
        &self,
        user: &str,
        credentials: &Credentials,
    ) -> Result<Principal, AuthenticationError> {
        if !self.homes.join(user).is_dir() {
            return Err(AuthenticationError::BadUser);
        }
        if credentials.password.as_deref() != Some(self.password.as_str()) {
            return Err(AuthenticationError::BadPassword);
        }
        Ok(Principal {
            username: user.to_owned(),
        })
    }
}

#[async_trait]
impl UserDetailProvider for Users {
    type User = User;

    async fn provide_user_detail(&self, user: &Principal) -> Result<User, UserDetailError> {
        Ok(User {
            home: self.homes.join(&user.username),
        })
    }
}

#[derive(Debug)]
struct User {
    home: PathBuf,
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.home.display().fmt(f)
    }
}

impl UserDetail for User {
    fn home(&self) -> Option<&Path> {
        Some(&self.home)
    }
}
