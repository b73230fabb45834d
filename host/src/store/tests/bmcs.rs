//! Who has a BMC.

use super::*;

#[tokio::test]
async fn of_two_nodes_with_one_bmc_the_second_leaves_nothing_on_record() {
    let directory = TempDir::new().unwrap();
    let sqlite = open(&directory).await.unwrap();
    for store in [sqlite, on_postgres(&a_database().await).await] {
        let nodes: Vec<_> = (0..6)
            .map(|place| node(&format!("n{place}"), Uuid::new_v4(), "/redfish/v1/Nodes/1"))
            .collect();
        let mut turns = Vec::new();
        for node in &nodes {
            turns.push(at(&store, node.uuid).await);
        }
        let attempts: Vec<_> = nodes.iter().map(registration).collect();
        let bmc = "https://10.0.0.5";
        let begin = |new| store.begin_registration_with(new, None, Some(bmc));
        let begun = futures::future::join_all(attempts.iter().map(begin)).await;
        let won = begun.iter().position(Result::is_ok).unwrap();
        for (place, begun) in begun.iter().enumerate() {
            let left = store.latest_registration(nodes[place].uuid).await.unwrap();
            assert_eq!(left.is_some(), place == won, "{begun:?}");
            match begun {
                Ok(()) => assert_eq!(place, won, "two have {bmc}"),
                Err(StoreError::SystemTaken { node }) => {
                    assert_eq!(*node, Some(nodes[won].uuid));
                }
                Err(error) => panic!("{error}"),
            }
        }
        // One that has ended leaves its BMC to others.
        let (from, to) = (RegistrationState::Intended, RegistrationState::Undone);
        let ended = store.set_registration_state(&attempts[won], from, to, None);
        ended.await.unwrap();
        let heir = nodes.iter().find(|node| node.uuid != nodes[won].uuid);
        let heir = registration(heir.unwrap());
        store
            .begin_registration_with(&heir, None, Some(bmc))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_bmc_of_what_failed_is_free_for_others_only_when_it_is_out_of_ironic() {
    for store in each_empty().await {
        let (one, _turn) = at_one(&store).await;
        let mut failed = registration(&one);
        failed.state = RegistrationState::Applying;
        store.begin_registration(&failed).await.unwrap();
        assert_eq!(store.claim_bmc("a", one.uuid).await.unwrap(), None);
        let set = async |from, to| {
            let set = store.set_registration_state(&failed, from, to, None);
            set.await.unwrap();
        };
        set(RegistrationState::Applying, RegistrationState::Failed).await;
        let other = Uuid::new_v4();
        let _other = at(&store, other).await;
        let holder = store.claim_bmc("a", other).await.unwrap();
        assert_eq!(holder, Some(one.uuid));
        set(RegistrationState::Failed, RegistrationState::Removing).await;
        store.end_registration(&failed).await.unwrap();
        assert_eq!(store.claim_bmc("a", other).await.unwrap(), None);
    }
}
