//! Which path leads where.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};
use axum::{Router, middleware};

use crate::hook::LiveChain;
use crate::nodes::{Flavors, Nodes, PodManagers};
use crate::registration::{Bulks, Registrar};

use super::envelope::Entrance;
use super::{
    absent, compose, decisions, drift, envelope, flavors, hardware, healthcheck, hooks, metrics,
    nodes, pod_managers, readyz, register, registration, registrations, root,
};

/// The use cases that the API offers.
#[derive(Clone)]
pub struct ApiState {
    /// Nodes under management.
    pub nodes: Arc<Nodes>,
    /// What nodes can be composed by.
    pub flavors: Arc<Flavors>,
    /// Pod managers.
    pub pod_managers: Arc<PodManagers>,
    /// Registrations in Ironic.
    pub registrar: Arc<Registrar>,
    /// Registrations of many nodes.
    pub bulks: Arc<Bulks>,
    /// The hooks.
    pub hooks: Arc<LiveChain>,
    /// What every request has to come through.
    pub entrance: Entrance,
}

/// The whole API.
pub fn router(state: ApiState) -> Router {
    let register = || post(register::register).delete(register::deregister);
    let routes = stateless()
        .merge(both(
            "/v1/pod_managers",
            get(pod_managers::list).post(pod_managers::create),
        ))
        .merge(both(
            "/v1/pod_managers/{id}",
            get(pod_managers::show)
                .patch(pod_managers::update)
                .delete(pod_managers::delete),
        ))
        .merge(both("/v1/nodes", get(nodes::list).post(compose::compose)))
        .merge(both("/v1/nodes/manage", post(nodes::manage)))
        .merge(both(
            "/v1/nodes/{id}",
            get(nodes::show).patch(nodes::update).delete(nodes::delete),
        ))
        .merge(both("/v1/nodes/{id}/action", post(compose::act)))
        .merge(both(
            "/v1/flavors",
            get(flavors::list).post(flavors::create),
        ))
        .merge(both(
            "/v1/flavors/{id}",
            get(flavors::show)
                .patch(flavors::update)
                .delete(flavors::delete),
        ))
        .merge(both("/v1/systems", get(hardware::systems)))
        .merge(both("/v1/systems/{id}", get(hardware::system)))
        .merge(both("/v1/racks", get(hardware::racks)))
        .merge(both("/v1/racks/{id}", get(hardware::rack)))
        .merge(both("/v1/nodes/{id}/register", register()))
        .merge(both("/v1/node/{id}/register", register()))
        .merge(both("/v1/nodes/{id}/registration", get(registration::show)))
        .merge(both("/v1/nodes/{id}/drift", get(drift::show)))
        .merge(both(
            "/v1/registrations",
            get(registrations::list).post(registrations::begin),
        ))
        .merge(both("/v1/registrations/{id}", get(registrations::show)))
        .merge(both(
            "/v1/registrations/{id}/resume",
            post(registrations::resume),
        ))
        .merge(both(
            "/v1/registrations/{id}/stop",
            post(registrations::stop),
        ))
        .merge(both("/v1/decisions", get(decisions::list)))
        .merge(both("/v1/decisions/{id}", get(decisions::show)))
        .merge(both("/v1/hooks", get(hooks::list)))
        .merge(both(
            "/v1/hooks/reload",
            post(hooks::reload).get(hooks::show_reload),
        ))
        .merge(both("/v1/hooks/{name}", get(hooks::show)))
        .merge(both("/readyz", get(readyz::show)))
        .merge(both("/metrics", get(metrics::show)));
    dressed(routes, state.entrance.clone()).with_state(state)
}

/// The routes that need nothing of what lies below.
pub(super) fn stateless<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(root::versions))
        .merge(both("/v1", get(root::version)))
        .merge(both(
            "/healthcheck",
            get(healthcheck::show).head(healthcheck::head),
        ))
}

/// A slash at the end makes no difference, as it made none to Flask.
fn both<S: Clone + Send + Sync + 'static>(path: &str, methods: MethodRouter<S>) -> Router<S> {
    Router::new()
        .route(&format!("{path}/"), methods.clone())
        .route(path, methods)
}

/// `routes`, with answers for what is not among them, each in its envelope.
pub(super) fn dressed<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    entrance: Entrance,
) -> Router<S> {
    routes
        .fallback(absent::route)
        .method_not_allowed_fallback(absent::method)
        .layer(middleware::from_fn_with_state(entrance, envelope::envelope))
}
