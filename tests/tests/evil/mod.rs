//! Redfish services that mean harm: whatever they do, whoever asked is told what it
//! was, nobody else hears of the credentials, and the server stays as small as it was.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail loudly, and tells its figures"
)]

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde_json::json;
use valence_tests::{Elsewhere, Evil, Harm, Place, Reply, Valence};

use crate::hostile::measure::memory;
use crate::register::ironic;

const PLACES: [Place; 6] = [
    Place::Root,
    Place::System,
    Place::Collection,
    Place::Member,
    Place::Page,
    Place::Link,
];

/// What nothing may take longer than.
const LIMIT: Duration = Duration::from_secs(30);

/// What it may cost the server at its peak, in KiB.
const MOST_MEMORY: i64 = 32 << 10;

/// How many harms are done at a time that take no memory.
const AT_ONCE: usize = 8;

fn server() -> Valence {
    Valence::with_ironic(&ironic().endpoint())
        .configure("[redfish]\ntimeout = \"2s\"\ntotal_timeout = \"4s\"\nretry_for = \"200ms\"")
        .start()
}

/// A harm that is done to one node of its own.
#[derive(Clone, Copy, Debug)]
struct Cell {
    number: usize,
    harm: Harm,
    place: Place,
}

impl Cell {
    /// Every harm at every place.
    fn all() -> Vec<Self> {
        let cells = Harm::ALL
            .iter()
            .flat_map(|harm| PLACES.iter().map(move |place| (*harm, *place)));
        cells
            .enumerate()
            .map(|(number, (harm, place))| Self {
                number,
                harm,
                place,
            })
            .collect()
    }

    fn takes_memory(&self) -> bool {
        matches!(
            self.harm,
            Harm::GzipBomb
                | Harm::Oversized
                | Harm::Swelling
                | Harm::Heavy
                | Harm::Million
                | Harm::Headers
                | Harm::Deep
        )
    }

    /// What is as good as nothing: a resource that is not there, and a link to
    /// something else that is well-formed.
    fn is_harmless(&self) -> bool {
        match self.harm {
            Harm::Status(404) => !matches!(self.place, Place::System | Place::Page),
            Harm::Cycle => matches!(self.place, Place::Collection | Place::Member),
            Harm::Endless => self.place == Place::Member,
            // Three of them are more than all documents of a node may take.
            Harm::Heavy => true,
            _ => false,
        }
    }

    /// Does the harm, and gives how the request ended that met it.
    async fn tried(self, valence: &Valence, elsewhere: &Elsewhere) -> (Self, Reply, Duration) {
        let evil = Evil::start(elsewhere).await;
        let name = format!("evil-{}", self.number);
        let account = json!({"username": Evil::USERNAME, "password": Evil::PASSWORD});
        let made = valence
            .post(
                "/v1/pod_managers",
                json!({
                    "name": name, "url": evil.url(), "driver": "redfish", "verify_ca": false,
                    "auth": if self.number.is_multiple_of(2) { "basic" } else { "session" },
                    "authentication": [{"type": "basic", "auth_items": account}],
                }),
            )
            .await;
        assert_eq!(made.status, 200, "{made:?}");
        let manage = json!({"podm_id": name, "node_index": "1", "name": name});
        let begun;
        let reply = if self.place == Place::Root {
            evil.strike(self.harm, self.place);
            begun = Instant::now();
            valence.post("/v1/nodes/manage", manage).await
        } else {
            let managed = valence.post("/v1/nodes/manage", manage).await;
            assert_eq!(managed.status, 200, "{managed:?}");
            evil.strike(self.harm, self.place);
            begun = Instant::now();
            valence
                .post(
                    &format!("/v1/nodes/{name}/register?dry_run=true"),
                    json!({}),
                )
                .await
        };
        (self, reply, begun.elapsed())
    }

    /// What is wrong with how it ended, if anything is.
    fn wrong(&self, reply: &Reply) -> Option<String> {
        let text = reply.body.to_string();
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        let code = reply.body["code"].as_str().unwrap_or_default();
        let named = matches!(
            (reply.status, code),
            (502, "redfish-failed") | (504, "redfish-timeout")
        ) && detail.contains("pod manager")
            && detail.len() < 2000
            && !detail.contains(char::is_control);
        let right = named || reply.status == 200 && self.is_harmless();
        (!right || text.contains("canary"))
            .then(|| format!("{self:?}: {} {text:.600}", reply.status))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_harm_at_every_place_ends_in_a_named_error_and_nobody_else_hears_of_it() {
    let valence = server();
    let elsewhere = Elsewhere::start().await;
    let (heavy, light): (Vec<_>, Vec<_>) = Cell::all().into_iter().partition(Cell::takes_memory);
    let number = heavy.len() + light.len();
    let mut ended: Vec<_> = futures::stream::iter(light)
        .map(|cell| cell.tried(&valence, &elsewhere))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;

    // Others would be in the figures.
    let (before, _) = memory(valence.process());
    let mut most = (0, None);
    for cell in heavy {
        reset_peak(valence.process());
        let (now, _) = memory(valence.process());
        ended.push(cell.tried(&valence, &elsewhere).await);
        let (_, peak) = memory(valence.process());
        if peak - now > most.0 {
            most = (peak - now, Some(cell));
        }
    }
    let (after, _) = memory(valence.process());
    let longest = ended.iter().max_by_key(|(_, _, took)| *took).unwrap();
    println!(
        "{number} harms: the longest took {:?} ({:?}); one takes {} KiB more at its peak ({:?}), all that take memory left {}",
        longest.2,
        longest.0,
        most.0,
        most.1,
        after - before
    );
    let wrong: Vec<_> = ended
        .iter()
        .filter_map(|(cell, reply, _)| cell.wrong(reply))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(elsewhere.visits(), 0);
    assert!(longest.2 < LIMIT);
    assert!(most.0 < MOST_MEMORY, "{most:?}");
    assert_eq!(valence.get("/v1").await.status, 200);
    assert!(!valence.log().contains("canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_means_harm_gives_nothing_away() {
    let mut valence = server();
    let elsewhere = Elsewhere::start().await;
    for (number, harm) in Harm::ALL.into_iter().enumerate() {
        let evil = Evil::start(&elsewhere).await;
        evil.strike(harm, Place::Login);
        let account = json!({"username": Evil::USERNAME, "password": Evil::PASSWORD});
        let made = valence
            .post(
                "/v1/pod_managers",
                json!({
                    "name": format!("login-{number}"), "url": evil.url(), "driver": "redfish",
                    "authentication": [{"type": "basic", "auth_items": account}],
                }),
            )
            .await;
        // Basic authentication does where no session is to be had.
        assert_eq!(made.status, 200, "{harm:?}: {made:?}");
        let logins = evil.requests();
        let logins = logins
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        assert_eq!(logins, 1, "{harm:?}");
    }
    // The sessions that there are are ended, wherever their services say that they are.
    valence.signal("TERM");
    let begun = Instant::now();
    while !valence.has_ended() && begun.elapsed() < LIMIT {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(valence.has_ended());
    assert_eq!(elsewhere.visits(), 0);
    assert!(!valence.log().contains("canary"));
}

/// Has the kernel forget the most memory that the process ever held.
fn reset_peak(process: u32) {
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}
