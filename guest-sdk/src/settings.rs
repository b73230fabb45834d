//! What the site configured for this hook.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::imports::hooks;
use crate::{Error, Result};

/// A hook with settings that are checked when Valence starts, and described to
/// whoever writes them.
pub trait Configure {
    /// The `settings` table. Derive `Deserialize` and [`JsonSchema`]; the
    /// comments on its fields become the descriptions in the schema. With
    /// `#[serde(deny_unknown_fields)]` a mistyped key is an error.
    type Settings: DeserializeOwned + JsonSchema;

    /// Says what is wrong with settings that have the right shape.
    fn check(settings: &Self::Settings) -> Result<(), String> {
        let _ = settings;
        Ok(())
    }
}

/// The hook's settings, or a failure that says where they are wrong.
pub(crate) fn read<T: DeserializeOwned>() -> Result<T> {
    parse(&hooks::settings::get()).map_err(Error::Failed)
}

/// One value of the settings.
pub(crate) fn at<T: DeserializeOwned>(pointer: &str) -> Result<Option<T>> {
    let json = hooks::settings::at(pointer);
    json.map(|json| parse(&json))
        .transpose()
        .map_err(Error::Failed)
}

/// `json` as the hook's settings, or a part of them.
fn parse<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| {
        let text = error.to_string();
        // Lines and columns of a table that nobody wrote as JSON mislead.
        let text = text.split(" at line ").next().unwrap_or_default();
        format!("in the settings: {text}")
    })
}

/// What the contract's `check-settings` answers for `json`.
pub(crate) fn check<T: Configure>(json: &str) -> Result<(), String> {
    T::check(&parse(json)?)
}

/// The schema of the hook's settings, as JSON text.
pub(crate) fn schema<T: Configure>() -> String {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    Value::from(generator.into_root_schema_for::<T::Settings>()).to_string()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Named {
        /// What names begin with.
        prefix: String,
    }

    struct Hook;

    impl Configure for Hook {
        type Settings = Named;

        fn check(settings: &Named) -> Result<(), String> {
            (settings.prefix.len() < 8)
                .then_some(())
                .ok_or_else(|| "the prefix is too long".into())
        }
    }

    #[test]
    fn says_what_is_wrong_with_settings() {
        for (json, complaint) in [
            (r#"{"prefix": "dc1"}"#, None),
            (
                r#"{"prefix": "datacentre"}"#,
                Some("the prefix is too long"),
            ),
            (r#"{}"#, Some("in the settings: missing field `prefix`")),
            (
                r#"{"prefix": "a", "sufix": "b"}"#,
                Some("in the settings: unknown field `sufix`, expected `prefix`"),
            ),
        ] {
            assert_eq!(check::<Hook>(json).err().as_deref(), complaint, "{json}");
        }
    }

    #[test]
    fn describes_settings_with_the_comments_of_their_type() {
        let schema: Value = serde_json::from_str(&schema::<Hook>()).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(
            schema["properties"]["prefix"]["description"],
            "What names begin with."
        );
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["required"], serde_json::json!(["prefix"]));
    }
}
