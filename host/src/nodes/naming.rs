//! What a node is called when nobody says.

use crate::rules::legal_name;

/// Pod manager and system id, as a name that Ironic accepts and that nobody in
/// `taken` (lower case) has. The Redfish `Name` is no help: it is often `System`.
pub(super) fn free_name(pod_manager: &str, index: &str, taken: &[String]) -> String {
    let base = legal_name(&format!("{pod_manager}-{index}"));
    let free = |name: &str| !taken.iter().any(|other| *other == name.to_lowercase());
    if free(&base) {
        return base;
    }
    (2u32..)
        .map(|n| format!("{base}-{n}"))
        .find(|name| free(name))
        .unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number() {
        assert_eq!(free_name("rack-a", "Node 1", &[]), "rack-a-Node-1");
        assert_eq!(
            free_name("a", "1", &["a-1".into(), "a-1-2".into()]),
            "a-1-3"
        );
    }
}
