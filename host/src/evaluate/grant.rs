//! What a hook may change: what its configuration lets it, and no more.

use serde_json::Value;

use super::authors::Authors;
use super::conflict;
use crate::enrollment::Difference;
use crate::hook::HookSpec;
use crate::rules::PROTECTED;

/// A change that a hook may not make.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Where.
    pub(super) pointer: String,
    /// Why not, and what would let it.
    pub(super) message: String,
}

/// Whether the hook may make all of `differences`. Everything of one kind that it
/// may not is told at once: who wipes ten traits is told of ten.
pub(super) fn check(
    spec: &HookSpec,
    differences: &[Difference],
    authors: &Authors,
) -> Result<(), Refusal> {
    let refusal = protected(spec, differences)
        .or_else(|| unlisted(spec, differences))
        .or_else(|| ungranted(spec, differences))
        .or_else(|| conflict::find(spec, differences, authors));
    refusal.map_or(Ok(()), Err)
}

/// The protected keys that a change concerns.
pub(super) fn protected_keys(difference: &Difference) -> impl Iterator<Item = &'static str> {
    let Difference { pointer, from, to } = difference;
    // Ports and traits, most of what changes, hold none.
    let candidates = match pointer.starts_with("/node") {
        true => PROTECTED.as_slice(),
        false => &[],
    };
    candidates.iter().copied().filter(move |key| {
        if let Some(inside) = key.strip_prefix(pointer.as_str()) {
            let has = |value: &Option<Value>| {
                value
                    .as_ref()
                    .is_some_and(|value| value.pointer(inside).is_some())
            };
            return inside.is_empty() || inside.starts_with('/') && (has(from) || has(to));
        }
        pointer
            .strip_prefix(key)
            .is_some_and(|below| below.starts_with('/'))
    })
}

fn protected(spec: &HookSpec, differences: &[Difference]) -> Option<Refusal> {
    let granted = |key: &str| {
        let patterns = spec.writes.iter().flatten();
        patterns.into_iter().any(|pattern| pattern.names(key))
    };
    differences.iter().find_map(|difference| {
        let key = protected_keys(difference).find(|key| !granted(key))?;
        Some(Refusal {
            pointer: difference.pointer.clone(),
            message: format!(
                "it changes `{key}`, which is protected; `writes` of its `[[hook]]` would have to name exactly this"
            ),
        })
    })
}

/// The name of credentials that a change would put in place.
fn named_credentials(difference: &Difference) -> Option<&str> {
    let is_name = difference.pointer == "/credentials";
    is_name
        .then_some(difference.to.as_ref())
        .flatten()
        .and_then(Value::as_str)
}

fn unlisted(spec: &HookSpec, differences: &[Difference]) -> Option<Refusal> {
    let name = differences.iter().find_map(named_credentials)?;
    let listed = spec.credentials.iter().any(|listed| listed == name);
    (!listed).then(|| Refusal {
        pointer: "/credentials".into(),
        message: format!(
            "it names the credentials `{}`, and `credentials` of its `[[hook]]` does not list them",
            crate::text::tame(name, 100)
        ),
    })
}

fn ungranted(spec: &HookSpec, differences: &[Difference]) -> Option<Refusal> {
    let patterns = spec.writes.as_ref()?;
    let outside: Vec<_> = differences
        .iter()
        // `credentials` is the grant for these, and says more than a pattern could.
        .filter(|difference| named_credentials(difference).is_none())
        .map(|difference| difference.pointer.as_str())
        .filter(|pointer| !patterns.iter().any(|pattern| pattern.covers(pointer)))
        .collect();
    let first = outside.first()?;
    Some(Refusal {
        pointer: (*first).to_owned(),
        message: format!(
            "it changes {}, and `writes` of its `[[hook]]` does not cover that",
            listed(&outside)
        ),
    })
}

/// More pointers make a sentence that nobody reads.
const MOST_POINTERS: usize = 20;

/// `pointers` as they stand in a sentence.
pub(super) fn listed<S: AsRef<str>>(pointers: &[S]) -> String {
    let shown: Vec<_> = pointers
        .iter()
        .take(MOST_POINTERS)
        .map(|pointer| format!("`{}`", crate::text::tame(pointer.as_ref(), 200)))
        .collect();
    let more = match pointers.len().saturating_sub(MOST_POINTERS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrollment::{Author, Enrollment};
    use crate::evaluate::ledger::leaves;
    use serde_json::json;

    fn spec(writes: Option<&[&str]>) -> HookSpec {
        HookSpec {
            writes: writes.map(|all| all.iter().map(|text| text.parse().unwrap()).collect()),
            ..HookSpec::new("site", "site.wasm")
        }
    }

    fn refused(spec: &HookSpec, before: Value, after: Value, authors: &Authors) -> Option<String> {
        let enrollment = |value| serde_json::from_value::<Enrollment>(value).unwrap();
        let differences = leaves(&enrollment(before), &enrollment(after));
        let refusal = check(spec, &differences, authors).err()?;
        Some(refusal.pointer)
    }

    fn nobody() -> Authors {
        Authors::default()
    }

    #[test]
    fn protected_keys_are_all_of_the_node() {
        // What changes elsewhere is not looked at for them.
        assert!(PROTECTED.iter().all(|key| key.starts_with("/node/")));
    }

    #[test]
    fn protected_keys_need_a_grant_that_names_them() {
        let before = || json!({"node": {"driver_info": {"redfish_address": "a", "x": 1}}});
        let after = || json!({"node": {"driver_info": {"redfish_address": "b", "x": 1}}});
        let key = "/node/driver_info/redfish_address";
        for (writes, expected) in [
            (None, Some(key)),
            (Some(&["/node/driver_info/*"][..]), Some(key)),
            (Some(&["/**"][..]), Some(key)),
            (Some(&[key][..]), None),
        ] {
            let found = refused(&spec(writes), before(), after(), &nobody());
            assert_eq!(found.as_deref(), expected, "{writes:?}");
        }
    }

    #[test]
    fn protected_keys_do_not_go_with_what_they_stand_in() {
        let before = || json!({"node": {"extra": {"valence": {"x": 1}}}});
        for (after, expected) in [
            (json!({"node": {"extra": {}}}), "/node/extra/valence/x"),
            (json!({"node": {}}), "/node/extra/valence/x"),
            (json!({"node": {"extra": 7}}), "/node/extra"),
        ] {
            let found = refused(&spec(None), before(), after, &nobody());
            assert_eq!(found.as_deref(), Some(expected));
        }
        let other = json!({"node": {"extra": {"valence": {"x": 1}, "valences": 1}}});
        assert_eq!(refused(&spec(None), before(), other, &nobody()), None);
    }

    #[test]
    fn writes_covers_or_the_change_is_refused() {
        let spec = spec(Some(&["/node/extra/rack", "/traits/CUSTOM_SITE_*"]));
        let before = || json!({"node": {"extra": {}}});
        let granted = json!({"node": {"extra": {"rack": 4}}, "traits": ["CUSTOM_SITE_A"]});
        assert_eq!(refused(&spec, before(), granted, &nobody()), None);
        for (after, expected) in [
            (json!({"node": {"extra": {"row": 4}}}), "/node/extra/row"),
            (
                json!({"node": {"extra": {}}, "traits": ["HW_X"]}),
                "/traits/HW_X",
            ),
        ] {
            let found = refused(&spec, before(), after, &nobody());
            assert_eq!(found.as_deref(), Some(expected));
        }
    }

    #[test]
    fn credentials_are_named_only_if_they_are_listed() {
        let before = || json!({"node": {}});
        let after = || json!({"node": {}, "credentials": "rack-a"});
        let mut spec = spec(Some(&["/credentials"]));
        assert_eq!(
            refused(&spec, before(), after(), &nobody()).as_deref(),
            Some("/credentials")
        );
        spec.credentials = vec!["rack-a".into()];
        spec.writes = Some(Vec::new());
        assert_eq!(refused(&spec, before(), after(), &nobody()), None);
    }

    #[test]
    fn what_another_hook_set_needs_overrides() {
        let mut authors = nobody();
        authors.claim("/node/extra/rack/row", &Author::Hook("first".into()));
        authors.claim("/node/name", &Author::Request);
        let before = || json!({"node": {"name": "a", "extra": {"rack": {"row": 1}}}});
        let mut spec = spec(None);
        for (after, expected) in [
            (
                json!({"node": {"name": "b", "extra": {"rack": {"row": 1}}}}),
                None,
            ),
            (
                json!({"node": {"name": "a", "extra": {"rack": {"row": 2}}}}),
                Some("/node/extra/rack/row"),
            ),
            (
                json!({"node": {"name": "a", "extra": {"rack": 7}}}),
                Some("/node/extra/rack"),
            ),
            (
                json!({"node": {"name": "a", "extra": {"rack": {"row": 1, "unit": 3}}}}),
                None,
            ),
        ] {
            let found = refused(&spec, before(), after.clone(), &authors);
            assert_eq!(found.as_deref(), expected, "{after}");
        }
        spec.overrides = vec!["first".into()];
        let after = json!({"node": {"name": "a", "extra": {"rack": 7}}});
        assert_eq!(refused(&spec, before(), after, &authors), None);
    }
}
