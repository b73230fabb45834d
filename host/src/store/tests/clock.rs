//! Whose clock counts.

use std::time::Duration;

use super::*;
use crate::node::{Goal, Target};

/// A database whose clock is an hour ahead of this process's.
async fn ahead() -> Store {
    let url = a_database().await;
    let name = url.rsplit('/').next().unwrap();
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    for sql in [
        "CREATE SCHEMA fast".to_owned(),
        "CREATE FUNCTION fast.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS \
         $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$"
            .to_owned(),
        format!("ALTER DATABASE {name} SET search_path = public, fast, pg_catalog"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
    on_postgres(&url).await
}

#[tokio::test]
async fn what_other_servers_reckon_with_is_dated_by_the_database() {
    let store = ahead().await;
    let near = async |at: jiff::Timestamp| {
        let age = store.clock().await.unwrap().duration_since(at);
        Duration::try_from(age).is_ok_and(|age| age < Duration::from_secs(600))
    };
    assert!(!near(now()).await, "it is ahead");
    let rack = pod_manager("a", "https://a.example");
    store.insert_pod_manager(&rack).await.unwrap();
    let machine = node("one", rack.uuid, "/redfish/v1/Nodes/1");
    let _turn = at(&store, machine.uuid).await;
    store
        .insert_composition(&composition(&machine))
        .await
        .unwrap();
    store.set_sent(machine.uuid).await.unwrap();
    let sent = store.composition(machine.uuid).await.unwrap().unwrap();
    assert!(near(sent.sent_at.unwrap()).await);

    let new = registration(&machine);
    let goal = Goal {
        target: Target::Available,
        inspect: false,
    };
    let transition = Transition::new(new.id, goal);
    let begun = store.begin_registration_with(&new, Some(&transition), None);
    begun.await.unwrap();
    let transition = store.transition(transition.id).await.unwrap();
    assert!(near(transition.created_at).await);
    let written = store.record_step(machine.uuid, new.id, "provide", Moment::Before, "{}");
    written.await.unwrap();
    let step = store.steps(new.id).await.unwrap().pop().unwrap();
    assert!(near(step.at).await);
    assert!(step.at >= transition.created_at);
}
