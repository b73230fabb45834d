//! Hooks made of a few lines of WebAssembly text, for what no Rust hook would do.

mod pieces;
mod sections;

use std::fmt::Write as _;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use pieces::{ALLOCATOR, ENROLLMENT_PARAMETERS, GIVE_BACK, result, store, store8};
pub(crate) use pieces::{SET_NODE, again, constant, give_back};
pub(crate) use sections::{with_inner, with_instances};

/// The contract as it is.
pub(crate) const CONTRACT: &str = include_str!("../../../wit/since_v0.1.0/hooks.wit");
const VERSION: &str = "0.1.0";

/// Where the result of a call is written.
const RESULT: u32 = 16;
/// Where texts begin.
const TEXTS: u32 = 1024;

/// A core module in the making.
pub(crate) struct Guest {
    contract: String,
    worlds: Vec<&'static str>,
    imports: String,
    data: Vec<u8>,
    functions: String,
    allocator: String,
    encoding: StringEncoding,
}

impl Guest {
    pub(crate) fn new() -> Self {
        Self {
            contract: CONTRACT.to_owned(),
            worlds: Vec::new(),
            imports: String::new(),
            data: Vec::new(),
            functions: String::new(),
            allocator: ALLOCATOR.to_owned(),
            encoding: StringEncoding::UTF8,
        }
    }

    /// Puts `text` into memory: its address and length.
    pub(crate) fn text(&mut self, text: &str) -> (u32, u32) {
        (
            self.bytes(text.as_bytes()),
            u32::try_from(text.len()).unwrap(),
        )
    }

    /// One that can call `$root`, `$system` and `$get`.
    pub(crate) fn reader() -> Self {
        let handle = "(param i32) (result i32)";
        let (registration, document) = ("[method]registration", "[method]document");
        Self::new()
            .import(
                "registration",
                &format!("{registration}.service-root"),
                "root",
                handle,
            )
            .import(
                "registration",
                &format!("{registration}.system"),
                "system",
                handle,
            )
            .import(
                "redfish",
                &format!("{document}.get"),
                "get",
                "(param i32 i32 i32 i32)",
            )
    }

    /// Code that reads the value at `pointer` of `$root` or `$system`.
    pub(crate) fn read(&mut self, document: &str, pointer: &str) -> String {
        let (at, length) = self.text(pointer);
        format!(
            "(call $get (call ${document} (local.get $registration)) (i32.const {at}) (i32.const {length}) (i32.const 512))\n"
        )
    }

    /// Puts `bytes` into memory: their address.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> u32 {
        let at = TEXTS + u32::try_from(self.data.len()).unwrap();
        self.data.extend_from_slice(bytes);
        at
    }

    /// Builds against another contract than ours.
    pub(crate) fn against(mut self, contract: String) -> Self {
        self.contract = contract;
        self
    }

    /// A function of the host's: `(import …)` with `$name` and a type.
    pub(crate) fn import(mut self, interface: &str, function: &str, name: &str, ty: &str) -> Self {
        let _ = writeln!(
            self.imports,
            "(import \"valence:hooks/{interface}@{VERSION}\" \"{function}\" (func ${name} {ty}))"
        );
        self
    }

    /// Has memory handed out by `body`, which leaves an address.
    pub(crate) fn allocating(mut self, body: &str) -> Self {
        self.allocator =
            format!("(func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) {body})");
        self
    }

    /// Has texts in another encoding.
    pub(crate) fn encoded(mut self, encoding: StringEncoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// A function that makes resources of its own, as `$make`.
    pub(crate) fn making_resources(mut self) -> Self {
        self.worlds.push("own-resources");
        self.contract += "
world own-resources { export things: interface { resource thing { constructor(); } } }";
        self.imports += "(import \"[export]things\" \"[resource-new]thing\" (func $make (param i32) (result i32)))";
        self.raw(
            "(func (export \"things#[constructor]thing\") (result i32) (call $make (i32.const 0)))",
        )
    }

    /// Anything at the level of the module.
    pub(crate) fn raw(mut self, text: &str) -> Self {
        self.functions.push_str(text);
        self
    }

    /// A mapping hook with `body`, which leaves the address of its result.
    pub(crate) fn map(mut self, body: &str) -> Self {
        self.worlds.push("map-hook");
        self.function("mapping", "map-node", ENROLLMENT_PARAMETERS, body)
    }

    /// As `map`, where the contract knows no `extension`.
    pub(crate) fn map_without_extension(mut self, body: &str) -> Self {
        self.worlds.push("map-hook");
        let parameters = ENROLLMENT_PARAMETERS.split("(param $has_extension").next();
        self.function("mapping", "map-node", parameters.unwrap(), body)
    }

    /// A review hook with `body`, which leaves the address of its result.
    pub(crate) fn review(mut self, body: &str) -> Self {
        self.worlds.push("review-hook");
        self.function("review", "review-node", ENROLLMENT_PARAMETERS, body)
    }

    fn function(mut self, interface: &str, name: &str, parameters: &str, body: &str) -> Self {
        // What is lent has to be given back before the call ends.
        let after = if parameters.contains("$registration") {
            "(call $give_registration_back (local.get $registration))"
        } else {
            ""
        };
        let _ = writeln!(
            self.functions,
            "(func (export \"valence:hooks/{interface}@{VERSION}#{name}\") {parameters} (result i32)\n{body}\n{after})"
        );
        self
    }

    /// A mapping hook that sets keys of the node and gives everything else back
    /// as it was.
    pub(crate) fn setting(keys: &serde_json::Value) -> Self {
        let mut guest = Self::new();
        let body = guest.set(keys) + &give_back(SET_NODE.0, SET_NODE.1);
        guest.map(&body)
    }

    /// A mapping hook whose node is this text, whatever that is.
    pub(crate) fn returning(node: &str) -> Self {
        let mut guest = Self::new();
        let (at, length) = guest.text(node);
        let body = give_back(&constant(at), &constant(length));
        guest.map(&body)
    }

    /// A mapping hook whose only trait is `name`.
    pub(crate) fn tagging(name: &str) -> Self {
        let mut guest = Self::new();
        let (at, length) = guest.text(name);
        let list = 4096;
        let body = [
            give_back("(local.get $node)", "(local.get $node_length)").replace(&result(), ""),
            store(28, list),
            store(32, 1),
            store(list - RESULT, at),
            store(list - RESULT + 4, length),
            result(),
        ]
        .concat();
        guest.map(&body)
    }

    /// Code that sets keys of the node, which then is at `SET_NODE`: of two keys
    /// of one name, the last counts.
    pub(crate) fn set(&mut self, keys: &serde_json::Value) -> String {
        let keys = keys.to_string().replacen('{', ",", 1);
        let (at, length) = self.text(&keys);
        format!(
            "(memory.copy (i32.const 32768) (local.get $node) (local.get $node_length))
             (local.set $node_length (i32.sub (local.get $node_length) (i32.const 1)))
             (memory.copy (i32.add (i32.const 32768) (local.get $node_length)) (i32.const {at}) (i32.const {length}))
             (local.set $node_length (i32.add (local.get $node_length) (i32.const {length})))
            "
        )
    }

    /// A mapping hook whose answer is the error `case` with `text`.
    pub(crate) fn refusing(case: Refusal, text: &str) -> Self {
        let mut guest = Self::new();
        let (at, length) = guest.text(text);
        let case = case as u32;
        let body = [
            store8(0, 1),
            store8(4, case),
            store(8, at),
            store(12, length),
            result(),
        ]
        .concat();
        guest.map(&body)
    }

    /// A review hook that finds what `findings` say: whether it denies, in which
    /// words.
    pub(crate) fn finding(findings: &[(bool, &str)]) -> Self {
        let mut guest = Self::new();
        let list = 4096;
        let mut body = String::new();
        for (place, (deny, text)) in (0u32..).zip(findings) {
            let (at, length) = guest.text(text);
            let record = list - RESULT + place * 24;
            body += &store8(record, u32::from(*deny));
            body += &store(record + 4, at);
            body += &store(record + 8, length);
            body += &store8(record + 12, 0);
        }
        body += &store8(0, 0);
        body += &store(4, list);
        body += &store(8, u32::try_from(findings.len()).unwrap());
        body += &result();
        guest.review(&body)
    }

    /// Adds an introduction with `schema`, and a check of settings that objects
    /// with `objection`, if there is one.
    pub(crate) fn configured(mut self, schema: Option<&str>, objection: Option<&str>) -> Self {
        self.worlds.push("configured-hook");
        let mut body = String::new();
        for (place, text) in ["tiny", "1.2.3", "does little"].into_iter().enumerate() {
            let (at, length) = self.text(text);
            let place = u32::try_from(place).unwrap() * 8;
            body += &store(place, at);
            body += &store(place + 4, length);
        }
        body += &store8(24, u32::from(schema.is_some()));
        if let Some(schema) = schema {
            let (at, length) = self.text(schema);
            body += &store(28, at);
            body += &store(32, length);
        }
        body += &result();
        let guest = self.function("about", "describe", "", &body);
        let (mut guest, mut body) = (guest, String::new());
        body += &store8(0, u32::from(objection.is_some()));
        if let Some(objection) = objection {
            let (at, length) = guest.text(objection);
            body += &store(4, at);
            body += &store(8, length);
        }
        body += &result();
        guest.function("configuration", "check-settings", "(param i32 i32)", &body)
    }

    /// The component.
    pub(crate) fn component(self) -> Vec<u8> {
        let mut data = String::new();
        for byte in &self.data {
            let _ = write!(data, "\\{byte:02x}");
        }
        let module = format!(
            "(module\n{GIVE_BACK}\n{}\n(memory (export \"memory\") 2)\n(data (i32.const {TEXTS}) \"{data}\")\n{}\n{})",
            self.imports, self.allocator, self.functions
        );
        let mut module =
            wat::parse_str(&module).unwrap_or_else(|error| panic!("{error}\n{module}"));
        let mut source = self.contract;
        let _ = write!(source, "\nworld under-test {{");
        for world in &self.worlds {
            let _ = write!(source, " include {world};");
        }
        source.push_str(" }\n");
        let mut resolve = Resolve::default();
        let package = resolve.push_source("hooks.wit", &source).unwrap();
        let world = resolve
            .select_world(&[package], Some("under-test"))
            .unwrap();
        embed_component_metadata(&mut module, &resolve, world, self.encoding).unwrap();
        ComponentEncoder::default()
            .module(&module)
            .unwrap()
            .validate(true)
            .encode()
            .unwrap()
    }
}

/// The cases of the error of `map-node`.
#[derive(Clone, Copy)]
pub(crate) enum Refusal {
    Denied = 0,
    Failed = 1,
}
