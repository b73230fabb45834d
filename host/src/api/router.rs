//! Which path leads where.

use std::sync::Arc;

use axum::routing::post;
use axum::{Router, middleware};
use tower_http::normalize_path::NormalizePath;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::hook::LiveChain;
use crate::nodes::{Flavors, Nodes, PodManagers};
use crate::registration::{Bulks, Registrar};

use super::envelope::Entrance;
use super::readyz::Readiness;
use super::{
    absent, action, bulks, compose, decisions, discover, drift, envelope, evaluate, flavors,
    hardware, healthcheck, hooks, metrics, nodes, openapi, pod_managers, readyz, register,
    registration, root,
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
    /// What the store said last to who wants to know whether this is ready.
    pub readiness: Readiness,
    /// What every request has to come through.
    pub entrance: Entrance,
}

/// The whole API.
pub fn router(state: ApiState) -> Router {
    let entrance = state.entrance.clone();
    let (routes, _) = routes().split_for_parts();
    dressed(routes.with_state(state), entrance)
}

/// Every route, with what `/v1/openapi.json` says about it.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    stateless()
        .routes(routes!(pod_managers::list, pod_managers::create))
        .routes(routes!(
            pod_managers::show,
            pod_managers::update,
            pod_managers::delete
        ))
        .routes(routes!(discover::list))
        .routes(routes!(nodes::list, compose::compose))
        .routes(routes!(nodes::manage))
        .routes(routes!(nodes::show, nodes::update, nodes::delete))
        .routes(routes!(action::act))
        .routes(routes!(flavors::list, flavors::create))
        .routes(routes!(flavors::show, flavors::update, flavors::delete))
        .routes(routes!(hardware::systems))
        .routes(routes!(hardware::system))
        .routes(routes!(hardware::racks))
        .routes(routes!(hardware::rack))
        .routes(routes!(register::register, register::deregister))
        // As the first text of the API spelled it.
        .route(
            "/v1/node/{id}/register",
            post(register::register).delete(register::deregister),
        )
        .routes(routes!(registration::show))
        .routes(routes!(drift::show))
        .routes(routes!(bulks::list, bulks::begin))
        .routes(routes!(bulks::show))
        .routes(routes!(bulks::resume))
        .routes(routes!(bulks::stop))
        .routes(routes!(evaluate::evaluate))
        .routes(routes!(decisions::list))
        .routes(routes!(decisions::export))
        .routes(routes!(decisions::show))
        .routes(routes!(hooks::list))
        .routes(routes!(hooks::reload, hooks::show_reload))
        .routes(routes!(hooks::show))
        .routes(routes!(readyz::show))
        .routes(routes!(metrics::show))
}

/// The routes that need nothing of what lies below.
pub(super) fn stateless<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new()
        .routes(routes!(root::versions))
        .routes(routes!(root::version))
        .routes(routes!(openapi::show))
        .routes(routes!(healthcheck::show, healthcheck::head))
}

/// `routes`, with answers for what is not among them, each in its envelope. A slash
/// at the end of a path makes no difference, as it made none to Flask.
pub(super) fn dressed(routes: Router, entrance: Entrance) -> Router {
    let inner = routes
        .fallback(absent::route)
        .method_not_allowed_fallback(absent::method)
        .layer(middleware::from_fn_with_state(entrance, envelope::envelope));
    Router::new().fallback_service(NormalizePath::trim_trailing_slash(inner))
}
