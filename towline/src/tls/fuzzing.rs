//! Entry points for fuzz targets.

/// Tests the scanner that finds `NewSessionTicket` messages in records. The first byte of `data`
/// says how many of the following bytes are lengths of records; the rest are their contents.
pub fn ticket_scanner(data: &[u8]) {
    let Some((&count, rest)) = data.split_first() else {
        return;
    };
    let (cuts, bytes) = rest.split_at(usize::from(count).min(rest.len()));
    super::replicate::check_scanner(bytes, cuts);
}

/// Tests the framing of records on the control connection: a record is never longer than the data,
/// and data that is not TLS is rejected.
pub fn record_framing(data: &[u8]) {
    if let Ok(Some(len)) = super::record::record_len(data) {
        assert!((5..=data.len()).contains(&len));
        assert!((20..=23).contains(&data[0]) && data[1] == 3);
    }
}
