//! One request, from its first byte to its answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{Answer, Asked};
use super::builder::Spelling;
use super::changing::{patch, reset, reset_of};
use super::composition::Compositions;
use super::documents::Documents;
use super::fault::{Fault, plain};
use super::lock;
use super::login::Logins;
use super::reading::Reading;
use super::rsd::Nodes;
use super::tasks::{Tasks, Turn};

/// The most that a request may hold.
const BODY: usize = 1 << 20;

/// The service: what it is told once, and what changes.
pub(super) struct Service {
    pub(super) reading: Reading,
    pub(super) spelling: Spelling,
    /// How long it takes for each answer.
    pub(super) delay: Duration,
    pub(super) state: Mutex<State>,
    // What its certificate is in.
    pub(super) _directory: Option<tempfile::TempDir>,
}

/// What changes.
#[derive(Default)]
pub(super) struct State {
    pub(super) documents: Documents,
    pub(super) faults: Vec<Fault>,
    pub(super) seen: Vec<Seen>,
    pub(super) logins: Logins,
    pub(super) nodes: Option<Nodes>,
    pub(super) compositions: Option<Compositions>,
    pub(super) tasks: Tasks,
    pub(super) count: Count,
}

/// A request that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// As in `GET`.
    pub method: String,
    /// Unescaped, without a slash at the end.
    pub path: String,
    /// What stands behind the `?`.
    pub query: Option<String>,
    /// Its body; null where there is none.
    pub body: Value,
    /// Whether credentials or a token came along.
    pub signed: bool,
}

/// The most that was ever being answered at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtOnce {
    /// Requests.
    pub requests: usize,
    /// Systems that they were about.
    pub systems: usize,
}

/// What is being answered.
#[derive(Default)]
pub(super) struct Count {
    /// How many requests there are for each system now.
    now: BTreeMap<String, usize>,
    most: AtOnce,
}

impl Count {
    pub(super) fn most(&self) -> AtOnce {
        self.most
    }

    pub(super) fn forget(&mut self) {
        self.most = AtOnce::default();
    }

    fn enter(&mut self, system: &str) {
        *self.now.entry(system.to_owned()).or_default() += 1;
        let systems = self.now.keys().filter(|system| !system.is_empty()).count();
        self.most.systems = self.most.systems.max(systems);
        self.most.requests = self.most.requests.max(self.now.values().sum());
    }

    fn leave(&mut self, system: &str) {
        if let Some(requests) = self.now.get_mut(system) {
            *requests -= 1;
            if *requests == 0 {
                self.now.remove(system);
            }
        }
    }
}

/// A request that is being answered, until the caller has its answer or goes away.
struct Underway {
    service: Arc<Service>,
    system: String,
}

impl Underway {
    fn new(service: &Arc<Service>, path: &str) -> Self {
        let system = path.strip_prefix("/redfish/v1/Systems/");
        let system = system.and_then(|rest| rest.split('/').next());
        let system = system.unwrap_or_default().to_owned();
        service.state().count.enter(&system);
        Self {
            service: Arc::clone(service),
            system,
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.service.state().count.leave(&self.system);
    }
}

impl Service {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let wrongly_spelt = match self.spelling {
            Spelling::Either => false,
            Spelling::Bare => asked.slashed,
            Spelling::Slashed => !asked.slashed,
        };
        if wrongly_spelt && asked.path == "/redfish/v1" {
            return Answer::missing(&asked.path);
        }
        let state = &mut *self.state();
        let State {
            documents,
            logins,
            nodes,
            compositions,
            tasks,
            ..
        } = state;
        if let Some(refusal) = logins.refusal(asked, documents) {
            return refusal;
        }
        if let Some(answer) = logins.answer(asked, documents) {
            return answer;
        }
        let put_off = match tasks.turn(asked) {
            Turn::Later(answer) => return answer,
            Turn::Now(put_off) => put_off,
        };
        let asked = put_off.as_ref().unwrap_or(asked);
        if let Some(answer) = nodes.as_mut().and_then(|of| of.answer(asked, documents)) {
            return answer;
        }
        if let Some(answer) = compositions
            .as_mut()
            .and_then(|of| of.answer(asked, documents))
        {
            return answer;
        }
        match asked.method {
            Method::GET | Method::HEAD => match asked.path.as_str() {
                "/redfish" => Answer::of(json!({"v1": "/redfish/v1/"})),
                _ => self.reading.answer(asked, documents),
            },
            Method::PATCH => {
                let document = documents.get(&asked.path);
                document
                    .and_then(|of| self.reading.precondition(asked, of))
                    .unwrap_or_else(|| patch(asked, documents))
            }
            Method::POST if reset_of(asked).is_some() => {
                reset(asked, reset_of(asked).unwrap_or_default(), documents)
            }
            _ if documents.get(&asked.path).is_some() => {
                let message = format!("`{}` has no {}", asked.path, asked.method);
                Answer::error(StatusCode::METHOD_NOT_ALLOWED, message)
            }
            _ => Answer::missing(&asked.path),
        }
    }
}

/// Answers a request.
pub(super) async fn serve(Shared(service): Shared<Arc<Service>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY).await.unwrap_or_default();
    let asked = Asked::new(parts, &body);
    let _underway = Underway::new(&service, &asked.path);
    let fault = note(&mut service.state(), &asked);
    tokio::time::sleep(service.delay).await;
    let Some(fault) = fault else {
        return plain(service.answer(&asked));
    };
    let answer = match fault.lets_through() {
        true => service.answer(&asked),
        false => Answer::missing(&asked.path),
    };
    fault.spoil(answer).await
}

/// Notes the request, and gives what goes wrong with it.
fn note(state: &mut State, asked: &Asked) -> Option<Fault> {
    let method = asked.method.as_str();
    let mut body = asked.body.clone();
    if let Some(password) = body.get_mut("Password") {
        *password = json!("…");
    }
    state.seen.push(Seen {
        method: method.to_owned(),
        path: asked.path.clone(),
        query: asked.raw_query.clone(),
        body,
        signed: ["authorization", "x-auth-token"]
            .iter()
            .any(|header| asked.headers.contains_key(*header)),
    });
    let mut faults = state.faults.iter_mut();
    faults.find_map(|fault| fault.strikes(method, &asked.path).then(|| fault.clone()))
}
