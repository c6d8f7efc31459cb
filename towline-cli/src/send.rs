//! Uploads that are aborted in order when the user wants to stop, with nothing left behind at the
//! server. Dropping an upload could not do that.

use std::io;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncSeekExt as _};
use towline::{ErrorKind, RemotePath, Session, Transferred, Upload, UploadOptions};

use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::printer::Printer;

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// What an upload needs beside its session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Send<'a> {
    pub(crate) target: &'a RemotePath,
    pub(crate) options: &'a UploadOptions,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) printer: &'a Printer,
}

impl Send<'_> {
    /// Sends a local file.
    ///
    /// # Errors
    /// Those of the upload and of the file; [`Error::Interrupted`].
    pub(crate) async fn file(
        self,
        session: &mut Session,
        local: &Path,
    ) -> Result<Transferred, Error> {
        let unreadable = |error| Error::local(local, error);
        let mut file = File::open(local).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        let upload = session.upload(self.target, self.options).await?;
        self.printer.progress().start(self.target, Some(size));
        match self.pump(upload, &mut file, local).await {
            // The file is still here, so it can be sent again.
            Err(Error::Session(error)) if is_late_refusal(&error) => {
                file.rewind().await.map_err(unreadable)?;
                let upload = session.upload(self.target, self.options).await?;
                self.pump(upload, &mut file, local).await
            }
            outcome => outcome,
        }
    }

    /// Sends standard input to its end.
    ///
    /// # Errors
    /// As for [`Send::file`].
    pub(crate) async fn input(self, session: &mut Session) -> Result<Transferred, Error> {
        let upload = session.upload(self.target, self.options).await?;
        let input = tokio::io::stdin();
        self.pump(upload, input, Path::new("standard input")).await
    }

    async fn pump(
        self,
        mut upload: Upload<'_>,
        mut source: impl AsyncRead + Unpin,
        local: &Path,
    ) -> Result<Transferred, Error> {
        let mut chunk = vec![0; CHUNK];
        let mut step = async |upload: &mut Upload<'_>| {
            let len = source.read(&mut chunk).await.map_err(Stop::Source)?;
            upload
                .write_all(&chunk[..len])
                .await
                .map_err(Stop::Upload)?;
            Ok::<_, Stop>(len)
        };
        let stop = loop {
            let stepped = tokio::select! {
                biased;
                () = self.interrupt.requested() => Err(Stop::Asked),
                stepped = step(&mut upload) => stepped,
            };
            match stepped {
                Ok(0) => return Ok(upload.finish().await?),
                Ok(_) => {}
                Err(stop) => break stop,
            }
        };
        let error = match stop {
            Stop::Upload(error) => return Err(upload.give_up(error).await.into()),
            Stop::Source(error) => Error::local(local, error),
            Stop::Asked => Error::Interrupted,
        };
        // Why it had to stop matters more than how that went.
        let _ = upload.abort().await;
        Err(error)
    }
}

/// Whether the server refused the session although its handshake had resumed it.
fn is_late_refusal(error: &towline::Error) -> bool {
    error.kind() == ErrorKind::SessionReuseRefused
        && error
            .data_connection()
            .is_some_and(|verdict| verdict.resumed)
}

/// Why an upload does not go on.
enum Stop {
    Asked,
    Source(io::Error),
    Upload(towline::Error),
}
