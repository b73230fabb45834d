//! Faults on demand.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use valence_tests::emulator::{Fault, Kind};

use super::{SYSTEMS, get, http, machines};

#[tokio::test]
async fn each_fault_is_what_it_is_called_and_only_as_often_as_it_is_told() {
    let emulator = machines(1).start().await;
    let whole = get(&emulator, SYSTEMS).await;
    let url = format!("{}{SYSTEMS}", emulator.url());
    let asked = || http().get(&url).send();
    let once = |kind: Kind| emulator.fault(Fault::at("/redfish/v1/Sys*", kind).times(1));

    for (kind, status) in [
        (Kind::Status(500), 500),
        (Kind::Busy(7), 503),
        (Kind::Redirect("http://evil.example/".into()), 307),
    ] {
        once(kind.clone());
        let http = reqwest::Client::builder().no_proxy();
        let http = http.redirect(reqwest::redirect::Policy::none());
        let answer = http.build().unwrap().get(&url).send().await.unwrap();
        assert_eq!(answer.status(), status, "{kind:?}");
    }
    once(Kind::Reset);
    assert!(asked().await.is_err(), "there is no answer");
    for kind in [
        Kind::Truncated,
        Kind::HangHalfway,
        Kind::Endless,
        Kind::Hang,
    ] {
        once(kind.clone());
        let read = async { asked().await?.text().await };
        let read = timeout(Duration::from_millis(500), read).await;
        assert!(!matches!(read, Ok(Ok(_))), "{kind:?}: {read:?}");
    }
    for kind in [
        Kind::Padded(2),
        Kind::Bomb(3),
        Kind::Trickle(Duration::from_micros(1)),
        Kind::Changed(json!({})),
    ] {
        once(kind);
        assert_eq!(get(&emulator, SYSTEMS).await, whole);
    }
    once(Kind::Text("<html>".into()));
    assert_eq!(asked().await.unwrap().text().await.unwrap(), "<html>");
    assert_eq!(get(&emulator, SYSTEMS).await, whole, "all are used up");
}

#[tokio::test]
async fn a_fault_may_come_after_the_effect_and_is_read_from_text() {
    let text = "POST /redfish/v1/Systems/*/Actions/** status=502 times=1 after";
    let emulator = machines(1).fault(text.parse().unwrap()).start().await;
    let reset = format!("{SYSTEMS}/1/Actions/ComputerSystem.Reset");
    let (status, _) = super::post(&emulator, &reset, json!({"ResetType": "On"})).await;
    assert_eq!(status, 502);
    let system = emulator.document(&format!("{SYSTEMS}/1")).unwrap();
    assert_eq!(system["PowerState"], "On");
    for wrong in [
        "",
        "GET",
        "/x",
        "/x nonsense",
        "/x status=7",
        "/x hang often",
    ] {
        assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
    }
}
