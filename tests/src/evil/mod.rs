//! A Redfish service that means harm, and another host that nobody is to talk to.

mod harm;
mod machine;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub use harm::{Harm, Place};

/// What it wants to be shown.
const TOKEN: &str = "canary-token";

/// Another host: it counts who comes, which is to be nobody.
pub struct Elsewhere {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

/// The service, on loopback, for as long as the runtime lives. It has the system
/// `1` with three network interfaces, and handles a request a connection.
pub struct Evil {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    own: SocketAddr,
    elsewhere: SocketAddr,
    harm: Mutex<Option<(Harm, Place)>>,
    requests: Mutex<Vec<String>>,
}

impl Elsewhere {
    /// Listens.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&visits);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(&answer(200, "", b"{}")).await;
            }
        });
        Self { address, visits }
    }

    /// How many connections there were.
    pub fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

impl Evil {
    /// The account that it is to be talked to with.
    pub const USERNAME: &str = "admin";
    /// Its password.
    pub const PASSWORD: &str = "canary-password";

    /// Starts one that does no harm yet.
    pub async fn start(elsewhere: &Elsewhere) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            own: address,
            elsewhere: elsewhere.address,
            harm: Mutex::default(),
            requests: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        Self { address, shared }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Does `harm` to the document at `place` from now on.
    pub fn strike(&self, harm: Harm, place: Place) {
        *self.shared.harm.lock().unwrap() = Some((harm, place));
    }

    /// Does no harm from now on.
    pub fn lift(&self) {
        *self.shared.harm.lock().unwrap() = None;
    }

    /// The first lines of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let request = crate::proxy::read_request(&mut stream).await?;
        let request = String::from_utf8_lossy(&request);
        let line = request.lines().next().unwrap_or_default().to_owned();
        self.requests.lock().unwrap().push(line.clone());
        let mut words = line.split(' ');
        let (method, target) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let (place, status, document) = if method == "POST" {
            let session = "/redfish/v1/SessionService/Sessions/1";
            (
                Some(Place::Login),
                201,
                json!({"@odata.id": session, "Id": "1"}),
            )
        } else if method == "DELETE" {
            (None, 204, Value::Null)
        } else if target.trim_end_matches('/') != "/redfish/v1" && !is_let_in(&request) {
            (None, 401, json!({}))
        } else {
            match machine::document(target) {
                Some((place, document)) => (place, 200, document),
                None => (None, 404, json!({})),
            }
        };
        let harm = *self.harm.lock().unwrap();
        match (harm, place) {
            (Some((harm, at)), Some(place)) if at == place => {
                self.harm(&mut stream, harm, place, target, document).await
            }
            _ => {
                let headers = match place {
                    Some(Place::Login) => format!("X-Auth-Token: {TOKEN}\r\n"),
                    _ => String::new(),
                };
                let body = document.to_string();
                stream
                    .write_all(&answer(status, &headers, body.as_bytes()))
                    .await
            }
        }
    }

    async fn harm(
        &self,
        stream: &mut TcpStream,
        harm: Harm,
        place: Place,
        target: &str,
        document: Value,
    ) -> std::io::Result<()> {
        let whole = document.to_string();
        let reply = match harm {
            Harm::Redirect(status) => {
                let location = format!("Location: http://{}{target}\r\n", self.elsewhere);
                answer(status, &location, b"")
            }
            Harm::GzipBomb => answer(200, "Content-Encoding: gzip\r\n", bomb()),
            Harm::Oversized => return endless(stream, b"{\"a\":\"", &[b'x'; 1 << 16]).await,
            Harm::Million => {
                let member = br#"{"@odata.id":"/redfish/v1/Systems/1/EthernetInterfaces/1"},"#;
                return endless(stream, b"{\"Members\":[", &member.repeat(1000)).await;
            }
            Harm::Swelling => {
                let swelling = format!("{{\"a\":[{}{{}}]}}", "{\"b\":{}},".repeat(400_000));
                answer(200, "", swelling.as_bytes())
            }
            Harm::Heavy => {
                let values = vec![json!({"b": 1}); 4_000];
                let mut heavy = document;
                heavy["Oem"] = json!({"Heavy": values});
                answer(200, "", heavy.to_string().as_bytes())
            }
            Harm::Truncated => {
                let reply = answer(200, "", whole.as_bytes());
                reply[..reply.len() - whole.len() / 2].to_vec()
            }
            Harm::Trickle => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                loop {
                    stream.write_all(b" ").await?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            // Until the caller has had enough of it.
            Harm::Hang => return stream.read(&mut [0; 1]).await.map(drop),
            Harm::Garbage => answer(200, "", b"{\"Id\": <<<>>>"),
            Harm::Deep => answer(200, "", "{\"a\":".repeat(10_000).as_bytes()),
            Harm::WrongType => answer(200, "Content-Type: text/html\r\n", b"<html>Log in</html>"),
            Harm::List => answer(200, "", format!("[{whole}]").as_bytes()),
            Harm::Disguised => answer(200, "", br#"{"error": {"code": "Base.1.0.GeneralError"}}"#),
            Harm::Status(status) => {
                // What was shown to it comes back, to get into a log.
                let words = format!("{TOKEN} {} no entry", Evil::PASSWORD);
                let body = json!({"error": {"message": words}}).to_string();
                answer(status, "", body.as_bytes())
            }
            Harm::Later => answer(503, "Retry-After: 3600000\r\n", b"{}"),
            Harm::Reset => return stream.set_zero_linger(),
            Harm::Headers => {
                return endless(
                    stream,
                    b"HTTP/1.1 200 OK\r\n",
                    &b"X-More: more\r\n".repeat(1000),
                )
                .await;
            }
            _ => {
                let link = harm.link(target, self.elsewhere, self.own).unwrap();
                let document = harm::with_link(place, document, &link, harm);
                let mut headers = format!("Location: {link}\r\n");
                if place == Place::Login {
                    headers += &format!("X-Auth-Token: {TOKEN}\r\n");
                }
                answer(200, &headers, document.to_string().as_bytes())
            }
        };
        stream.write_all(&reply).await
    }
}

/// Whether the request shows what the service wants to see.
fn is_let_in(request: &str) -> bool {
    let request = request.to_lowercase();
    request.contains(&format!("x-auth-token: {TOKEN}\r\n"))
        || request.contains("authorization: basic ")
}

/// Sends `beginning`, and then `more` until the caller has had enough of it.
async fn endless(stream: &mut TcpStream, beginning: &[u8], more: &[u8]) -> std::io::Result<()> {
    if !beginning.starts_with(b"HTTP") {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    }
    stream.write_all(beginning).await?;
    loop {
        stream.write_all(more).await?;
    }
}

/// A document of 64 MiB in a few dozen KiB.
fn bomb() -> &'static [u8] {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"{\"a\":\"").unwrap();
        for _ in 0..64 {
            encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        encoder.finish().unwrap()
    })
}

fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut answer = format!(
        "HTTP/1.1 {status} X\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}
