//! Where hooks are placed, and how many run at once.

use super::*;

fn place(engine: &Engine, limits: Limits) -> Arc<Place> {
    let places = Allocation::ALL.into_iter().filter_map(|allocation| {
        let place = engine.place(allocation, &limits, &Facts::default());
        place.unwrap()
    });
    places.into_iter().next().unwrap()
}

#[test]
fn what_may_have_more_than_a_pool_holds_is_placed_elsewhere() {
    let engine = Engine::new(EngineKind::Server { concurrency: 2 }).unwrap();
    let usual = Limits::default();
    for (limits, allocation) in [
        (usual, Allocation::Small),
        (
            Limits {
                table_elements: usual.table_elements + 1,
                ..usual
            },
            Allocation::OnDemand,
        ),
        (
            Limits {
                memory: POOLED_MEMORY + 1,
                ..usual
            },
            Allocation::OnDemand,
        ),
    ] {
        assert_eq!(place(&engine, limits).allocation, allocation);
    }
}

#[test]
fn calls_on_demand_share_one_bound_on_a_server() {
    let permits = |engine: &Engine, stack: usize| {
        let limits = Limits {
            stack,
            ..Limits::default()
        };
        place(engine, limits).permits.clone()
    };
    let server = Engine::new(EngineKind::Server { concurrency: 64 }).unwrap();
    let [a, b] = [128 << 10, 256 << 10].map(|stack| permits(&server, stack).unwrap());
    assert!(Arc::ptr_eq(&a, &b));
    assert_eq!(a.available_permits(), LARGE_CALLS as usize);
    let offline = Engine::new(EngineKind::Offline).unwrap();
    assert!(permits(&offline, 128 << 10).is_none());
}
