//! Where a machine is that is to be recorded.

use url::Url;

use crate::config::Config;
use crate::failure::{Cause, Failure};
use crate::node::{PodManagerDriver, ServiceAuth, VerifyCa};
use crate::secret::Credentials;
use crate::text::nearest;

use super::super::trouble::Trouble;
use super::arguments::Arguments;

/// A live service, and how it is talked to.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) url: Url,
    /// Without `/redfish/v1`, as Ironic is given it.
    pub(super) address: String,
    pub(super) driver: PodManagerDriver,
    pub(super) credentials: Option<Credentials>,
    pub(super) auth: ServiceAuth,
    pub(super) verify_ca: VerifyCa,
    pub(super) verify_ca_for_ironic: VerifyCa,
}

/// The pod manager of the configuration that is named, else the service at
/// `--url`.
pub(super) async fn find(arguments: &Arguments, config: Option<&Config>) -> Result<Place, Trouble> {
    match (&arguments.pod_manager, config, &arguments.url) {
        (Some(name), Some(config), _) => configured(name, config).await,
        (_, _, Some(url)) => named(url, arguments).await,
        _ => Err(Trouble::usage(
            "say what to record, by `--pod-manager` or `--url`",
        )),
    }
}

async fn configured(name: &str, config: &Config) -> Result<Place, Trouble> {
    let all = &config.pod_managers;
    let Some(section) = all.iter().find(|section| section.name == name) else {
        let near = nearest(name, all.iter().map(|section| section.name.as_str()));
        let advice = near.map_or_else(String::new, |near| format!("; is `{near}` meant?"));
        return Err(Failure::new(
            Cause::NotFound,
            format!(
                "the configuration has no pod manager `{name}`{advice} One that was made over the \
                 API keeps its credentials to itself: record it by `--url`"
            ),
        )
        .into());
    };
    let credentials = section.credentials.as_ref();
    let credentials = match credentials.and_then(|name| config.credentials.get(name)) {
        Some(entry) => Some(entry.resolve().await?),
        None => None,
    };
    let ironic = section.ironic_verify_ca.as_ref();
    Ok(Place {
        name: section.name.clone(),
        url: section.url.clone(),
        address: address(&section.url),
        driver: section.driver,
        credentials,
        auth: section.auth,
        verify_ca: section.verify_ca.clone(),
        verify_ca_for_ironic: ironic.unwrap_or(&section.verify_ca).clone(),
    })
}

async fn named(url: &str, arguments: &Arguments) -> Result<Place, Trouble> {
    let url: Url = url
        .parse()
        .map_err(|error| Trouble::usage(format!("`--url` is no url: {error}")))?;
    let verify_ca = match arguments.verify_ca.as_str() {
        "true" => VerifyCa::Check(true),
        "false" => VerifyCa::Check(false),
        file => VerifyCa::File(file.to_owned()),
    };
    Ok(Place {
        name: "offline".into(),
        address: address(&url),
        url,
        driver: PodManagerDriver::ALL
            .into_iter()
            .find(|driver| driver.name() == arguments.driver)
            .unwrap_or(PodManagerDriver::Redfish),
        credentials: arguments.account.credentials().await?,
        auth: ServiceAuth::default(),
        verify_ca_for_ironic: verify_ca.clone(),
        verify_ca,
    })
}

fn address(url: &Url) -> String {
    let url = url.as_str().trim_end_matches('/');
    let url = url.strip_suffix("/redfish/v1").unwrap_or(url);
    url.trim_end_matches('/').to_owned()
}
