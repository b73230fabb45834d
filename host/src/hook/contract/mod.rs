//! What the contract says, in a form that a component can be compared with, so
//! that what does not fit can be told in words before anything is linked.

mod compare;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use semver::Version;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{self, ComponentItem};
use wit_parser::{Resolve, TypeDefKind, WorldItem};

use crate::text::{nearest, tame};

use compare::difference;
use shape::{Resources, Signature};

/// The newest contract, as its author wrote it.
const SOURCE: &str = include_str!("../../../../wit/since_v0.1.0/hooks.wit");
const PACKAGE: &str = "valence:hooks";

/// The interfaces that make a component a hook.
const PHASES: [&str; 2] = ["mapping", "review"];
const REBUILD: &str = "build it with the sdk of this valence";
/// More would be read by nobody.
const MOST_PROBLEMS: usize = 10;

/// The interfaces that the host offers and looks for.
pub(super) struct Contract {
    version: Version,
    imports: BTreeMap<String, Interface>,
    exports: BTreeMap<String, Interface>,
}

/// One interface.
struct Interface {
    functions: BTreeMap<String, Signature>,
    resources: Vec<String>,
}

impl Contract {
    /// The contract that this Valence was built with.
    pub(super) fn current() -> anyhow::Result<Self> {
        Self::of(SOURCE)
    }

    fn of(source: &str) -> anyhow::Result<Self> {
        let mut resolve = Resolve::default();
        let package = resolve.push_source("hooks.wit", source)?;
        let world = resolve.select_world(&[package], Some("hook"))?;
        let world = resolve.worlds.get(world).context("no world `hook`")?;
        let package = resolve.packages.get(package).context("no package")?;
        let interfaces = |items: &mut dyn Iterator<Item = &WorldItem>| {
            items
                .filter_map(|item| match item {
                    WorldItem::Interface { id, .. } => resolve.interfaces.get(*id),
                    _ => None,
                })
                .filter_map(|interface| {
                    Some((interface.name.clone()?, Interface::of(&resolve, interface)))
                })
                .collect()
        };
        Ok(Self {
            version: package.name.version.clone().context("no version")?,
            imports: interfaces(&mut world.imports.values()),
            exports: interfaces(&mut world.exports.values()),
        })
    }

    /// Its version.
    pub(super) fn version(&self) -> String {
        self.version.to_string()
    }

    /// What keeps `component` from being a hook, a sentence each. Nothing, if it
    /// fits.
    pub(super) fn problems(&self, component: &Component) -> Vec<String> {
        let engine = component.engine();
        let whole = component.component_type();
        let resources = resources(&whole, engine);
        let mut problems = Vec::new();
        let (mut wasi, mut foreign) = (Vec::new(), Vec::new());
        // All that a component has of another version is told once.
        let mut versions = BTreeSet::new();
        for (name, import) in whole.imports(engine) {
            match self.interface(name) {
                Named::Ours(interface) => match (self.imports.get(interface), import.ty) {
                    (Some(offered), ComponentItem::ComponentInstance(wanted)) => {
                        let compared = Compared {
                            contract: self,
                            interface,
                            resources: &resources,
                        };
                        compared.import(offered, &wanted, engine, &mut problems);
                    }
                    _ => problems.push(self.no_interface("uses", interface, &self.imports)),
                },
                Named::OtherVersion(version) => {
                    let is_new = versions.insert(version.to_owned());
                    problems.extend(is_new.then(|| self.other_version(name, version)));
                }
                Named::Foreign if name.starts_with("wasi:") => wasi.push(name.to_owned()),
                Named::Foreign => foreign.push(name.to_owned()),
            }
        }
        problems.extend(no_wasi(&wasi));
        problems.extend(not_offered(&foreign));
        let mut phases = 0;
        for (name, export) in whole.exports(engine) {
            let interface = match self.interface(name) {
                Named::Ours(interface) => interface,
                Named::OtherVersion(version) => {
                    let is_new = versions.insert(version.to_owned());
                    problems.extend(is_new.then(|| self.other_version(name, version)));
                    continue;
                }
                // Components of interpreted languages carry exports of their own.
                Named::Foreign => continue,
            };
            match (self.exports.get(interface), export.ty) {
                (Some(expected), ComponentItem::ComponentInstance(found)) => {
                    phases += usize::from(PHASES.contains(&interface));
                    let compared = Compared {
                        contract: self,
                        interface,
                        resources: &resources,
                    };
                    compared.export(expected, &found, engine, &mut problems);
                }
                // Types that it shares with us do no harm; a phase that would
                // never be called is a policy that is not enforced.
                (None, _) if self.imports.contains_key(interface) => {}
                _ => problems.push(self.no_interface("exports", interface, &self.exports)),
            }
        }
        if phases == 0 && problems.is_empty() {
            problems.push(format!(
                "it takes part in no phase: it is to export `{PACKAGE}/mapping@{0}` or `{PACKAGE}/review@{0}`",
                self.version
            ));
        }
        if problems.len() > MOST_PROBLEMS {
            let more = problems.split_off(MOST_PROBLEMS).len();
            problems.push(format!("{more} more differences"));
        }
        problems
    }

    fn interface<'a>(&self, name: &'a str) -> Named<'a> {
        let Some(rest) = name
            .strip_prefix(PACKAGE)
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            return Named::Foreign;
        };
        let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
        if track(version) == track(&self.version.to_string()) {
            Named::Ours(interface)
        } else {
            Named::OtherVersion(version)
        }
    }

    fn no_interface(
        &self,
        does: &str,
        interface: &str,
        known: &BTreeMap<String, Interface>,
    ) -> String {
        format!(
            "it {does} `{PACKAGE}/{}`, which contract {} does not have (it has {}): it needs a newer valence, or {REBUILD}",
            tame(interface, 100),
            self.version,
            list(known.keys().map(String::as_str), known.len())
        )
    }

    fn other_version(&self, name: &str, version: &str) -> String {
        let (shown, what) = match version.parse::<Version>() {
            Ok(theirs) if theirs > self.version => (
                tame(version, 40),
                format!(
                    "newer than that of this valence, {}: it needs a newer valence, or",
                    self.version
                ),
            ),
            Ok(_) => (
                tame(version, 40),
                format!("older than that of this valence, {}:", self.version),
            ),
            Err(_) => (
                "of no version".to_owned(),
                format!("and that of this valence is {}:", self.version),
            ),
        };
        format!(
            "`{}` is of contract {shown}, {what} {REBUILD}",
            tame(name, 100)
        )
    }
}

impl Interface {
    fn of(resolve: &Resolve, interface: &wit_parser::Interface) -> Self {
        let functions = interface.functions.iter();
        let is_resource = |id: &wit_parser::TypeId| {
            let kind = resolve.types.get(*id).map(|definition| &definition.kind);
            matches!(kind, Some(TypeDefKind::Resource))
        };
        // What came by a `use` counts too: it is exported by the interface.
        let named = |id: &wit_parser::TypeId| match resolve.types.get(*id).map(|ty| &ty.kind) {
            Some(TypeDefKind::Type(wit_parser::Type::Id(other))) => is_resource(other),
            _ => is_resource(id),
        };
        let resources = interface.types.iter().filter(|(_, id)| named(id));
        Self {
            functions: functions
                .map(|(name, function)| (name.clone(), Signature::ours(resolve, function)))
                .collect(),
            resources: resources.map(|(name, _)| name.clone()).collect(),
        }
    }
}

/// One interface of a component beside ours.
struct Compared<'a> {
    contract: &'a Contract,
    interface: &'a str,
    resources: &'a Resources,
}

impl Compared<'_> {
    fn import(
        &self,
        offered: &Interface,
        wanted: &types::ComponentInstance,
        engine: &Engine,
        problems: &mut Vec<String>,
    ) {
        // One type that differs is used by many functions: it is told once.
        let mut different: Vec<(String, Vec<String>)> = Vec::new();
        for (name, item) in wanted.exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(function) => {
                    let theirs = Signature::theirs(self.resources, &function);
                    let Some(ours) = offered.functions.get(name) else {
                        problems.push(self.no_such("function", name, offered.functions.keys()));
                        continue;
                    };
                    let Some(what) = difference(&theirs, ours) else {
                        continue;
                    };
                    let name = called(name).to_owned();
                    match different.iter_mut().find(|(known, _)| *known == what) {
                        Some((_, names)) => names.push(name),
                        None => different.push((what, vec![name])),
                    }
                }
                ComponentItem::Resource(_)
                    if !offered.resources.iter().any(|known| known == name) =>
                {
                    problems.push(self.no_such("resource", name, offered.resources.iter()));
                }
                _ => {}
            }
        }
        problems.extend(different.into_iter().map(|(what, names)| {
            format!(
                "it uses {} of `{}`, but not as contract {} has it: {what}: {REBUILD}",
                list(names.iter().map(String::as_str), names.len()),
                self.interface,
                self.contract.version
            )
        }));
    }

    fn no_such<'n>(
        &self,
        kind: &str,
        name: &str,
        known: impl Iterator<Item = &'n String> + Clone,
    ) -> String {
        let name = called(name);
        let near = nearest(name, known.clone().map(|known| called(known)));
        let number = known.clone().count();
        let offered = match near {
            Some(near) => format!(" (it has `{near}`)"),
            None if number == 0 => String::new(),
            None => format!(
                " (it has {})",
                list(known.map(|known| called(known)), number)
            ),
        };
        format!(
            "it uses the {kind} `{}` of `{}`, which contract {} does not have{offered}: it needs a newer valence, or {REBUILD}",
            tame(name, 100),
            self.interface,
            self.contract.version
        )
    }

    fn export(
        &self,
        expected: &Interface,
        found: &types::ComponentInstance,
        engine: &Engine,
        problems: &mut Vec<String>,
    ) {
        let (interface, version) = (self.interface, &self.contract.version);
        for (name, ours) in &expected.functions {
            match found.get_export(engine, name).map(|item| item.ty) {
                Some(ComponentItem::ComponentFunc(function)) => {
                    let theirs = Signature::theirs(self.resources, &function);
                    problems.extend(difference(&theirs, ours).map(|what| {
                        format!("its `{name}` of `{interface}` is not as contract {version} wants it: {what}: {REBUILD}")
                    }));
                }
                _ => problems.push(format!(
                    "it exports `{interface}` without `{name}`, which contract {version} wants: {REBUILD}"
                )),
            }
        }
    }
}

/// The resources that a component imports of the contract, by their names there.
fn resources(whole: &types::Component, engine: &Engine) -> Resources {
    let mut found = Resources::default();
    for (_, import) in whole.imports(engine) {
        if let ComponentItem::ComponentInstance(instance) = import.ty {
            for (name, item) in instance.exports(engine) {
                if let ComponentItem::Resource(resource) = item.ty {
                    found.0.push((resource, name.to_owned()));
                }
            }
        }
    }
    found
}

enum Named<'a> {
    /// An interface of the contract, of a version that goes with ours.
    Ours(&'a str),
    /// Of another version.
    OtherVersion(&'a str),
    /// Nothing of the contract's.
    Foreign,
}

/// The name of a function as people call it: `document.get` for what is
/// `[method]document.get` on the wire.
fn called(name: &str) -> &str {
    name.split_once(']').map_or(name, |(_, name)| name)
}

fn list<'a>(names: impl Iterator<Item = &'a str>, number: usize) -> String {
    const SHOWN: usize = 12;
    let names: Vec<_> = names
        .take(SHOWN)
        .map(|name| format!("`{}`", tame(name, 100)))
        .collect();
    match number.saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn no_wasi(imports: &[String]) -> Option<String> {
    let names = list(imports.iter().map(String::as_str), imports.len());
    (!imports.is_empty()).then(|| {
        format!(
            "it imports {names}, and hooks get no wasi: no clock, no randomness, no files, no sockets. \
             Build Rust for `wasm32-unknown-unknown`, Python and JavaScript with `--stub-wasi`, \
             C with `-target wasm32-freestanding`"
        )
    })
}

fn not_offered(imports: &[String]) -> Option<String> {
    let names = list(imports.iter().map(String::as_str), imports.len());
    (!imports.is_empty()).then(|| {
        format!("it imports {names}, which valence does not offer: hooks import `{PACKAGE}` only")
    })
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

#[cfg(test)]
mod tests;
