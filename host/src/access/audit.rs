//! Who changed what: one line of the log for each request that could change
//! something, whatever came of it.
//!
//! The lines have a target of their own, `valence::audit`, that nothing else writes
//! to. Every value in them is escaped, so that no caller can make one up by a path or
//! a name with a line break in it, and each is written where the request ends, also
//! one whose caller has gone away.

use std::net::IpAddr;
use std::time::Instant;

use crate::openstack::RequestId;
use crate::text::tame;

/// The target of the lines.
pub const AUDIT: &str = "valence::audit";

/// One request, which is written down when this value ends.
pub struct Audit {
    /// What is asked for.
    pub method: String,
    /// Of what.
    pub path: String,
    /// Our own id of it.
    pub request: RequestId,
    /// That of the undertaking it belongs to, if the caller gave one.
    pub global_request: Option<RequestId>,
    /// From where.
    pub address: Option<IpAddr>,
    /// Who asks, once that is known.
    pub caller: Option<String>,
    /// What that caller may do.
    pub role: Option<&'static str>,
    began: Instant,
    ended: Option<(u16, String)>,
    is_wanted: bool,
}

impl Audit {
    /// Of a request that has just come. It is written down if `is_wanted`.
    pub fn new(method: &str, path: &str, request: RequestId, is_wanted: bool) -> Self {
        Self {
            method: tame(method, 20),
            path: tame(path, 512),
            request,
            global_request: None,
            address: None,
            caller: None,
            role: None,
            began: Instant::now(),
            ended: None,
            is_wanted,
        }
    }

    /// It came to `outcome`, one word, and was answered with `status`.
    pub fn end(&mut self, status: u16, outcome: &str) {
        self.ended = Some((status, outcome.to_owned()));
    }

    /// It is written down in any case: somebody was turned away.
    pub fn insist(&mut self) {
        self.is_wanted = true;
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        if !self.is_wanted {
            return;
        }
        let (status, outcome) = match &self.ended {
            Some((status, outcome)) => (Some(*status), outcome.as_str()),
            None => (None, "not-waited-for"),
        };
        tracing::info!(
            target: AUDIT,
            caller = self.caller.as_deref().map(|name| tame(name, 300)),
            role = self.role,
            address = self.address.map(|address| address.to_string()),
            method = self.method,
            path = self.path,
            outcome,
            status,
            request_id = self.request.to_string(),
            global_request_id = self.global_request.map(|id| id.to_string()),
            took_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
            "audit"
        );
    }
}
