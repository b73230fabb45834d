//! `/v1/pod_managers`.

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::node::{CredentialsSource, PodManager, PodManagerDriver, ServiceAuth, VerifyCa};
use crate::nodes::{Login, LoginPatch, NewPodManager, PodManagerPatch, PodManagers};
use crate::openstack::RequestId;
use crate::secret::Credentials;
use crate::text::{nearest, tame};

use super::authentication::Given;
use super::body::JsonObject;
use super::confirmation::confirmation;
use super::fields::{Fields, at, wrong};
use super::id::Id;
use super::list::{Asked, BY_UUID, Shape};
use super::problem::Refusal;
use super::query::Query;
use super::shapes::common::{Confirmation, NotDone, Page, Refused};
use super::shapes::pod_managers as shape;
use super::{ApiState, authentication, time};

const FIELDS: &[&str] = &[
    "uuid",
    "name",
    "url",
    "driver",
    "authentication",
    "auth",
    "verify_ca",
    "status",
    "configured",
    "created_at",
    "updated_at",
];

const LIST: Shape = Shape {
    path: "/v1/pod_managers",
    fields: FIELDS,
    brief: FIELDS,
    filters: &["uuid", "name", "url", "driver", "status", "configured"],
    key: BY_UUID,
};

/// `GET /v1/pod_managers`.
#[utoipa::path(
    get,
    path = "/v1/pod_managers",
    tag = "pod managers",
    params(Page, shape::PodManagerFilters),
    responses((status = OK, description = "The pod managers.", body = shape::PodManagerList), Refused)
)]
pub(super) async fn list(State(state): State<ApiState>, asked: Asked) -> Result<Response, Refusal> {
    let listing = asked.of(&LIST)?;
    let all = state.pod_managers.list().await?;
    listing.page(all.iter().map(|one| record(&state.pod_managers, one)))
}

/// `GET /v1/pod_managers/{ID}`.
#[utoipa::path(
    get,
    path = "/v1/pod_managers/{id}",
    tag = "pod managers",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "The pod manager.", body = shape::PodManager), Refused)
)]
pub(super) async fn show(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let pod_manager = state.pod_managers.get(&id).await?;
    Ok(Json(record(&state.pod_managers, &pod_manager)))
}

/// `POST /v1/pod_managers`.
#[utoipa::path(
    post,
    path = "/v1/pod_managers",
    tag = "pod managers",
    request_body = shape::NewPodManager,
    responses((status = OK, description = "The pod manager.", body = shape::PodManager), NotDone)
)]
pub(super) async fn create(
    State(state): State<ApiState>,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let pod_manager = state.pod_managers.create(new(body)?).await?;
    Ok(Json(record(&state.pod_managers, &pod_manager)))
}

/// `PATCH /v1/pod_managers/{ID}`.
#[utoipa::path(
    patch,
    path = "/v1/pod_managers/{id}",
    tag = "pod managers",
    params(("id" = String, Path, description = "A uuid or a name.")),
    request_body = Option<shape::PodManagerPatch>,
    responses((status = OK, description = "The pod manager.", body = shape::PodManager), NotDone)
)]
pub(super) async fn update(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    JsonObject(body): JsonObject,
) -> Result<Json<Object>, Refusal> {
    query.only(&[])?;
    let current = state.pod_managers.get(&id).await?;
    let patch = patch(body, &record(&state.pod_managers, &current))?;
    let pod_manager = state
        .pod_managers
        .update(&current.uuid.to_string(), patch)
        .await?;
    Ok(Json(record(&state.pod_managers, &pod_manager)))
}

/// `DELETE /v1/pod_managers/{ID}`.
#[utoipa::path(
    delete,
    path = "/v1/pod_managers/{id}",
    tag = "pod managers",
    params(("id" = String, Path, description = "A uuid or a name.")),
    responses((status = OK, description = "It is forgotten.", body = Confirmation), NotDone)
)]
pub(super) async fn delete(
    State(state): State<ApiState>,
    Extension(request): Extension<RequestId>,
    Id(id): Id,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    query.only(&[])?;
    state.pod_managers.delete(&id).await?;
    Ok(confirmation(
        &request,
        "This pod manager has been deleted successfully.",
    ))
}

/// A pod manager as it is shown.
fn record(pod_managers: &PodManagers, pod_manager: &PodManager) -> Object {
    let username = pod_managers.username(pod_manager);
    let mut record = Object::new();
    record.insert("uuid".into(), json!(pod_manager.uuid));
    record.insert("name".into(), json!(pod_manager.name));
    record.insert("url".into(), json!(pod_manager.url));
    record.insert("driver".into(), json!(pod_manager.driver));
    // One of the configuration's is shown as it would be given: with its account.
    let authentication = match &pod_manager.credentials {
        CredentialsSource::Named(name) if !pod_manager.configured => {
            authentication::reference(name)
        }
        _ => authentication::shown(username.as_deref()),
    };
    record.insert("authentication".into(), authentication);
    record.insert("auth".into(), json!(pod_manager.auth));
    record.insert("verify_ca".into(), json!(pod_manager.verify_ca));
    // Valence's drivers for Redfish never knew one either.
    record.insert("status".into(), Value::Null);
    record.insert("configured".into(), json!(pod_manager.configured));
    record.insert(
        "created_at".into(),
        json!(time::written(pod_manager.created_at)),
    );
    record.insert(
        "updated_at".into(),
        json!(time::written(pod_manager.updated_at)),
    );
    record
}

fn new(body: Object) -> Result<NewPodManager, Refusal> {
    let known = [
        "name",
        "url",
        "driver",
        "authentication",
        "auth",
        "verify_ca",
    ];
    let mut fields = Fields::of_body(body, &known)?;
    let credentials = match fields.take("authentication") {
        None => None,
        Some(value) => authentication::read(value, "/authentication")?
            .map(|given| {
                let given = match given {
                    Given::Reference(name) => return Ok(Login::Named(name)),
                    Given::Basic(given) => given,
                };
                let password = given.password.ok_or_else(|| {
                    at(
                        "/authentication/0/auth_items/password".into(),
                        "the mask is no password: a new pod manager needs the password itself"
                            .into(),
                    )
                })?;
                Ok::<_, Refusal>(Login::Own(Credentials {
                    username: given.username,
                    password,
                }))
            })
            .transpose()?,
    };
    Ok(NewPodManager {
        name: fields.text("name")?,
        url: fields.text("url")?,
        // Valence's default.
        driver: driver(&mut fields)?.unwrap_or(PodManagerDriver::RedfishV1),
        credentials,
        auth: auth(&mut fields)?.unwrap_or_default(),
        verify_ca: verify_ca(&mut fields)?.unwrap_or_default(),
    })
}

/// What of `body` changes anything. The whole of what was shown may be sent
/// back: what can't be changed has to be what it is.
fn patch(body: Object, current: &Object) -> Result<PodManagerPatch, Refusal> {
    let mut fields = Fields::of_body(body, FIELDS)?;
    for key in [
        "uuid",
        "url",
        "status",
        "configured",
        "created_at",
        "updated_at",
    ] {
        if let Some(value) = fields.take(key)
            && current.get(key) != Some(&value)
        {
            return Err(at(
                fields.pointer(key),
                format!("`{key}` of a pod manager cannot be changed; create another one"),
            ));
        }
    }
    let login = match fields.take("authentication") {
        None => None,
        Some(value) if current.get("authentication") == Some(&value) => None,
        Some(value) => Some(match authentication::read(value, "/authentication")? {
            None => LoginPatch::Absent,
            Some(Given::Basic(given)) => LoginPatch::Own {
                username: given.username,
                password: given.password,
            },
            Some(Given::Reference(_)) => {
                return Err(at(
                    "/authentication/0".into(),
                    "credentials are named when a pod manager is made: create another one".into(),
                ));
            }
        }),
    };
    Ok(PodManagerPatch {
        name: unless_same(fields.optional_text("name")?, current.get("name")),
        driver: driver(&mut fields)?,
        login,
        auth: auth(&mut fields)?,
        verify_ca: verify_ca(&mut fields)?,
    })
}

fn unless_same(text: Option<String>, current: Option<&Value>) -> Option<String> {
    text.filter(|text| current.and_then(Value::as_str) != Some(text))
}

fn driver(fields: &mut Fields) -> Result<Option<PodManagerDriver>, Refusal> {
    let known = PodManagerDriver::ALL;
    choice(fields, "driver", &known, PodManagerDriver::name)
}

fn auth(fields: &mut Fields) -> Result<Option<ServiceAuth>, Refusal> {
    choice(fields, "auth", &ServiceAuth::ALL, ServiceAuth::name)
}

/// The one of `known` that the text `key` names.
fn choice<T: Copy>(
    fields: &mut Fields,
    key: &str,
    known: &[T],
    name_of: fn(T) -> &'static str,
) -> Result<Option<T>, Refusal> {
    let Some(name) = fields.optional_text(key)? else {
        return Ok(None);
    };
    if let Some(known) = known.iter().find(|known| name_of(**known) == name) {
        return Ok(Some(*known));
    }
    let names: Vec<_> = known.iter().map(|known| name_of(*known)).collect();
    let advice = match nearest(&name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", super::fields::list(&names)),
    };
    Err(at(
        fields.pointer(key),
        format!("there is no {key} `{}`: {advice}", tame(&name, 100)),
    ))
}

fn verify_ca(fields: &mut Fields) -> Result<Option<VerifyCa>, Refusal> {
    match fields.take("verify_ca") {
        None => Ok(None),
        Some(Value::Bool(check)) => Ok(Some(VerifyCa::Check(check))),
        Some(Value::String(file)) if !file.is_empty() => Ok(Some(VerifyCa::File(file))),
        Some(other) => Err(wrong(
            &fields.pointer("verify_ca"),
            "true, false or the path of a PEM file",
            &other,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    fn shown() -> Object {
        object(json!({
            "uuid": "0f0c2b3e-6c1c-4b9c-8d6f-0b7b0a3f1c11", "name": "rack-a",
            "url": "https://10.0.0.5", "driver": "redfish",
            "authentication": authentication::shown(Some("admin")), "auth": "auto",
            "verify_ca": true, "status": null, "configured": false,
            "created_at": "2026-01-02 03:04:05 UTC", "updated_at": "2026-01-02 03:04:05 UTC",
        }))
    }

    #[test]
    fn what_was_read_can_be_written_back_and_changes_nothing() {
        let patch = patch(shown(), &shown()).unwrap();
        assert!(patch.name.is_none());
        assert!(patch.login.is_none());
    }

    #[test]
    fn a_new_password_is_a_change_and_a_new_url_is_refused() {
        let auth = json!([{"type": "basic", "auth_items": {"username": "admin", "password": "x"}}]);
        let changed = patch(object(json!({"authentication": auth})), &shown()).unwrap();
        let Some(LoginPatch::Own { password, .. }) = changed.login else {
            panic!("no account");
        };
        assert_eq!(password.unwrap().expose(), "x");
        let none = patch(object(json!({"authentication": []})), &shown()).unwrap();
        assert!(matches!(none.login, Some(LoginPatch::Absent)));
        assert!(patch(object(json!({"url": "https://10.0.0.6"})), &shown()).is_err());
    }

    #[test]
    fn valences_own_body_is_taken_with_its_default_driver() {
        let new = new(object(json!({
            "name": "podm", "url": "https://10.0.0.5/redfish/v1",
            "authentication": [
                {"type": "basic", "auth_items": {"username": "admin", "password": "hunter2"}}
            ],
        })))
        .unwrap();
        assert_eq!(new.driver, PodManagerDriver::RedfishV1);
        assert_eq!(new.verify_ca, VerifyCa::Check(true));
        let Some(Login::Own(own)) = new.credentials else {
            panic!("no account of its own");
        };
        assert_eq!(own.password.expose(), "hunter2");
    }
}
