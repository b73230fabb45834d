//! `[hooks]` and `[[hook]]`: the chain, in its order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::pod_manager::known_credentials;
use super::section::Section;
use super::setting::{Alternatives, Setting, choice};
use super::tree::Value;
use super::units::Size;
use super::{ConfigError, CredentialsEntry, Origin, Problem};
use crate::enrollment::{Author, Object};
use crate::hook::{HookSpec, Limits, Mode, OnFailure, Selector};
use crate::text::{nearest, tame};

choice!(Mode, "`\"enforce\"` or `\"shadow\"`",
    "enforce" => Mode::Enforce,
    "shadow" => Mode::Shadow,
);
choice!(OnFailure, "`\"reject\"` or `\"skip\"`",
    "reject" => OnFailure::Reject,
    "skip" => OnFailure::Skip,
);

/// `[hooks]`: what all hooks have in common.
pub struct HooksSection {
    /// Where the components are that are named without a path.
    pub(super) directory: Option<PathBuf>,
    /// None: nothing is said of it.
    cache: Option<CacheSetting>,
    /// Whether hooks are loaded again when a file of theirs, or the
    /// configuration's, has changed.
    pub reload: bool,
    /// How many calls of hooks the server has under way at once.
    pub concurrency: usize,
}

pub(super) fn common(mut section: Section<'_>) -> Result<HooksSection, ConfigError> {
    let common = HooksSection {
        directory: section.optional("directory")?,
        cache: section.optional("cache")?,
        reload: section.or("reload", true)?,
        concurrency: section.or("concurrency", 64)?,
    };
    section.finish()?;
    Ok(common)
}

impl HooksSection {
    /// The file of the component `name` in `directory`, if that is set.
    pub fn stored(&self, name: &str) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(format!("{name}.wasm")))
    }

    /// Where the server keeps compiled code. Not set, that is beside its
    /// database, if that is a file.
    pub(super) fn cache(&self, database: Option<PathBuf>) -> Option<PathBuf> {
        match &self.cache {
            Some(CacheSetting::At(directory)) => Some(directory.clone()),
            Some(CacheSetting::Off) => None,
            None => Some(database?.with_file_name("hooks-cache")),
        }
    }
}

/// `cache` of `[hooks]`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum CacheSetting {
    Off,
    At(PathBuf),
}

impl Setting for CacheSetting {
    const EXPECTED: &'static str = "the path of a directory, or `false`";
    const PLACE: bool = true;
    fn read(value: &Value, base: &Path) -> Option<Self> {
        match bool::read(value, base) {
            Some(false) => Some(Self::Off),
            // Where it is to be is not said by this.
            Some(true) => None,
            None => Some(Self::At(PathBuf::read(value, base)?)),
        }
    }
    fn show(&self) -> String {
        match self {
            Self::Off => false.show(),
            Self::At(directory) => directory.show(),
        }
    }
    fn schema() -> serde_json::Value {
        json!({"anyOf": [{"const": false}, PathBuf::schema()]})
    }
}

pub(super) fn read(
    sections: Vec<Section<'_>>,
    directory: Option<&Path>,
    credentials: &BTreeMap<String, CredentialsEntry>,
) -> Result<Vec<HookSpec>, ConfigError> {
    let mut chain: Vec<HookSpec> = Vec::new();
    for section in sections {
        let hook = one(section, directory, credentials, &chain)?;
        chain.push(hook);
    }
    Ok(chain)
}

fn one(
    mut section: Section<'_>,
    directory: Option<&Path>,
    credentials: &BTreeMap<String, CredentialsEntry>,
    earlier: &[HookSpec],
) -> Result<HookSpec, ConfigError> {
    let (Name(name), origin) = section.required("name")?;
    if let Some(problem) = unfit(&name, earlier) {
        return Err(section.error("name", Some(&origin), problem));
    }
    let path = match (section.optional("path")?, directory) {
        (Some(path), _) => path,
        (None, Some(directory)) => directory.join(format!("{name}.wasm")),
        (None, None) => {
            let expected = "the path of a component (or `[hooks] directory`)";
            return Err(section.error("path", None, Problem::Missing { expected }));
        }
    };
    let sha256 = section.optional("sha256")?.map(|Digest(digest)| digest);
    let settings = section.or("settings", Object::new())?;
    let writes = section.optional("writes")?;
    let overrides = section.placed::<Vec<String>>("overrides")?;
    if let Some((names, origin)) = &overrides {
        all_earlier(names, earlier)
            .map_err(|problem| section.error("overrides", Some(origin), problem))?;
    }
    let granted = section.placed::<Vec<String>>("credentials")?;
    if let Some((names, origin)) = &granted {
        names
            .iter()
            .try_for_each(|name| known_credentials(name, credentials))
            .map_err(|problem| section.error("credentials", Some(origin), problem))?;
    }
    let given = |list: Option<(Vec<String>, Origin)>| list.map(|(names, _)| names);
    let hook = HookSpec {
        name,
        path,
        sha256,
        settings,
        writes,
        overrides: given(overrides).unwrap_or_default(),
        credentials: given(granted).unwrap_or_default(),
        mode: section.or("mode", Mode::default())?,
        on_failure: section.or("on_failure", OnFailure::default())?,
        when: selector(section.table("when")?)?,
        limits: limits(section.table("limits")?)?,
    };
    section.finish()?;
    Ok(hook)
}

fn unfit(name: &str, earlier: &[HookSpec]) -> Option<Problem> {
    if Author::RESERVED.contains(&name) {
        let reserved = Author::RESERVED.join("`, `");
        return Some(Problem::Impossible(format!(
            "`{name}` is no name for a hook: `{reserved}` stand for others where changes are told"
        )));
    }
    earlier
        .iter()
        .any(|hook| hook.name == name)
        .then(|| Problem::Taken {
            what: "hook",
            value: name.to_owned(),
        })
}

fn all_earlier(names: &[String], earlier: &[HookSpec]) -> Result<(), Problem> {
    let known = || earlier.iter().map(|hook| hook.name.as_str());
    match names
        .iter()
        .find(|name| !known().any(|known| known == *name))
    {
        None => Ok(()),
        Some(name) => Err(Problem::UnknownName {
            what: "hook earlier in the chain with the name",
            name: tame(name, 80),
            near: nearest(name, known()).map(str::to_owned),
        }),
    }
}

fn selector(mut section: Section<'_>) -> Result<Selector, ConfigError> {
    let mut globs = |key| {
        let given = section.optional(key)?;
        Ok(given.map(|Alternatives(globs)| globs).unwrap_or_default())
    };
    let selector = Selector {
        pod_manager: globs("pod_manager")?,
        node: globs("node")?,
        manufacturer: globs("manufacturer")?,
        model: globs("model")?,
        system_type: globs("system_type")?,
    };
    section.finish()?;
    Ok(selector)
}

fn limits(mut section: Section<'_>) -> Result<Limits, ConfigError> {
    let default = Limits::default();
    let size = |section: &mut Section<'_>, key, default| Ok(section.or(key, Size(default))?.0);
    let limits = Limits {
        fuel: section.or("fuel", default.fuel)?,
        deadline: section.or("deadline", default.deadline)?,
        memory: size(&mut section, "memory", default.memory)?,
        memories: section.or("memories", default.memories)?,
        tables: section.or("tables", default.tables)?,
        table_elements: section.or("table_elements", default.table_elements)?,
        instances: section.or("instances", default.instances)?,
        stack: size(&mut section, "stack", default.stack)?,
        output: size(&mut section, "output", default.output)?,
        depth: section.or("depth", Depth(default.depth))?.0,
        reads: section.or("reads", default.reads)?,
        read_bytes: size(&mut section, "read_bytes", default.read_bytes)?,
        handles: section.or("handles", default.handles)?,
        host_calls: section.or("host_calls", default.host_calls)?,
        host_bytes: bytes(&mut section, "host_bytes", default.host_bytes)?,
        log_lines: section.or("log_lines", default.log_lines)?,
        log_bytes: size(&mut section, "log_bytes", default.log_bytes)?,
        component: size(&mut section, "component", default.component)?,
        functions: section.or("functions", default.functions)?,
        compiled: size(&mut section, "compiled", default.compiled)?,
        compile_memory: size(&mut section, "compile_memory", default.compile_memory)?,
        compile_deadline: section.or("compile_deadline", default.compile_deadline)?,
    };
    section.finish()?;
    Ok(limits)
}

/// A size that may be more than memory could hold.
fn bytes(section: &mut Section<'_>, key: &'static str, default: u64) -> Result<u64, ConfigError> {
    let default = usize::try_from(default).unwrap_or(usize::MAX);
    let Size(bytes) = section.or(key, Size(default))?;
    Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// A hook's name.
struct Name(String);

impl Setting for Name {
    const EXPECTED: &'static str = "a name of at most 64 letters, digits, `-`, `_` and `.`";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        let name = value.text()?;
        HookSpec::is_name(name).then(|| Self(name.to_owned()))
    }
    fn show(&self) -> String {
        self.0.show()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"})
    }
}

/// How deep JSON may be: more is read by no parser of ours.
struct Depth(usize);

impl Setting for Depth {
    const EXPECTED: &'static str = "a whole number from 1 to 127";
    fn read(value: &Value, base: &Path) -> Option<Self> {
        let depth = usize::read(value, base)?;
        (depth <= 127).then_some(Self(depth))
    }
    fn show(&self) -> String {
        self.0.show()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "integer", "minimum": 1, "maximum": 127})
    }
}

/// A SHA-256 digest, with or without `sha256:` before it.
struct Digest(String);

impl Setting for Digest {
    const EXPECTED: &'static str = "a SHA-256 digest of 64 hexadecimal digits";
    fn read(value: &Value, _: &Path) -> Option<Self> {
        let text = value.text()?;
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let fits = digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit());
        fits.then(|| Self(digits.to_ascii_lowercase()))
    }
    fn show(&self) -> String {
        self.0.show()
    }
    fn schema() -> serde_json::Value {
        json!({"type": "string", "pattern": "^(sha256:)?[0-9A-Fa-f]{64}$"})
    }
}
