//! Which credentials Ironic is given with an enrollment. They never become part
//! of it.

use serde_json::Value;

use crate::enrollment::{Enrollment, Object};
use crate::failure::{Cause, Failure};
use crate::node::PodManager;
use crate::nodes::Keyring;
use crate::secret::{Credentials, MASK, Secret};

const USERNAME: &str = "redfish_username";
const PASSWORD: &str = "redfish_password";

/// Takes `redfish_username` and `redfish_password` out of the body of a register
/// request. A masked password counts as none.
pub(super) fn take_credentials(
    parameters: &mut Object,
    may_administer: bool,
    known_username: Option<&str>,
) -> Result<Option<Credentials>, Failure> {
    let Some(Value::Object(driver_info)) = parameters.get_mut("driver_info") else {
        return Ok(None);
    };
    let username = text(driver_info.remove(USERNAME), USERNAME)?;
    let password = text(driver_info.remove(PASSWORD), PASSWORD)?;
    let masked = password.as_deref() == Some(MASK);
    let password = password.filter(|password| password != MASK);
    let known = username.is_none() || username.as_deref() == known_username;
    if password.is_none() && (username.is_none() || (masked && known)) {
        return Ok(None);
    }
    if !may_administer {
        return Err(Failure::new(
            Cause::Forbidden,
            format!(
                "`{USERNAME}` and `{PASSWORD}` may only be set by those who administer valence"
            ),
        )
        .at("/node/driver_info"));
    }
    let username = username.or_else(|| known_username.map(str::to_owned));
    match (username, password) {
        (Some(username), Some(password)) => Ok(Some(Credentials {
            username,
            password: Secret::new(password),
        })),
        (_, None) => Err(incomplete(USERNAME, PASSWORD)),
        (None, _) => Err(incomplete(PASSWORD, USERNAME)),
    }
}

fn text(value: Option<Value>, key: &str) -> Result<Option<String>, Failure> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(
            Failure::new(Cause::BadRequest, format!("`{key}` is to be text"))
                .at(format!("/node/driver_info/{key}")),
        ),
    }
}

fn incomplete(given: &str, missing: &str) -> Failure {
    Failure::new(
        Cause::BadRequest,
        format!("`{given}` is given without `{missing}`: give both or neither"),
    )
    .at(format!("/node/driver_info/{missing}"))
}

/// The credentials that go with `enrollment`: those of the request, else those
/// that it names, else those of the pod manager. None where it names no address
/// at which they would be used.
pub(super) async fn credentials_for(
    enrollment: &Enrollment,
    pod_manager: &PodManager,
    of_request: Option<Credentials>,
    keyring: &Keyring,
) -> Result<Option<Credentials>, Failure> {
    if of_request.is_some() {
        return Ok(of_request);
    }
    let pointer = "/node/driver_info/redfish_address";
    let address = enrollment
        .node
        .get("driver_info")
        .and_then(|info| info.get("redfish_address"));
    let Some(address) = address else {
        return Ok(None);
    };
    if address.as_str() != Some(pod_manager.address()) {
        return Err(Failure::new(
            Cause::InvalidEnrollment,
            format!(
                "`redfish_address` is {address}, not pod manager `{}`'s own `{}`: stored credentials are sent to no other \
                 address; give `driver_info.{USERNAME}` and `driver_info.{PASSWORD}` in the request",
                pod_manager.name,
                pod_manager.address()
            ),
        )
        .at(pointer));
    }
    match &enrollment.credentials {
        Some(name) => keyring.named(name).await.map(Some),
        None => keyring.of(pod_manager).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn take(body: Value, may_administer: bool) -> (Result<Option<(String, String)>, Cause>, Value) {
        let mut body = body.as_object().cloned().unwrap_or_default();
        let taken = take_credentials(&mut body, may_administer, Some("root"))
            .map(|taken| taken.map(|c| (c.username.clone(), c.password.expose().to_owned())))
            .map_err(|failure| failure.cause);
        (taken, Value::Object(body))
    }

    #[test]
    fn credentials_leave_the_body() {
        let (taken, body) = take(
            json!({"driver_info": {"redfish_username": "u", "redfish_password": "p", "x": 1}}),
            true,
        );
        assert_eq!(taken, Ok(Some(("u".into(), "p".into()))));
        assert_eq!(body, json!({"driver_info": {"x": 1}}));
    }

    #[test]
    fn the_mask_written_back_is_no_password() {
        for given in [
            json!({"redfish_password": "******"}),
            json!({"redfish_username": "root", "redfish_password": "******"}),
        ] {
            let (taken, body) = take(json!({ "driver_info": given }), true);
            assert_eq!(taken, Ok(None));
            assert_eq!(body, json!({"driver_info": {}}));
        }
        let other = json!({"redfish_username": "other", "redfish_password": "******"});
        let (taken, _) = take(json!({ "driver_info": other }), true);
        assert_eq!(taken, Err(Cause::BadRequest));
    }

    #[test]
    fn a_password_alone_goes_with_the_known_account_and_a_username_alone_with_nothing() {
        let (taken, _) = take(json!({"driver_info": {"redfish_password": "p"}}), true);
        assert_eq!(taken, Ok(Some(("root".into(), "p".into()))));
        let (taken, _) = take(json!({"driver_info": {"redfish_username": "u"}}), true);
        assert_eq!(taken, Err(Cause::BadRequest));
    }

    #[test]
    fn only_administrators_set_credentials() {
        let (taken, _) = take(json!({"driver_info": {"redfish_password": "p"}}), false);
        assert_eq!(taken, Err(Cause::Forbidden));
    }
}
