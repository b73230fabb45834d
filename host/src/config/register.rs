//! `[register]`: what holds for every registration.

use std::time::Duration;

use super::section::Section;
use super::setting::choice;
use super::{ConfigError, Problem};
use crate::enrollment::{Enrollment, Object, lay_over};
use crate::node::Target;
use crate::rules::{self, NewerFields};

/// Longer than any inspection takes, and most cleanings.
const TRANSITION_TIMEOUT: Duration = Duration::from_secs(2 * 60 * 60);

/// `[register]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterSection {
    /// How far Ironic is asked to take a new node.
    pub target: Target,
    /// How long one step of Ironic's on the way there may take.
    pub transition_timeout: Duration,
    /// Fields of Ironic's node that lie over what the built-in mapping finds and
    /// under what a request says.
    pub defaults: Object,
    /// What becomes of fields that Ironic is too old for.
    pub newer_fields: NewerFields,
}

choice!(Target, "`\"enroll\"`, `\"manageable\"` or `\"available\"`",
    "enroll" => Target::Enroll,
    "manageable" => Target::Manageable,
    "available" => Target::Available,
);

choice!(NewerFields, "`\"refuse\"` or `\"warn\"`",
    "refuse" => NewerFields::Refuse,
    "warn" => NewerFields::Warn,
);

pub(super) fn read(mut section: Section<'_>) -> Result<RegisterSection, ConfigError> {
    let target = section.or("target", Target::default())?;
    let newer_fields = section.or("newer_fields", NewerFields::default())?;
    let transition_timeout = section.or("transition_timeout", TRANSITION_TIMEOUT)?;
    let defaults: Option<(Object, _)> = section.placed("defaults")?;
    if let Some((defaults, origin)) = &defaults {
        let mut nothing = Enrollment::default();
        let problem = match lay_over(&mut nothing, defaults) {
            Err(reason) => Some(reason),
            Ok(()) if defaults.contains_key("uuid") => {
                Some("`uuid` cannot be the same for every node".into())
            }
            Ok(()) => rules::check_given(&nothing)
                .into_iter()
                .find(|violation| !violation.operator_may)
                .map(|violation| format!("`{}`: {}", violation.pointer, violation.message)),
        };
        if let Some(reason) = problem {
            return Err(section.error("defaults", Some(origin), Problem::Impossible(reason)));
        }
    }
    section.finish()?;
    Ok(RegisterSection {
        target,
        transition_timeout,
        defaults: defaults.map(|(defaults, _)| defaults).unwrap_or_default(),
        newer_fields,
    })
}
