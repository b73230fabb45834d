//! What is asked of a service, how often, and what need not be.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn features() -> Value {
    json!({"ProtocolFeaturesSupported": {"ExpandQuery": {"NoLinks": true, "Levels": true}}})
}

fn drive(n: usize) -> Value {
    json!({
        "@odata.id": format!("/redfish/v1/Drives/{n}"), "@odata.type": "#Drive.v1_9_0.Drive",
        "Id": n.to_string(), "Name": "Drive", "CapacityBytes": 4096, "Status": {"State": "Enabled"},
    })
}

/// A service with a collection of five drives, of which `expanded` makes the
/// members that come with it.
async fn with_drives(expanded: fn(Value) -> Value) -> Bmc {
    Bmc::answering(move |line, _| {
        let members = |member: fn(Value) -> Value| {
            let members: Vec<_> = (1..=5).map(|n| member(drive(n))).collect();
            json_of(json!({"Members": members, "Members@odata.count": 5}))
        };
        match line.strip_prefix("GET /redfish/v1/").unwrap() {
            "" => json_of(features()),
            "Drives" => members(|drive| json!({"@odata.id": drive["@odata.id"]})),
            "Drives?$expand=.($levels=1)" => members(expanded),
            path => json_of(drive(path.rsplit('/').next().unwrap().parse().unwrap())),
        }
    })
    .await
}

/// All that a registration would read of it, and how many requests that took.
async fn read_drives(bmc: &Bmc, service: &Arc<Service>) -> (Vec<Value>, String, usize) {
    let before = bmc.lines().len();
    let snapshot = Snapshot::new(Arc::clone(service) as _, ReadLimits::default());
    snapshot.read(&ResourcePath::root()).await.unwrap();
    let drives = "/redfish/v1/Drives".parse().unwrap();
    snapshot.expand(&drives).await;
    let mut read = Vec::new();
    for member in snapshot.members(&drives).await.unwrap().unwrap() {
        read.push(snapshot.read(&member).await.unwrap().body().clone());
    }
    let recorded = serde_json::to_string(&snapshot.recorded()).unwrap();
    (read, recorded, bmc.lines().len() - before)
}

#[tokio::test]
async fn a_collection_is_read_with_its_members_and_is_the_same() {
    let bmc = with_drives(|drive| drive).await;
    let plain = Arc::new(
        Service::new(ServiceSettings {
            expand: false,
            ..bmc.settings()
        })
        .unwrap(),
    );
    let service = Arc::new(bmc.service());
    let (plainly, recorded, requests) = read_drives(&bmc, &plain).await;
    assert_eq!(requests, 7);
    // The first time two members are read to see that they are right.
    for expected in [4, 2] {
        let (read, record, requests) = read_drives(&bmc, &service).await;
        assert_eq!((&read, &record, requests), (&plainly, &recorded, expected));
    }
}

#[tokio::test]
async fn a_service_that_drops_something_is_not_asked_so_again() {
    let droppers: [fn(Value) -> Value; 4] = [
        |mut drive| {
            drive.as_object_mut().unwrap().remove("CapacityBytes");
            drive
        },
        |mut drive| {
            drive["Status"] = json!({});
            drive
        },
        // Not expanded at all.
        |drive| json!({"@odata.id": drive["@odata.id"]}),
        |mut drive| {
            drive["@odata.id"] = json!("https://evil.example/redfish/v1/Drives/1");
            drive
        },
    ];
    for expanded in droppers {
        let bmc = with_drives(expanded).await;
        let service = Arc::new(bmc.service());
        let (read, _, first) = read_drives(&bmc, &service).await;
        let all: Vec<_> = (1..=5).map(drive).collect();
        assert_eq!(read, all);
        let (read, _, second) = read_drives(&bmc, &service).await;
        assert_eq!((read, second), (all, 7));
        assert!(first <= 10, "{first}");
    }
}

#[tokio::test]
async fn an_error_of_the_expanded_read_is_none_of_the_node() {
    let bmc = Bmc::answering(|line, _| match line {
        "GET /redfish/v1/" => json_of(features()),
        "GET /redfish/v1/Drives" => json_of(json!({"Members": []})),
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    })
    .await;
    let service = Arc::new(bmc.service());
    assert_eq!(read_drives(&bmc, &service).await.2, 3);
    assert_eq!(read_drives(&bmc, &service).await.2, 2);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let changed = Arc::new(AtomicUsize::new(1));
    let version = Arc::clone(&changed);
    let bmc = Bmc::answering(move |line, headers| {
        let version = version.load(Ordering::Relaxed);
        let weak = if line.ends_with("Weak") { "W/" } else { "" };
        let etag = format!("{weak}\"{version}\"");
        if headers
            .get("if-none-match")
            .is_some_and(|known| *known == *etag)
        {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        ([("etag", etag)], Json(json!({"Version": version}))).into_response()
    })
    .await;
    let service = Service::new(ServiceSettings {
        cache: Cache::new(1 << 20),
        ..bmc.settings()
    })
    .unwrap();
    let weak: ResourcePath = "/redfish/v1/Weak".parse().unwrap();
    for version in [1, 1, 2, 2] {
        changed.store(version, Ordering::Relaxed);
        for path in [&system(), &weak] {
            assert_eq!(service.fetch(path).await.unwrap()["Version"], version);
        }
    }
    let asked: Vec<_> = bmc
        .seen()
        .iter()
        .map(|seen| {
            (
                seen.line.ends_with("Weak"),
                seen.header("if-none-match").to_owned(),
            )
        })
        .filter(|(_, etag)| !etag.is_empty())
        .collect();
    let strong = |etag: &str| (false, etag.to_owned());
    assert_eq!(asked, [strong("\"1\""), strong("\"1\""), strong("\"2\"")]);

    let never_read = Bmc::answering(|_, _| StatusCode::NOT_MODIFIED.into_response()).await;
    let error = never_read.service().fetch(&system()).await.unwrap_err();
    assert!(matches!(error, ReadError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn what_may_pass_is_waited_for_and_what_takes_too_long_is_not() {
    for (failures, retry_after, tries, read) in [
        (2, "0", 3, true),
        (usize::MAX, "0", 4, false),
        (usize::MAX, "3600", 1, false),
    ] {
        let count = Arc::new(AtomicUsize::new(0));
        let bmc = Bmc::answering(move |_, _| {
            if count.fetch_add(1, Ordering::Relaxed) < failures {
                let headers = [("retry-after", retry_after)];
                return (StatusCode::SERVICE_UNAVAILABLE, headers).into_response();
            }
            json_of(json!({"Id": "1"}))
        })
        .await;
        assert_eq!(bmc.service().fetch(&system()).await.is_ok(), read);
        assert_eq!(bmc.lines().len(), tries, "{retry_after}");
    }
}

#[tokio::test]
async fn the_spelling_that_is_answered_is_remembered() {
    let bmc = Bmc::answering(|line, _| match line {
        "GET /redfish/v1" => json_of(json!({})),
        line if line.ends_with("/1/") => json_of(json!({})),
        "GET /redfish/v1/" => StatusCode::NOT_FOUND.into_response(),
        _ => (StatusCode::MOVED_PERMANENTLY, [("location", "x")]).into_response(),
    })
    .await;
    let service = bmc.service();
    for expected in [4, 2] {
        let before = bmc.lines().len();
        service.fetch(&ResourcePath::root()).await.unwrap();
        service.fetch(&system()).await.unwrap();
        assert_eq!(bmc.lines().len() - before, expected);
    }
}

#[tokio::test]
async fn what_has_not_changed_may_be_spelt_the_other_way() {
    let bmc = Bmc::answering(|line, headers| {
        let wanted = match line {
            "GET /redfish/v1/Systems" | "GET /redfish/v1/Systems/1/" => {
                return (StatusCode::MOVED_PERMANENTLY, [("location", "x")]).into_response();
            }
            _ => [("etag", "\"1\"")],
        };
        match headers.get("if-none-match") {
            Some(_) => StatusCode::NOT_MODIFIED.into_response(),
            None => (wanted, Json(json!({}))).into_response(),
        }
    })
    .await;
    let service = bmc.service();
    let collection: ResourcePath = "/redfish/v1/Systems".parse().unwrap();
    for _ in 0..3 {
        service.fetch(&collection).await.unwrap();
        service.fetch(&system()).await.unwrap();
    }
}
