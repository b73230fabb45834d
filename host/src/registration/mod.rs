//! The use cases, in the order of the spine: read, evaluate, apply.

mod adopt;
mod adopted;
mod again;
mod asked;
mod asked_last;
mod attempt;
mod bulk;
mod bundle;
mod circumstances;
mod compose;
mod converging;
mod credentials;
mod decisions;
mod deregister;
mod drift;
mod dry_run;
mod ended;
mod held_back;
mod journal;
mod moved;
mod moving;
mod offline;
mod on_conflict;
mod record;
mod recorded;
mod recording;
mod register;
mod registered;
mod replay;
mod replicas;
mod resume;
#[cfg(test)]
mod tests;
mod transition;
mod turns;
mod unanswered;
mod unfinished;
mod update;
mod what_if;

pub use crate::store::{
    BulkState, Decision, DecisionKind, Document, ItemState, Moment, RegistrationState, Step,
    Transition, TransitionState, Update, UpdateState,
};
pub use bulk::{
    Bulk, BulkEvent, BulkItem, BulkLimits, BulkRequest, BulkResult, Bulks, Follower, Selection,
    Told,
};
pub use bundle::{Bundle, BundleError, BundledDecision, Chosen, Unparsed};
pub use circumstances::Circumstances;
pub use compose::{OnFailure, Registering};
pub use decisions::{Decided, Retention};
pub use deregister::Deregistered;
pub use drift::{Drift, Drifted};
pub use dry_run::{Conflict, DryRun};
pub use offline::{
    OfflineOptions, OfflineRun, OfflineSubject, Prepared, evaluate_offline, explain_offline,
    observe_offline, prepare_offline, unloaded,
};
pub use on_conflict::OnConflict;
pub use recorded::Recorded;
pub use recording::{LiveNode, Observation, observe_live};
pub use register::{RegisterOptions, Registrar, RegistrarParts};
pub use registered::{IronicNode, Registered, Written};
pub use replay::{Deviation, Refusal, Replay, Replayed, Verdict, Warning, WarningChanges};
pub use replicas::{Identity, Peer};
pub use what_if::{EvaluationOf, WhatIf};
