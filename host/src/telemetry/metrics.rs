//! All metrics there are.

use std::sync::LazyLock;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use super::Label;

/// What [`exposed`] is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels<const N: usize> = [(&'static str, Label); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;
type Gauges<const N: usize> = Family<Labels<N>, Gauge>;
type Histograms = Family<Labels<1>, Histogram, fn() -> Histogram>;

pub(super) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

pub(super) struct Metrics {
    registry: Registry,
    /// All of them, without what their kind adds.
    #[cfg(test)]
    pub(super) names: Vec<String>,
    pub(super) http_requests: Counters<3>,
    pub(super) http_seconds: Histograms,
    pub(super) registrations: Counters<2>,
    pub(super) resumed: Counters<1>,
    pub(super) phase_seconds: Histograms,
    pub(super) unfinished: Gauges<1>,
    pub(super) bulk_nodes: Gauges<1>,
    pub(super) hook_calls: Counters<3>,
    pub(super) hook_fuel: Histograms,
    pub(super) hook_seconds: Histograms,
    pub(super) hooks: Gauge,
    pub(super) hook_reloads: Counters<1>,
    pub(super) hook_code: Counters<1>,
    pub(super) ironic_requests: Counters<2>,
    pub(super) ironic_seconds: Histograms,
    pub(super) ironic_under_way: Gauge,
    pub(super) ironic_waiting: Gauge,
    pub(super) ironic_limit: Gauge,
    pub(super) keystone_requests: Counters<1>,
    pub(super) keystone_seconds: Histogram,
    pub(super) redfish_requests: Counters<1>,
    pub(super) redfish_seconds: Histogram,
    pub(super) journal_entries: Counters<1>,
    pub(super) journal_seconds: Histogram,
    pub(super) store_up: Gauge,
    pub(super) leases: Gauge,
    pub(super) leases_lost: Counter,
    pub(super) replicas: Gauge,
    pub(super) replicas_different: Gauge,
}

/// From a millisecond to half a minute, each four times the one before, as far as
/// half an hour: what waits for machines takes long.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 4.0, 11))
}

/// From ten microseconds: hooks and the journal are quick.
fn short_seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_01, 4.0, 10))
}

fn fuel() -> Histogram {
    Histogram::new(exponential_buckets(1_000.0, 10.0, 8))
}

impl Metrics {
    fn new() -> Self {
        let mut all = All {
            registry: Registry::with_prefix("valence"),
            #[cfg(test)]
            names: vec!["build".into()],
        };
        let histograms = |of: fn() -> Histogram| Histograms::new_with_constructor(of);
        let info = Info::new([("version", Label::from(env!("CARGO_PKG_VERSION")))]);
        all.registry
            .register("build", "The version that runs", info);
        Self {
            http_requests: all.take("http_requests", "Requests answered", <_>::default()),
            http_seconds: all.take(
                "http_request_seconds",
                "Until a request is answered",
                histograms(seconds),
            ),
            registrations: all.take(
                "registrations",
                "Registrations, dry runs and deregistrations that have ended",
                <_>::default(),
            ),
            resumed: all.take(
                "resumed",
                "Tries to finish what was cut off",
                <_>::default(),
            ),
            phase_seconds: all.take(
                "registration_phase_seconds",
                "Parts of registrations",
                histograms(seconds),
            ),
            unfinished: all.take(
                "unfinished",
                "What is on record and not at its end",
                <_>::default(),
            ),
            bulk_nodes: all.take(
                "bulk_nodes",
                "Nodes of bulk registrations that are to be registered",
                <_>::default(),
            ),
            hook_calls: all.take("hook_calls", "Calls of hooks", <_>::default()),
            hook_fuel: all.take("hook_fuel", "Fuel of a call", histograms(fuel)),
            hook_seconds: all.take(
                "hook_seconds",
                "Own running time of a call",
                histograms(short_seconds),
            ),
            hooks: all.take("hooks", "Hooks that serve", <_>::default()),
            hook_reloads: all.take("hook_reloads", "Reloads of the hooks", <_>::default()),
            hook_code: all.take(
                "hook_code_lookups",
                "Looks for compiled code in the cache",
                <_>::default(),
            ),
            ironic_requests: all.take("ironic_requests", "Requests to Ironic", <_>::default()),
            ironic_seconds: all.take(
                "ironic_request_seconds",
                "Until Ironic has answered",
                histograms(seconds),
            ),
            ironic_under_way: all.take(
                "ironic_requests_under_way",
                "Requests that Ironic has not answered",
                <_>::default(),
            ),
            ironic_waiting: all.take(
                "ironic_requests_waiting",
                "Requests that wait for their turn",
                <_>::default(),
            ),
            ironic_limit: all.take(
                "ironic_requests_limit",
                "How many may be under way now",
                <_>::default(),
            ),
            keystone_requests: all.take(
                "keystone_requests",
                "Requests to Keystone",
                <_>::default(),
            ),
            keystone_seconds: all.take(
                "keystone_request_seconds",
                "Until Keystone has answered",
                seconds(),
            ),
            redfish_requests: all.take(
                "redfish_requests",
                "Requests to Redfish services",
                <_>::default(),
            ),
            redfish_seconds: all.take(
                "redfish_request_seconds",
                "Until a Redfish service has answered",
                seconds(),
            ),
            journal_entries: all.take("journal_entries", "Entries of the journal", <_>::default()),
            journal_seconds: all.take(
                "journal_write_seconds",
                "Until entries that are written together are on the disk",
                short_seconds(),
            ),
            store_up: all.take("store_up", "Whether the store answers", <_>::default()),
            leases: all.take(
                "leases",
                "What this server works on and no other may",
                <_>::default(),
            ),
            leases_lost: all.take(
                "leases_lost",
                "What another server has taken over from this one",
                <_>::default(),
            ),
            replicas: all.take(
                "replicas",
                "Servers that share the database, this one too",
                <_>::default(),
            ),
            replicas_different: all.take(
                "replicas_different",
                "Those of them with other hooks, configuration or version than this one",
                <_>::default(),
            ),
            #[cfg(test)]
            names: all.names,
            registry: all.registry,
        }
    }
}

/// Takes metrics in as they are made.
struct All {
    registry: Registry,
    #[cfg(test)]
    names: Vec<String>,
}

impl All {
    fn take<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        #[cfg(test)]
        self.names.push(name.to_owned());
        self.registry.register(name, help, metric.clone());
        metric
    }
}

/// Everything as text, as Prometheus and OpenMetrics have it.
pub fn exposed() -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = text::encode(&mut out, &METRICS.registry);
    out
}
