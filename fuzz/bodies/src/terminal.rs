//! Text that must not reach a terminal.

/// Whether `text` may go to a terminal unchanged.
pub(crate) fn is_safe_to_print(text: &str) -> bool {
    !text.contains(|character: char| {
        character.is_control()
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}
