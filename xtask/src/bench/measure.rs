//! One run of one client: how long it took and what it used.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use wait4::{ResUse, Wait4};

use super::machine;
use crate::events::Events;
use crate::process;

/// How much of a client's error output is kept, in lines and in characters.
const LAST_LINES: usize = 3;
const WORDS: usize = 300;

/// What one run used, from start to end of the process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Run {
    /// Wall-clock time in seconds.
    pub(crate) wall: f64,
    /// Processor time in seconds, including the kernel's on its behalf.
    pub(crate) processor: f64,
    /// Processor time of all other processes during the run, in seconds: the server's, if the
    /// machine is otherwise idle.
    pub(crate) others: f64,
    /// Peak resident memory in bytes. The kernel counts from before the client's program was
    /// loaded: see [`least_memory`].
    pub(crate) memory: u64,
    /// Seconds until the first line was printed.
    pub(crate) first_line: Option<f64>,
    /// Lines printed.
    pub(crate) lines: u64,
}

/// A client's turn in one round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Turn {
    pub(crate) run: Run,
    /// Seconds for a single file, if that was timed.
    pub(crate) prelude: Option<f64>,
}

/// Runs `command`. The inner error is the client's error output, or a description if the client
/// printed none or did not end within `limit`.
pub(crate) fn run(
    command: &mut Command,
    limit: Duration,
    events: &Events,
) -> Result<Result<Run, String>> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let busy = machine::busy()?;
    let started = Instant::now();
    let watched = process::attend(command, Some(limit), events, move |child| {
        watch(child, started)
    })?;
    let busy = machine::busy()? - busy;
    let Some(watched) = watched else {
        let seconds = limit.as_secs_f64();
        return Ok(Err(format!("did not end within {seconds:.0} s")));
    };
    let Watched {
        ended,
        wall,
        output,
        errors,
    } = watched.context("watching a client")?;
    if !ended.status.success() {
        let words = last_words(&errors).unwrap_or_else(|| ended.status.to_string());
        return Ok(Err(words));
    }
    let processor = (ended.rusage.utime + ended.rusage.stime).as_secs_f64();
    Ok(Ok(Run {
        wall,
        processor,
        others: (busy - processor).max(0.0),
        memory: ended.rusage.maxrss,
        first_line: output.first_line,
        lines: output.lines,
    }))
}

/// The memory that the smallest program seems to need, in bytes: memory figures below it mean
/// nothing.
pub(crate) fn least_memory(events: &Events) -> Result<u64> {
    let run = run(&mut process::dying_with_us("true"), LEAST_PATIENCE, events)?;
    let run = run.map_err(|words| anyhow!("true failed: {words}"))?;
    Ok(run.memory)
}

const LEAST_PATIENCE: Duration = Duration::from_secs(10);

struct Watched {
    ended: ResUse,
    wall: f64,
    output: Output,
    errors: Vec<u8>,
}

#[derive(Default)]
struct Output {
    first_line: Option<f64>,
    lines: u64,
}

fn watch(mut child: Child, started: Instant) -> io::Result<Watched> {
    let errors = child.stderr.take().map(|pipe| thread::spawn(|| tail(pipe)));
    let output = match child.stdout.take() {
        Some(pipe) => count_lines(pipe, started)?,
        None => Output::default(),
    };
    let ended = child.wait4()?;
    let wall = started.elapsed().as_secs_f64();
    let errors = errors.and_then(|errors| errors.join().ok());
    Ok(Watched {
        ended,
        wall,
        output,
        errors: errors.unwrap_or_default(),
    })
}

fn count_lines(mut pipe: impl Read, started: Instant) -> io::Result<Output> {
    let mut output = Output::default();
    let mut block = vec![0; 64 << 10];
    loop {
        let len = pipe.read(&mut block)?;
        if len == 0 {
            return Ok(output);
        }
        let lines = block[..len].iter().filter(|&&byte| byte == b'\n').count();
        if lines > 0 && output.first_line.is_none() {
            output.first_line = Some(started.elapsed().as_secs_f64());
        }
        output.lines += lines as u64;
    }
}

/// The end of the standard error output.
fn tail(mut pipe: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut block = [0; 4096];
    while let Ok(len @ 1..) = pipe.read(&mut block) {
        kept.extend_from_slice(&block[..len]);
        let surplus = kept.len().saturating_sub(4 * block.len());
        kept.drain(..surplus);
    }
    kept
}

/// The last non-empty lines, joined into one.
fn last_words(errors: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(errors);
    let lines = text.lines().map(str::trim);
    let mut last: Vec<_> = lines
        .rev()
        .filter(|line| !line.is_empty())
        .take(LAST_LINES)
        .collect();
    last.reverse();
    let words = last.join(" / ");
    let words = words.chars().take(WORDS);
    let words: String = words
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<Run, String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(&mut command, limit, &Events::unheard()).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn counts_lines_and_says_when_the_first_came() {
        let run = shell("echo a; echo b; printf c", LONG).unwrap();
        assert_eq!(run.lines, 2);
        let first = run.first_line.unwrap();
        assert!(first > 0.0 && first <= run.wall);
        assert!(run.memory > 100_000);
    }

    #[test]
    fn measures_processor_time_apart_from_waiting() {
        let busy = shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", LONG).unwrap();
        assert!(busy.processor > 0.0);
        let idle = shell("read line < /dev/null; exit 0", LONG).unwrap();
        assert!(idle.processor < busy.processor);
    }

    #[test]
    fn keeps_the_last_words_of_a_failure() {
        let failure = shell("printf '1\\n2\\n3\\n a\\tb \\n\\n' >&2; exit 3", LONG);
        assert_eq!(failure, Err("2 / 3 / a b".to_owned()));
        let silent = shell("exit 3", LONG);
        assert_eq!(silent, Err("exit status: 3".to_owned()));
    }

    #[test]
    fn ends_what_takes_too_long_with_all_that_it_started() {
        let failure = shell("sleep 600 & wait", Duration::from_millis(50));
        assert_eq!(failure, Err("did not end within 0 s".to_owned()));
    }
}
