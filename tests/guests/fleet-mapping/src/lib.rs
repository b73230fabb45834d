//! The mapping of a real fleet, step by step, with the mistakes that it made
//! there: each wrote into its tables directly, so nobody said no. For tests.

use schemars::JsonSchema;
use serde::Deserialize;
use valence_hook::{Configure, Enrollment, Error, Map, Registration, Result, because};

/// Which part of the mapping this hook does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    step: Step,
    /// The traits that `tag` gives.
    #[serde(default)]
    traits: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// Gives the traits of the settings: what firmware updates and switches ask for.
    Tag,
    /// Gives the one trait of the chassis' model, and takes all others of the site away.
    ChassisModel,
    /// Gives the trait of the chassis' model as Redfish spells it.
    RawModel,
    /// Names the node after manufacturer and service tag, as Redfish spells them.
    RawName,
}

struct FleetMapping;

impl Map for FleetMapping {
    fn map(registration: &Registration, enrollment: &mut Enrollment) -> Result {
        let settings: Settings = registration.settings()?;
        let system = registration.system();
        let read = |pointer: &str| -> Result<String> {
            let text = system.text(pointer)?;
            text.ok_or_else(|| Error::Failed(format!("{} has no {pointer}", system.uri())))
        };
        match settings.step {
            Step::Tag => {
                for name in settings.traits {
                    because(format!("/traits/{name}"), "the settings say so");
                    enrollment.add_trait(name);
                }
            }
            Step::ChassisModel => {
                let made_by = read("/Manufacturer")?.replace(" Inc.", "");
                let model = format!("CUSTOM_{made_by}_{}", read("/Model")?);
                let model = model.to_uppercase().replace([' ', '-'], "_");
                enrollment
                    .traits
                    .retain(|name| !name.starts_with("CUSTOM_"));
                because(format!("/traits/{model}"), "the model of the chassis");
                enrollment.add_trait(model);
            }
            Step::RawModel => {
                let made_by = read("/Manufacturer")?;
                let model = format!("CUSTOM_{made_by}_{}", read("/Model")?);
                enrollment.add_trait(model.to_uppercase());
            }
            Step::RawName => {
                let name = format!("{}_{}", read("/Manufacturer")?, read("/SKU")?);
                enrollment.set_name(name);
            }
        }
        Ok(())
    }
}

impl Configure for FleetMapping {
    type Settings = Settings;

    fn check(_: &Settings) -> Result<(), String> {
        Ok(())
    }
}

valence_hook::export!(FleetMapping: Map, Configure);
