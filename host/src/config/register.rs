//! `[register]`: what holds for every registration.

use super::section::Section;
use super::setting::choice;
use super::{ConfigError, Problem};
use crate::enrollment::{Enrollment, Object, lay_over};
use crate::rules::NewerFields;
use crate::text::names_secret;

/// `[register]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterSection {
    /// How far Ironic is asked to take a new node.
    pub target: Target,
    /// Fields of Ironic's node that lie over what the built-in mapping finds and
    /// under what a request says.
    pub defaults: Object,
    /// What becomes of fields that Ironic is too old for.
    pub newer_fields: NewerFields,
}

/// How far Ironic is asked to take a new node, by the names of its provision
/// states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// It is created, and that is all.
    #[default]
    Enroll,
    /// Ironic has reached its BMC.
    Manageable,
    /// It can be scheduled.
    Available,
}

impl Target {
    /// The name in configuration and API, which is Ironic's own.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enroll => "enroll",
            Self::Manageable => "manageable",
            Self::Available => "available",
        }
    }
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
    if target != Target::Enroll {
        let reason = format!(
            "valence creates nodes and leaves them in `enroll` for now: what takes one to `{}` is \
             `baremetal node manage` and `baremetal node provide`",
            target.name()
        );
        return Err(section.error("target", None, Problem::Impossible(reason)));
    }
    let newer_fields = section.or("newer_fields", NewerFields::default())?;
    let defaults: Option<(Object, _)> = section.placed("defaults")?;
    if let Some((defaults, origin)) = &defaults {
        let mut nothing = Enrollment::default();
        let problem = match lay_over(&mut nothing, defaults) {
            Err(reason) => Some(reason),
            Ok(()) if defaults.contains_key("uuid") => {
                Some("`uuid` cannot be the same for every node".into())
            }
            Ok(()) if holds_a_password(defaults) => Some(
                "a password does not belong here, where it would be stored and shown: name \
                 credentials of `[credentials.NAME]` in `[[pod_manager]]`"
                    .into(),
            ),
            Ok(()) => None,
        };
        if let Some(reason) = problem {
            return Err(section.error("defaults", Some(origin), Problem::Impossible(reason)));
        }
    }
    section.finish()?;
    Ok(RegisterSection {
        target,
        defaults: defaults.map(|(defaults, _)| defaults).unwrap_or_default(),
        newer_fields,
    })
}

fn holds_a_password(defaults: &Object) -> bool {
    let driver_info = defaults
        .get("driver_info")
        .and_then(|info| info.as_object());
    driver_info.is_some_and(|info| info.keys().any(|key| names_secret(key)))
}
