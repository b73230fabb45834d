//! What the tests of other rooms need of this one without a component at hand.

use serde_json::Value;

use super::bindings::valence::hooks::types::Enrollment as Raw;
use super::call::CallError;
use super::spec::Limits;
use super::{output, schema};
use crate::enrollment::Enrollment;

/// What a hook hands over, as texts.
#[derive(Clone, Debug)]
pub(crate) struct Returned {
    pub(crate) node: String,
    pub(crate) portgroups: Vec<String>,
    pub(crate) ports: Vec<String>,
    pub(crate) traits: Vec<String>,
    pub(crate) credentials: Option<String>,
    pub(crate) extension: Option<String>,
}

impl Returned {
    /// What is made of it, all of it being new.
    pub(crate) fn taken(self, limits: &Limits) -> Result<Enrollment, CallError> {
        self.taken_from(&Enrollment::default(), limits)
    }

    /// What is made of it by a hook that was given `given`.
    pub(crate) fn taken_from(
        self,
        given: &Enrollment,
        limits: &Limits,
    ) -> Result<Enrollment, CallError> {
        let raw = Raw {
            node: self.node,
            portgroups: self.portgroups,
            ports: self.ports,
            traits: self.traits,
            credentials: self.credentials,
            extension: self.extension,
        };
        let given = output::Given {
            raw: &output::to_guest(given),
            enrollment: given,
        };
        Ok(output::from_guest(raw, &given, limits)?)
    }

    /// What a hook is handed, which may hand it back.
    pub(crate) fn unchanged(enrollment: &Enrollment) -> Self {
        let raw = output::to_guest(enrollment);
        Self {
            node: raw.node,
            portgroups: raw.portgroups,
            ports: raw.ports,
            traits: raw.traits,
            credentials: raw.credentials,
            extension: raw.extension,
        }
    }
}

/// What a hook's schema has to say of settings.
pub(crate) fn settings_problems(schema: &Value, settings: &Value) -> Result<Vec<String>, String> {
    schema::problems(schema, settings)
}
