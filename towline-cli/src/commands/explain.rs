//! `towline explain`: says what a reply, a log or a stack trace means, without a server.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use crate::args::diagnose::ExplainArgs;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::explain::{by_code, input, markdown, recognise};
use crate::output::explanation;
use crate::output::json;
use crate::output::printer::Printer;
use crate::output::size;
use crate::output::wrap::wrap;
use crate::words::{self, Words};

/// How many further findings are named.
const FURTHER: usize = 4;

/// Returns [`ExitCode::Mixed`] if nothing in the text is known.
pub(crate) fn run(args: &ExplainArgs, printer: &Printer) -> Result<ExitCode, Error> {
    if args.all {
        printer.data(&markdown::page())?;
        return Ok(ExitCode::Done);
    }
    let text = text(args, printer)?;
    let found = recognise(&text);
    if printer.is_json() {
        for recognised in found.iter().take(FURTHER + 1) {
            let evidence = Some(recognised.line.clone());
            printer.event(&json::Event::finding(
                recognised.finding,
                recognised.finding.severity,
                None,
                evidence,
            ));
        }
    }
    let Some((first, others)) = found.split_first() else {
        return unknown(&text, printer);
    };
    if printer.is_json() {
        printer.check_stdout()?;
        return Ok(ExitCode::Done);
    }
    let words = printer.words();
    let mut page = explanation::of(first.finding, &first.line, words);
    if !others.is_empty() {
        page.push_str(&format!("\n{}\n", words.say(words::ALSO_POINTS_TO, &[])));
        for other in others.iter().take(FURTHER) {
            page.push_str(&wrap(
                &format!("{} ({})", other.finding.told(words).title, other.finding.id),
                2,
            ));
        }
    }
    printer.data(&page)?;
    Ok(ExitCode::Done)
}

/// What can be said of a text that is not known.
fn unknown(text: &str, printer: &Printer) -> Result<ExitCode, Error> {
    let Some(found) = by_code(text) else {
        let message = |words: &Words| words.say(words::NOTHING_KNOWN, &[]);
        printer.error(&message(printer.words()));
        if Path::new(text).is_file() {
            printer.hint(&printer.words().say(words::HINT_FILE_TO_EXPLAIN, &[]));
        }
        let message = message(Words::english());
        printer.event(&json::Event::failure("unknown_text", message));
        printer.check_stdout()?;
        return Ok(ExitCode::Mixed);
    };
    if printer.is_json() {
        printer.event(&json::Event::code(&found));
    } else {
        let values = [
            ("code", found.code.to_string().into()),
            ("source", found.source.into()),
            ("meaning", found.told(printer.words()).into()),
        ];
        let page = format!(
            "{}\n{}",
            wrap(&found.line, 2),
            wrap(&printer.words().say(words::ONLY_THE_CODE, &values), 0)
        );
        printer.data(&page)?;
    }
    printer.check_stdout()?;
    Ok(ExitCode::Done)
}

fn text(args: &ExplainArgs, printer: &Printer) -> Result<String, Error> {
    if !args.text.is_empty() && args.text != ["-"] {
        return Ok(args.text.join(" "));
    }
    let stdin = io::stdin();
    if args.text.is_empty() && stdin.is_terminal() {
        return Err(Error::usage(
            "nothing to explain; give the text as an argument, or on standard input",
        ));
    }
    let read = input::read(stdin.lock());
    let input = read.map_err(|error| Error::local("standard input", error))?;
    if input.left_out > 0 {
        let size = size::bytes(input.left_out);
        printer.warn(words::EXPLAIN_LEFT_OUT, &[("size", size.into())]);
    }
    Ok(input.text)
}
