//! `valence record`: a mockup of a live machine, or of what the server read of one.

mod arguments;
mod decided;
mod place;

use serde_json::{Value, json};

use crate::config::Config;
use crate::enrollment::Object;
use crate::failure::{Cause, Failure};
use crate::hook::HookSpec;
use crate::policy::{Anonymizer, Recording};
use crate::redfish::{ReadLimits, Service, ServiceSettings};
use crate::registration::{LiveNode, Observation, OfflineOptions, observe_live};

use super::arguments::Global;
use super::hook::engine;
use super::output::note;
use super::parameters;
use super::trouble::Trouble;

pub(super) use arguments::Arguments;
use place::Place;

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Trouble> {
    let (told, recording) = match decided::wanted(&arguments) {
        Some(wanted) => decided::recording(global, wanted).await?,
        None => live(global, &arguments).await?,
    };
    write(global, &arguments, told, recording)
}

/// What is told of a recording besides what is in it.
struct Told {
    evaluation: Value,
    system: Value,
}

/// Records a live machine.
async fn live(global: &Global, arguments: &Arguments) -> Result<(Told, Recording), Trouble> {
    // Its hooks and defaults count where it is asked for, as for `evaluate`.
    let config = match (&global.config, &arguments.pod_manager) {
        (None, None) => None,
        (file, _) => Some(Config::load(file.as_deref())?.config),
    };
    let place = place::find(arguments, config.as_ref()).await?;
    let mut options = OfflineOptions {
        parameters: parameters::read(arguments.parameters.as_deref())?,
        profile: arguments.ironic,
        ..OfflineOptions::default()
    };
    let mut settings = ServiceSettings::new(place.url.clone());
    if let Some(config) = config {
        settings.timeout = config.redfish.timeout;
        settings.max_document = config.redfish.max_document_size;
        settings.concurrency = config.redfish.concurrency;
        options.defaults = config.register.defaults;
        options.profile.newer_fields = config.register.newer_fields;
        options.hooks = config.hooks;
    }
    let named = arguments.hooks.iter().map(|path| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        HookSpec::new(stem.into_owned(), path)
    });
    options.hooks.extend(named);
    let (observation, recording) = record(arguments, place, settings, options).await?;
    let told = Told {
        evaluation: outcome(&observation),
        system: json!(observation.found.system.as_str()),
    };
    Ok((told, recording))
}

/// Writes `recording` into the directory that is named, and tells what it is.
fn write(
    global: &Global,
    arguments: &Arguments,
    told: Told,
    mut recording: Recording,
) -> Result<(), Trouble> {
    for error in &recording.unreadable {
        note(
            global.quiet,
            &format!("warning: absent in the recording: {error}"),
        );
    }
    let anonymizer = arguments.anonymize.then(|| Anonymizer {
        seed: arguments.seed.clone(),
        keep_oui: arguments.keep_oui,
    });
    let bad = |error: &dyn std::error::Error| Trouble::usage(error.to_string());
    let of_machine = match anonymizer {
        Some(anonymizer) => {
            let replaced = recording.anonymize(&anonymizer);
            ("replaced", json!(replaced.map_err(|error| bad(&error))?))
        }
        // Anonymized it would be another.
        None => ("system", told.system),
    };
    recording
        .write(&arguments.directory)
        .map_err(|error| bad(&error))?;
    let report = [
        ("directory", json!(arguments.directory)),
        ("evaluation", told.evaluation),
        ("documents", json!(recording.documents.len())),
        ("unreadable", json!(recording.unreadable.len())),
        of_machine,
    ];
    let report = report.map(|(key, value)| (key.to_owned(), value));
    arguments.format.record(&Object::from_iter(report))
}

/// Reads the node and makes a recording of what was read.
async fn record(
    arguments: &Arguments,
    place: Place,
    mut settings: ServiceSettings,
    options: OfflineOptions,
) -> Result<(Observation, Recording), Trouble> {
    settings.credentials = place.credentials;
    settings.auth = place.auth;
    settings.verify_ca = place.verify_ca;
    // A recording is to hold each document as it is when it is read.
    settings.expand = false;
    let service = Service::new(settings)
        .map_err(|error| Failure::new(Cause::BadRequest, error.to_string()).because(error))?;
    let service = std::sync::Arc::new(service);
    let live = LiveNode {
        service: std::sync::Arc::clone(&service) as _,
        limits: ReadLimits {
            documents: arguments.max_documents,
            time: arguments.time,
        },
        pod_manager: place.name,
        driver: place.driver,
        address: place.address,
        verify_ca: place.verify_ca_for_ironic,
        wanted: arguments.system.clone(),
        name: arguments.name.clone(),
        deep: arguments.deep,
    };
    let observed = observe_live(&engine()?, live, options).await;
    service.close().await;
    let mut observation = observed?;
    // A machine that was half read would come to something else the next time.
    if let Err(failure) = &observation.run.outcome
        && matches!(failure.cause, Cause::RedfishFailed | Cause::RedfishTimeout)
    {
        return Err(Failure::new(failure.cause, failure.detail.clone()).into());
    }
    let recording = Recording::of(std::mem::take(&mut observation.run.reads));
    Ok((observation, recording))
}

/// What the machine comes to, in a word, and why if it is not enrolled.
fn outcome(observation: &Observation) -> Value {
    match &observation.run.outcome {
        Ok(_) => json!("enrolled"),
        Err(failure) if failure.cause == Cause::Denied => {
            json!(format!("denied: {}", failure.detail))
        }
        Err(failure) => json!(format!("failed: {}", failure.detail)),
    }
}
