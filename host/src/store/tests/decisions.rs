//! Decisions that are kept.

use super::super::pool::arguments;
use super::*;

#[tokio::test]
async fn decisions_share_their_documents_and_go_when_they_are_old_or_too_many() {
    for store in each_empty().await {
        let node = Uuid::new_v4();
        let shared = "x".repeat(1000);
        let mut all = Vec::new();
        for n in 0..20_i64 {
            let new = decision(node, 1_000_000 + n);
            let own = format!("{n:0>100}");
            let of = [
                document("/redfish/v1", Some(&shared)),
                document("/redfish/v1/Systems/1", Some(&own)),
                document("/redfish/v1/Systems/1/Bios", None),
            ];
            store.insert_decision(&new, &of).await.unwrap();
            assert_eq!(store.decision(new.id).await.unwrap(), new);
            assert_eq!(store.decision_documents(new.id).await.unwrap(), of);
            all.push(new);
        }
        let listed = store.decisions().await.unwrap();
        let ids = |all: &[Decision]| all.iter().rev().map(|one| one.id).collect::<Vec<_>>();
        let shown: Vec<_> = listed.iter().map(|one| one.id).collect();
        assert_eq!(shown, ids(&all));
        assert!(listed.iter().all(|one| one.evaluation.is_empty()));

        let before = all[5].created_at;
        assert_eq!(store.prune_decisions(before, 1 << 20).await.unwrap(), 5);
        // The shared document, and of each record 114 bytes with its own document.
        let gone = store.prune_decisions(before, 1000 + 8 * 114).await.unwrap();
        assert!((7..10).contains(&gone), "{gone}");
        let left = store.decisions().await.unwrap();
        let shown: Vec<_> = left.iter().map(|one| one.id).collect();
        assert_eq!(shown, ids(&all)[..left.len()]);
        let newest = store.decision_documents(left[0].id).await.unwrap();
        assert_eq!(newest[0].body.as_ref().unwrap().1, shared);
        assert_eq!(
            store.prune_decisions(before, 0).await.unwrap(),
            left.len() as u64
        );
        assert!(store.decision(left[0].id).await.is_err());
    }
}

#[tokio::test]
async fn more_than_go_with_one_statement_go_all_the_same() {
    for store in each_empty().await {
        let node = Uuid::new_v4();
        for n in 0..500_i64 {
            let new = decision(node, 1_000_000 + n);
            let of = [document("/redfish/v1", Some(&format!("{n:0>100}")))];
            store.insert_decision(&new, &of).await.unwrap();
        }
        let all = store.decisions().await.unwrap();
        let before = all[49].created_at;
        assert_eq!(store.prune_decisions(before, 1 << 20).await.unwrap(), 450);
        let left = store.decisions().await.unwrap();
        assert_eq!(left, all[..50]);
        let rows = "SELECT digest FROM documents";
        let documents = store.pool.rows(rows, arguments![]).await.unwrap();
        assert_eq!(documents.len(), 50);
        assert_eq!(store.prune_decisions(before, 0).await.unwrap(), 50);
        let documents = store.pool.rows(rows, arguments![]).await.unwrap();
        assert!(documents.is_empty());
    }
}

#[tokio::test]
async fn of_each_node_the_newest_decision_is_chosen_that_is_no_dry_runs() {
    for store in each_empty().await {
        let [one, two] = [Uuid::new_v4(), Uuid::new_v4()];
        let mut insert = Vec::new();
        for (node, at, kind) in [
            (one, 1, DecisionKind::Register),
            (one, 2, DecisionKind::Drift),
            (one, 3, DecisionKind::DryRun),
            (two, 4, DecisionKind::DryRun),
            (two, 5, DecisionKind::DryRun),
        ] {
            let new = Decision {
                kind,
                node_name: node.to_string(),
                ..decision(node, at)
            };
            let read = document("/redfish/v1", Some("{}"));
            store.insert_decision(&new, &[read]).await.unwrap();
            insert.push(new.id);
        }
        let at = |at| jiff::Timestamp::from_microsecond(at).unwrap();
        let places = async |since, node: &str, every| -> Vec<usize> {
            let chosen = store.chosen_decisions(at(since), node, every).await;
            let place = |id| insert.iter().position(|known| *known == id).unwrap();
            chosen.unwrap().into_iter().map(place).collect()
        };
        assert_eq!(places(0, "", false).await, [1, 4]);
        assert_eq!(places(0, "", true).await, [0, 1, 2, 3, 4]);
        assert_eq!(places(3, "", false).await, [2, 4]);
        assert_eq!(places(0, &one.to_string(), false).await, [1]);
        assert_eq!(places(0, "nobody", false).await, Vec::<usize>::new());
        let reads = store.decision_reads(insert[0]).await.unwrap();
        let (digest, body) = reads[0].body.clone().unwrap();
        assert_eq!(body, "");
        let body = store.document(&digest).await.unwrap();
        assert_eq!(body.as_deref(), Some("{}"));
        assert_eq!(store.document("no-such").await.unwrap(), None);
    }
}
