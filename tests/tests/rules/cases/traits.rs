//! Of traits.

use super::*;

pub(super) fn of_traits() -> Vec<Rule> {
    let many = |count| {
        (0..count)
            .map(|n| format!("CUSTOM_{n}"))
            .collect::<Vec<_>>()
    };
    vec![
        rule(
            "traits are standard or custom",
            [
                refused("/traits/gpu", traits(json!(["gpu"]))),
                refused("/traits/CUSTOM_a", traits(json!(["CUSTOM_a"]))),
                refused("/traits/CUSTOM_", traits(json!(["CUSTOM_"]))),
                taken(traits(json!(["CUSTOM_A_1", "HW_CPU_X86_AVX2"]))),
            ],
        ),
        rule(
            "lengths of traits",
            [
                refused(
                    &format!("/traits/CUSTOM_{}", "A".repeat(249)),
                    traits(json!([format!("CUSTOM_{}", "A".repeat(249))])),
                ),
                taken(traits(json!([format!("CUSTOM_{}", "A".repeat(248))]))),
            ],
        ),
        rule(
            "fifty traits at most",
            [
                refused("/traits", traits(json!(many(51)))),
                taken(traits(json!(many(50)))),
            ],
        ),
    ]
}
