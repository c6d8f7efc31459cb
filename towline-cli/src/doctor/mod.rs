//! `towline doctor`: examines a server step by step, and says what is wrong.

mod certificate;
mod diagnosis;
mod dial;
mod examination;
mod further;
mod hello;
mod limits;
mod logged_in;
mod logging_in;
mod looks;
mod page;
mod recorder;
mod site_block;
mod step;
mod step_line;
mod used_ticket;
mod write;

use std::sync::Arc;

use towline::probe::Probe;
use towline::{Config, RemotePath, Retry, Session, SessionReuse, TlsMode};

use self::examination::Examination;
use self::looks::Looks;
pub(crate) use self::page::{Examined, page};
use self::recorder::{CONNECTION_LOST, Recorder};
use self::site_block::Advice;
use self::step::Step;
pub(crate) use self::step::Verdict;
use self::write::WriteTest;
use crate::error::Error;
use crate::operand::remote::Remote;
use crate::output::printer::Printer;
use crate::output::status::Reporter;
use crate::output::wrap::wrap;
use crate::session::interrupt::Interrupt;
use crate::words;

/// What to examine.
pub(crate) struct Patient<'a> {
    pub(crate) remote: &'a Remote,
    pub(crate) config: Config,
    /// Whether there is a user and a password.
    pub(crate) can_log_in: bool,
    pub(crate) write: Option<&'a RemotePath>,
    pub(crate) slow: bool,
}

/// The most bytes of a listing to read.
const LISTING: u64 = 4 << 20;

/// The steps that need a login.
const NOT_LOGGED_IN: [&str; 13] = [
    "data-port",
    "data",
    "session-reuse",
    "listing",
    "clock",
    "sizes",
    "restart",
    "utf8",
    "checksums",
    "without-reuse",
    "other-tls",
    "active-mode",
    "used-ticket",
];

/// The most logins of an examination, apart from those that find the limits.
fn most_logins(patient: &Patient<'_>) -> usize {
    match (patient.can_log_in, patient.write) {
        (false, _) => 0,
        // Two of them if a connection is lost, or refused although it resumed.
        (true, None) => 5,
        (true, Some(_)) => 5 + write::MORE_LOGINS,
    }
}

/// Examines a server, and prints the steps and the diagnosis.
///
/// # Errors
/// [`Error::Interrupted`], and those of standard output.
pub(crate) async fn examine(
    patient: &Patient<'_>,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<Examined, Error> {
    announce(patient, printer)?;
    let settings = &patient.remote.server.settings.connection;
    let recorder = Recorder::new(Reporter::new(
        Arc::clone(printer),
        &patient.remote.server.host,
        settings.connections,
    ));
    let mode = patient.remote.server.tls_mode()?;
    // Whatever the settings allow, no password goes out in clear text.
    let encrypted = match mode {
        TlsMode::Implicit => TlsMode::Implicit,
        _ => TlsMode::Explicit,
    };
    let observer = Arc::clone(&recorder);
    let config = patient
        .config
        .clone()
        .tls_mode(encrypted)
        .danger_clear_control(false)
        // What the server does, not what the settings accept.
        .session_reuse(SessionReuse::Auto)
        .retry(Retry::none())
        .listing_limit(LISTING)
        .observer(observer);
    let mut exam = Examination::new(Arc::clone(printer));
    let mut advice = Advice::default();
    if mode != encrypted {
        let line = "the settings allow clear text; doctor uses TLS only";
        exam.add(Step::good("settings", line).shows("clear-text", line));
    }
    let first = first_session(&mut exam, patient, &config, encrypted, &mut advice);
    let session = interrupt.guard(first).await?;
    if let Some(mut session) = session {
        let steps = in_session(
            &mut exam,
            patient,
            &mut session,
            &recorder,
            interrupt,
            printer,
            &mut advice,
        );
        steps.await?;
        session.quit().await;
        let further = async {
            let may_log_in = || recorder.logins() < most_logins(patient);
            further::connections(&mut exam, &config, may_log_in, &mut advice).await;
            Ok::<_, Error>(())
        };
        interrupt.guard(further).await?;
        if patient.slow {
            let limits = limits::examine(&config, &mut advice);
            let step = interrupt
                .guard(async { Ok::<_, Error>(limits.await) })
                .await?;
            exam.add(step);
        }
    }
    if let Some(line) = recorder.stray_reply() {
        exam.add(Step::good("replies", line.clone()).shows("stray-reply", line));
    }
    printer.check_stdout()?;
    Ok(conclude(exam, patient, &advice, &recorder, printer))
}

/// Says what the examination does to the server.
fn announce(patient: &Patient<'_>, printer: &Printer) -> Result<(), Error> {
    if printer.is_json() {
        return Ok(());
    }
    let words = printer.words();
    let server = ("server", patient.remote.server.to_string().into());
    let mut sentences = vec![match most_logins(patient) {
        0 => words.say(words::DOCTOR_STAYS_OUT, &[server]),
        most => {
            let slow = if patient.slow { limits::SESSIONS } else { 0 };
            words.say(
                words::DOCTOR_LOGS_IN,
                &[server, ("count", (most + slow).into())],
            )
        }
    }];
    sentences.push(match patient.write {
        None => words.say(words::DOCTOR_LISTS, &[]),
        Some(directory) => {
            let directory = directory.to_string();
            words.say(words::DOCTOR_WRITES, &[("directory", directory.into())])
        }
    });
    if patient.slow && patient.can_log_in {
        sentences.push(words.say(words::DOCTOR_TAKES_LONG, &[]));
    }
    printer.data(&format!("{}\n", wrap(&sentences.join(" "), 0)))
}

/// Looks at the ports, connects, logs in and lists. Returns the session if there is one.
async fn first_session(
    exam: &mut Examination,
    patient: &Patient<'_>,
    config: &Config,
    mode: TlsMode,
    advice: &mut Advice,
) -> Result<Option<Session>, Error> {
    let server = &patient.remote.server;
    let port = server.effective_port(mode);
    let is_direct = server.settings.connection.proxy.is_none();
    let looks = match is_direct {
        true => Looks::at(&server.host, port, mode == TlsMode::Implicit).await,
        false => None,
    };
    match &looks {
        Some(looks) => {
            looks.ports(exam);
            looks.versions(exam);
        }
        None if is_direct => exam.skip(&["ports", "tls-versions"], "the host has no address"),
        None => exam.skip(&["ports", "tls-versions"], "there is a proxy in between"),
    }
    let probe = logging_in::examine(exam, Probe::new(config.clone())?, patient.can_log_in).await;
    let is_in = exam
        .verdict("login")
        .is_some_and(|verdict| verdict != Verdict::Failed);
    if !is_in {
        if let Some(looks) = &looks
            && exam.verdict("certificate").is_none()
        {
            advice.instead = looks.alternative(exam, mode).or_else(|| match mode {
                TlsMode::Implicit if exam.has_found("clear-text-answered") => {
                    Some((TlsMode::Explicit, port))
                }
                TlsMode::Explicit if exam.has_found("implicit-tls-expected") => {
                    Some((TlsMode::Implicit, port))
                }
                _ => None,
            });
        }
        let reason = match patient.can_log_in {
            true => "not logged in",
            false => "no user or password",
        };
        if !exam.has("login") {
            exam.skip(&["login"], reason);
        }
        exam.skip(&NOT_LOGGED_IN, reason);
        probe.quit().await;
        return Ok(None);
    }
    Ok(probe.into_session())
}

async fn in_session(
    exam: &mut Examination,
    patient: &Patient<'_>,
    session: &mut Session,
    recorder: &Recorder,
    interrupt: &Interrupt,
    printer: &Printer,
    advice: &mut Advice,
) -> Result<(), Error> {
    let has_data = matches!(exam.verdict("data"), Some(Verdict::Good | Verdict::Warning));
    if has_data {
        let steps = async {
            advice.resumes = logged_in::reuse(exam, session, recorder).await;
            let path = &patient.remote.path;
            match recorder.is_first_session() {
                true => logged_in::listings(exam, session, recorder, path).await,
                false => exam.skip(&["listing", "clock", "sizes"], CONNECTION_LOST),
            }
            Ok::<_, Error>(())
        };
        interrupt.guard(steps).await?;
    } else {
        exam.skip(
            &["session-reuse", "listing", "clock", "sizes"],
            "no data connection",
        );
    }
    logged_in::announced(exam, session);
    if let Some(reason) = no_writing(exam) {
        if patient.write.is_some() {
            exam.skip(&["write"], reason);
        }
    } else if let Some(directory) = patient.write {
        write_test(exam, session, directory, recorder, interrupt, printer).await?;
    }
    Ok(())
}

/// Why nothing can be written, if that is known.
fn no_writing(exam: &Examination) -> Option<&'static str> {
    let is_refused = ["session-reuse-required", "certificate-differs-on-data"]
        .iter()
        .any(|id| exam.has_found(id));
    let is_unreachable = exam.verdict("data-port") == Some(Verdict::Failed);
    (is_refused || is_unreachable).then_some("no data connection")
}

/// Writes and removes, whatever happens in between.
async fn write_test(
    exam: &mut Examination,
    session: &mut Session,
    directory: &RemotePath,
    recorder: &Recorder,
    interrupt: &Interrupt,
    printer: &Printer,
) -> Result<(), Error> {
    let mut test = match WriteTest::below(directory) {
        Ok(test) => test,
        Err(error) => {
            exam.add(Step::skipped("write", error.to_string()));
            return Ok(());
        }
    };
    let run = async { Ok::<_, Error>(test.run(session, recorder).await) };
    let outcome = interrupt.guard(run).await;
    let left = tokio::select! {
        left = test.clean_up(session, recorder) => left,
        () = interrupt.requested_twice() => Some(test.may_remain()),
    };
    let mut step = match outcome {
        Ok(step) => step,
        Err(error) => {
            if let Some(left) = left {
                printer.warning(&left);
            }
            return Err(error);
        }
    };
    if let Some(left) = left {
        step = step.and(left.clone()).shows("write-test-failed", left);
    }
    exam.add(step);
    Ok(())
}

fn conclude(
    exam: Examination,
    patient: &Patient<'_>,
    advice: &Advice,
    recorder: &Recorder,
    printer: &Printer,
) -> Examined {
    let pin = match exam.verdict("certificate") {
        Some(Verdict::Failed) => exam.chain.first().and_then(|own| own.pin.clone()),
        _ => None,
    };
    let site_block = site_block::of(patient.remote, advice, pin.as_deref());
    if !printer.is_json() {
        let mut page = diagnosis::of(&exam, printer.words());
        page.push_str(&format!(
            "\n{}\n",
            printer.words().say(words::FOR_CONFIG_FILE, &[])
        ));
        for line in site_block.lines() {
            page.push_str(&format!("  {line}\n"));
        }
        let _ = printer.data(&page);
    }
    Examined {
        examination: exam,
        site_block,
        dialogue: recorder.dialogue(),
    }
}
