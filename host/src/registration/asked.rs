//! What a request comes to before Ironic is asked anything about the node.

use uuid::Uuid;

use crate::enrollment::{Enrollment, Object};
use crate::failure::Failure;
use crate::ironic::{self, Login, Plan, Sides};
use crate::node::{CredentialsSource, Node};
use crate::secret::Credentials;
use crate::store::{DecisionKind, Purpose, Registration, RegistrationState};

use super::credentials::credentials_for;
use super::on_conflict::OnConflict;
use super::register::Prepared;
use super::{RegisterOptions, Registrar, record};

/// A request, evaluated, with the credentials that go with it.
pub(super) struct Asked {
    pub(super) node: Node,
    pub(super) prepared: Prepared,
    pub(super) credentials: Option<Credentials>,
    pub(super) hmac: String,
    pub(super) plan: Plan,
}

impl Registrar {
    /// Evaluates a request. An update without a body is of the request that the
    /// node was registered with.
    pub(super) async fn ask(
        &self,
        node: Node,
        last: Option<&Registration>,
        parameters: Object,
        options: RegisterOptions,
        kind: DecisionKind,
    ) -> Result<Asked, Failure> {
        let kept = last.filter(|last| {
            options.on_conflict == OnConflict::Update
                && parameters.is_empty()
                && last.state == RegistrationState::Complete
        });
        let prepared = match kept {
            None => self.prepare(&node, parameters, options, kind).await?,
            Some(last) => {
                let options = RegisterOptions {
                    // Whoever sent it first was allowed to.
                    may_administer: true,
                    ..options
                };
                let parameters = record::parameters(&last.evaluation)?;
                let purpose = Purpose::Registration(last.id);
                Prepared {
                    of_request: self.keyring.unseal(purpose, &last.credentials)?,
                    ..self.prepare(&node, parameters, options, kind).await?
                }
            }
        };
        let evaluation = &prepared.evaluation;
        let credentials = credentials_for(
            &evaluation.enrollment,
            &prepared.pod_manager,
            prepared.of_request.clone(),
            &self.keyring,
        )
        .await?;
        let plan = Plan {
            registration: Uuid::new_v4(),
            node_uuid: ironic::node_uuid(node.uuid, node.epoch),
            enrollment: evaluation.enrollment.clone(),
            digest: record::digest(evaluation, last)?,
            hooks: evaluation
                .hooks
                .iter()
                .map(|hook| hook.digest.clone())
                .collect(),
        };
        Ok(Asked {
            hmac: self.keyring.hmac(credentials.as_ref()),
            node,
            prepared,
            credentials,
            plan,
        })
    }

    /// The credentials that Ironic was given with a registration.
    pub(super) async fn credentials_of(
        &self,
        registration: &Registration,
        node: &Node,
    ) -> Result<Option<Credentials>, Failure> {
        let pod_manager = self.pod_managers.get(&node.podm_id.to_string()).await?;
        let evaluation = record::evaluation(&registration.evaluation)?;
        let purpose = Purpose::Registration(registration.id);
        let of_request = self.keyring.unseal(purpose, &registration.credentials)?;
        credentials_for(
            &evaluation.enrollment,
            &pod_manager,
            of_request,
            &self.keyring,
        )
        .await
    }

    /// The request's own credentials, sealed for `registration`.
    pub(super) fn sealed(
        &self,
        prepared: &Prepared,
        registration: Uuid,
    ) -> Result<CredentialsSource, Failure> {
        match &prepared.of_request {
            Some(own) => self.keyring.seal(Purpose::Registration(registration), own),
            None => Ok(CredentialsSource::Absent),
        }
    }
}

impl Asked {
    /// What is wanted, to be compared with what was `registered` and with Ironic's.
    pub(super) fn sides<'a>(
        &'a self,
        registered: &'a [Enrollment],
        untold: &'a [String],
        credentials_hmac: &str,
    ) -> Sides<'a> {
        Sides {
            registered,
            wanted: &self.plan.enrollment,
            untold,
            login: self.login(credentials_hmac),
        }
    }

    /// The credentials, compared with those of which `before` was told.
    fn login(&self, before: &str) -> Login<'_> {
        Login {
            now: self.credentials.as_ref(),
            before: !before.is_empty(),
            changed: self.hmac != before,
        }
    }
}
