//! The door: who gets in, what they may do there, and what nobody may take of it.

mod people;
mod records;
mod registering;
mod wire;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use valence_tests::{Valence, ValenceBuilder};

/// Ann, Bob and Cy, each with the password `NAME-pa55word`.
const USERS: &str = "\
    # htpasswd -B\n\
    ann:$2b$04$YL5ZNsrZecrPd/KWx0A4pOV1SDwbERiJZhWAR.a5PAzWqBiJN18oi\n\
    bob:$2b$04$VPMsfN.AN0G7pH3yzdcO4OLGmjPPwuDYoEwDrmdTcjLuAcaoIOGx.\n\
    cy:$2b$04$GXFW0l7DEgHJ1ka5SKLCLuALjNbSs/262ZEFnRzvJfKsRfrCMnRsO\n";

/// A server that knows an admin, a manager and a reader: Ann, Bob and Cy.
fn guarded() -> ValenceBuilder {
    guarded_with("")
}

/// The same with `more` in `[api]`.
fn guarded_with(more: &str) -> ValenceBuilder {
    Valence::bare()
        .configure(&format!(
            "[api]\nauth = \"http_basic\"\nhtpasswd = \"users\"\nadmins = [\"ann\"]\nmanagers = [\"bob\"]\n{more}",
        ))
        .file("users", USERS)
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// What comes back for `text`, until the server closes the connection or is silent
/// for ten seconds.
fn raw(valence: &Valence, text: &[u8]) -> String {
    let address = valence.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    // It may close before all of it is there.
    let _ = stream.write_all(text);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
