//! From the traits to the contract's exports.

use std::sync::Once;

use crate::contract::imports::hooks::registration::Registration as Raw;
use crate::contract::imports::hooks::types::Enrollment as RawEnrollment;
use crate::contract::{configure, map, review};
use crate::{
    Configure, Effect, Enrollment, Error, Findings, Map, Registration, Review, log, settings,
};

/// Exports a type as the hook of this component, with the phases that it takes
/// part in: one or more of [`Map`], [`Review`] and [`Configure`].
///
/// ```
/// # use valence_hook::{Enrollment, Map, Registration, Result};
/// struct Quiet;
///
/// impl Map for Quiet {
///     fn map(_: &Registration, _: &mut Enrollment) -> Result {
///         Ok(())
///     }
/// }
///
/// valence_hook::export!(Quiet: Map);
/// ```
#[macro_export]
macro_rules! export {
    ($hook:ident: $($phase:ident),+ $(,)?) => {
        $($crate::export!(@ $phase $hook);)+
    };
    (@ Map $hook:ident) => {
        const _: fn() = $crate::export::is_map::<$hook>;
        #[cfg(target_family = "wasm")]
        $crate::contract::map::export_map!($hook with_types_in $crate::contract::map);
    };
    (@ Review $hook:ident) => {
        const _: fn() = $crate::export::is_review::<$hook>;
        #[cfg(target_family = "wasm")]
        $crate::contract::review::export_review!($hook with_types_in $crate::contract::review);
    };
    (@ Configure $hook:ident) => {
        const _: fn() = $crate::export::is_configure::<$hook>;
        impl $crate::export::Package for $hook {
            const NAME: &str = env!("CARGO_PKG_NAME");
            const VERSION: &str = env!("CARGO_PKG_VERSION");
            const SUMMARY: &str = env!("CARGO_PKG_DESCRIPTION");
        }
        #[cfg(target_family = "wasm")]
        $crate::contract::configure::export_configure!($hook with_types_in $crate::contract::configure);
    };
    (@ $other:ident $hook:ident) => {
        compile_error!(concat!("`", stringify!($other), "` is none of Map, Review, Configure"));
    };
}

/// Holds, natively too, that an exported type is what it says.
pub fn is_map<T: Map>() {}
/// Likewise.
pub fn is_review<T: Review>() {}
/// Likewise.
pub fn is_configure<T: Configure>() {}

/// What the package of a hook says of itself.
pub trait Package {
    /// Its name.
    const NAME: &str;
    /// Its version.
    const VERSION: &str;
    /// What it does, in a sentence.
    const SUMMARY: &str;
}

impl<T: Map> map::Guest for T {
    fn map_node(
        registration: &Raw,
        enrollment: RawEnrollment,
    ) -> Result<RawEnrollment, map::Error> {
        log_panics();
        let mut enrollment = Enrollment::receive(enrollment);
        let mapped = T::map(&Registration::new(registration), &mut enrollment);
        mapped
            .map(|()| enrollment.give())
            .map_err(|error| match error {
                Error::Denied(text) => map::Error::Denied(text),
                Error::Failed(text) => map::Error::Failed(text),
                Error::Deferred(after) => map::Error::Deferred(after),
            })
    }
}

impl<T: Review> review::Guest for T {
    fn review_node(
        registration: &Raw,
        enrollment: RawEnrollment,
    ) -> Result<Vec<review::Finding>, review::Error> {
        log_panics();
        let mut findings = Findings::default();
        let enrollment = Enrollment::receive(enrollment);
        let done = T::review(&Registration::new(registration), &enrollment, &mut findings);
        concluded(done, findings)
    }
}

/// A denial is a finding; any other error means that there are none.
fn concluded(
    done: crate::Result,
    mut findings: Findings,
) -> Result<Vec<review::Finding>, review::Error> {
    match done {
        Ok(()) => {}
        Err(Error::Denied(text)) => findings.add(Effect::Deny, None, text),
        Err(Error::Failed(text)) => return Err(review::Error::Failed(text)),
        Err(Error::Deferred(after)) => return Err(review::Error::Deferred(after)),
    }
    let raw = findings
        .into_vec()
        .into_iter()
        .map(|finding| review::Finding {
            effect: match finding.effect {
                Effect::Warn => review::Effect::Warn,
                Effect::Deny => review::Effect::Deny,
            },
            message: finding.message,
            pointer: finding.pointer,
        });
    Ok(raw.collect())
}

impl<T: Configure> configure::Guest for T {
    fn check_settings(settings: String) -> Result<(), String> {
        log_panics();
        settings::check::<T>(&settings)
    }
}

impl<T: Configure + Package> configure::About for T {
    fn describe() -> configure::Description {
        configure::Description {
            name: T::NAME.to_owned(),
            version: T::VERSION.to_owned(),
            summary: T::SUMMARY.to_owned(),
            settings_schema: Some(settings::schema::<T>()),
        }
    }
}

/// A panic ends the call in a trap, which has no words: leave them in the log.
fn log_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| log::error(panic.to_string())));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_review_keeps_its_other_findings() {
        let mut findings = Findings::default();
        findings.warn("/node/name", "a short name");
        let told = concluded(Err(Error::Denied("no chassis".into())), findings).unwrap();
        let effects: Vec<_> = told.iter().map(|finding| finding.effect).collect();
        assert_eq!(effects, [review::Effect::Warn, review::Effect::Deny]);
        assert_eq!(told[1].message, "no chassis");
    }

    #[test]
    fn a_review_that_could_not_tell_has_no_findings() {
        let told = |error| concluded(Err(error), Findings::default()).unwrap_err();
        let failed = told(Error::Failed("odd".into()));
        assert!(matches!(failed, review::Error::Failed(text) if text == "odd"));
        let deferred = told(Error::Deferred(Some(3)));
        assert!(matches!(deferred, review::Error::Deferred(Some(3))));
    }
}
