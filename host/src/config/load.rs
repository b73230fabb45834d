//! Finding the file, and reading all of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::environment::Environment;
use super::section::{Context, Section};
use super::tree::{self, Table};
use super::{
    ApiSection, BulkSection, ConfigError, CredentialsEntry, HooksSection, IronicSection,
    PodManagerSection, RecordsSection, RedfishSection, RegisterSection, ServerSection, Shown,
    StoreSection,
};
use super::{
    api, bulk, credentials, hook, ironic, pod_manager, records, redfish, register, server, store,
};
use crate::hook::HookSpec;

/// Longer than any `valence.toml`.
const LONGEST: u64 = 4 << 20;

/// Where the file is looked for when nobody names one.
const PLACES: [&str; 2] = ["valence.toml", "/etc/valence/valence.toml"];

/// The whole configuration, checked.
pub struct Config {
    /// `[server]`.
    pub server: ServerSection,
    /// `[api]`.
    pub api: ApiSection,
    /// `[store]`.
    pub store: StoreSection,
    /// `[ironic]`. None: there is none, as for the offline commands.
    pub ironic: Option<IronicSection>,
    /// `[register]`.
    pub register: RegisterSection,
    /// `[bulk]`.
    pub bulk: BulkSection,
    /// `[records]`.
    pub records: RecordsSection,
    /// `[redfish]`.
    pub redfish: RedfishSection,
    /// `[credentials.NAME]`, by name.
    pub credentials: BTreeMap<String, CredentialsEntry>,
    /// `[[pod_manager]]`, in their order.
    pub pod_managers: Vec<PodManagerSection>,
    /// `[hooks]`.
    pub common: HooksSection,
    /// `[[hook]]`, in their order.
    pub hooks: Vec<HookSpec>,
    /// Where the server keeps compiled hooks: `cache` of `[hooks]`, else beside the
    /// database. None: nowhere.
    pub hooks_cache: Option<PathBuf>,
}

/// A configuration, and where it comes from.
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The file; none where there is none and everything is as by default.
    pub file: Option<PathBuf>,
    /// Every key that there is, with its value and where that comes from.
    pub(super) asked: Vec<Shown>,
}

impl Config {
    /// Reads the file at `path`, else the one that `VALENCE_CONFIG` names, else
    /// `./valence.toml`, else `/etc/valence/valence.toml`, and lays variables
    /// `VALENCE__SECTION__KEY` over it. A file that is named must be there;
    /// where none is named and none is there, everything is as by default.
    pub fn load(path: Option<&Path>) -> Result<Loaded, ConfigError> {
        load(path, &Environment::of_process())
    }
}

pub(super) fn load(path: Option<&Path>, environment: &Environment) -> Result<Loaded, ConfigError> {
    match find(path, environment)? {
        Some((file, text)) => {
            let entries = tree::parse(file.clone(), &text)?;
            from_entries(Some(file), entries, environment)
        }
        None => from_entries(None, Table::new(), environment),
    }
}

fn find(
    path: Option<&Path>,
    environment: &Environment,
) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let named = match path {
        Some(path) => Some((path, "`--config`")),
        None => environment
            .get("VALENCE_CONFIG")
            .map(|path| (Path::new(path), "`VALENCE_CONFIG`")),
    };
    if let Some((path, by)) = named {
        return Ok(Some((path.to_owned(), required(path, by)?)));
    }
    for place in PLACES {
        if let Some(text) = text(Path::new(place))? {
            return Ok(Some((place.into(), text)));
        }
    }
    Ok(None)
}

/// The text of a file that must be there, because `by` names it.
pub(super) fn required(path: &Path, by: &'static str) -> Result<String, ConfigError> {
    text(path)?.ok_or_else(|| ConfigError::NoSuchFile {
        path: path.to_owned(),
        by,
    })
}

fn text(path: &Path) -> Result<Option<String>, ConfigError> {
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| {
        let bytes = file.take(LONGEST + 1).read_to_string(&mut text)?;
        match bytes as u64 > LONGEST {
            true => Err(std::io::Error::other("it is larger than 4 MiB")),
            false => Ok(()),
        }
    });
    match read {
        Ok(()) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

pub(super) fn from_entries(
    file: Option<PathBuf>,
    mut entries: Table,
    environment: &Environment,
) -> Result<Loaded, ConfigError> {
    for (variable, path, words) in environment.overrides() {
        tree::lay_over(&mut entries, variable, &path, words)?;
    }
    // Absolute, so that a path means the same wherever the process goes.
    let base = file
        .as_deref()
        .and_then(|file| std::path::absolute(file).ok())
        .and_then(|file| Some(file.parent()?.to_owned()))
        .unwrap_or_default();
    let context = Rc::new(Context {
        base: &base,
        asked: RefCell::default(),
    });
    let config = read(Section::root(entries, Rc::clone(&context)), environment)?;
    let asked = context.asked.take();
    Ok(Loaded {
        config,
        file,
        asked,
    })
}

fn read(mut root: Section<'_>, environment: &Environment) -> Result<Config, ConfigError> {
    let server = server::read(root.table("server")?)?;
    let api = api::read(root.table("api")?)?;
    let store = store::read(root.table("store")?)?;
    let ironic = ironic::read(root.table("ironic")?, environment)?;
    let register = register::read(root.table("register")?)?;
    let bulk = bulk::read(root.table("bulk")?)?;
    let records = records::read(root.table("records")?)?;
    let redfish = redfish::read(root.table("redfish")?)?;
    let credentials = credentials::read(root.named("credentials")?)?;
    let pod_managers = pod_manager::read(root.tables("pod_manager")?, &credentials)?;
    let common = hook::common(root.table("hooks")?)?;
    let hooks = hook::read(
        root.tables("hook")?,
        common.directory.as_deref(),
        &credentials,
    )?;
    let hooks_cache = common.cache(store.file());
    root.finish()?;
    Ok(Config {
        server,
        api,
        store,
        ironic,
        register,
        bulk,
        records,
        redfish,
        credentials,
        pod_managers,
        common,
        hooks,
        hooks_cache,
    })
}
