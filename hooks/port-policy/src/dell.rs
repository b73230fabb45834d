//! What Dell's BMCs know of switches: it stands in a collection of their own, and
//! not with the ports.

use valence_hook::inventory::Nic;
use valence_hook::text::mac;
use valence_hook::{ReadError, Registration, Value};

/// One connection that a BMC tells of.
#[derive(Debug, PartialEq)]
struct Connection {
    nic: String,
    switch: String,
    port: String,
}

/// Adds the switches to those of `nics` that know none.
pub(crate) fn add_switches(registration: &Registration, nics: &mut [Nic]) -> Result<(), ReadError> {
    let manager = registration.manager()?;
    let manager = manager.and_then(|manager| registration.document(&manager.uri));
    let Some(manager) = manager else {
        return Ok(());
    };
    let Some(all) = manager.follow("/Links/Oem/Dell/DellSwitchConnectionCollection")? else {
        return Ok(());
    };
    let members = match all.members() {
        Err(error) if error.is_not_found() => return Ok(()),
        other => other?.unwrap_or_default(),
    };
    for member in members {
        let values = member.get_many([
            "/FQDD",
            "/SwitchConnectionID",
            "/SwitchPortConnectionID",
            "/StaleData",
        ])?;
        if let Some(connection) = connection(values) {
            connection.add(nics);
        }
    }
    Ok(())
}

/// None where the BMC has heard nothing, or nothing of late.
fn connection([nic, switch, port, stale]: [Option<Value>; 4]) -> Option<Connection> {
    let text = |value: Option<Value>| value?.as_str().map(str::to_owned);
    if text(stale).is_some_and(|stale| stale == "Stale") {
        return None;
    }
    Some(Connection {
        nic: text(nic)?,
        // `No Link`, `Not Available` and the like stand where there is none.
        switch: mac(&text(switch)?)?,
        port: text(port)?,
    })
}

impl Connection {
    fn add(self, nics: &mut [Nic]) {
        let own = nics.iter_mut().find(|nic| nic.id == self.nic);
        if let Some(nic) = own.filter(|nic| nic.switch_chassis_id.is_none()) {
            nic.switch_chassis_id = Some(self.switch);
            nic.switch_port_id = Some(self.port);
        }
    }
}

#[cfg(test)]
mod tests {
    use valence_hook::json;

    use super::*;

    #[test]
    fn what_was_not_heard_is_no_connection() {
        let of = |switch: &str, stale: Value| {
            connection([
                Some(json!("NIC.1-1-1")),
                Some(json!(switch)),
                Some(json!("ethernet1/1/3")),
                Some(stale),
            ])
        };
        let known = of("02:AA:00:00:00:01", json!("NotStale")).unwrap();
        assert_eq!(known.switch, "02:aa:00:00:00:01");
        assert_eq!(of("No Link", json!(null)), None);
        assert_eq!(of("02:AA:00:00:00:01", json!("Stale")), None);
        let nic = |id: &str, switch: Option<&str>| Nic {
            id: id.into(),
            switch_chassis_id: switch.map(str::to_owned),
            ..Nic::default()
        };
        let mut nics = [nic("NIC.2-1-1", None), nic("NIC.1-1-1", None)];
        known.add(&mut nics);
        assert_eq!(nics[0].switch_chassis_id, None);
        assert_eq!(nics[1].switch_port_id.as_deref(), Some("ethernet1/1/3"));
    }
}
