//! What the contract says, in a form that a component can be compared with, so
//! that what does not fit can be told in words before anything is linked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Type};
use wit_parser::{Handle, Resolve, TypeDefKind};

use crate::text::{nearest, tame};

/// The newest contract, as its author wrote it.
const SOURCE: &str = include_str!("../../../wit/since_v0.1.0/hooks.wit");
const PACKAGE: &str = "valence:hooks";

/// The signature of each function, by the name of the function.
type Functions = BTreeMap<String, String>;

/// The interfaces that the host offers and looks for.
pub(super) struct Contract {
    version: String,
    imports: BTreeMap<String, Functions>,
    exports: BTreeMap<String, Functions>,
}

impl Contract {
    /// The contract that this Valence was built with.
    pub(super) fn current() -> anyhow::Result<Self> {
        let mut resolve = Resolve::default();
        let package = resolve.push_source("hooks.wit", SOURCE)?;
        let world = resolve.select_world(&[package], Some("hook"))?;
        let world = resolve.worlds.get(world).context("no world `hook`")?;
        let package = resolve.packages.get(package).context("no package")?;
        let version = package.name.version.as_ref().context("no version")?;
        let functions = |items: &mut dyn Iterator<Item = &wit_parser::WorldItem>| {
            items
                .filter_map(|item| match item {
                    wit_parser::WorldItem::Interface { id, .. } => resolve.interfaces.get(*id),
                    _ => None,
                })
                .filter_map(|interface| {
                    let functions = interface.functions.iter();
                    let functions = functions
                        .map(|(name, function)| (name.clone(), ours(&resolve, function)))
                        .collect();
                    Some((interface.name.clone()?, functions))
                })
                .collect()
        };
        Ok(Self {
            version: version.to_string(),
            imports: functions(&mut world.imports.values()),
            exports: functions(&mut world.exports.values()),
        })
    }

    /// Its version.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// What keeps `component` from being a hook, a sentence each. Nothing, if it
    /// fits.
    pub(super) fn problems(&self, component: &Component) -> Vec<String> {
        let engine = component.engine();
        let whole = component.component_type();
        let mut problems = Vec::new();
        for (name, import) in whole.imports(engine) {
            match self.interface(name) {
                Named::Ours(interface) => match (self.imports.get(interface), import.ty) {
                    (Some(offered), ComponentItem::ComponentInstance(wanted)) => {
                        let wanted = wanted.exports(engine);
                        for (function, item) in wanted {
                            if let ComponentItem::ComponentFunc(wanted) = item.ty {
                                self.compare_import(
                                    interface,
                                    offered,
                                    function,
                                    &theirs(&wanted),
                                    &mut problems,
                                );
                            }
                        }
                    }
                    _ => problems.push(self.no_interface(interface)),
                },
                Named::OtherVersion(version) => problems.push(self.other_version(name, version)),
                Named::Foreign => problems.push(foreign(name)),
            }
        }
        let mut phases = 0;
        for (name, export) in whole.exports(engine) {
            let interface = match self.interface(name) {
                Named::Ours(interface) => interface,
                Named::OtherVersion(version) => {
                    problems.push(self.other_version(name, version));
                    continue;
                }
                // Components of interpreted languages carry exports of their own.
                Named::Foreign => continue,
            };
            let (Some(expected), ComponentItem::ComponentInstance(found)) =
                (self.exports.get(interface), export.ty)
            else {
                continue;
            };
            phases += usize::from(PHASES.contains(&interface));
            for (function, signature) in expected {
                let found = found.get_export(engine, function).map(|item| item.ty);
                match found {
                    Some(ComponentItem::ComponentFunc(found)) if theirs(&found) == *signature => {}
                    Some(ComponentItem::ComponentFunc(found)) => problems.push(format!(
                        "its `{function}` of `{interface}` is `{}`, and contract {} wants `{signature}`: {REBUILD}",
                        theirs(&found),
                        self.version
                    )),
                    _ => problems.push(format!(
                        "it exports `{interface}` without `{function}`: {REBUILD}"
                    )),
                }
            }
        }
        if phases == 0 && problems.is_empty() {
            problems.push(format!(
                "it takes part in no phase: it is to export `{PACKAGE}/mapping@{0}` or `{PACKAGE}/review@{0}`",
                self.version
            ));
        }
        problems
    }

    fn compare_import(
        &self,
        interface: &str,
        offered: &Functions,
        function: &str,
        wanted: &str,
        problems: &mut Vec<String>,
    ) {
        match offered.get(function) {
            Some(signature) if signature == wanted => {}
            Some(signature) => problems.push(format!(
                "it uses `{function}` of `{interface}` as `{wanted}`, and contract {} has it as `{signature}`: {REBUILD}",
                self.version
            )),
            None => {
                let near = nearest(function, offered.keys().map(String::as_str));
                let hint = near.map_or(String::new(), |near| format!(" (it has `{near}`)"));
                problems.push(format!(
                    "it uses `{}` of `{interface}`, which contract {} does not have{hint}: it needs a newer valence, or {REBUILD}",
                    tame(function, 100),
                    self.version
                ));
            }
        }
    }

    fn interface<'a>(&self, name: &'a str) -> Named<'a> {
        let Some(rest) = name
            .strip_prefix(PACKAGE)
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            return Named::Foreign;
        };
        let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
        if track(version) == track(&self.version) {
            Named::Ours(interface)
        } else {
            Named::OtherVersion(version)
        }
    }

    fn no_interface(&self, interface: &str) -> String {
        format!(
            "it uses `{PACKAGE}/{}`, which contract {} does not have: it needs a newer valence",
            tame(interface, 100),
            self.version
        )
    }

    fn other_version(&self, name: &str, version: &str) -> String {
        let version = match version {
            "" => "none".to_owned(),
            version => tame(version, 40),
        };
        format!(
            "`{}` is of contract {version}, and this valence has {}: {REBUILD}",
            tame(name, 100),
            self.version
        )
    }
}

/// The interfaces that make a component a hook.
const PHASES: [&str; 2] = ["mapping", "review"];
const REBUILD: &str = "build it with the sdk of this valence";

enum Named<'a> {
    /// An interface of the contract, of a version that goes with ours.
    Ours(&'a str),
    /// Of another version.
    OtherVersion(&'a str),
    /// Nothing of the contract's.
    Foreign,
}

fn foreign(name: &str) -> String {
    let shown = tame(name, 100);
    if name.starts_with("wasi:") {
        format!(
            "it imports `{shown}`, and hooks get no wasi: no clock, no randomness, no files, no sockets. \
             Build Rust for `wasm32-unknown-unknown`, Python and JavaScript with `--stub-wasi`, \
             C with `-target wasm32-freestanding`"
        )
    } else {
        format!("it imports `{shown}`, which valence does not offer: hooks import `{PACKAGE}` only")
    }
}

/// Versions of one track grow and go with each other; a pre-release goes with
/// itself only.
fn track(version: &str) -> String {
    if version.contains('-') {
        return version.to_owned();
    }
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some("0"), Some(minor)) => format!("0.{minor}"),
        (Some(major), _) => major.to_owned(),
        (None, _) => String::new(),
    }
}

/// A function of the contract as text.
fn ours(resolve: &Resolve, function: &wit_parser::Function) -> String {
    let parameters = function
        .params
        .iter()
        .map(|parameter| (parameter.name.as_str(), wit(resolve, &parameter.ty)));
    let result = function.result.as_ref().map(|ty| wit(resolve, ty));
    signature(parameters, result)
}

/// A function of a component in the same words.
fn theirs(function: &ComponentFunc) -> String {
    let parameters = function
        .params()
        .map(|(name, ty)| (name, wasm(&ty)))
        .collect::<Vec<_>>();
    let result = function.results().next().map(|ty| wasm(&ty));
    signature(parameters.into_iter(), result)
}

fn signature<'a>(
    parameters: impl Iterator<Item = (&'a str, String)>,
    result: Option<String>,
) -> String {
    let mut text = format!("func({})", fields(parameters));
    if let Some(result) = result {
        let _ = write!(text, " -> {result}");
    }
    text
}

fn fields<'a>(fields: impl Iterator<Item = (&'a str, String)>) -> String {
    let fields: Vec<_> = fields.map(|(name, ty)| format!("{name}: {ty}")).collect();
    fields.join(", ")
}

fn cases<'a>(cases: impl Iterator<Item = (&'a str, Option<String>)>) -> String {
    let cases: Vec<_> = cases
        .map(|(name, ty)| match ty {
            Some(ty) => format!("{name}({ty})"),
            None => name.to_owned(),
        })
        .collect();
    cases.join(", ")
}

fn result(ok: Option<String>, error: Option<String>) -> String {
    let ok = ok.unwrap_or_else(|| "_".into());
    let error = error.unwrap_or_else(|| "_".into());
    format!("result<{ok}, {error}>")
}

/// A type of the contract, gone into down to its primitives: names of types are
/// not part of what is compared, shapes are.
fn wit(resolve: &Resolve, ty: &wit_parser::Type) -> String {
    use wit_parser::Type as Wit;
    let deeper = |ty: &Wit| wit(resolve, ty);
    let id = match ty {
        Wit::Bool => return "bool".into(),
        Wit::U8 => return "u8".into(),
        Wit::U16 => return "u16".into(),
        Wit::U32 => return "u32".into(),
        Wit::U64 => return "u64".into(),
        Wit::S8 => return "s8".into(),
        Wit::S16 => return "s16".into(),
        Wit::S32 => return "s32".into(),
        Wit::S64 => return "s64".into(),
        Wit::F32 => return "f32".into(),
        Wit::F64 => return "f64".into(),
        Wit::Char => return "char".into(),
        Wit::String => return "string".into(),
        Wit::ErrorContext => return "error-context".into(),
        Wit::Id(id) => id,
    };
    let Some(definition) = resolve.types.get(*id) else {
        return "unknown".into();
    };
    match &definition.kind {
        TypeDefKind::Type(ty) => deeper(ty),
        TypeDefKind::List(ty) => format!("list<{}>", deeper(ty)),
        TypeDefKind::Option(ty) => format!("option<{}>", deeper(ty)),
        TypeDefKind::Result(both) => {
            result(both.ok.as_ref().map(deeper), both.err.as_ref().map(deeper))
        }
        TypeDefKind::Record(record) => {
            let all = record.fields.iter();
            let all = all.map(|field| (field.name.as_str(), deeper(&field.ty)));
            format!("record {{ {} }}", fields(all))
        }
        TypeDefKind::Variant(variant) => {
            let all = variant.cases.iter();
            let all = all.map(|case| (case.name.as_str(), case.ty.as_ref().map(deeper)));
            format!("variant {{ {} }}", cases(all))
        }
        TypeDefKind::Enum(names) => {
            let all = names.cases.iter().map(|case| (case.name.as_str(), None));
            format!("enum {{ {} }}", cases(all))
        }
        TypeDefKind::Tuple(tuple) => {
            let all: Vec<_> = tuple.types.iter().map(deeper).collect();
            format!("tuple<{}>", all.join(", "))
        }
        TypeDefKind::Handle(Handle::Own(_)) => "own<resource>".into(),
        TypeDefKind::Handle(Handle::Borrow(_)) => "borrow<resource>".into(),
        other => other.as_str().to_owned(),
    }
}

/// A type of a component in the same words.
fn wasm(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::U8 => "u8".into(),
        Type::U16 => "u16".into(),
        Type::U32 => "u32".into(),
        Type::U64 => "u64".into(),
        Type::S8 => "s8".into(),
        Type::S16 => "s16".into(),
        Type::S32 => "s32".into(),
        Type::S64 => "s64".into(),
        Type::Float32 => "f32".into(),
        Type::Float64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::ErrorContext => "error-context".into(),
        Type::List(list) => format!("list<{}>", wasm(&list.ty())),
        Type::Option(option) => format!("option<{}>", wasm(&option.ty())),
        Type::Result(both) => result(both.ok().as_ref().map(wasm), both.err().as_ref().map(wasm)),
        Type::Record(record) => {
            let all = record.fields().map(|field| (field.name, wasm(&field.ty)));
            format!("record {{ {} }}", fields(all))
        }
        Type::Variant(variant) => {
            let all = variant.cases();
            let all = all.map(|case| (case.name, case.ty.as_ref().map(wasm)));
            format!("variant {{ {} }}", cases(all))
        }
        Type::Enum(names) => {
            let all = names.names().map(|name| (name, None));
            format!("enum {{ {} }}", cases(all))
        }
        Type::Tuple(tuple) => {
            let all: Vec<_> = tuple.types().map(|ty| wasm(&ty)).collect();
            format!("tuple<{}>", all.join(", "))
        }
        Type::Own(_) => "own<resource>".into(),
        Type::Borrow(_) => "borrow<resource>".into(),
        Type::Flags(_) => "flags".into(),
        Type::Future(_) => "future".into(),
        Type::Stream(_) => "stream".into(),
        Type::Map(_) => "map".into(),
        Type::FixedLengthList(_) => "fixed-length list".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_is_told_in_words() {
        let contract = Contract::current().unwrap();
        assert_eq!(
            contract.imports["settings"]["at"],
            "func(pointer: string) -> option<string>"
        );
        assert_eq!(
            contract.imports["redfish"]["[method]document.follow"],
            "func(self: borrow<resource>, pointer: string) -> result<option<own<resource>>, \
             variant { not-found, forbidden, unavailable(string), malformed(string), too-large, other(string) }>"
        );
        assert_eq!(
            contract.exports["configuration"]["check-settings"],
            "func(settings: string) -> result<_, string>"
        );
    }

    #[test]
    fn versions_of_one_track_go_with_each_other() {
        assert_eq!(track("0.1.0"), track("0.1.7"));
        assert_ne!(track("0.1.0"), track("0.2.0"));
        assert_ne!(track("0.1.0-dev"), track("0.1.0"));
        assert_eq!(track("1.2.0"), track("1.9.3"));
    }
}
