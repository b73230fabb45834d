//! How many requests a registration takes, and that its documents are the same
//! whichever way they are read.

use std::path::Path;
use std::sync::Arc;

use valence::inventory::Inventory;
use valence::redfish::{ReadLimits, Service, ServiceCache, ServiceSettings, Snapshot, systems};
use valence_tests::emulator::{Emulator, Expand};
use valence_tests::{corpus, mockups};

/// The documents of the first system's standard set, and how many requests they took.
async fn read(emulator: &Emulator, service: &Arc<Service>) -> (String, usize) {
    emulator.forget_seen();
    let snapshot = Arc::new(Snapshot::new(
        Arc::clone(service) as _,
        ReadLimits::default(),
    ));
    let system = systems(&snapshot).await.unwrap().remove(0);
    Inventory::new(Arc::clone(&snapshot), system)
        .read_standard_set()
        .await;
    let recorded = serde_json::to_string(&snapshot.recorded()).unwrap();
    (recorded, emulator.seen().len())
}

fn service(emulator: &Emulator, expand: bool) -> Arc<Service> {
    let settings = ServiceSettings {
        expand,
        cache: ServiceCache::new(8 << 20),
        ..ServiceSettings::new(emulator.url().parse().unwrap())
    };
    Arc::new(Service::new(settings).unwrap())
}

fn machines() -> Vec<std::path::PathBuf> {
    let in_directory = |directory: &Path| {
        std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .filter(|path| !path.ends_with("expected.json"))
            .collect::<Vec<_>>()
    };
    let mut machines = in_directory(&mockups());
    machines.extend(corpus().iter().flat_map(|corpus| in_directory(corpus)));
    machines.sort();
    machines
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_come_with_their_collections_change_nothing_but_the_number_of_requests() {
    println!(
        "requests of a registration: one document at a time; with $expand, the first time and then; where $expand drops something"
    );
    for machine in machines() {
        let name = machine.file_name().unwrap().to_string_lossy().into_owned();
        let whole = Emulator::of_recording(&machine)
            .expand(Expand::Whole)
            .etags()
            .start()
            .await;
        let (plain, requests) = read(&whole, &service(&whole, false)).await;
        let once = service(&whole, true);
        let mut counts = vec![requests];
        for _ in 0..2 {
            let (recorded, requests) = read(&whole, &once).await;
            assert_eq!(recorded, plain, "{name}");
            counts.push(requests);
        }
        for kind in [Expand::Lossy, Expand::Ignored, Expand::Failing] {
            let emulator = Emulator::of_recording(&machine)
                .expand(kind)
                .etags()
                .start()
                .await;
            let service = service(&emulator, true);
            for _ in 0..2 {
                let (recorded, requests) = read(&emulator, &service).await;
                assert_eq!(recorded, plain, "{name}: {kind:?}");
                counts.push(requests);
            }
        }
        let [one_by_one, first, then, dropping, given_up, ..] = counts[..] else {
            panic!("nothing was counted");
        };
        println!("{name}: {one_by_one}; {first}, {then}; {dropping}, {given_up}");
        assert!(
            then <= one_by_one && given_up == one_by_one,
            "{name}: {counts:?}"
        );
    }
}
