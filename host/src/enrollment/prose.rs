//! Which characters the values of an enrollment may hold, whoever sets them.

use crate::text::is_bidirectional_control;

/// Fields of a node, port or port group that people read, in which a line may end.
pub const PROSE: [&str; 3] = ["description", "extra", "retired_reason"];

/// The longest pointer to a value, in bytes: each value inside an object is recorded
/// with the keys of all that is around it, and one long key would be written down a
/// thousand times.
pub const LONGEST_POINTER: usize = 1024;

/// The first control character of `text` that does not belong there: they reach boot
/// scripts and terminals, and those that turn the direction of writing make a value look
/// like another. In `prose` there may be tabs and the marks that languages written from
/// right to left need, and lines may end in `\n` or `\r\n`.
pub fn misplaced(text: &str, prose: bool) -> Option<char> {
    // Most text is plain ASCII, and told to be by its bytes alone.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let of_prose = match c {
            '\n' | '\t' | '\u{200e}' | '\u{200f}' => prose,
            '\r' => prose && rest.peek() == Some(&'\n'),
            _ => false,
        };
        if (c.is_control() || is_bidirectional_control(c)) && !of_prose {
            return Some(c);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_prose_only_and_nothing_else_controls() {
        for (text, plain, prose) in [
            ("é\u{2028}~", None, None),
            ("a\nb\tc", Some('\n'), None),
            ("a\r\nb", Some('\r'), None),
            ("a\rb", Some('\r'), Some('\r')),
            ("a\n\r", Some('\n'), Some('\r')),
            ("a\u{1b}[2J", Some('\u{1b}'), Some('\u{1b}')),
            ("\u{0}\u{85}", Some('\u{0}'), Some('\u{0}')),
            ("a\u{200f}", Some('\u{200f}'), None),
            ("a\u{202e}b", Some('\u{202e}'), Some('\u{202e}')),
        ] {
            assert_eq!(misplaced(text, false), plain, "{text:?}");
            assert_eq!(misplaced(text, true), prose, "{text:?}");
        }
    }
}
