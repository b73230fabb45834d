//! Where callers come in: connections, with TLS or without, so many at a time, and
//! none for longer than it is used.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::tls::ServerCertificate;

/// Before another connection is taken after one could not be: most likely there are
/// no file descriptors left, which others give back.
const PAUSE: Duration = Duration::from_millis(100);

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How large the line and the headers of a request may be, in bytes.
    pub head: usize,
    /// How long they may take to come, as may the beginnings of TLS.
    pub head_timeout: Duration,
    /// How long a caller may leave what was sent unread before nothing more is.
    pub reply_timeout: Duration,
    /// How many connections there may be at a time.
    pub connections: usize,
}

/// Serves `router` to whoever comes to `listener`, by https with a `certificate`,
/// until `stop` is done; then what was begun is ended.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    certificate: Option<Arc<ServerCertificate>>,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let ending = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        // Those for whom there is no place wait where the system lets them.
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Answers are short, and callers wait for them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.reply_timeout));
        let stream = Box::pin(stream);
        let router = router.clone();
        let watcher = ending.watcher();
        let tls = certificate
            .as_ref()
            .map(|certificate| certificate.current());
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => connection(stream, address, router, limits, watcher).await,
                Some(config) => {
                    if let Some(stream) = secured(stream, config, address, limits).await {
                        connection(stream, address, router, limits, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    ending.shutdown().await;
}

/// `stream` with TLS, if the caller gets so far in time.
async fn secured<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    config: Arc<rustls::ServerConfig>,
    address: SocketAddr,
    limits: ConnectionLimits,
) -> Option<tokio_rustls::server::TlsStream<S>> {
    let accepted = TlsAcceptor::from(config).accept(stream);
    match tokio::time::timeout(limits.head_timeout, accepted).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%address, error = %error, "no tls came about");
            None
        }
        Err(_) => {
            tracing::debug!(%address, "no tls came about in time");
            None
        }
    }
}

async fn connection<S>(
    stream: S,
    address: SocketAddr,
    router: Router,
    limits: ConnectionLimits,
    watcher: Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%address, error = %error, "a connection broke off");
    }
}
