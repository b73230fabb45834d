//! `valence serve`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Mutex, Notify};

use crate::api;
use crate::config::{ApiAuth, ApiSection, Config, ServerTls};
use crate::failure::{Cause, Failure};
use crate::hook::{LiveChain, Trigger, follow};
use crate::listen::{ConnectionLimits, serve};
use crate::registration::Identity;
use crate::tls::{ServerCertificate, ServerFiles};

use super::arguments::Global;
use super::assemble::assemble;
use super::hook_source::ConfiguredHooks;
use super::logging;
use super::trouble::Trouble;

/// How long sessions with pod managers may take to end.
const LOGOUT: Duration = Duration::from_secs(5);

/// Before a task that has ended is begun anew.
const ANEW: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct Arguments {
    /// Listen here, whatever the configuration says
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Trouble> {
    #[cfg(debug_assertions)]
    if let Some(at) = crate::config::crash_point() {
        crate::crash::arm(at);
    }
    let loaded = Config::load(global.config.as_deref())?;
    logging::write_as(loaded.config.server.log);
    let stop_within = loaded.config.server.stop_within;
    let listen = arguments.listen.unwrap_or(loaded.config.server.listen);
    refuse_others(listen, &loaded.config.api)?;
    let file = loaded.file.as_ref().map(|file| file.display().to_string());
    tracing::info!(file, "configuration read");
    // Before the services are set up: their set-up must not be cut in half.
    let mut stop = Stop::set_up()?;
    let hangup = signal(SignalKind::hangup()).context("SIGHUP cannot be waited for")?;
    let machine = rustix::system::uname();
    let identity = Identity {
        name: format!("{} ({listen})", machine.nodename().to_string_lossy()),
        configuration: loaded.digest(),
    };
    let (config, started) = loaded.start();
    let certificate = config.server.tls.as_ref().map(certificate).transpose()?;
    let limits = config.server.limits;
    let limits = ConnectionLimits {
        head: limits.head,
        head_timeout: limits.head_timeout,
        reply_timeout: limits.reply_timeout,
        connections: limits.connections,
    };
    let state = assemble(config, Arc::new(ConfiguredHooks(started)), identity).await?;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::new(
            Cause::BadConfiguration,
            format!("cannot listen on `{listen}`; is another server running there?"),
        )
        .because(error)
    })?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let registrar = Arc::clone(&state.registrar);
    let pod_managers = Arc::clone(&state.pod_managers);
    let mover = Arc::clone(&registrar);
    let holder = Arc::clone(&registrar);
    kept_up("what this server holds", move || {
        let holder = Arc::clone(&holder);
        async move { holder.keep_holding().await }
    });
    let bulks = Arc::clone(&state.bulks);
    bulks.go_on().await?;
    let others = Arc::clone(&bulks);
    tokio::spawn(async move { others.keep_going_on().await });
    let retiring = Arc::clone(&registrar);
    let closing = Arc::clone(&bulks);
    kept_up("what was cut off", move || {
        let registrar = Arc::clone(&registrar);
        async move { registrar.keep_finishing().await }
    });
    let nodes = Arc::clone(&state.nodes);
    kept_up("composed nodes that are to be given back", move || {
        let nodes = Arc::clone(&nodes);
        async move { nodes.keep_giving_back().await }
    });
    let registering = Arc::clone(&state.registrar);
    kept_up("composed nodes that are to be registered", move || {
        let registering = Arc::clone(&registering);
        async move { registering.keep_registering_composed().await }
    });
    let forgetting = Arc::clone(&state.registrar);
    kept_up("records of what has ended", move || {
        let forgetting = Arc::clone(&forgetting);
        async move { forgetting.keep_forgetting().await }
    });
    kept_up("where nodes are to be taken", move || {
        let mover = Arc::clone(&mover);
        async move { mover.keep_moving().await }
    });
    let followed = Arc::clone(&state.hooks);
    kept_up("the files of the hooks", move || {
        follow(Arc::clone(&followed))
    });
    let hangup = Arc::new(Mutex::new(hangup));
    let (reloaded, renewed) = (Arc::clone(&state.hooks), certificate.clone());
    kept_up("what SIGHUP asks for", move || {
        reload_at(Arc::clone(&hangup), Arc::clone(&reloaded), renewed.clone())
    });
    let asked = Arc::new(Notify::new());
    let told = Arc::clone(&asked);
    let served = serve(
        listener,
        api::router(state),
        certificate,
        limits,
        async move {
            stop.asked().await;
            // Whoever follows one is told that it is over for now.
            closing.close();
            told.notify_one();
        },
    );
    let ended = async {
        served.await;
        bulks.closed().await;
    };
    let too_long = async {
        asked.notified().await;
        tokio::time::sleep(stop_within).await;
    };
    tokio::select! {
        () = ended => {}
        () = too_long => {
            tracing::warn!(?stop_within, "not everything has ended: the next start finishes what is on record");
        }
    }
    if let Ok(Err(failure)) = tokio::time::timeout(LOGOUT, retiring.retire()).await {
        tracing::warn!(error = %failure, "what this server held runs out by itself");
    }
    // A pod manager that hangs is not waited for.
    let _ = tokio::time::timeout(LOGOUT, pod_managers.close()).await;
    tracing::info!("stopped");
    Ok(())
}

/// What the server is known by.
pub(super) fn certificate(section: &ServerTls) -> Result<Arc<ServerCertificate>, Failure> {
    let files = ServerFiles {
        certificate: section.cert.clone(),
        key: section.key.clone(),
        client_ca: section.client_ca.clone(),
    };
    let loaded = ServerCertificate::load(files).map_err(|error| {
        Failure::new(Cause::BadConfiguration, "https cannot be served")
            .at("server.tls")
            .because(error)
    });
    loaded.map(Arc::new)
}

/// Runs `task`, which is to run as long as the process does, and begins it anew
/// should it end: without it, what is left over would be so until a restart.
/// `what`: what it looks after, for the log.
fn kept_up<T>(what: &'static str, task: impl Fn() -> T + Send + 'static)
where
    T: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            let ended = tokio::spawn(task()).await;
            let error = ended.err().map(|error| error.to_string());
            tracing::error!(
                what,
                error,
                "nobody looks after it any more: beginning anew"
            );
            tokio::time::sleep(ANEW).await;
        }
    });
}

/// Where nobody is asked for a password, nobody may come from elsewhere, unless the
/// operator insists.
pub(super) fn refuse_others(listen: SocketAddr, api: &ApiSection) -> Result<(), Trouble> {
    if listen.ip().is_loopback() || api.open || api.auth != ApiAuth::None {
        return Ok(());
    }
    Err(Failure::new(
        Cause::BadConfiguration,
        format!(
            "`{listen}` can be reached from other machines, and this server asks callers for no \
             credentials: set `auth` of `[api]`, or listen on `127.0.0.1:{}`",
            listen.port()
        ),
    )
    .at("server.listen")
    .into())
}

/// Loads the certificate and the hooks again at every SIGHUP. What became of it is on
/// record and in the log.
async fn reload_at(
    hangup: Arc<Mutex<Signal>>,
    hooks: Arc<LiveChain>,
    certificate: Option<Arc<ServerCertificate>>,
) {
    let mut hangup = hangup.lock().await;
    while hangup.recv().await.is_some() {
        if let Some(certificate) = &certificate {
            certificate.reload();
        }
        let _ = hooks.reload(Trigger::Signal).await;
    }
}

/// SIGINT and SIGTERM.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn set_up() -> anyhow::Result<Self> {
        let of = |kind| signal(kind).context("signals cannot be waited for");
        Ok(Self {
            interrupt: of(SignalKind::interrupt())?,
            terminate: of(SignalKind::terminate())?,
        })
    }

    /// Comes back when the process is asked to stop. What is being served then
    /// is served to its end.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => tracing::info!("interrupted: finishing what was begun"),
            _ = self.terminate.recv() => tracing::info!("told to stop: finishing what was begun"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_dies_is_begun_anew() {
        let (begun, mut beginnings) = tokio::sync::mpsc::unbounded_channel();
        kept_up("a test", move || {
            let begun = begun.clone();
            async move {
                begun.send(()).expect("a reader");
                panic!("on purpose");
            }
        });
        for _ in 0..2 {
            beginnings.recv().await.expect("begun");
        }
    }

    #[test]
    fn only_loopback_is_listened_on_where_nobody_is_asked() {
        for (listen, taken) in [
            ("127.0.0.1:8181", true),
            ("127.1.2.3:1", true),
            ("[::1]:8181", true),
            ("0.0.0.0:8181", false),
            ("[::]:8181", false),
            ("10.0.0.5:8181", false),
            ("[::ffff:10.0.0.5]:8181", false),
        ] {
            let listen = listen.parse().unwrap();
            let section = |auth: ApiAuth, open| ApiSection {
                auth,
                open,
                proxies: Vec::new(),
                open_metrics: false,
            };
            let closed = refuse_others(listen, &section(ApiAuth::None, false));
            assert_eq!(closed.is_ok(), taken, "{listen}");
            assert!(refuse_others(listen, &section(ApiAuth::None, true)).is_ok());
            let auth = ApiAuth::HttpBasic {
                htpasswd: "users".into(),
                managers: Vec::new(),
                admins: Vec::new(),
            };
            assert!(refuse_others(listen, &section(auth, false)).is_ok());
        }
    }
}
