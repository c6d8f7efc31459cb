//! What `xtask` waits for: a child that ends, or somebody who has had enough.

use std::cell::Cell;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::{fs, thread};

use anyhow::{Context, Result};

/// The error of every task that was told to end early.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The one queue of everything worth waiting for.
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
    ChildEnded(io::Result<ExitStatus>),
}

impl Events {
    /// Starts to listen for SIGINT, SIGTERM and SIGHUP, which from now on end
    /// nothing by themselves.
    pub(crate) fn listen() -> Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let signals = sender.clone();
        ctrlc::set_handler(move || {
            // Nobody listens any more only when the program is ending anyway.
            let _ = signals.send(Event::Interrupted);
        })
        .context("cannot listen for signals")?;
        Ok(Self {
            sender,
            receiver,
            interrupted: Cell::new(false),
        })
    }

    /// Fails when the program was told to end.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        loop {
            match self.receiver.try_recv() {
                Ok(Event::Interrupted) => self.interrupted.set(true),
                Ok(Event::InputEnded | Event::ChildEnded(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        if self.interrupted.get() {
            Err(Interrupted)
        } else {
            Ok(())
        }
    }

    /// Waits for `child` to end, or for the program to be told to end.
    pub(crate) fn wait_for(&self, mut child: Child) -> Result<ExitStatus> {
        self.check()?;
        let sender = self.sender.clone();
        thread::spawn(move || sender.send(Event::ChildEnded(child.wait())));
        loop {
            match self.receiver.recv()? {
                Event::Interrupted => {
                    self.interrupted.set(true);
                    return Err(Interrupted.into());
                }
                Event::ChildEnded(status) => return Ok(status?),
                Event::InputEnded => {}
            }
        }
    }

    /// Waits until somebody has had enough: a signal, or the end of standard
    /// input where that is a pipe.
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
                Event::ChildEnded(_) => {}
            }
        }
    }
}

/// A job in the background has `/dev/null` as its input, which ends at once
/// and means nothing.
fn input_is_a_pipe() -> bool {
    fs::metadata("/dev/stdin").is_ok_and(|input| {
        let kind = input.file_type();
        kind.is_fifo() || kind.is_socket()
    })
}
