//! The services of `valence serve`, put together from the configuration.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::access::{Door, DoorSettings, Htpasswd, Lock, Proxies, RoleNames, Tokens};
use crate::api::{ApiState, BodyLimits, Entrance, Readiness};
use crate::config::{ApiAuth, ApiSection, Config, PodManagerSection, RedfishSection};
use crate::failure::{Cause, Failure};
use crate::hook::{Engine, EngineKind, HookSource, LiveChain};
use crate::ironic::{Client, Settings};
use crate::node::{CredentialsSource, PodManager};
use crate::nodes::{Flavors, Keyring, Nodes, PodManagers, RedfishOptions};
use crate::openstack::TokenCheck;
use crate::registration::{BulkLimits, Bulks, Identity, Registrar, RegistrarParts, Retention};
use crate::store::{self, Store};

use super::hook::compiling;
use super::trouble::Trouble;

/// How long Keystone has to say whose a token is.
const KEYSTONE_PATIENCE: Duration = Duration::from_secs(10);

/// The services that the API offers, and that a start has work for. The hooks are
/// those of `source`.
pub(super) async fn assemble(
    config: Config,
    source: Arc<dyn HookSource>,
    identity: Identity,
) -> Result<ApiState, Trouble> {
    let store = Store::open(config.store.url.expose(), config.store.key_file.as_deref())
        .await
        .map_err(Failure::from)?;
    store.serve().await.map_err(Failure::from)?;
    let store = Arc::new(store);
    declare(&store, &config.pod_managers).await?;
    let kind = EngineKind::Server {
        concurrency: u32::try_from(config.common.concurrency).unwrap_or(u32::MAX),
    };
    let engine = Engine::with(kind, compiling(config.hooks_cache)?).map_err(Failure::internal)?;
    let hooks = Arc::new(LiveChain::start(engine, source).await?);
    let ironic = match config.ironic {
        Some(section) => {
            let patience = section.retry_for;
            let client = client(section.resolve().await?)?;
            Some(Arc::new(client.with_patience(patience)))
        }
        None => {
            tracing::warn!("no `[ironic]` is configured: nodes can be managed, but not registered");
            None
        }
    };
    let keyring = Arc::new(Keyring::new(config.credentials, Arc::clone(&store)));
    let options = redfish(&config.redfish);
    let pod_managers = Arc::new(PodManagers::new(
        Arc::clone(&store),
        Arc::clone(&keyring),
        options,
    ));
    let nodes = Arc::new(Nodes::new(Arc::clone(&store), Arc::clone(&pod_managers)));
    let flavors = Arc::new(Flavors::new(Arc::clone(&store)));
    let registrar = Arc::new(Registrar::new(RegistrarParts {
        store,
        nodes: Arc::clone(&nodes),
        pod_managers: Arc::clone(&pod_managers),
        keyring,
        ironic,
        hooks: Arc::clone(&hooks),
        defaults: config.register.defaults,
        newer_fields: config.register.newer_fields,
        target: config.register.target,
        transition_timeout: config.register.transition_timeout,
        retention: Retention {
            age: config.records.age,
            size: config.records.size,
            ended: config.records.ended,
        },
        identity,
    }));
    let limits = config.server.limits;
    let proxies = Proxies::new(config.api.proxies.clone());
    let open_metrics = config.api.open_metrics;
    let door = Arc::new(door(config.api, limits.requests_per_second)?);
    let of_bulks = BulkLimits {
        concurrency: config.bulk.concurrency,
        per_pod_manager: config.bulk.per_pod_manager,
    };
    let bulks = Arc::new(Bulks::new(Arc::clone(&registrar), of_bulks));
    Ok(ApiState {
        nodes,
        flavors,
        pod_managers,
        registrar,
        bulks,
        hooks,
        readiness: Readiness::default(),
        entrance: Entrance {
            door,
            limits: BodyLimits {
                largest: limits.body,
                patience: limits.body_timeout,
            },
            proxies: Arc::new(proxies),
            is_https: config.server.tls.is_some(),
            open_metrics,
        },
    })
}

/// The door, by `[api]` and what of `[server.limits]` is about it.
pub(super) fn door(section: ApiSection, requests_per_second: usize) -> Result<Door, Failure> {
    let lock = match section.auth {
        ApiAuth::None => Lock::None,
        ApiAuth::HttpBasic {
            htpasswd,
            managers,
            admins,
        } => Lock::HttpBasic {
            users: Htpasswd::open(htpasswd)?.into(),
            managers,
            admins,
        },
        ApiAuth::Keystone {
            keystone,
            verify_ca,
            roles: [readers, managers, admins],
            projects,
        } => {
            let keystone = TokenCheck::new(keystone, &verify_ca, KEYSTONE_PATIENCE)?;
            let names = RoleNames {
                readers,
                managers,
                admins,
                projects,
            };
            Lock::Keystone(Box::new(Tokens::new(keystone, names)))
        }
    };
    Ok(Door::new(DoorSettings {
        lock,
        open: section.open,
        requests_per_second,
    }))
}

/// Keeps the pod managers that the configuration declares.
async fn declare(store: &Store, sections: &[PodManagerSection]) -> Result<(), Failure> {
    let mut declared = Vec::new();
    for section in sections {
        let now = store::now();
        let credentials = match &section.credentials {
            Some(name) => CredentialsSource::Named(name.clone()),
            None => CredentialsSource::Absent,
        };
        let pod_manager = PodManager {
            uuid: Uuid::new_v4(),
            name: section.name.clone(),
            url: section.url.as_str().trim_end_matches('/').to_owned(),
            driver: section.driver,
            credentials,
            auth: section.auth,
            verify_ca: section.verify_ca.clone(),
            ironic_verify_ca: section.ironic_verify_ca.clone(),
            configured: true,
            created_at: now,
            updated_at: now,
        };
        declared.push(store.upsert_configured(&pod_manager).await?.uuid);
    }
    Ok(store.release_configured(&declared).await?)
}

/// A client for the Ironic of `[ironic]`.
pub(super) fn client(settings: Settings) -> Result<Client, Failure> {
    Client::new(settings)
        .map_err(|error| Failure::new(Cause::BadConfiguration, error.to_string()).because(error))
}

fn redfish(section: &RedfishSection) -> RedfishOptions {
    RedfishOptions {
        timeout: section.timeout,
        max_document: section.max_document_size,
        concurrency: section.concurrency,
        retry_for: section.retry_for,
        cache: section.cache,
        expand: section.expand,
        limits: section.limits,
    }
}
