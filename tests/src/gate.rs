//! A gate before a server: what cannot be done to the server itself, being away
//! and coming back, is done to the way there.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a server while it is open. Shut, it breaks those that
/// there are and refuses new ones.
pub struct Gate {
    address: SocketAddr,
    open: watch::Sender<bool>,
}

impl Gate {
    /// An open gate before the server at `url`, as in `http://127.0.0.1:6385`.
    pub async fn before(url: &str) -> Self {
        let server = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, opened) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                tokio::spawn(forward(caller, server.clone(), opened.clone()));
            }
        });
        Self { address, open }
    }

    /// Its own address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets nobody through.
    pub fn shut(&self) {
        self.open.send_replace(false);
    }

    /// Lets everybody through.
    pub fn open(&self) {
        self.open.send_replace(true);
    }
}

async fn forward(mut caller: TcpStream, server: String, mut open: watch::Receiver<bool>) {
    if !*open.borrow_and_update() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut caller, &mut server) => {}
        _ = open.wait_for(|open| !open) => {}
    }
}
