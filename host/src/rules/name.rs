//! Names of nodes.

/// Words that stand for something else in `/v1/nodes/{name}`: Ironic refuses the
/// first six, and takes the others but never finds such a node again.
const RESERVED: [&str; 18] = [
    "maintenance",
    "management",
    "states",
    "vendor_passthru",
    "detail",
    "validate",
    "allocation",
    "bios",
    "children",
    "firmware",
    "history",
    "inventory",
    "portgroups",
    "ports",
    "traits",
    "vifs",
    "vmedia",
    "volume",
];

const LONGEST: usize = 255;

/// What a legal name is put behind, or what stands for one without any character
/// that may be in a name.
const STAND_IN: &str = "node";

/// Why `name` is no name of an Ironic node, if it is none.
pub(super) fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("a name is not to be empty".into())
    } else if name.len() > LONGEST {
        Some(format!("a name has at most {LONGEST} characters"))
    } else if !name.chars().all(is_legal) {
        let suggestion = legal_name(name);
        Some(format!(
            "a name has letters, digits, `-`, `.`, `_` and `~` only, as `{suggestion}` has"
        ))
    } else if is_uuid_like(name) {
        Some("a name is not to look like a uuid".into())
    } else if RESERVED.contains(&name) || matches!(name, "." | "..") {
        Some(format!("`{name}` means something else in Ironic's API"))
    } else {
        None
    }
}

/// Whether a port group may be called so: other than a node's, its name may be
/// anything that is made of the right characters.
pub(super) fn is_logical(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && name.chars().all(is_legal)
}

/// `text` as a name that Ironic accepts for a node; a legal name stays as it is.
/// Different texts may give the same name.
pub fn legal_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len().min(LONGEST));
    for c in text.chars() {
        if is_legal(c) {
            name.push(c);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
        if name.len() == LONGEST {
            break;
        }
    }
    if name != text {
        name.truncate(name.trim_end_matches('-').len());
    }
    if name.is_empty() {
        return STAND_IN.into();
    }
    if RESERVED.contains(&name.as_str()) || is_uuid_like(&name) || matches!(&*name, "." | "..") {
        return format!("{STAND_IN}-{name}");
    }
    name
}

/// RFC 3986's unreserved characters.
fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')
}

/// As Ironic tells: hyphens may stand anywhere, or nowhere.
pub(super) fn is_uuid_like(text: &str) -> bool {
    let digits = text.bytes().filter(|b| *b != b'-');
    digits.clone().count() == 32 && digits.into_iter().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_made_legal() {
        for (text, name) in [
            ("Dell Inc._SN1", "Dell-Inc._SN1"),
            ("rack-a-437XR1138R2", "rack-a-437XR1138R2"),
            ("  Node 1 / left ", "Node-1-left"),
            ("é", "node"),
            ("", "node"),
            ("-", "-"),
            ("states", "node-states"),
            ("..", "node-.."),
            (
                "38947555-7742-3448-3784-823347823834",
                "node-38947555-7742-3448-3784-823347823834",
            ),
        ] {
            assert_eq!(legal_name(text), name, "{text:?}");
        }
        assert_eq!(legal_name(&"x".repeat(300)).len(), 255);
    }

    #[test]
    fn names_that_ironic_refuses_are_refused() {
        for name in [
            "",
            "Dell Inc._SN1",
            "a/b",
            "a\0b",
            "validate",
            "ports",
            "..",
            "38947555774234483784823347823834",
        ] {
            assert!(problem(name).is_some(), "{name:?}");
        }
        for name in ["web483", "DOM-FULL", "a.b_c~d", "-"] {
            assert_eq!(problem(name), None, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_made_name_is_legal_and_stays_as_it_is(text in ".{0,300}") {
            let name = legal_name(&text);
            prop_assert_eq!(problem(&name), None);
            prop_assert_eq!(legal_name(&name), name);
        }

        #[test]
        fn a_legal_name_stays_as_it_is(text in "[A-Za-z0-9._~-]{1,255}") {
            if problem(&text).is_none() {
                prop_assert_eq!(legal_name(&text), text);
            }
        }
    }
}
