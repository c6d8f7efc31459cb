//! Link names with an arrow to their target.

use memchr::memmem;

/// Splits a link into its name and target. Both may contain an arrow themselves. On Unix, the size
/// of a link is the length of its target, which shows the right arrow.
pub(super) fn split_link(name: &[u8], size: Option<u64>) -> (&[u8], Option<&[u8]>) {
    const ARROW: &[u8] = b" -> ";
    let told_by_size = size
        .and_then(|size| {
            name.len()
                .checked_sub(usize::try_from(size).ok()?)?
                .checked_sub(ARROW.len())
        })
        .filter(|at| *at > 0 && name[*at..].starts_with(ARROW));
    match told_by_size.or_else(|| memmem::find(name, ARROW)) {
        Some(at) if at > 0 => (&name[..at], Some(&name[at + ARROW.len()..])),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_link_apart_where_its_size_says() {
        for (size, written, name, target) in [
            (Some(6), "name -> target", "name", Some("target")),
            (Some(1), "a -> b -> c", "a -> b", Some("c")),
            (Some(6), "a -> b -> c", "a", Some("b -> c")),
            (Some(0), "a -> b -> c", "a", Some("b -> c")),
            (None, "a -> b -> c", "a", Some("b -> c")),
            (Some(6), "no arrow", "no arrow", None),
            (Some(1), " -> x", " -> x", None),
        ] {
            let expected = (name.as_bytes(), target.map(str::as_bytes));
            assert_eq!(split_link(written.as_bytes(), size), expected, "{written}");
        }
    }
}
