//! What bulk registrations and their nodes look like in replies.

use serde_json::{Value, json};

use crate::enrollment::Object;
use crate::registration::{Bulk, BulkItem, BulkResult, RegisterOptions, Told};

use super::causes::appearance;
use super::time;

/// A bulk registration, with how many of its nodes are how far.
pub(super) fn record(bulk: &Bulk) -> Object {
    let Bulk { record, tally } = bulk;
    let json_of = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    Object::from_iter([
        ("uuid".into(), json!(record.id)),
        ("state".into(), json!(record.state.name())),
        ("total".into(), json!(tally.total())),
        ("waiting".into(), json!(tally.waiting)),
        ("running".into(), json!(tally.running)),
        ("done".into(), json!(tally.done)),
        ("failed".into(), json!(tally.failed)),
        ("selector".into(), json_of(&record.selector)),
        ("parameters".into(), json_of(&record.parameters)),
        ("options".into(), options(&record.options)),
        ("created_at".into(), json!(time::written(record.created_at))),
        ("updated_at".into(), json!(time::written(record.updated_at))),
    ])
}

/// How, as a query spells it.
fn options(text: &str) -> Value {
    let Ok(options) = serde_json::from_str::<RegisterOptions>(text) else {
        return Value::Null;
    };
    let mut spelled = Object::from_iter([
        ("on_conflict".into(), json!(options.on_conflict.name())),
        ("inspect".into(), json!(options.inspect)),
        ("wait".into(), json!(options.wait.as_secs())),
    ]);
    if let Some(target) = options.target {
        spelled.insert("target".into(), json!(target.name()));
    }
    Value::Object(spelled)
}

/// One node: the same fields whatever has become of it.
pub(super) fn item(item: &BulkItem) -> Object {
    let mut record = Object::from_iter([
        ("name".into(), json!(item.name)),
        ("uuid".into(), json!(item.node)),
        ("state".into(), json!(item.state.name())),
    ]);
    let (registered, failed) = match &item.result {
        Some(BulkResult::Registered {
            registration,
            ironic_uuid,
            unchanged,
            warnings,
        }) => (
            json!([registration, ironic_uuid, unchanged, warnings]),
            Value::Null,
        ),
        Some(BulkResult::Failed(told)) => (Value::Null, failure(told)),
        None => (Value::Null, Value::Null),
    };
    let keys = ["registration", "ironic_uuid", "unchanged", "warnings"];
    for (place, key) in keys.into_iter().enumerate() {
        record.insert(
            key.into(),
            registered.get(place).cloned().unwrap_or_default(),
        );
    }
    record.insert("failure".into(), failed);
    record
}

/// A failure, as far as it is no matter of one request: like the body that the
/// registration of this node alone would have been answered with.
pub(super) fn failure(told: &Told) -> Value {
    let appearance = appearance(told.cause);
    let mut record = json!({
        "code": appearance.code,
        "status": appearance.status,
        "title": appearance.title,
    });
    if let (Value::Object(record), Ok(Value::Object(told))) =
        (&mut record, serde_json::to_value(told))
    {
        record.extend(told.into_iter().filter(|(key, _)| key != "cause"));
    }
    record
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::failure::{Cause, Failure};
    use crate::store::ItemState;

    fn of(result: Option<BulkResult>, state: ItemState) -> Value {
        let node = result.as_ref().map(|_| Uuid::from_u128(1));
        Value::Object(item(&BulkItem {
            name: "node-1".into(),
            node,
            state,
            result,
            ended: None,
        }))
    }

    #[test]
    fn options_are_shown_as_a_query_spells_them() {
        let given = RegisterOptions {
            may_administer: true,
            target: Some(crate::node::Target::Available),
            wait: std::time::Duration::from_secs(90),
            ..RegisterOptions::default()
        };
        let text = serde_json::to_string(&given).unwrap();
        assert_eq!(
            options(&text),
            json!({"on_conflict": "fail", "inspect": false, "target": "available", "wait": 90})
        );
    }

    #[test]
    fn a_node_has_the_same_fields_whatever_has_become_of_it() {
        let registered = BulkResult::Registered {
            registration: Uuid::from_u128(2),
            ironic_uuid: Uuid::from_u128(3),
            unchanged: false,
            warnings: vec!["hm".into()],
        };
        let id = |n| json!(Uuid::from_u128(n));
        assert_eq!(
            of(Some(registered), ItemState::Done),
            json!({
                "name": "node-1", "uuid": id(1), "state": "done", "registration": id(2),
                "ironic_uuid": id(3), "unchanged": false, "warnings": ["hm"], "failure": null,
            })
        );
        let failure = Failure::new(Cause::Denied, "no rack is known")
            .by_hook("guardrails")
            .because("the inside of it");
        let failed = BulkResult::Failed(failure.into());
        assert_eq!(
            of(Some(failed), ItemState::Failed),
            json!({
                "name": "node-1", "uuid": id(1), "state": "failed", "registration": null,
                "ironic_uuid": null, "unchanged": null, "warnings": null,
                "failure": {
                    "code": "denied", "status": 403, "title": "Denied by a Hook",
                    "detail": "no rack is known", "hook": "guardrails",
                },
            })
        );
        let waiting = of(None, ItemState::Waiting);
        assert_eq!(
            (&waiting["uuid"], &waiting["failure"]),
            (&json!(null), &json!(null))
        );
    }
}
