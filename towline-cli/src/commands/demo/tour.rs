//! The tour: transfers over each version of TLS, then a client without session reuse.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use towline::{
    Client, Config, ConnectionId, DataConnection, DownloadOptions, EntryKind, Event, Observer,
    RemotePath, Secret, Session, SessionReuse, TicketSource, TlsVersion, Trust, UploadOptions,
};
use towline_proto::name::local_name;
use towline_testkit::ControlReport;

use super::server::{self, DemoServer, PASSWORD, USER, unexpected};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::lock::lock;
use crate::output::entry;
use crate::output::printer::Printer;
use crate::output::status::Reporter;
use crate::output::table::{Align, Table};
use crate::tree::directory::join;

pub(super) async fn run(demo: &DemoServer, printer: &Arc<Printer>) -> Result<(), Error> {
    printer.data(&format!(
        "An FTPS server that behaves like {} listens on {}. It refuses every data\n\
         connection that does not resume the TLS session of its control connection.\n",
        demo.server.personality().name(),
        demo.server.address(),
    ))?;
    for version in [TlsVersion::Tls13, TlsVersion::Tls12] {
        let text = transfers(demo, printer, version).await?;
        printer.data(&text)?;
    }
    let text = without_reuse(demo, printer).await?;
    printer.data(&text)
}

/// Lists, downloads, uploads and downloads a tree over one control connection.
async fn transfers(
    demo: &DemoServer,
    printer: &Arc<Printer>,
    version: TlsVersion,
) -> Result<String, Error> {
    let local = demo.directory(&format!("tls-{version}"))?;
    let verdicts = Verdicts::new(printer);
    let config = config(demo, &verdicts).tls_versions(version, version);
    let mut session = Client::new(config)?.connect().await?;
    let out = remote("out")?;
    session.list(&out).await?;
    let fetched = local.join("report.csv");
    let options = DownloadOptions::default();
    session
        .download_file(&remote("out/report.csv")?, &fetched, &options)
        .await?;
    let sent = send(&mut session, demo, &local).await?;
    fetch_tree(&mut session, &local).await?;
    session.quit().await;

    let compared = sent + compare(&local.join("out"))?;
    let report = demo.server.report();
    let control = report
        .control
        .last()
        .ok_or_else(|| unexpected("the server saw no control connection"))?;
    describe(version, &verdicts, control, compared)
}

/// Uploads files, one of them over an existing file, and checks what the server has then.
async fn send(session: &mut Session, demo: &DemoServer, local: &Path) -> Result<usize, Error> {
    let options = UploadOptions::default();
    let orders = b"one,two\n".repeat(100_000);
    for (name, contents) in [
        ("orders.csv", b"first version".as_slice()),
        ("empty", b""),
        ("orders.csv", &orders),
    ] {
        let source = local.join(name);
        demo.write(&source, contents)?;
        let target = remote(&format!("in/{name}"))?;
        session.upload_file(&source, &target, &options).await?;
        same(&demo.server.root().join("in").join(name), contents)?;
    }
    Ok(3)
}

/// Downloads `out` and everything below it to `local`, directory by directory.
async fn fetch_tree(session: &mut Session, local: &Path) -> Result<(), Error> {
    let options = DownloadOptions::default();
    for directory in server::DIRECTORIES {
        let here = local.join(directory);
        fs::create_dir_all(&here).map_err(|error| Error::local(&here, error))?;
        let path = remote(directory)?;
        let mut entries = session.list(&path).await?.entries;
        entry::sort(&mut entries);
        for entry in entries.iter().filter(|entry| entry.kind == EntryKind::File) {
            let name = local_name(&entry.name).map_err(|error| unexpected(error.to_string()))?;
            let file = join(&path, &entry.name)?;
            session
                .download_file(&file, &here.join(name), &options)
                .await?;
        }
    }
    Ok(())
}

/// Compares a downloaded tree with the files of the server. Returns the number of files.
fn compare(tree: &Path) -> Result<usize, Error> {
    let contents = server::contents();
    for (path, contents) in &contents {
        same(&tree.join(path), contents)?;
    }
    Ok(contents.len())
}

fn same(path: &Path, expected: &[u8]) -> Result<(), Error> {
    let found = fs::read(path).map_err(|error| Error::local(path, error))?;
    if found == expected {
        return Ok(());
    }
    let reason = format!("{} differs from what was sent", path.display());
    Err(unexpected(reason))
}

/// Describes the data connections of a control connection, as client and server saw them.
fn describe(
    version: TlsVersion,
    verdicts: &Verdicts,
    control: &ControlReport,
    compared: usize,
) -> Result<String, Error> {
    let verdicts = verdicts.all();
    let mut table = Table::new([Align::Left; 6]);
    table.row(
        [
            "  data connection",
            "verdict",
            "protocol",
            "session from",
            "certificate",
            "server says",
        ]
        .map(str::to_owned),
    );
    for (verdict, seen) in verdicts.iter().zip(&control.data) {
        table.row([
            format!("  {} {}", seen.command, verdict.path),
            if verdict.resumed { "resumed" } else { "full" }.to_owned(),
            verdict.protocol.to_string(),
            match verdict.ticket_source {
                TicketSource::Control | TicketSource::ControlCopy => "control connection",
                TicketSource::Data => "data connection",
                _ => "-",
            }
            .to_owned(),
            if verdict.same_certificate {
                "same"
            } else {
                "other"
            }
            .to_owned(),
            format!(
                "{}, {}",
                if seen.bound_to_this_control {
                    "its own session"
                } else {
                    "not its session"
                },
                seen.reply.map_or_else(String::new, |code| code.to_string())
            ),
        ]);
    }
    let (bound, all) = (control.bound(), control.data.len());
    if bound != all || all != verdicts.len() || all == 0 {
        return Err(unexpected(format!(
            "the server counted {all} data connections, of which {bound} resumed the session of their \
             control connection; the client counted {}",
            verdicts.len()
        )));
    }
    let mut text = format!("\nTLS {version}, one control connection:\n{table}");
    let _ = writeln!(
        text,
        "  The server counted: {bound} of {all} data connections resumed the session of this control\n  \
         connection. {compared} files compared, no difference."
    );
    Ok(text)
}

/// Tries the same listing with a client that offers no session.
async fn without_reuse(demo: &DemoServer, printer: &Arc<Printer>) -> Result<String, Error> {
    let verdicts = Verdicts::new(printer);
    let config = config(demo, &verdicts).session_reuse(SessionReuse::Off);
    let mut session = Client::new(config)?.connect().await?;
    let Err(refusal) = session.list(&remote("out")?).await else {
        return Err(unexpected(
            "the server accepted a client without session reuse",
        ));
    };
    session.quit().await;
    let reply = refusal
        .reply()
        .ok_or_else(|| unexpected(format!("expected a refusal, but: {refusal}")))?;
    Ok(format!(
        "\nThe server refuses a client without session reuse (--session-reuse off):\n  \
         {} {}\n  towline would end with exit code {}.\n",
        reply.code(),
        reply.text(),
        ExitCode::of_session(&refusal) as u8
    ))
}

fn config(demo: &DemoServer, verdicts: &Arc<Verdicts>) -> Config {
    let address = demo.server.address();
    let observer: Arc<dyn Observer> = Arc::clone(verdicts) as _;
    Config::new(address.ip().to_string())
        .port(address.port())
        .user(USER)
        .password(Secret::new(PASSWORD))
        .trust(Trust::CaFile(demo.ca_file()))
        .observer(observer)
}

fn remote(path: &str) -> Result<RemotePath, Error> {
    RemotePath::new(path).map_err(|error| unexpected(error.to_string()))
}

/// Collects the verdicts, and passes all events to the printer.
#[derive(Debug)]
struct Verdicts {
    reporter: Reporter,
    all: Mutex<Vec<DataConnection>>,
}

impl Verdicts {
    fn new(printer: &Arc<Printer>) -> Arc<Self> {
        Arc::new(Self {
            reporter: Reporter::new(Arc::clone(printer), "127.0.0.1", NonZeroU32::MIN),
            all: Mutex::default(),
        })
    }

    fn all(&self) -> MutexGuard<'_, Vec<DataConnection>> {
        lock(&self.all)
    }
}

impl Observer for Verdicts {
    fn event(&self, connection: ConnectionId, event: &Event<'_>) {
        if let Event::DataConnection(verdict) = event {
            self.all().push((*verdict).clone());
        }
        self.reporter.event(connection, event);
    }
}
