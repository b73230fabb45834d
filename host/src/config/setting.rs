//! The types that a key's value can have.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde_json::json;
use url::Url;

use super::tree::Value;
use super::units::{self, Size};
use crate::enrollment::{Object, Pattern};
use crate::node::{PodManagerDriver, ServiceAuth, VerifyCa};
use crate::rules::Microversion;

/// A type that a key's value can have.
pub(super) trait Setting: Sized {
    /// What an error says is expected.
    const EXPECTED: &'static str;
    /// Whether the value must not be repeated in errors.
    const SECRET: bool = false;
    /// Whether a text is the place of a file on this machine.
    const PLACE: bool = false;
    /// The value, if it is one. Relative paths are relative to `base`.
    fn read(value: &Value, base: &Path) -> Option<Self>;
    /// The value as TOML, without secrets.
    fn show(&self) -> String;
    /// The JSON Schema of its values, as far as one can say: for editors.
    fn schema() -> serde_json::Value {
        json!({"type": "string", "minLength": 1})
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value.plain() {
        Value::List(nodes) => nodes
            .iter()
            .map(|node| node.value.text().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a text";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        let text = value.text()?;
        (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
    }
    fn show(&self) -> String {
        quoted(self)
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "`true` or `false`";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        match value.plain() {
            Value::Truth(truth) => Some(truth),
            _ => None,
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "boolean"})
    }
}

impl Setting for u64 {
    const EXPECTED: &'static str = "a whole number above 0";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        match value.plain() {
            Value::Integer(number) => u64::try_from(number).ok().filter(|number| *number > 0),
            _ => None,
        }
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "integer", "minimum": 1})
    }
}

impl Setting for usize {
    const EXPECTED: &'static str = u64::EXPECTED;
    fn read(value: &Value, base: &Path) -> Option<Self> {
        u64::read(value, base)?.try_into().ok()
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn schema() -> serde_json::Value {
        u64::schema()
    }
}

impl Setting for Size {
    const EXPECTED: &'static str = "a size such as `\"64MiB\"` (B, KiB, MiB or GiB)";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        units::size(value.text()?)
    }
    fn show(&self) -> String {
        quoted(&units::show_size(*self))
    }
    fn schema() -> serde_json::Value {
        json!({"type": "string", "pattern": "^[0-9]+ *([KMG]i)?B$"})
    }
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a duration such as `\"250ms\"` or `\"30s\"`";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        units::duration(value.text()?)
    }
    fn show(&self) -> String {
        quoted(&units::show_duration(*self))
    }
    fn schema() -> serde_json::Value {
        json!({"type": "string", "pattern": "^[0-9]+ *[a-z]"})
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "the path of a file";
    const PLACE: bool = true;
    fn read(value: &Value, base: &Path) -> Option<Self> {
        String::read(value, base).map(|path| base.join(path))
    }
    fn show(&self) -> String {
        quoted(&self.display().to_string())
    }
}

impl Setting for SocketAddr {
    const EXPECTED: &'static str = "an address and port such as `\"127.0.0.1:8181\"`";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        value.text()?.parse().ok()
    }
    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Setting for Url {
    const EXPECTED: &'static str =
        "a url such as `\"https://10.0.0.5\"`, with `http` or `https` and no credentials in it,";
    // Somebody will put a password in.
    const SECRET: bool = true;
    fn read(value: &Value, _: &Path) -> Option<Self> {
        let url = Url::parse(value.text()?).ok()?;
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        (bare && url.has_host() && matches!(url.scheme(), "http" | "https")).then_some(url)
    }
    fn show(&self) -> String {
        quoted(self.as_str())
    }
    fn schema() -> serde_json::Value {
        json!({"type": "string", "format": "uri", "pattern": "^https?://"})
    }
}

impl Setting for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        texts(value)
    }
    fn show(&self) -> String {
        toml::Value::from(self.clone()).to_string()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "array", "items": {"type": "string"}})
    }
}

impl Setting for Vec<IpNet> {
    const EXPECTED: &'static str =
        "a list of addresses or networks such as `\"10.0.0.5\"` or `\"10.0.0.0/24\"`";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        let network = |text: &String| match text.parse::<IpAddr>() {
            Ok(address) => Some(address.into()),
            Err(_) => text.parse().ok(),
        };
        texts(value)?.iter().map(network).collect()
    }
    fn show(&self) -> String {
        let texts: Vec<_> = self.iter().map(IpNet::to_string).collect();
        texts.show()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "array", "items": {"type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]+)?$"}})
    }
}

/// One text, or several of which any will do.
pub(super) struct Alternatives(pub(super) Vec<String>);

impl Setting for Alternatives {
    const EXPECTED: &'static str = "a text such as `\"rack-*\"`, or a list of them,";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        match texts(value) {
            Some(several) if !several.is_empty() => Some(Self(several)),
            Some(_) => None,
            None => Some(Self(vec![value.text()?.to_owned()])),
        }
    }
    fn show(&self) -> String {
        self.0.show()
    }
    fn schema() -> serde_json::Value {
        json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]})
    }
}

impl Setting for Vec<Pattern> {
    const EXPECTED: &'static str = "a list of pointers such as `\"/node/properties/*\"`, each with a `/` at its beginning and none at its end,";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        texts(value)?.iter().map(|text| text.parse().ok()).collect()
    }
    fn show(&self) -> String {
        let texts: Vec<_> = self.iter().map(Pattern::to_string).collect();
        texts.show()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "array", "items": {"type": "string", "pattern": "^/.*[^/]$"}})
    }
}

impl Setting for Object {
    const EXPECTED: &'static str = "a table whose numbers are finite";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        match value.json()? {
            serde_json::Value::Object(object) => Some(object),
            _ => None,
        }
    }
    fn show(&self) -> String {
        match toml::Value::try_from(self) {
            Ok(value) => value.to_string(),
            Err(_) => "{}".into(),
        }
    }
    fn schema() -> serde_json::Value {
        json!({"type": "object"})
    }
}

impl Setting for VerifyCa {
    const EXPECTED: &'static str = "`true`, `false` or the path of a file with authorities";
    const PLACE: bool = true;
    fn read(value: &Value, base: &Path) -> Option<Self> {
        match bool::read(value, base) {
            Some(check) => Some(Self::Check(check)),
            None => Some(Self::File(PathBuf::read(value, base)?.to_str()?.to_owned())),
        }
    }
    fn show(&self) -> String {
        match self {
            Self::Check(check) => check.show(),
            Self::File(path) => quoted(path),
        }
    }
    fn schema() -> serde_json::Value {
        json!({"type": ["boolean", "string"]})
    }
}

impl Setting for Microversion {
    const EXPECTED: &'static str = "a version of Ironic's API such as `\"1.95\"`";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        value.text()?.parse().ok()
    }
    fn show(&self) -> String {
        quoted(&self.to_string())
    }
    fn schema() -> serde_json::Value {
        json!({"type": "string", "pattern": "^1[.][0-9]+$"})
    }
}

/// A type with few values, each with a name.
macro_rules! choice {
    ($type:ty, $expected:literal, $($name:literal => $value:path),+ $(,)?) => {
        impl $crate::config::setting::Setting for $type {
            const EXPECTED: &'static str = $expected;
            fn read(value: &$crate::config::tree::Value, _: &::std::path::Path) -> Option<Self> {
                match value.text()? {
                    $($name => Some($value),)+
                    _ => None,
                }
            }
            fn show(&self) -> String {
                match self {
                    $($value => concat!('"', $name, '"').to_owned(),)+
                }
            }
            fn schema() -> ::serde_json::Value {
                ::serde_json::json!({"enum": [$($name),+]})
            }
        }
    };
}
pub(super) use choice;

choice!(ServiceAuth, "`\"auto\"`, `\"basic\"` or `\"session\"`",
    "auto" => ServiceAuth::Auto,
    "basic" => ServiceAuth::Basic,
    "session" => ServiceAuth::Session,
);

choice!(PodManagerDriver, "`\"redfish\"`, `\"redfishv1\"` or `\"redfish-composition\"`",
    "redfish" => PodManagerDriver::Redfish,
    "redfishv1" => PodManagerDriver::RedfishV1,
    "redfish-composition" => PodManagerDriver::RedfishComposition,
);
