//! Days of the week, as dates contain them.

/// Matches `Thu`, `Thur.` and `Thu,`.
pub(super) fn is_day_of_week(word: &[u8]) -> bool {
    const DAYS: [&[u8; 3]; 7] = [b"sun", b"mon", b"tue", b"wed", b"thu", b"fri", b"sat"];
    let start = word.first_chunk::<3>();
    let is = |day: &&[u8; 3]| start.is_some_and(|start| start.eq_ignore_ascii_case(*day));
    word.len() <= 5 && DAYS.iter().any(is)
}
