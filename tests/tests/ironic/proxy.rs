//! Stands before real Ironic and makes it misbehave as it does on bad days.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not reach Ironic, which answers with this status.
    Before(u16),
    /// Ironic has done it, and answers with this status all the same.
    After(u16),
    /// The connection breaks before Ironic sees it.
    ResetBefore,
    /// Ironic has done it, and the connection breaks.
    ResetAfter,
    /// Ironic has done it, and half of the answer comes.
    Truncated,
    /// Ironic has done it, and no answer comes.
    Hang,
    /// Ironic has done it, and what comes is no JSON.
    Garbage,
}

/// Requests that begin so, as in `POST /v1/ports`, and how many of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub(super) begins: &'static str,
    pub(super) times: usize,
}

/// A proxy for one test. It handles a request a connection.
pub(super) struct Proxy {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(super) async fn before(ironic: &str, when: When, fault: Fault) -> Self {
        let upstream = ironic.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (left, seen) = (Arc::new(Mutex::new(when.times)), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (upstream, left, seen) =
                    (upstream.clone(), Arc::clone(&left), Arc::clone(&seen));
                tokio::spawn(async move {
                    let _ = serve(stream, &upstream, when.begins, fault, &left, &seen).await;
                });
            }
        });
        Self { address, requests }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, each as its first line.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

async fn serve(
    mut client: TcpStream,
    upstream: &str,
    begins: &str,
    fault: Fault,
    left: &Mutex<usize>,
    seen: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let request = read_request(&mut client).await?;
    let line = String::from_utf8_lossy(&request)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    seen.lock().expect("no panic").push(line.clone());
    let strikes = {
        let mut left = left.lock().expect("no panic");
        let strikes = line.starts_with(begins) && *left > 0;
        *left -= usize::from(strikes);
        strikes
    };
    let fault = strikes.then_some(fault);
    match fault {
        Some(Fault::Before(status)) => return client.write_all(&answer(status)).await,
        Some(Fault::ResetBefore) => return reset(&client),
        _ => {}
    }
    let reply = forward(upstream, &request).await?;
    match fault {
        Some(Fault::After(status)) => client.write_all(&answer(status)).await,
        Some(Fault::ResetAfter) => reset(&client),
        Some(Fault::Truncated) => {
            client
                .write_all(reply.get(..reply.len() / 2).unwrap_or_default())
                .await
        }
        Some(Fault::Garbage) => {
            client
                .write_all(
                    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n<<<>>",
                )
                .await
        }
        Some(Fault::Hang) => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(())
        }
        _ => client.write_all(&reply).await,
    }
}

fn reset(client: &TcpStream) -> std::io::Result<()> {
    client.set_zero_linger()
}

fn answer(status: u16) -> Vec<u8> {
    let words = match status {
        409 => {
            "Node 1 is locked by host localhost, please retry after the current operation is completed."
        }
        _ => "(sqlite3.OperationalError) database is locked",
    };
    let inner = serde_json::json!({"faultcode": "Server", "faultstring": words, "debuginfo": null});
    let body = serde_json::json!({"error_message": inner.to_string()}).to_string();
    format!(
        "HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn read_request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(head) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
            let length: usize = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0);
            if request.len() >= head + 4 + length {
                return Ok(request);
            }
        }
        let read = client.read(&mut buffer).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&buffer[..read]);
    }
}

async fn forward(upstream: &str, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(upstream).await?;
    let end = request
        .windows(2)
        .position(|window| window == b"\r\n")
        .unwrap_or(0);
    server.write_all(&request[..end]).await?;
    // Behind another proxy it says so already; twice, Ironic's server reads neither.
    if !request
        .windows(17)
        .any(|window| window == b"Connection: close")
    {
        server.write_all(b"\r\nConnection: close").await?;
    }
    server.write_all(&request[end..]).await?;
    let mut reply = Vec::new();
    server.read_to_end(&mut reply).await?;
    Ok(reply)
}
