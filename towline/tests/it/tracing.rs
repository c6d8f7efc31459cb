//! Events as spans and events of `tracing`.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use towline::{Client, Secret, TracingObserver};
use towline_testkit::Personality;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Bench, list, session};

/// Writes every span and event as one line.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, line: String) -> usize {
        let mut lines = self.0.lock().unwrap();
        lines.push(line);
        lines.len()
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

fn line(metadata: &Metadata<'_>, parent: Option<&Id>, record: impl FnOnce(&mut Fields)) -> String {
    let parent = parent.map_or(0, Id::into_u64);
    let (level, target) = (metadata.level(), metadata.target());
    let mut fields = Fields(format!("{level} {target} in {parent}"));
    record(&mut fields);
    fields.0
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("towline::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let line = line(span.metadata(), span.parent(), |fields| span.record(fields));
        Id::from_u64(self.add(format!("span {line}")) as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut fields = Fields(format!("record {}", span.into_u64()));
        values.record(&mut fields);
        self.add(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let line = line(event.metadata(), event.parent(), |fields| {
            event.record(fields);
        });
        self.add(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn each_control_connection_is_a_span_that_its_events_belong_to() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let bench = Bench::start(Personality::VsFtpd).await;
    let config = bench.open_config();
    let client = Client::new(config.observer(Arc::new(TracingObserver::default()))).unwrap();
    let mut one = client.connect().await.unwrap();
    let mut two = client.connect().await.unwrap();
    list(&mut one).await.unwrap();
    list(&mut two).await.unwrap();

    let lines = recorder.lines();
    // A span's id is its line number, starting at 1.
    let spans = lines.iter().zip(1..);
    let spans: Vec<_> = spans
        .filter(|(line, _)| line.starts_with("span "))
        .collect();
    let [(first, one), (second, two)] = spans[..] else {
        panic!("{lines:?}")
    };
    let begin = "span INFO towline::connection in 0 connection=";
    assert_eq!(*first, format!("{begin}1 host=\"localhost\""));
    assert_eq!(*second, format!("{begin}2 host=\"localhost\""));

    for number in [one, two] {
        let of_span = |begin: &str, words: &str| {
            let begin = format!("{begin} in {number} ");
            let mut lines = lines.iter();
            lines.any(|line| line.starts_with(&begin) && line.contains(words))
        };
        let recorded = format!("record {number} protocol=\"TLSv1.3\"");
        assert!(lines.contains(&recorded), "{lines:?}");
        for (begin, words) in [
            ("INFO towline::connection", "message=logged in"),
            ("DEBUG towline::dialogue", "line=\"FEAT\""),
            ("DEBUG towline::dialogue", "code=220"),
            ("INFO towline::data", "resumed=true"),
            ("DEBUG towline::transfer", "message=listing complete"),
        ] {
            assert!(of_span(begin, words), "{begin} {words}: {lines:?}");
        }
    }
}

#[tokio::test]
async fn no_secret_is_told() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let bench = Bench::start(Personality::VsFtpd).await;
    let config = bench.open_config().password(Secret::new("hunter2"));
    let refused = session(config.observer(Arc::new(TracingObserver::default()))).await;
    refused.unwrap_err();
    let lines = recorder.lines();
    let told = |words: &str| lines.iter().any(|line| line.contains(words));
    assert!(told("line=\"PASS ") && !told("hunter2"), "{lines:?}");
}
