//! Stands before a server and keeps what it is asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

/// Forwards everything, and remembers the side of the client.
pub(super) struct Recorder {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    pub(super) async fn before(url: &str) -> Self {
        let server = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, kept) = (server.clone(), Arc::clone(&kept));
                tokio::spawn(async move { forward(client, &server, &kept).await });
            }
        });
        Self { address, asked }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often a request began so.
    pub(super) fn count(&self, begin: &str) -> usize {
        self.text().matches(begin).count()
    }

    /// The tokens that were shown, each once, in their order.
    pub(super) fn tokens(&self) -> Vec<String> {
        let mut tokens: Vec<String> = Vec::new();
        for line in self.text().lines() {
            let Some((name, value)) = line.split_once(": ") else {
                continue;
            };
            if name.eq_ignore_ascii_case("x-auth-token") && !tokens.iter().any(|had| had == value) {
                tokens.push(value.to_owned());
            }
        }
        tokens
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.asked.lock().expect("no panic")).into_owned()
    }
}

async fn forward(client: TcpStream, server: &str, kept: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let there = async {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let read = from_client.read(&mut buffer).await?;
            if read == 0 {
                return to_server.shutdown().await;
            }
            kept.lock()
                .expect("no panic")
                .extend_from_slice(&buffer[..read]);
            to_server.write_all(&buffer[..read]).await?;
        }
    };
    let back = async {
        copy(&mut from_server, &mut to_client).await?;
        to_client.shutdown().await
    };
    tokio::try_join!(there, back).map(drop)
}
