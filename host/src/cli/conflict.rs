//! What a dry run says of a node that is in Ironic already.

use serde_json::Value;

use crate::enrollment::Object;

use super::arguments::Global;
use super::output::note;
use super::show;

/// Tells what would be written to it.
pub(super) fn note_it(global: &Global, report: &Object) {
    let Some(conflict) = report.get("conflict") else {
        return;
    };
    let text = |of: &Value, key: &str| of.get(key).map(show::text).unwrap_or_default();
    let uuid = text(conflict, "node_uuid");
    let what = match conflict.get("adopted_by").and_then(Value::as_str) {
        Some(evidence) => format!("would adopt node `{uuid}` of ironic, known by {evidence}"),
        None => format!("would update node `{uuid}` of ironic"),
    };
    note(global.quiet, &what);
    let changes = conflict.get("would_change").and_then(Value::as_array);
    for change in changes.into_iter().flatten() {
        let line = format!(
            "  {}: {} -> {}",
            text(change, "pointer"),
            text(change, "from"),
            text(change, "to")
        );
        note(global.quiet, &line);
    }
    if changes.is_none_or(Vec::is_empty) {
        note(global.quiet, "  nothing would change");
    }
    let warnings = conflict.get("warnings").and_then(Value::as_array);
    for warning in warnings.into_iter().flatten() {
        note(global.quiet, &format!("warning: {}", show::text(warning)));
    }
}
