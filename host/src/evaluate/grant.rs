//! What a hook may change: what its configuration lets it, and no more.

use serde_json::Value;

use super::ledger::Ledger;
use crate::enrollment::{Author, Difference};
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

/// Whether the hook may make all of `differences`.
pub(super) fn check(
    spec: &HookSpec,
    differences: &[Difference],
    ledger: &Ledger,
) -> Result<(), Refusal> {
    for difference in differences {
        let refusal = protected(spec, difference)
            .or_else(|| ungranted(spec, difference))
            .or_else(|| conflict(spec, difference, ledger));
        if let Some(message) = refusal {
            return Err(Refusal {
                pointer: difference.pointer.clone(),
                message,
            });
        }
    }
    Ok(())
}

/// The protected keys that a change concerns.
pub(super) fn protected_keys(difference: &Difference) -> impl Iterator<Item = &'static str> {
    let Difference { pointer, from, to } = difference;
    PROTECTED.into_iter().filter(move |key| {
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

fn protected(spec: &HookSpec, difference: &Difference) -> Option<String> {
    let granted = |key: &str| {
        let patterns = spec.writes.iter().flatten();
        patterns.into_iter().any(|pattern| pattern.names(key))
    };
    let key = protected_keys(difference).find(|key| !granted(key))?;
    Some(format!(
        "it changes `{key}`, which is protected; `writes` of its `[[hook]]` would have to name exactly this"
    ))
}

fn ungranted(spec: &HookSpec, difference: &Difference) -> Option<String> {
    let pointer = &difference.pointer;
    if pointer == "/credentials"
        && let Some(name) = difference.to.as_ref().and_then(Value::as_str)
    {
        // `credentials` is the grant, and says more than a pattern could.
        let listed = spec.credentials.iter().any(|listed| listed == name);
        return (!listed).then(|| {
            format!(
                "it names the credentials `{}`, and `credentials` of its `[[hook]]` does not list them",
                crate::text::tame(name, 100)
            )
        });
    }
    let patterns = spec.writes.as_ref()?;
    let granted = patterns.iter().any(|pattern| pattern.covers(pointer));
    (!granted).then(|| {
        format!(
            "it changes `{}`, and `writes` of its `[[hook]]` does not cover that",
            crate::text::tame(pointer, 200)
        )
    })
}

fn conflict(spec: &HookSpec, difference: &Difference, ledger: &Ledger) -> Option<String> {
    ledger
        .concerned(&difference.pointer)
        .find_map(|(pointer, author)| match author {
            Author::Hook(other) if *other != spec.name && !spec.overrides.contains(other) => {
                Some(format!(
                    "it changes `{}`, which hook `{other}` set before it; \
                     `overrides = [\"{other}\"]` of its `[[hook]]` would let it",
                    crate::text::tame(pointer, 200)
                ))
            }
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrollment::Enrollment;
    use crate::evaluate::ledger::leaves;
    use serde_json::json;

    fn spec(writes: Option<&[&str]>) -> HookSpec {
        HookSpec {
            writes: writes.map(|all| all.iter().map(|text| text.parse().unwrap()).collect()),
            ..HookSpec::new("site", "site.wasm")
        }
    }

    fn refused(spec: &HookSpec, before: Value, after: Value, ledger: &Ledger) -> Option<String> {
        let enrollment = |value| serde_json::from_value::<Enrollment>(value).unwrap();
        let differences = leaves(&enrollment(before), &enrollment(after));
        let refusal = check(spec, &differences, ledger).err()?;
        Some(refusal.pointer)
    }

    fn nobody() -> Ledger {
        Ledger::default()
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
        let mut ledger = nobody();
        ledger.claim("/node/extra/rack/row", &Author::Hook("first".into()));
        ledger.claim("/node/name", &Author::Request);
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
            let found = refused(&spec, before(), after.clone(), &ledger);
            assert_eq!(found.as_deref(), expected, "{after}");
        }
        spec.overrides = vec!["first".into()];
        let after = json!({"node": {"name": "a", "extra": {"rack": 7}}});
        assert_eq!(refused(&spec, before(), after, &ledger), None);
    }
}
