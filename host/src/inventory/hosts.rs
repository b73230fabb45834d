//! Which systems of a service are hosts, where somebody asks for all of them.

use super::quirks::{NO_HOST_NAMES, NO_HOST_TYPES, look_up};
use super::read::text;
use crate::redfish::Document;
use crate::text::tame;

/// Why `system` is left out where all hosts of a service are meant; none for a
/// host. Whoever names it gets it all the same.
pub(crate) fn no_host(system: &Document) -> Option<String> {
    let body = system.body();
    if let Some(kind) = text(body, "/SystemType")
        && let Some(what) = look_up(NO_HOST_TYPES, &kind)
    {
        return Some(format!("its type is `{}`: {what}", tame(&kind, 40)));
    }
    let id = super::nics::id(system);
    let names = [Some(id), text(body, "/Model")];
    for name in names.into_iter().flatten() {
        let folded = name.to_lowercase();
        let known = NO_HOST_NAMES
            .iter()
            .find(|(begins, _)| folded.starts_with(begins));
        if let Some((_, what)) = known {
            return Some(format!("`{}` is no host: {what}", tame(&name, 60)));
        }
    }
    let state = text(body, "/Status/State");
    (state.as_deref() == Some("Absent")).then(|| "its place is empty: its state is `Absent`".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn baseboards_dpus_and_empty_places_are_no_hosts() {
        for (id, body, expected) in [
            ("System_0", json!({"SystemType": "Physical"}), None),
            (
                "System.Embedded.1",
                json!({"Status": {"State": "Disabled"}}),
                None,
            ),
            (
                "Blade 3",
                json!({"Status": {"State": "StandbyOffline"}}),
                None,
            ),
            (
                "HGX_Baseboard_0",
                json!({"SystemType": "Physical"}),
                Some("`HGX_Baseboard_0` is no host"),
            ),
            ("Bluefield", json!({}), Some("`Bluefield` is no host")),
            (
                "2",
                json!({"Model": "BlueField-3 DPU"}),
                Some("`BlueField-3 DPU` is no host"),
            ),
            ("DPU.Slot.2-1", json!({}), Some("`DPU.Slot.2-1` is no host")),
            ("2", json!({"SystemType": "DPU"}), Some("its type is `DPU`")),
            ("os", json!({"SystemType": "OS"}), Some("its type is `OS`")),
            (
                "Blade 4",
                json!({"Status": {"State": "Absent"}}),
                Some("its place is empty"),
            ),
        ] {
            let mut body = body;
            body["Id"] = id.into();
            let path = format!("/redfish/v1/Systems/{id}").parse().unwrap();
            let why = no_host(&Document::new(path, body));
            assert_eq!(why.is_some(), expected.is_some(), "{id}: {why:?}");
            let begins = expected.unwrap_or_default();
            assert!(why.unwrap_or_default().starts_with(begins), "{id}");
        }
    }
}
