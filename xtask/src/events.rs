//! The events that `xtask` waits for: the end of work, or a request to stop.

use std::cell::Cell;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, bail};

/// The error of every task that was told to stop early.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The single queue of all events.
#[derive(Debug)]
pub(crate) struct Events {
    sender: Sender<Event>,
    receiver: Receiver<Event>,
    interrupted: Cell<bool>,
}

#[derive(Debug)]
enum Event {
    Interrupted,
    InputEnded,
    WorkEnded,
}

impl Events {
    /// Starts to listen for SIGINT, SIGTERM and SIGHUP, which no longer end the program by
    /// themselves.
    pub(crate) fn listen() -> Result<Self> {
        let events = Self::unheard();
        let signals = events.sender.clone();
        ctrlc::set_handler(move || {
            // Fails only when the program is ending anyway.
            let _ = signals.send(Event::Interrupted);
        })
        .context("cannot listen for signals")?;
        Ok(events)
    }

    /// A queue that receives no signals.
    pub(crate) fn unheard() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            sender,
            receiver,
            interrupted: Cell::new(false),
        }
    }

    /// Fails if the program was told to stop.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        loop {
            match self.receiver.try_recv() {
                Ok(Event::Interrupted) => self.interrupted.set(true),
                Ok(Event::InputEnded | Event::WorkEnded) => {}
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        if self.interrupted.get() {
            Err(Interrupted)
        } else {
            Ok(())
        }
    }

    /// Runs `work` on its own thread and waits until it ends, the program is told to stop, or
    /// `limit` has passed.
    ///
    /// In the last two cases calls `stop`, which has to end `work`. Returns `None` if the time is
    /// over.
    pub(crate) fn wait_for<T: Send + 'static>(
        &self,
        limit: Option<Duration>,
        work: impl FnOnce() -> T + Send + 'static,
        stop: impl FnOnce(),
    ) -> Result<Option<T>> {
        let bell = Bell(self.sender.clone());
        let worker = thread::spawn(move || {
            let _bell = bell;
            work()
        });
        let ended = self.work_ended(limit.map(|limit| Instant::now() + limit));
        if !matches!(ended, Ok(true)) {
            stop();
        }
        if !ended? {
            // The bell of this work must not be mistaken for the next one's.
            self.work_ended(None)?;
            return Ok(None);
        }
        match worker.join() {
            Ok(result) => Ok(Some(result)),
            Err(_) => bail!("a thread of xtask panicked"),
        }
    }

    /// Whether the work has ended, as opposed to the time.
    fn work_ended(&self, deadline: Option<Instant>) -> Result<bool> {
        loop {
            let event = match deadline {
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    match self.receiver.recv_timeout(left) {
                        Err(RecvTimeoutError::Timeout) => return Ok(false),
                        event => event?,
                    }
                }
                None => self.receiver.recv()?,
            };
            match event {
                Event::Interrupted => {
                    self.interrupted.set(true);
                    return Err(Interrupted.into());
                }
                Event::WorkEnded => return Ok(true),
                Event::InputEnded => {}
            }
        }
    }

    /// Waits for a request to stop: a signal, or the end of standard input if that is a pipe.
    pub(crate) fn wait_for_end(&self) -> Result<()> {
        if self.check().is_err() {
            return Ok(());
        }
        if input_is_a_pipe() {
            let sender = self.sender.clone();
            thread::spawn(move || {
                let mut ignored = [0; 1024];
                while io::stdin().read(&mut ignored).is_ok_and(|count| count > 0) {}
                sender.send(Event::InputEnded)
            });
        }
        loop {
            match self.receiver.recv()? {
                Event::Interrupted | Event::InputEnded => return Ok(()),
                Event::WorkEnded => {}
            }
        }
    }
}

/// Rings when a thread ends, even by a panic.
struct Bell(Sender<Event>);

impl Drop for Bell {
    fn drop(&mut self) {
        // Fails only when the program is ending anyway.
        let _ = self.0.send(Event::WorkEnded);
    }
}

/// A background job has `/dev/null` as its input, whose immediate end means nothing.
fn input_is_a_pipe() -> bool {
    fs::metadata("/dev/stdin").is_ok_and(|input| {
        let kind = input.file_type();
        kind.is_fifo() || kind.is_socket()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_result_of_work() {
        let events = Events::unheard();
        let result = events.wait_for(None, || 7, || panic!("stopped"));
        assert_eq!(result.unwrap(), Some(7));
    }

    #[test]
    fn stops_work_that_takes_too_long_and_goes_on_with_the_next() {
        let events = Events::unheard();
        let (stop, stopped) = mpsc::channel::<()>();
        let endless = move || stopped.recv().is_err();
        let result = events.wait_for(Some(Duration::ZERO), endless, || drop(stop));
        assert_eq!(result.unwrap(), None);
        let next = events.wait_for(None, || 7, || panic!("stopped"));
        assert_eq!(next.unwrap(), Some(7));
    }

    #[test]
    fn stops_work_when_told_to_end_and_begins_no_more() {
        let events = Events::unheard();
        let (stop, stopped) = mpsc::channel::<()>();
        events.sender.send(Event::Interrupted).unwrap();
        let endless = move || stopped.recv().is_err();
        let result = events.wait_for(None, endless, || drop(stop));
        assert!(result.unwrap_err().is::<Interrupted>());
        assert!(events.check().is_err());
    }

    #[test]
    fn survives_work_that_panics() {
        let events = Events::unheard();
        let result = events.wait_for(None, || panic!("on purpose"), || ());
        assert!(result.is_err());
    }
}
