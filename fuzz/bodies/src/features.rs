//! FEAT replies.

use towline_proto::features::{Feature, Features};
use towline_proto::quirks::{Evidence, Server, Software, identify};
use towline_proto::reply::{Reply, ReplyCode};

/// Any text as a reply to FEAT: a feature is announced only by a line that names it.
pub fn features(data: &[u8]) {
    let reply = Reply::new(ReplyCode::SYSTEM_STATUS, data);
    let features = Features::parse(&reply);
    let has_line = |start: &str| {
        features
            .lines()
            .iter()
            .any(|line| line.to_ascii_uppercase().starts_with(start.as_bytes()))
    };
    for (feature, start) in [
        (Feature::AuthTls, "AUTH"),
        (Feature::AuthSsl, "AUTH"),
        (Feature::Epsv, "EPSV"),
        (Feature::Mlst, "MLS"),
        (Feature::RestStream, "REST"),
        (Feature::Utf8, "UTF8"),
    ] {
        assert!(!features.has(feature) || has_line(start), "{feature:?}");
    }
    assert!(features.lines().len() <= reply.inner_lines().len());
    assert!(
        features
            .lines()
            .iter()
            .all(|line| !line.is_empty() && line.trim_ascii() == line.as_slice())
    );
    assert!(features.mlst_facts().is_empty() || features.has(Feature::Mlst));
    for fact in features.mlst_facts() {
        assert!(!fact.name.is_empty() && !fact.name.contains(';'));
    }

    let server = identify(&Evidence {
        greeting: Some(&reply),
        system: Some(&reply),
        status: Some(&reply),
        features: Some(&features),
    });
    assert!(server.software != Software::Unknown || server == Server::UNKNOWN);
}
