//! Nodes that a server was taking somewhere in Ironic when it died.

use futures::future::join_all;
use serde_json::{Value, json};
use valence_tests::{Shared, Valence};

use crate::register::ironic;
use crate::transition::bed::Machine;

#[tokio::test(flavor = "multi_thread")]
async fn another_server_takes_the_nodes_of_a_dead_one_where_they_are_to_be() {
    let cases = [
        ("transition/begun:1", "manageable"),
        ("provide/journalled:1", "available"),
    ];
    let taken = cases.map(|(point, target)| {
        // A database of its own, and nobody else yet who could be the quicker one.
        let shared = Shared::new();
        let serving = move || shared.serving(Valence::with_ironic(&ironic().endpoint()));
        let dying = serving().variable("VALENCE_CRASH_AT", point).start();
        async move {
            let machine = Machine::new("taken").await;
            machine.managed_by(&dying).await;
            let path = machine.path(&format!("target={target}&wait=60"));
            let cut = dying.try_to_send("POST", &path, Some(json!({}))).await;
            assert!(cut.is_err(), "{point}: {cut:?}");
            let other = &serving().start();
            let there = machine
                .until(other, "there", |transition| transition["state"] == "done")
                .await;
            assert_eq!(there["provision_state"], target, "{point}");
            let shown = machine.in_ironic().await;
            assert_eq!(shown["provision_state"], target, "{point}");
            // Each verb was sent once, or its outcome found out.
            let recorded = machine.recorded(other).await;
            let begun = |verb: &str| {
                let steps = recorded["steps"].as_array().expect("the journal").iter();
                let of = |step: &&Value| {
                    let name = step["step"].as_str().unwrap_or_default();
                    name.starts_with(verb) && step["moment"] == "before"
                };
                steps.filter(of).count()
            };
            assert_eq!(begun("manage "), 1, "{point}: {recorded:#}");
        }
    });
    join_all(taken).await;
}
