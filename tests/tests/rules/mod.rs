//! Ironic's rules as Valence knows them, held against real Ironics: what is refused
//! here is refused there, and what is let pass is taken.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod ask;
mod cases;
mod grid;
mod old;

use std::fs;
use std::sync::OnceLock;

use serde_json::Value;
use valence::enrollment::Enrollment;
use valence::rules::{self, IronicProfile, Microversion, NewerFields};
use valence_testbed::Ironic;
use valence_tests::root;

use ask::Asked;
use cases::{Case, Says, rules};

/// One old Ironic for all tests.
fn old() -> &'static Ironic {
    static IRONIC: OnceLock<Ironic> = OnceLock::new();
    IRONIC.get_or_init(|| Ironic::builder().old().start().expect("ironic 21.4"))
}

const NEWEST: Microversion = Microversion::NEWEST_TESTED;
const OLD: Microversion = Microversion(82);

fn profile(api: Microversion) -> IronicProfile {
    IronicProfile {
        api,
        newer_fields: NewerFields::Refuse,
    }
}

fn enrollment(value: &Value) -> Enrollment {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// What Valence says of it: the pointers of what it refuses.
fn ours(value: &Value, api: Microversion) -> Vec<String> {
    let found = rules::check(&enrollment(value), profile(api));
    found.into_iter().map(|one| one.pointer).collect()
}

async fn asked(ironic: fn() -> &'static Ironic, api: Microversion) -> Asked {
    let ironic = tokio::task::spawn_blocking(ironic).await.expect("ironic");
    Asked::start(&ironic.endpoint(), api).await
}

/// Every rule by its name: our verdict, and Ironic's.
async fn walk(asked: &Asked) {
    let mut wrong = Vec::new();
    for rule in rules() {
        for Case {
            enrollment,
            at,
            says,
        } in rule.cases
        {
            let said = ours(&enrollment, asked.api);
            if said != at.into_iter().collect::<Vec<_>>() {
                wrong.push(format!(
                    "{}: valence says {said:?} of {enrollment}",
                    rule.name
                ));
            }
            let answer = asked.about(&enrollment).await;
            let as_told = match says {
                Says::Refuses => answer.is_err(),
                Says::Takes => answer.is_ok(),
            };
            if !as_told {
                wrong.push(format!(
                    "{}: ironic says {answer:?} of {enrollment}",
                    rule.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_is_the_newest_ironics_too() {
    walk(&asked(crate::register::ironic, NEWEST).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_is_an_old_ironics_too() {
    walk(&asked(old, OLD).await).await;
}

/// Each field in the version that brought it, and in the one before.
#[tokio::test(flavor = "multi_thread")]
async fn fields_are_as_new_as_the_newest_ironic_says() {
    let asked = asked(crate::register::ironic, NEWEST).await;
    let mut wrong = Vec::new();
    for (value, since) in cases::newer_fields() {
        let needed = rules::minimum_version(&enrollment(&value));
        if needed != since {
            wrong.push(format!("valence wants {needed} for {value}"));
        }
        let before = Microversion(since.0 - 1);
        if ours(&value, before).is_empty() || !ours(&value, since).is_empty() {
            wrong.push(format!("valence does not hold {since} against {value}"));
        }
        // It does not ask for the version of a port group's fields; an Ironic of
        // before refuses them all the same.
        let asks = value["portgroups"].is_null();
        for (api, known) in [(before, !asks), (since, true)] {
            let answer = asked.in_version(api).about(&value).await;
            if answer.is_ok() != known {
                wrong.push(format!("in {api} ironic says {answer:?} of {value}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_any_field_holds_is_judged_as_the_newest_ironic_judges_it() {
    grid::compare(&asked(crate::register::ironic, NEWEST).await, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_any_field_holds_is_judged_as_an_old_ironic_judges_it() {
    grid::compare(&asked(old, OLD).await, 6).await;
}

#[test]
fn the_docs_have_every_rule() {
    let page = fs::read_to_string(root().join("docs/ironic-rules.md")).expect("the page");
    let listed: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let known: Vec<_> = rules().iter().map(|rule| rule.name).collect();
    assert_eq!(listed, known);
}
