//! Who is let in: by Basic authentication, by sessions, by either.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Asked};
use super::documents::{Documents, bare, collection, link};

const SERVICE: &str = "/redfish/v1/SessionService";

/// How callers are let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Basic authentication only: there are no sessions.
    Basic,
    /// Sessions only.
    Sessions,
    /// As they like.
    Either,
    /// The service gives tokens, and honours Basic authentication only.
    BrokenSessions,
}

/// The one account, and the sessions that it has.
#[derive(Debug)]
pub(super) struct Logins {
    pub(super) account: Option<(String, String, Way)>,
    /// How many sessions there may be.
    pub(super) most: usize,
    /// With how many requests a session has had its time.
    pub(super) lifetime: usize,
    /// Path and requests left, by token.
    open: BTreeMap<String, (String, usize)>,
    made: usize,
}

impl Default for Logins {
    fn default() -> Self {
        Self {
            account: None,
            most: 16,
            lifetime: usize::MAX,
            open: BTreeMap::new(),
            made: 0,
        }
    }
}

impl Logins {
    /// How many sessions are open.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// How many sessions there have been.
    pub(super) fn made(&self) -> usize {
        self.made
    }

    /// Ends all sessions, as a restart of a BMC does.
    pub(super) fn end_all(&mut self, documents: &mut Documents) {
        let home = sessions(documents);
        for (path, _) in std::mem::take(&mut self.open).into_values() {
            documents.remove_member(&home, &path);
        }
    }

    /// Adds what a service with sessions has, where `documents` lack it.
    pub(super) fn furnish(&self, documents: &mut Documents) {
        let Some((_, _, way)) = &self.account else {
            return;
        };
        let Some(root) = documents.get_mut("/redfish/v1") else {
            return;
        };
        if *way == Way::Basic {
            if let Some(root) = root.as_object_mut() {
                root.remove("SessionService");
                root.remove("Links");
            }
            documents.remove(SERVICE);
            return;
        }
        root["SessionService"] = link(SERVICE);
        if root.pointer("/Links/Sessions/@odata.id").is_none() {
            root["Links"] = json!({"Sessions": link(&format!("{SERVICE}/Sessions"))});
        }
        let home = sessions(documents);
        if documents.get(SERVICE).is_none() {
            let service = json!({
                "@odata.type": "#SessionService.v1_1_9.SessionService", "Id": "SessionService",
                "Name": "Session Service", "ServiceEnabled": true, "SessionTimeout": 600,
                "Sessions": link(&home),
            });
            documents.put(SERVICE, service);
        }
        documents.put(&home, collection("Session"));
    }

    /// Why the caller is not let in.
    pub(super) fn refusal(&mut self, asked: &Asked, documents: &mut Documents) -> Option<Answer> {
        let (user, password, way) = self.account.clone()?;
        let open = ["", "/redfish", "/redfish/v1", "/redfish/v1/odata"];
        if open.contains(&asked.path.as_str()) || self.is_login(asked, documents) {
            return None;
        }
        if let Some(token) = asked.header("x-auth-token") {
            if way != Way::BrokenSessions && self.use_up(token, documents) {
                return None;
            }
        } else if way != Way::Sessions {
            let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
            if asked.header("authorization") == Some(&format!("Basic {pair}")) {
                return None;
            }
        }
        let refused = Answer::error(StatusCode::UNAUTHORIZED, "log in first");
        Some(match way {
            Way::Sessions => refused,
            _ => refused.with("www-authenticate", "Basic realm=\"redfish\""),
        })
    }

    /// Counts a request of the session with `token`; false where there is none.
    fn use_up(&mut self, token: &str, documents: &mut Documents) -> bool {
        let Some((path, left)) = self.open.get_mut(token) else {
            return false;
        };
        if *left > 0 {
            *left -= 1;
            return true;
        }
        let path = path.clone();
        self.open.remove(token);
        documents.remove_member(&sessions(documents), &path);
        false
    }

    fn is_login(&self, asked: &Asked, documents: &Documents) -> bool {
        let members = format!("{}/Members", sessions(documents));
        asked.method == Method::POST && (asked.path == sessions(documents) || asked.path == members)
    }

    /// What becomes of a request that is about sessions; none where it is not.
    pub(super) fn answer(&mut self, asked: &Asked, documents: &mut Documents) -> Option<Answer> {
        self.account.as_ref()?;
        if self.is_login(asked, documents) {
            return Some(self.log_in(asked, documents));
        }
        let token = self
            .open
            .iter()
            .find(|(_, (path, _))| *path == asked.path)
            .map(|(token, _)| token.clone())?;
        if asked.method != Method::DELETE {
            return None;
        }
        self.open.remove(&token);
        documents.remove_member(&sessions(documents), &asked.path);
        Some(Answer::done())
    }

    fn log_in(&mut self, asked: &Asked, documents: &mut Documents) -> Answer {
        let Some((user, password, way)) = &self.account else {
            return Answer::missing(&asked.path);
        };
        if *way == Way::Basic {
            return Answer::missing(&asked.path);
        }
        let given = |key: &str| asked.body.get(key).and_then(Value::as_str);
        if given("UserName") != Some(user) || given("Password") != Some(password) {
            return Answer::error(StatusCode::UNAUTHORIZED, "no such account and password");
        }
        if self.open.len() >= self.most {
            return Answer::error(StatusCode::SERVICE_UNAVAILABLE, "too many sessions");
        }
        self.made += 1;
        let home = sessions(documents);
        let path = format!("{home}/{}", self.made);
        let session = json!({
            "@odata.type": "#Session.v1_7_1.Session", "Id": self.made.to_string(),
            "Name": "User Session", "UserName": user,
        });
        documents.put_member(&home, &path, session);
        let token = Uuid::new_v4().simple().to_string();
        self.open
            .insert(token.clone(), (path.clone(), self.lifetime));
        let made = documents.get(&path).cloned().unwrap_or(Value::Null);
        Answer::created(&path, made).with("x-auth-token", token)
    }
}

/// Where the sessions are.
fn sessions(documents: &Documents) -> String {
    let link = documents
        .get("/redfish/v1")
        .and_then(|root| root.pointer("/Links/Sessions/@odata.id")?.as_str());
    link.map_or_else(
        || format!("{SERVICE}/Sessions"),
        |link| bare(link).to_owned(),
    )
}
