//! Gives each node a trait of the rack that it stands in.

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::text::custom_trait;
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, because};

/// What traits are called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// What traits begin with, after `CUSTOM_`.
    #[serde(default = "default_prefix")]
    prefix: String,
}

fn default_prefix() -> String {
    "rack".into()
}

struct Hook;

impl Map for Hook {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let location = registration.location()?;
        let Some(rack) = location.rack else {
            let node = registration.node_name();
            return Err(Error::Denied(format!("`{node}` has no rack in Redfish")));
        };
        let name = rack_trait(&settings.prefix, &rack);
        because(format!("/traits/{name}"), format!("it stands in rack {rack}"));
        enrollment.add_trait(name);
        Ok(())
    }
}

impl Configure for Hook {
    type Settings = Settings;

    fn check(settings: &Settings) -> Result<(), String> {
        if settings.prefix.is_empty() {
            return Err("`prefix` is empty".into());
        }
        Ok(())
    }
}

valence_hook::export!(Hook: Map, Configure);

/// The trait of `rack`.
fn rack_trait(prefix: &str, rack: &str) -> String {
    custom_trait(&format!("{prefix} {rack}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_have_no_letters_that_ironic_refuses() {
        assert_eq!(rack_trait("rack", "b 12/3"), "CUSTOM_RACK_B_12_3");
    }
}
