//! An FTPS server for tests.

mod certificate;
mod command;
mod control;
mod data;
mod fault;
mod flow;
mod gate;
mod listing;
mod personality;
mod phrase;
mod report;
mod server;
mod session;
mod time;
mod tls;
mod tree;

pub use certificate::CertificateKind;
pub use fault::{Action, ArmedFault, Fault, Point};
pub use gate::Gate;
pub use personality::Personality;
pub use report::{ClientEnd, ControlEnd, ControlReport, DataReport, Report, SessionOrigin};
pub use server::{Builder, Server, StartError, TlsMode};
pub use tls::Versions;
