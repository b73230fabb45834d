//! Stands before real Ironic and makes it misbehave as it does on bad days.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
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
    /// It waits before Ironic, whoever has had enough of it, until [`Proxy::lift`].
    Queued,
    /// Ironic has done it, and the answer comes byte by byte, for some seconds.
    Slow,
    /// Ironic has done it, and what comes is no JSON.
    Garbage,
    /// It does not reach Ironic, and what comes is a JSON of somebody else.
    Stranger,
    /// It does not reach Ironic, and what comes is a 404 of somebody else.
    LostWay,
    /// It is on its way until [`Proxy::let_go`].
    Held,
}

/// Requests that begin so, as in `POST /v1/ports`, and how many of them.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// How their first line begins.
    pub begins: &'static str,
    /// How many.
    pub times: usize,
}

/// Which requests a fault strikes.
struct Rule {
    is_struck: Box<dyn Fn(&str) -> bool + Send>,
    fault: Fault,
    left: usize,
    /// What strikes every other request after the first that is struck.
    after: Option<Fault>,
}

#[derive(Default)]
struct State {
    rule: Option<Rule>,
    struck: usize,
    requests: Vec<String>,
}

/// Stands before one Ironic. It handles a request a connection.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    let_go: Arc<Notify>,
}

impl Proxy {
    /// One that lets everything through.
    pub async fn new(ironic: &str) -> Self {
        let upstream = ironic.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let let_go = Arc::new(Notify::new());
        let holding = Arc::clone(&let_go);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (upstream, state) = (upstream.clone(), Arc::clone(&shared));
                let holding = Arc::clone(&holding);
                tokio::spawn(async move { serve(stream, &upstream, &state, &holding).await });
            }
        });
        Self {
            address,
            state,
            let_go,
        }
    }

    /// One that strikes with `fault` from the start.
    pub async fn before(ironic: &str, when: When, fault: Fault) -> Self {
        let proxy = Self::new(ironic).await;
        proxy.set(Rule {
            is_struck: Box::new(move |line| line.starts_with(when.begins)),
            fault,
            left: when.times,
            after: None,
        });
        proxy
    }

    /// Strikes the first request whose line `is_struck` accepts.
    pub fn strike_once(&self, fault: Fault, is_struck: impl Fn(&str) -> bool + Send + 'static) {
        self.set(Rule {
            is_struck: Box::new(is_struck),
            fault,
            left: 1,
            after: None,
        });
    }

    /// Strikes, once each and in this order, the next request that begins so.
    pub fn strike_each<const N: usize>(&self, fault: Fault, begins: [&'static str; N]) {
        let next = AtomicUsize::new(0);
        self.set(Rule {
            is_struck: Box::new(move |line| {
                let begins = begins.get(next.load(Ordering::Relaxed));
                let is_struck = begins.is_some_and(|begins| line.starts_with(begins));
                next.fetch_add(usize::from(is_struck), Ordering::Relaxed);
                is_struck
            }),
            fault,
            left: N,
            after: None,
        });
    }

    /// Strikes all requests whose lines `is_struck` accepts, until [`Proxy::lift`].
    pub fn strike_all(&self, fault: Fault, is_struck: impl Fn(&str) -> bool + Send + 'static) {
        self.set(Rule {
            is_struck: Box::new(is_struck),
            fault,
            left: usize::MAX,
            after: None,
        });
    }

    /// Strikes the first request whose line `is_struck` accepts, and every one
    /// after it until [`Proxy::lift`].
    pub fn strike_on(&self, fault: Fault, is_struck: impl Fn(&str) -> bool + Send + 'static) {
        self.strike_then(fault, fault, is_struck);
    }

    /// Strikes the first request whose line `is_struck` accepts, and every one
    /// after it with the fault `after`, until [`Proxy::lift`].
    pub fn strike_then(
        &self,
        fault: Fault,
        after: Fault,
        is_struck: impl Fn(&str) -> bool + Send + 'static,
    ) {
        self.set(Rule {
            is_struck: Box::new(is_struck),
            fault,
            left: usize::MAX,
            after: Some(after),
        });
    }

    /// Lets everything through again. Gives how many requests were struck.
    pub fn lift(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        state.rule = None;
        std::mem::take(&mut state.struck)
    }

    /// Lets the request that is held go on to Ironic, whoever waits for it still.
    pub fn let_go(&self) {
        self.let_go.notify_one();
    }

    fn set(&self, rule: Rule) {
        self.state.lock().unwrap().rule = Some(rule);
    }

    /// Its own address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, each as its first line.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

impl State {
    fn fault_for(&mut self, line: &str) -> Option<Fault> {
        self.requests.push(line.to_owned());
        let rule = self.rule.as_mut()?;
        let after = rule.after.filter(|_| self.struck > 0);
        if rule.left == 0 || !(after.is_some() || (rule.is_struck)(line)) {
            return None;
        }
        rule.left -= 1;
        self.struck += 1;
        Some(after.unwrap_or(rule.fault))
    }
}

async fn serve(
    mut client: TcpStream,
    upstream: &str,
    state: &Mutex<State>,
    let_go: &Notify,
) -> std::io::Result<()> {
    let request = read_request(&mut client).await?;
    let text = String::from_utf8_lossy(&request);
    let line = text.lines().next().unwrap_or_default();
    let fault = state.lock().unwrap().fault_for(line);
    match fault {
        Some(Fault::Before(status)) => return client.write_all(&answer(status)).await,
        Some(Fault::ResetBefore) => return client.set_zero_linger(),
        Some(Fault::Stranger) => {
            return client.write_all(&json(200, r#"{"hello": "world"}"#)).await;
        }
        Some(Fault::LostWay) => {
            return client
                .write_all(&json(404, "<html>no such page</html>"))
                .await;
        }
        Some(Fault::Held) => let_go.notified().await,
        _ => {}
    }
    while fault == Some(Fault::Queued) && state.lock().unwrap().rule.is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let reply = forward(upstream, &request).await?;
    match fault {
        Some(Fault::After(status)) => client.write_all(&answer(status)).await,
        Some(Fault::ResetAfter) => client.set_zero_linger(),
        Some(Fault::Truncated) => {
            client
                .write_all(reply.get(..reply.len() / 2).unwrap_or_default())
                .await
        }
        Some(Fault::Garbage) => client.write_all(&json(200, "<<<>>")).await,
        Some(Fault::Hang) => {
            // Until the caller has had enough of it.
            client.read(&mut [0; 1]).await.map(drop)
        }
        Some(Fault::Slow) => {
            for piece in reply.chunks(reply.len().div_ceil(8).max(1)) {
                client.write_all(piece).await?;
                client.flush().await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok(())
        }
        _ => client.write_all(&reply).await,
    }
}

fn answer(status: u16) -> Vec<u8> {
    let words = match status {
        409 => {
            "Node 1 is locked by host localhost, please retry after the current operation is completed."
        }
        413 => "Request Entity Too Large",
        401 => "Authorization required",
        429 => "Too many requests",
        503 => "Service Unavailable",
        _ => "(sqlite3.OperationalError) database is locked",
    };
    let inner = serde_json::json!({"faultcode": "Server", "faultstring": words, "debuginfo": null});
    json(
        status,
        &serde_json::json!({"error_message": inner.to_string()}).to_string(),
    )
}

fn json(status: u16, body: &str) -> Vec<u8> {
    let later = match status {
        429 => "Retry-After: 1\r\n",
        _ => "",
    };
    format!(
        "HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\n{later}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One request, with its body.
pub(crate) async fn read_request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
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
