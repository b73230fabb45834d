//! What an evil service does.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// Which document it does it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The service root.
    Root,
    /// The system.
    System,
    /// The first page of its network interfaces.
    Collection,
    /// Each network interface.
    Member,
    /// The second page of them.
    Page,
    /// The manager, which the system links to.
    Link,
    /// The answer to a login.
    Login,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// A link of it is the URL of another host.
    AbsoluteLink,
    /// A link of it has another host and no scheme.
    SchemelessLink,
    /// A link of it has backslashes where slashes belong.
    BackslashLink,
    /// A link of it has its own host as an account on another one.
    UserinfoLink,
    /// A link of it hides slashes and dots in escapes.
    EscapedLink,
    /// A link of it climbs out of the tree.
    DottedLink,
    /// It leads to another host, by a status that keeps the method or one that does not.
    Redirect(u16),
    /// A few bytes that become many.
    GzipBomb,
    /// It has no end.
    Oversized,
    /// Small values, of which each takes much memory.
    Swelling,
    /// No more of them than are taken.
    Heavy,
    /// It stops half-way.
    Truncated,
    /// It comes byte by byte.
    Trickle,
    /// It never comes.
    Hang,
    /// It is no JSON.
    Garbage,
    /// It is nested without end.
    Deep,
    /// It is a page for browsers.
    WrongType,
    /// It is a list.
    List,
    /// It is an error that says that all went well.
    Disguised,
    /// It is this status.
    Status(u16),
    /// It is to be asked for again in a thousand hours.
    Later,
    /// It leads back to itself.
    Cycle,
    /// It has a million members.
    Million,
    /// It leads to a collection of which each page has another one.
    Endless,
    /// The connection breaks.
    Reset,
    /// Its headers have no end.
    Headers,
}

impl Harm {
    /// All there are.
    pub const ALL: [Self; 31] = [
        Self::AbsoluteLink,
        Self::SchemelessLink,
        Self::BackslashLink,
        Self::UserinfoLink,
        Self::EscapedLink,
        Self::DottedLink,
        Self::Redirect(302),
        Self::Redirect(307),
        Self::GzipBomb,
        Self::Oversized,
        Self::Swelling,
        Self::Heavy,
        Self::Truncated,
        Self::Trickle,
        Self::Hang,
        Self::Garbage,
        Self::Deep,
        Self::WrongType,
        Self::List,
        Self::Disguised,
        Self::Status(401),
        Self::Status(403),
        Self::Status(404),
        Self::Status(500),
        Self::Status(304),
        Self::Later,
        Self::Cycle,
        Self::Million,
        Self::Endless,
        Self::Reset,
        Self::Headers,
    ];

    /// Where a link of the document at `path` leads then; none if its links are
    /// what they were.
    pub(super) fn link(self, path: &str, elsewhere: SocketAddr, own: SocketAddr) -> Option<String> {
        Some(match self {
            Self::AbsoluteLink => format!("http://{elsewhere}/redfish/v1/Systems/1"),
            Self::SchemelessLink => format!("//{elsewhere}/redfish/v1/Systems/1"),
            Self::BackslashLink => format!("/\\{elsewhere}\\redfish\\v1\\Systems\\1"),
            Self::UserinfoLink => format!("http://{own}@{elsewhere}/redfish/v1/Systems/1"),
            Self::EscapedLink => format!("/redfish/v1/%2e%2e%2f%2f{elsewhere}/redfish/v1"),
            Self::DottedLink => format!("/redfish/v1/../..//{elsewhere}/redfish/v1"),
            Self::Cycle => path.to_owned(),
            Self::Endless => "/redfish/v1/Endless?page=0".to_owned(),
            _ => return None,
        })
    }
}

/// `document`, of the kind that is at `place`, with a link that leads to `target`.
pub(super) fn with_link(place: Place, mut document: Value, target: &str, harm: Harm) -> Value {
    let to = json!({"@odata.id": target});
    match place {
        Place::Root => document["Systems"] = to,
        Place::System | Place::Link => document["EthernetInterfaces"] = to,
        Place::Member => document["Links"] = json!({"Ports": [to]}),
        Place::Collection if harm != Harm::Endless => document["Members"][0] = to,
        Place::Collection | Place::Page => document["Members@odata.nextLink"] = target.into(),
        Place::Login => document["@odata.id"] = target.into(),
    }
    document
}
