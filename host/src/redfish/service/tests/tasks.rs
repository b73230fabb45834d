//! Writes that are only accepted.

use super::*;
use crate::redfish::{Write, WriteError};

fn accepted(retry_after: &'static str, monitor: bool) -> Response {
    let headers = [("retry-after", retry_after)];
    match monitor {
        true => {
            let at = [("location", "/redfish/v1/TaskService/TaskMonitors/1")];
            (StatusCode::ACCEPTED, headers, at, Json(json!({}))).into_response()
        }
        false => (StatusCode::ACCEPTED, headers, Json(json!({}))).into_response(),
    }
}

#[tokio::test]
async fn what_is_accepted_is_waited_for_only_where_its_end_is_wanted() {
    let bmc = Bmc::answering(|_, _| accepted("0", false)).await;
    let (service, path, body) = (bmc.service(), system(), json!({}));
    let reset = service.write(Write::post(&path, &body)).await;
    assert_eq!(reset.unwrap().location, None);
    let composed = service.write(Write::post(&path, &body).to_its_end()).await;
    let error = composed.unwrap_err();
    assert!(matches!(error, WriteError::Unknown { .. }), "{error:?}");
}

#[tokio::test]
async fn what_has_come_of_it_is_what_its_monitor_answers() {
    let bmc = Bmc::answering(|line, _| match line {
        line if line.starts_with("POST") => accepted("0", true),
        _ => (StatusCode::CREATED, [("location", "/redfish/v1/Systems/2")]).into_response(),
    })
    .await;
    let (service, path, body) = (bmc.service(), system(), json!({}));
    let made = service.write(Write::post(&path, &body).to_its_end()).await;
    let location = made.unwrap().location.unwrap();
    assert_eq!(location.as_str(), "/redfish/v1/Systems/2");
}
