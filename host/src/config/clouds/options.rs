//! All that is said about one cloud: its table, and variables over it.

use super::value::{Table, Value, lay_over};
use crate::config::environment::Environment;
use crate::secret::Secret;
use crate::text::tame;

/// The variables that lie over a cloud. They are the options of `openstack` that
/// matter here, which takes each from the variable of its name.
const VARIABLES: [&str; 41] = [
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "auth_plugin",
    "auth_token",
    "auth_type",
    "auth_url",
    "baremetal_api_version",
    "baremetal_endpoint_override",
    "baremetal_interface",
    "baremetal_region_name",
    "baremetal_service_name",
    "baremetal_service_type",
    "cacert",
    "cert",
    "default_domain",
    "domain_id",
    "domain_name",
    "endpoint",
    "endpoint_type",
    "identity_api_version",
    "insecure",
    "interface",
    "key",
    "password",
    "project_domain_id",
    "project_domain_name",
    "project_id",
    "project_name",
    "system_scope",
    "tenant_id",
    "tenant_name",
    "token",
    "trust_id",
    "user_domain_id",
    "user_domain_name",
    "user_id",
    "user_name",
    "username",
    "passcode",
    "verify",
];

/// Those that are enough to reach an Ironic by, without a file.
const ALONE: [&str; 3] = [
    "OS_AUTH_URL",
    "OS_ENDPOINT",
    "OS_BAREMETAL_ENDPOINT_OVERRIDE",
];

/// All that is said about one cloud.
pub(super) struct Options {
    table: Table,
    auth: Table,
}

/// Whether the variables alone lead to an Ironic.
pub(in crate::config) fn variables_suffice(environment: &Environment) -> bool {
    ALONE.iter().any(|name| environment.get(name).is_some())
}

impl Options {
    /// `cloud`, with what its region says and then the variables over it.
    pub(super) fn new(mut cloud: Table, environment: &Environment) -> Result<Self, String> {
        settle_region(&mut cloud, environment.get("OS_REGION_NAME"))?;
        for name in VARIABLES {
            if let Some(text) = environment.get(&format!("OS_{}", name.to_uppercase())) {
                cloud.insert(name.to_owned(), Value::Text(Secret::new(text)));
            }
        }
        let auth = cloud
            .remove("auth")
            .map(Value::into_table)
            .unwrap_or_default();
        Ok(Self { table: cloud, auth })
    }

    /// An option that is none of `auth`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        Some(self.table.get(key)?.text()?.expose())
    }

    /// The same, with several texts.
    pub(super) fn texts(&self, keys: &[&str]) -> Vec<String> {
        let first = keys.iter().find_map(|key| self.table.get(*key));
        first.map(Value::texts).unwrap_or_default()
    }

    /// Whether a truth is said to be `true`.
    pub(super) fn is_set(&self, key: &str) -> Option<bool> {
        let text = self.text(key)?;
        Some(matches!(text.to_lowercase().as_str(), "true" | "1" | "yes"))
    }

    /// An option of `auth`, under its present name or the older ones before it.
    /// Beside `auth` it counts more than in it: that is where variables are.
    pub(super) fn secret(&self, names: &[&str]) -> Option<&Secret> {
        let of = |table: &'_ Table, name: &str| table.get(name).and_then(Value::text).is_some();
        let mut found = None;
        for name in names {
            for table in [&self.auth, &self.table] {
                if of(table, name) {
                    found = table.get(*name).and_then(Value::text);
                }
            }
        }
        found
    }

    /// The same, where it is no secret.
    pub(super) fn auth(&self, names: &[&str]) -> Option<String> {
        self.secret(names).map(|text| text.expose().to_owned())
    }
}

/// Makes `region_name` one, and lays over what is said for that one.
fn settle_region(cloud: &mut Table, wanted: Option<&str>) -> Result<(), String> {
    let several = match cloud.remove("regions") {
        Some(Value::List(regions)) => regions,
        _ => match cloud.get("region_name").map(Value::texts) {
            Some(names) => names
                .into_iter()
                .map(|name| Value::Text(Secret::new(name)))
                .collect(),
            None => Vec::new(),
        },
    };
    let mut known = Vec::new();
    for region in several {
        let (name, values) = match region {
            Value::Table(mut region) => {
                let name = region.get("name").and_then(Value::text).cloned();
                let values = region.remove("values").map(Value::into_table);
                (name, values.unwrap_or_default())
            }
            other => (other.text().cloned(), Table::new()),
        };
        if let Some(name) = name {
            known.push((name.expose().to_owned(), values));
        }
    }
    let name = match (wanted, known.is_empty()) {
        (Some(wanted), true) => wanted.to_owned(),
        (None, true) => return Ok(()),
        (wanted, false) => {
            let at = match wanted {
                Some(wanted) => known.iter().position(|(name, _)| name == wanted),
                None => Some(0),
            };
            let Some(at) = at else {
                let all: Vec<_> = known.iter().map(|(name, _)| tame(name, 80)).collect();
                let wanted = tame(wanted.unwrap_or_default(), 80);
                return Err(format!(
                    "it has no region `{wanted}`, which OS_REGION_NAME names; there are `{}`",
                    all.join("`, `")
                ));
            };
            let (name, values) = known.swap_remove(at);
            lay_over(cloud, values);
            name
        }
    };
    cloud.insert("region_name".into(), Value::Text(Secret::new(name)));
    Ok(())
}
