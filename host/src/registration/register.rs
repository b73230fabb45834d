//! Register, and the dry run of it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::crash;
use crate::enrollment::Object;
use crate::evaluate::{CallerRights, Evaluation, Rejection, evaluate};
use crate::failure::{Cause, Failure};
use crate::hook::LiveChain;
use crate::inventory::{Inventory, Subject};
use crate::ironic::{self, Client, Plan};
use crate::node::{CredentialsSource, Node, PodManager};
use crate::nodes::{Keyring, Nodes, PodManagers};
use crate::secret::Credentials;
use crate::store::{Purpose, Registration, RegistrationState, Store};

use super::again;
use super::attempt::{Before, may_stand};
use super::credentials::{credentials_for, take_credentials};
use super::registered::{IronicNode, Registered, registered};
use super::turns::Turns;

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
}

/// Registers nodes in Ironic.
pub struct Registrar {
    pub(super) store: Arc<Store>,
    pub(super) nodes: Arc<Nodes>,
    pub(super) pod_managers: Arc<PodManagers>,
    pub(super) keyring: Arc<Keyring>,
    ironic: Option<Arc<Client>>,
    hooks: Arc<LiveChain>,
    defaults: Object,
    pub(super) turns: Turns,
    /// Rung when something is left for the background to finish.
    pub(super) left_over: Notify,
}

/// How to register.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegisterOptions {
    /// Whether the caller may set what is protected.
    pub may_administer: bool,
}

/// Everything about one request before Ironic is asked anything.
struct Prepared {
    pod_manager: PodManager,
    evaluation: Evaluation,
    of_request: Option<Credentials>,
}

impl Registrar {
    /// A registrar over `parts`.
    pub fn new(parts: RegistrarParts) -> Self {
        Self {
            store: parts.store,
            nodes: parts.nodes,
            pod_managers: parts.pod_managers,
            keyring: parts.keyring,
            ironic: parts.ironic,
            hooks: parts.hooks,
            defaults: parts.defaults,
            turns: Turns::default(),
            left_over: Notify::new(),
        }
    }

    /// Registers the node with this uuid or name. `parameters` is the body of
    /// the request: fields of Ironic's node.
    pub async fn register(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<Registered, Failure> {
        let node = self.nodes.get(id).await?;
        let ironic = self.ironic()?;
        let _turn = self.turns.take(&node)?;
        let prepared = self.prepare(&node, parameters, options).await?;
        let enrollment = &prepared.evaluation.enrollment;
        let credentials = credentials_for(
            enrollment,
            &prepared.pod_manager,
            prepared.of_request.clone(),
            &self.keyring,
        )
        .await?;
        let plan = Plan {
            registration: Uuid::new_v4(),
            node_uuid: ironic::node_uuid(node.uuid, node.epoch),
            enrollment: enrollment.clone(),
            digest: prepared.evaluation.digest(),
            hooks: prepared
                .evaluation
                .hooks
                .iter()
                .map(|hook| hook.digest.clone())
                .collect(),
        };
        let hmac = self.keyring.hmac(credentials.as_ref());
        let last = self.store.latest_registration(node.uuid).await?;
        let before = match &last {
            Some(last) if last.epoch == node.epoch && may_stand(last.state) => Before::MayStand,
            _ => Before::Nothing,
        };
        if node.managed_by.is_some()
            && let Some(last) = last
        {
            return self
                .register_again(&ironic, node, last, &plan, &hmac, prepared.evaluation)
                .await;
        }
        let registration = self.intend(&node, &plan, &prepared, hmac)?;
        crash::point("registration", "planned");
        self.store.begin_registration(&registration).await?;
        crash::point("registration", "intended");
        let created = self
            .carry_out(&ironic, &registration, &plan, credentials.as_ref(), before)
            .await?;
        let node = self.nodes.get(&node.uuid.to_string()).await?;
        Ok(registered(
            node,
            plan.registration,
            created.into(),
            prepared.evaluation,
            false,
        ))
    }

    /// What would be registered. Ironic is asked nothing but its version.
    pub async fn dry_run(
        &self,
        id: &str,
        parameters: Object,
        options: RegisterOptions,
    ) -> Result<Evaluation, Failure> {
        let node = self.nodes.get(id).await?;
        let prepared = self.prepare(&node, parameters, options).await?;
        Ok(prepared.evaluation)
    }

    pub(super) fn ironic(&self) -> Result<Arc<Client>, Failure> {
        self.ironic.clone().ok_or_else(|| {
            Failure::new(
                Cause::IronicUnavailable,
                "no Ironic is configured: add `[ironic]` with `endpoint` or `cloud` to valence.toml",
            )
        })
    }

    async fn prepare(
        &self,
        node: &Node,
        mut parameters: Object,
        options: RegisterOptions,
    ) -> Result<Prepared, Failure> {
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let username = self.keyring.username(&pod_manager);
        let of_request =
            take_credentials(&mut parameters, options.may_administer, username.as_deref())?;
        let profile = match &self.ironic {
            Some(ironic) => ironic
                .profile()
                .await
                .map_err(ironic::IronicError::into_failure)?,
            None => crate::rules::IronicProfile::default(),
        };
        let subject = subject(node, &pod_manager, parameters)?;
        let snapshot = self.pod_managers.snapshot(&pod_manager).await?;
        Inventory::new(Arc::clone(&snapshot), subject.system.clone())
            .read_standard_set()
            .await;
        let rights = CallerRights {
            may_administer: options.may_administer,
        };
        // This one to the end, whatever serves by then.
        let chain = self.hooks.chain();
        tracing::info!(
            node = %node.uuid,
            chain = chain.digest(),
            hooks = %chain.identity(),
            "evaluating"
        );
        let evaluation = evaluate(snapshot, &subject, &self.defaults, &chain, profile, rights)
            .await
            .map_err(|rejection| rejected(&pod_manager, rejection))?;
        Ok(Prepared {
            pod_manager,
            evaluation,
            of_request,
        })
    }

    async fn register_again(
        &self,
        ironic: &Client,
        node: Node,
        last: Registration,
        plan: &Plan,
        hmac: &str,
        evaluation: Evaluation,
    ) -> Result<Registered, Failure> {
        if last.state != RegistrationState::Complete {
            return Err(again::unsettled(&node, last.state));
        }
        if last.enrollment_digest != plan.digest || last.credentials_hmac != hmac {
            let before: Evaluation =
                serde_json::from_str(&last.evaluation).map_err(Failure::internal)?;
            return Err(again::differs(&node, &before.enrollment, &plan.enrollment));
        }
        let found = ironic::find_registered(ironic, plan)
            .await
            .map_err(ironic::IronicError::into_failure)?;
        let Some(found) = found else {
            return Err(again::lost(&node));
        };
        let profile = ironic
            .profile()
            .await
            .map_err(ironic::IronicError::into_failure)?;
        let stands = IronicNode::standing(plan, &found, &profile.api.to_string());
        Ok(registered(node, last.id, stands, evaluation, true))
    }

    fn intend(
        &self,
        node: &Node,
        plan: &Plan,
        prepared: &Prepared,
        credentials_hmac: String,
    ) -> Result<Registration, Failure> {
        let credentials = match &prepared.of_request {
            Some(own) => self
                .keyring
                .seal(Purpose::Registration(plan.registration), own)?,
            None => CredentialsSource::Absent,
        };
        let now = Timestamp::now();
        Ok(Registration {
            id: plan.registration,
            node: node.uuid,
            epoch: node.epoch,
            ironic_uuid: plan.node_uuid,
            state: RegistrationState::Applying,
            evaluation: serde_json::to_string(&prepared.evaluation).map_err(Failure::internal)?,
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

fn rejected(pod_manager: &PodManager, rejection: Rejection) -> Failure {
    match rejection {
        Rejection::Redfish(error) => crate::nodes::redfish_failure(&pod_manager.name, error),
        rejection => rejection.into_failure(),
    }
}
