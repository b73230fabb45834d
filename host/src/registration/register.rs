//! Register, and the dry run of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tracing::Instrument as _;

use crate::crash;
use crate::enrollment::Object;
use crate::evaluate::{CallerRights, Evaluation, Rejection, observe, read_by};
use crate::failure::{Cause, Failure};
use crate::hook::LiveChain;
use crate::inventory::Subject;
use crate::ironic::{self, Client, Lookout, Plan};
use crate::node::{Node, PodManager, Target};
use crate::nodes::{Keyring, Nodes, PodManagers};
use crate::redfish::Snapshot;
use crate::rules::{IronicProfile, NewerFields};
use crate::secret::Credentials;
use crate::store::{DecisionKind, Registration, RegistrationState, Store, Transition};
use crate::telemetry::{self, Backlog, Label, Phase};

use super::asked::Asked;
use super::attempt::{Before, may_stand};
use super::credentials::take_credentials;
use super::decisions::{Decisions, Question, Retention};
use super::held_back::HeldBack;
use super::moved::Moved;
use super::on_conflict::OnConflict;
use super::record;
use super::registered::{Registered, registered};
use super::replicas::{Fleet, Identity};

/// What a registrar works with.
pub struct RegistrarParts {
    /// Where registrations are kept.
    pub store: Arc<Store>,
    /// The nodes to register.
    pub nodes: Arc<Nodes>,
    /// What stands before them.
    pub pod_managers: Arc<PodManagers>,
    /// The credentials.
    pub keyring: Arc<Keyring>,
    /// Where to register; none where the configuration names no Ironic.
    pub ironic: Option<Arc<Client>>,
    /// The site's hooks.
    pub hooks: Arc<LiveChain>,
    /// `[register.defaults]`.
    pub defaults: Object,
    /// What becomes of fields that Ironic is too old for.
    pub newer_fields: NewerFields,
    /// Where a new node is to be taken, if the request does not say.
    pub target: Target,
    /// How long one step of Ironic's on the way there is watched.
    pub transition_timeout: Duration,
    /// How much stays on record.
    pub retention: Retention,
    /// What this server is called, and the digest of its configuration.
    pub identity: Identity,
}

/// Registers nodes in Ironic.
pub struct Registrar {
    pub(super) store: Arc<Store>,
    pub(super) nodes: Arc<Nodes>,
    pub(super) pod_managers: Arc<PodManagers>,
    pub(super) keyring: Arc<Keyring>,
    ironic: Option<Arc<Client>>,
    pub(super) hooks: Arc<LiveChain>,
    pub(super) defaults: Object,
    pub(super) newer_fields: NewerFields,
    target: Target,
    pub(super) transition_timeout: Duration,
    pub(super) lookout: Lookout,
    decisions: Decisions,
    /// How long what has ended stays on record.
    pub(super) ended: Duration,
    pub(super) fleet: Fleet,
    /// Rung when something is left for the background to finish.
    pub(super) left_over: Notify,
    /// Rung when there may be a transition to carry on.
    pub(super) to_move: Notify,
    /// Told when anything of a transition has changed.
    pub(super) moved: Moved,
}

/// How to register. A bulk registration keeps it on record.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegisterOptions {
    /// Whether the caller may set what is protected.
    pub may_administer: bool,
    /// What to do where something is there already.
    pub on_conflict: OnConflict,
    /// Where the node is to be taken. None: a new one where the configuration
    /// says, and one that is registered already nowhere.
    pub target: Option<Target>,
    /// Whether it is to be inspected on the way.
    pub inspect: bool,
    /// How long to wait until it is there. It is taken there all the same when
    /// that time is up.
    pub wait: Duration,
}

/// Everything about one request before Ironic is asked anything.
pub(super) struct Prepared {
    pub(super) pod_manager: PodManager,
    pub(super) evaluation: Evaluation,
    /// The body of the request, without its credentials.
    pub(super) parameters: Object,
    pub(super) of_request: Option<Credentials>,
    /// The MACs of the machine, whatever ports it is to get.
    pub(super) macs: Vec<String>,
    /// What was read of it.
    pub(super) snapshot: Arc<Snapshot>,
}

/// Everything that an evaluation of a node is of.
pub(super) struct Gathered {
    pub(super) pod_manager: PodManager,
    pub(super) of_request: Option<Credentials>,
    pub(super) subject: Subject,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) profile: IronicProfile,
    pub(super) rights: CallerRights,
}

impl Registrar {
    /// A registrar over `parts`.
    pub fn new(parts: RegistrarParts) -> Self {
        Self {
            decisions: Decisions::new(Arc::clone(&parts.store), parts.retention),
            ended: parts.retention.ended,
            fleet: Fleet::new(&parts.store, parts.identity),
            store: parts.store,
            nodes: parts.nodes,
            pod_managers: parts.pod_managers,
            keyring: parts.keyring,
            ironic: parts.ironic,
            hooks: parts.hooks,
            defaults: parts.defaults,
            newer_fields: parts.newer_fields,
            lookout: Lookout::default(),
            target: parts.target,
            transition_timeout: parts.transition_timeout,
            left_over: Notify::new(),
            to_move: Notify::new(),
            moved: Moved::default(),
        }
    }

    /// Registers the node with this uuid or name. `parameters` is the body of
    /// the request: fields of Ironic's node. Once all of it is in Ironic, has the
    /// node taken where it is to be, and waits for that as long as `options` say.
    pub async fn register(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        let registered = self.register_in_turn(id, parameters, options).await;
        telemetry::registration_ended("register", outcome(&registered));
        self.arrived(registered?, options.wait).await
    }

    async fn register_in_turn(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        let (node, turn) = self.in_turn(id).await?;
        let span = tracing::info_span!("register", node = %node.uuid);
        let enrolling = self.enroll(node, parameters, options);
        let registered = enrolling.instrument(span).await?;
        turn.ended().await;
        Ok(registered)
    }

    /// The same, under the node's turn, and without the waiting.
    async fn enroll(
        &self,
        node: Node,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        let ironic = self.ironic()?;
        let last = self.store.latest_registration(node.uuid).await?;
        let kind = DecisionKind::Register;
        let asked = self
            .ask(node, last.as_ref(), parameters, options, kind)
            .await?;
        let before = match &last {
            Some(last) if last.epoch == asked.node.epoch && may_stand(last.state) => {
                Before::MayStand
            }
            _ => Before::Nothing,
        };
        if asked.node.managed_by.is_some()
            && let Some(last) = last
        {
            return self.again(&ironic, asked, last, options).await;
        }
        if options.on_conflict == OnConflict::Adopt
            && let Some(found) = self.find_to_adopt(&ironic, &asked, last.as_ref()).await?
        {
            return self.adopt(&ironic, asked, found, options).await;
        }
        let Asked {
            node,
            prepared,
            credentials,
            hmac,
            plan,
        } = asked;
        let registration = self.intend(&node, &plan, &prepared, hmac)?;
        let waiting = Phase::Wait.begin();
        let place = ironic.place().await;
        drop(waiting);
        crash::point("registration", "planned");
        let goal = options.goal(self.target);
        let transition = goal.map(|goal| Transition::new(registration.id, goal));
        let intending = Phase::Intend.begin();
        self.begin(&registration, &plan.enrollment, transition.as_ref())
            .await?;
        drop(intending);
        crash::point("registration", "intended");
        let created = self
            .carry_out(&ironic, &registration, &plan, credentials.as_ref(), before)
            .await?;
        drop(place);
        let node = self.nodes.get(&node.uuid.to_string()).await?;
        let done = registered(
            node,
            plan.registration,
            created.into(),
            prepared.evaluation,
            false,
        );
        Ok(Registered { transition, ..done })
    }

    /// How much is on record that is not at its end.
    pub async fn backlog(&self) -> Result<Backlog, Failure> {
        Ok(self.store.backlog().await?)
    }

    /// Whether the store answers.
    pub async fn store_answers(&self) -> Result<(), Failure> {
        Ok(self.store.check().await?)
    }

    pub(super) fn ironic(&self) -> Result<Arc<Client>, Failure> {
        self.ironic.clone().ok_or_else(|| {
            Failure::new(
                Cause::IronicUnavailable,
                "no ironic is configured: add `[ironic]` with `endpoint` or `cloud` to valence.toml",
            )
        })
    }

    pub(super) async fn prepare(
        &self,
        node: &Node,
        parameters: Object,
        options: RegisterOptions,
        kind: DecisionKind,
    ) -> Result<Prepared, Failure> {
        let Gathered {
            pod_manager,
            of_request,
            subject,
            snapshot,
            profile,
            rights,
        } = self.gather(node, parameters, options).await?;
        let inventory = subject.inventory(&snapshot);
        let reading = Phase::Read.begin();
        let read = inventory.read_standard_set();
        read.instrument(tracing::info_span!("read")).await;
        drop(reading);
        // This one to the end, whatever serves by then.
        let chain = self.hooks.chain();
        tracing::info!(
            node = %node.uuid,
            chain = chain.digest(),
            hooks = %chain.identity(),
            "evaluating"
        );
        let read = Arc::clone(&snapshot);
        let observing = observe(read, &subject, &self.defaults, &chain, profile, rights);
        let evaluating = Phase::Evaluate.begin();
        let observed = observing.instrument(tracing::info_span!("evaluate")).await;
        drop(evaluating);
        let question = Question {
            kind,
            node,
            pod_manager: &pod_manager,
            subject: &subject,
            snapshot: &snapshot,
            chain: &chain,
            rights,
            profile,
        };
        self.decisions.keep(question, &observed).await;
        let evaluation = observed
            .outcome
            .map_err(|rejection| rejected(&pod_manager, rejection))?;
        // The evaluation has read them too, and says so if they cannot be read.
        let macs = inventory.nics().await.unwrap_or_default();
        let macs = macs.iter().filter_map(|nic| nic.mac.clone()).collect();
        Ok(Prepared {
            pod_manager,
            evaluation,
            parameters: subject.parameters,
            macs,
            of_request,
            snapshot,
        })
    }

    /// Everything that an evaluation of `node` is of. Nothing is read of it yet.
    pub(super) async fn gather(
        &self,
        node: &Node,
        mut parameters: Object,
        options: RegisterOptions,
    ) -> Result<Gathered, Failure> {
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let username = self.keyring.username(&pod_manager);
        let of_request =
            take_credentials(&mut parameters, options.may_administer, username.as_deref())?;
        let profile = match &self.ironic {
            Some(ironic) => ironic
                .profile()
                .await
                .map_err(ironic::IronicError::into_failure)?,
            None => IronicProfile::default(),
        };
        let profile = IronicProfile {
            newer_fields: self.newer_fields,
            ..profile
        };
        let subject = Subject {
            composition: self.nodes.composition(node).await?,
            ..subject(node, &pod_manager, parameters)?
        };
        let snapshot = self.pod_managers.snapshot(&pod_manager).await?;
        Ok(Gathered {
            pod_manager,
            of_request,
            subject,
            snapshot,
            profile,
            rights: CallerRights {
                may_administer: options.may_administer,
            },
        })
    }

    pub(super) fn intend(
        &self,
        node: &Node,
        plan: &Plan,
        prepared: &Prepared,
        credentials_hmac: String,
    ) -> Result<Registration, Failure> {
        let credentials = self.sealed(prepared, plan.registration)?;
        let now = Timestamp::now();
        Ok(Registration {
            id: plan.registration,
            node: node.uuid,
            epoch: node.epoch,
            ironic_uuid: plan.node_uuid,
            state: RegistrationState::Applying,
            evaluation: record::written(
                &prepared.evaluation,
                &prepared.parameters,
                &HeldBack::default(),
            )?,
            enrollment_digest: plan.digest.clone(),
            credentials_hmac,
            credentials,
            chain_digest: prepared.evaluation.chain.digest.clone(),
            detail: None,
            created_at: now,
            updated_at: now,
        })
    }
}

/// What a request came to, for the metrics.
fn outcome(of: &Result<Registered, Failure>) -> Label {
    match of {
        Ok(done) if done.unchanged => "unchanged".into(),
        Ok(done) if done.adopted.is_some() => "adopted".into(),
        Ok(done) if done.changed.is_some() => "updated".into(),
        Ok(_) => "registered".into(),
        Err(failure) => failure.cause.name().into(),
    }
}

fn subject(node: &Node, pod_manager: &PodManager, parameters: Object) -> Result<Subject, Failure> {
    Ok(Subject {
        node_uuid: node.uuid,
        node_name: node.name.clone(),
        pod_manager: pod_manager.name.clone(),
        driver: pod_manager.driver,
        address: pod_manager.address().to_owned(),
        verify_ca: pod_manager.verify_ca_for_ironic().clone(),
        node: node.resource_uri.parse().map_err(Failure::internal)?,
        system: node.system_uri.parse().map_err(Failure::internal)?,
        parameters,
        composition: None,
    })
}

pub(super) fn rejected(pod_manager: &PodManager, rejection: Rejection) -> Failure {
    match rejection {
        Rejection::Redfish { hook, error } => {
            let mut failure = crate::nodes::redfish_failure(&pod_manager.name, error);
            failure.detail.push_str(&read_by(hook.as_deref()));
            match hook {
                Some(hook) => failure.by_hook(hook),
                None => failure,
            }
        }
        rejection => rejection.into_failure(),
    }
}
