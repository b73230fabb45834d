//! Two hooks that want different things: an error that names both, because the
//! last one winning in silence is how fleets lose their traits.

use super::authors::Authors;
use super::grant::{Refusal, listed};
use crate::enrollment::{Author, Difference};
use crate::hook::HookSpec;

/// What a hook does to the work of another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Removes,
    Changes,
    /// What the other had removed.
    BringsBack,
}

/// The deeds of one kind to the work of one hook.
struct Conflict<'a> {
    deed: Deed,
    other: &'a str,
    pointers: Vec<&'a str>,
}

/// What of `differences` does away with the work of hooks that the hook may not
/// override.
pub(super) fn find(
    spec: &HookSpec,
    differences: &[Difference],
    authors: &Authors,
) -> Option<Refusal> {
    let mut first = None;
    let mut conflicts: Vec<Conflict<'_>> = Vec::new();
    for difference in differences {
        for (pointer, author) in authors.concerned(&difference.pointer) {
            let Author::Hook(other) = author else {
                continue;
            };
            if **other == *spec.name || spec.overrides.iter().any(|name| **name == **other) {
                continue;
            }
            first.get_or_insert_with(|| difference.pointer.clone());
            let deed = deed(difference, pointer);
            let known = conflicts
                .iter_mut()
                .find(|one| one.deed == deed && *one.other == **other);
            match known {
                Some(one) if one.pointers.contains(&pointer) => {}
                Some(one) => one.pointers.push(pointer),
                None => conflicts.push(Conflict {
                    deed,
                    other,
                    pointers: vec![pointer],
                }),
            }
        }
    }
    Some(Refusal {
        pointer: first?,
        message: told(&conflicts),
    })
}

fn deed(difference: &Difference, pointer: &str) -> Deed {
    match (&difference.from, &difference.to) {
        (_, None) => Deed::Removes,
        (None, Some(_)) if difference.pointer == pointer => Deed::BringsBack,
        _ => Deed::Changes,
    }
}

fn told(conflicts: &[Conflict<'_>]) -> String {
    let sentences: Vec<_> = conflicts
        .iter()
        .map(
            |Conflict {
                 deed,
                 other,
                 pointers,
             }| {
                let pointers = listed(pointers);
                match deed {
                    Deed::Removes => {
                        format!("it removes {pointers}, which hook `{other}` set before it")
                    }
                    Deed::Changes => {
                        format!("it changes {pointers}, which hook `{other}` set before it")
                    }
                    Deed::BringsBack => {
                        format!("it sets {pointers}, which hook `{other}` removed before it")
                    }
                }
            },
        )
        .collect();
    let mut others: Vec<_> = conflicts.iter().map(|one| one.other).collect();
    others.sort_unstable();
    others.dedup();
    let others: Vec<_> = others.iter().map(|other| format!("\"{other}\"")).collect();
    format!(
        "{}; `overrides = [{}]` of its `[[hook]]` would let it",
        sentences.join("; "),
        others.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrollment::Enrollment;
    use crate::evaluate::ledger::leaves;
    use serde_json::{Value, json};

    fn message(authors: &Authors, before: Value, after: Value) -> Option<String> {
        let enrollment = |value| serde_json::from_value::<Enrollment>(value).unwrap();
        let differences = leaves(&enrollment(before), &enrollment(after));
        let spec = HookSpec::new("site", "site.wasm");
        find(&spec, &differences, authors).map(|refusal| refusal.message)
    }

    #[test]
    fn all_that_is_undone_is_named_with_whose_it_was() {
        let mut authors = Authors::default();
        for (pointer, hook) in [
            ("/traits/CUSTOM_A", "firmware"),
            ("/traits/CUSTOM_B", "firmware"),
            ("/traits/CUSTOM_C", "network"),
            ("/node/name", "naming"),
            ("/node/extra/gone", "network"),
        ] {
            authors.claim(pointer, &Author::Hook(hook.into()));
        }
        authors.claim("/traits/CUSTOM_D", &Author::Request);
        let before = json!({
            "node": {"name": "a", "extra": {}},
            "traits": ["CUSTOM_A", "CUSTOM_B", "CUSTOM_C", "CUSTOM_D"],
        });
        let after = json!({"node": {"name": "b", "extra": {"gone": 1}}});
        assert_eq!(
            message(&authors, before.clone(), after).as_deref(),
            Some(
                "it sets `/node/extra/gone`, which hook `network` removed before it; \
                 it changes `/node/name`, which hook `naming` set before it; \
                 it removes `/traits/CUSTOM_A`, `/traits/CUSTOM_B`, which hook `firmware` set before it; \
                 it removes `/traits/CUSTOM_C`, which hook `network` set before it; \
                 `overrides = [\"firmware\", \"naming\", \"network\"]` of its `[[hook]]` would let it"
            )
        );
        assert_eq!(message(&authors, before.clone(), before), None);
    }
}
