//! Globs, without regard to case: services of one vendor spell it in many ways.

/// Whether `text` matches `glob`, in which `*` stands for any text and `?` for
/// one character. Case does not matter.
///
/// ```
/// use valence_hook::text::matches;
/// assert!(matches("dell*", "Dell Inc."));
/// assert!(matches("PowerEdge R6?5", "PowerEdge R655"));
/// assert!(!matches("PowerEdge R6?5", "PowerEdge R6515"));
/// ```
pub fn matches(glob: &str, text: &str) -> bool {
    let glob: Vec<char> = glob.chars().flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut at_glob, mut at_text) = (0, 0);
    // The last star, and where what it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(at_text) {
        match glob.get(at_glob) {
            Some('*') => {
                star = Some((at_glob, at_text));
                at_glob += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at_glob += 1;
                at_text += 1;
            }
            _ => {
                let Some((star_glob, star_text)) = star else {
                    return false;
                };
                star = Some((star_glob, star_text + 1));
                at_glob = star_glob + 1;
                at_text = star_text + 1;
            }
        }
    }
    glob.iter().skip(at_glob).all(|rest| *rest == '*')
}

/// Whether `text` matches one of `globs`.
pub fn matches_any(globs: &[String], text: &str) -> bool {
    globs.iter().any(|glob| matches(glob, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_the_whole_text() {
        for (glob, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*-1", "NIC.Slot.1-1-1", true),
            ("NIC", "NIC.Slot", false),
            ("?", "ä", true),
            ("GROSSE*", "große", false),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(&"*a".repeat(50), &"a".repeat(49)));
        assert!(!matches(
            &"*a".repeat(50),
            &format!("{}b", "a".repeat(5000))
        ));
    }
}
