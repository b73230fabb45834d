//! Registering a node that is registered already.

use crate::enrollment::{Difference, differences};
use crate::failure::{Cause, Failure};
use crate::ironic::{self, Client, IronicError, Plan, Whole};
use crate::node::Node;
use crate::store::{Registration, RegistrationState};
use crate::text::tame;

use super::asked::Asked;
use super::on_conflict::OnConflict;
use super::registered::{IronicNode, Registered, registered};
use super::{RegisterOptions, Registrar, record};

/// How many differences a refusal spells out.
const SPELT_OUT: usize = 5;

impl Registrar {
    /// Registers again what `last` registered: an update, or only a look whether
    /// it is so still.
    pub(super) async fn again(
        &self,
        ironic: &Client,
        mut asked: Asked,
        last: Registration,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        if last.state != RegistrationState::Complete {
            return Err(unsettled(&asked.node, last.state));
        }
        asked.plan = Plan {
            registration: last.id,
            node_uuid: last.ironic_uuid,
            ..asked.plan
        };
        if options.on_conflict == OnConflict::Update {
            return self.update(ironic, asked, last, options).await;
        }
        if last.enrollment_digest != asked.plan.digest || last.credentials_hmac != asked.hmac {
            return Err(differs(&asked, &last)?);
        }
        let found = if last.is_adopted() {
            // Its ports have uuids of their own.
            ironic::find_whole(ironic, last.ironic_uuid).await
        } else {
            let found = ironic::find_registered(ironic, &asked.plan).await;
            found.map(|found| found.map(|node| Whole::of_node(last.ironic_uuid, node)))
        };
        let found = found.map_err(IronicError::into_failure)?;
        let found = found.filter(|found| found.mark().is_some());
        let found = found.ok_or_else(|| lost(&asked.node))?;
        still_ours(&asked.node, &last, &found)?;
        let microversion = self.microversion(ironic).await?;
        let stands = IronicNode::standing(&asked.plan, &found, &microversion);
        let transition = self.move_on(&asked.node, last.id, options).await?;
        let evaluation = asked.prepared.evaluation;
        let done = registered(asked.node, last.id, stands, evaluation, true);
        Ok(Registered { transition, ..done })
    }

    pub(super) async fn microversion(&self, ironic: &Client) -> Result<String, Failure> {
        let profile = ironic.profile().await.map_err(IronicError::into_failure)?;
        Ok(profile.api.to_string())
    }
}

/// The refusal to register a node again with other values.
fn differs(asked: &Asked, last: &Registration) -> Result<Failure, Failure> {
    let before = record::evaluation(&last.evaluation)?;
    let found = differences(&before.enrollment, &asked.plan.enrollment);
    let mut sentences: Vec<_> = found.iter().take(SPELT_OUT).map(sentence).collect();
    if found.len() > SPELT_OUT {
        sentences.push(format!("and {} more", found.len() - SPELT_OUT));
    }
    if last.credentials_hmac != asked.hmac {
        sentences.push("its credentials have changed".to_owned());
    }
    Ok(Failure::new(
        Cause::Conflict,
        format!(
            "node `{}` is registered already, and now it would differ: {}; nothing was changed. \
             To have it so, register it with `on_conflict=update`, or deregister the node first",
            asked.node.name,
            sentences.join(", ")
        ),
    ))
}

/// The refusal where the last registration ended half-way.
fn unsettled(node: &Node, state: RegistrationState) -> Failure {
    Failure::new(
        Cause::Conflict,
        format!(
            "the last registration of node `{}` is `{}`: deregister it, then register it again",
            node.name,
            state.name()
        ),
    )
}

/// The refusal where Ironic has lost a node that it had.
pub(super) fn lost(node: &Node) -> Failure {
    Failure::new(
        Cause::Conflict,
        format!(
            "node `{}` is registered already, but ironic has no node with valence's mark under its uuid any more: \
             deregister it, then register it again",
            node.name
        ),
    )
}

/// That `found` bears no other mark than that of `last`.
pub(super) fn still_ours(node: &Node, last: &Registration, found: &Whole) -> Result<(), Failure> {
    let mark = found.mark().map(|mark| mark.registration);
    let Some(mark) = mark.filter(|mark| *mark != last.id) else {
        return Ok(());
    };
    Err(Failure::new(
        Cause::Conflict,
        format!(
            "node `{}` in ironic bears the mark of registration `{mark}`, not of `{}`, which is the one of node `{}`: \
             it is left alone",
            found.uuid, last.id, node.name
        ),
    ))
}

fn sentence(difference: &Difference) -> String {
    let show = |value: &Option<serde_json::Value>| match value {
        Some(value) => format!("`{}`", tame(&value.to_string(), 80)),
        None => "nothing".to_owned(),
    };
    format!(
        "`{}` was {} and would be {}",
        difference.pointer,
        show(&difference.from),
        show(&difference.to)
    )
}
