//! Entries for fuzz targets into this folder.

/// The scanner that follows `NewSessionTicket` messages through records: the first byte of `data`
/// says how many of the bytes after it are lengths of records, the rest are their contents.
pub fn ticket_scanner(data: &[u8]) {
    let Some((&count, rest)) = data.split_first() else {
        return;
    };
    let (cuts, bytes) = rest.split_at(usize::from(count).min(rest.len()));
    super::replicate::check_scanner(bytes, cuts);
}

/// The framing of records on the control connection: never more than is there, and nothing that is
/// not TLS.
pub fn record_framing(data: &[u8]) {
    if let Ok(Some(len)) = super::record::record_len(data) {
        assert!((5..=data.len()).contains(&len));
        assert!((20..=23).contains(&data[0]) && data[1] == 3);
    }
}
