//! What is in the way.

use super::*;

#[tokio::test]
async fn a_mac_of_another_node_is_a_conflict_and_leaves_nothing() {
    let (client, own) = (client().await, Own::new());
    apply(&client, &small_plan(&own)).await.expect("created");
    let second = plan(json!({
        "node": {"driver": "fake-hardware"},
        "ports": [{"address": own.mac(9)}, {"address": own.mac(2)}],
    }));
    let error = apply(&client, &second).await.expect_err("a conflict");
    assert!(error.undone());
    let failure = error.into_failure();
    assert_eq!(failure.cause, Cause::Conflict);
    assert!(failure.detail.contains(&own.name()), "{}", failure.detail);
    assert!(failure.detail.contains(&own.mac(2)), "{}", failure.detail);
    assert_eq!(failure.field, Some(format!("/ports/{}", own.mac(2))));
    assert_nothing_left(&client, &second).await;
}

/// Ten nodes that want one MAC at the same moment: no preflight sees it coming.
#[tokio::test]
async fn of_many_that_want_one_mac_one_gets_it_and_the_others_leave_nothing() {
    let (client, own) = (client().await, Own::new());
    let plans: Vec<_> = (0..6)
        .map(|_| {
            plan(json!({
                "node": {"driver": "fake-hardware"},
                "ports": [{"address": own.mac(1)}],
            }))
        })
        .collect();
    let results = futures::future::join_all(plans.iter().map(|plan| apply(&client, plan))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (plan, result) in plans.iter().zip(results) {
        if let Err(error) = result {
            assert!(error.undone(), "{error}");
            assert_eq!(error.into_failure().cause, Cause::Conflict);
            assert_nothing_left(&client, plan).await;
        }
    }
}

#[tokio::test]
async fn a_name_is_taken_in_another_case_too() {
    let (client, own) = (client().await, Own::new());
    apply(&client, &small_plan(&own)).await.expect("created");
    let second =
        plan(json!({"node": {"driver": "fake-hardware", "name": own.name().to_uppercase()}}));
    let error = apply(&client, &second).await.expect_err("a conflict");
    let failure = error.into_failure();
    assert_eq!(
        (failure.cause, failure.field.as_deref()),
        (Cause::Conflict, Some("/node/name"))
    );
    assert!(failure.detail.contains(&own.name()), "{}", failure.detail);
    assert_nothing_left(&client, &second).await;
}
