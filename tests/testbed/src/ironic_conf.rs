//! `ironic.conf` of one process with everything in it.

use std::path::Path;

/// How it lets callers in.
#[derive(Clone, Copy)]
pub(crate) enum Auth<'a> {
    /// Everybody.
    None,
    /// Those in this file.
    HttpBasic(&'a Path),
    /// Those that the Keystone at this address knows.
    Keystone(&'a str),
}

/// The text of the file.
pub(crate) fn text(run: &Path, port: u16, auth: Auth<'_>) -> String {
    let run = run.display();
    let keystone = match auth {
        Auth::Keystone(url) => keystone(url),
        _ => String::new(),
    };
    let auth = match auth {
        Auth::HttpBasic(file) => format!(
            "auth_strategy = http_basic\nhttp_basic_auth_user_file = {}",
            file.display()
        ),
        Auth::Keystone(_) => "auth_strategy = keystone".to_owned(),
        Auth::None => "auth_strategy = noauth".to_owned(),
    };
    format!(
        "[DEFAULT]
{auth}
rpc_transport = none
host = localhost
my_ip = 127.0.0.1
state_path = {run}/state
enabled_hardware_types = redfish,fake-hardware
enabled_bios_interfaces = redfish,no-bios,fake
enabled_boot_interfaces = redfish-virtual-media,ipxe,fake
enabled_console_interfaces = no-console,fake
enabled_deploy_interfaces = direct,ramdisk,fake
enabled_firmware_interfaces = redfish,no-firmware,fake
enabled_inspect_interfaces = redfish,no-inspect,fake
enabled_management_interfaces = redfish,noop,fake
enabled_network_interfaces = noop
enabled_power_interfaces = redfish,fake
enabled_raid_interfaces = redfish,no-raid,fake
enabled_storage_interfaces = noop,fake
enabled_vendor_interfaces = redfish,no-vendor,fake
default_network_interface = noop

[api]
host_ip = 127.0.0.1
port = {port}

[database]
connection = sqlite:///{run}/ironic.sqlite

[conductor]
automated_clean = false
# BMCs of nodes that earlier tests left are gone; eight threads would ask each of them, and
# SQLite lets one write.
sync_power_state_interval = 0

[deploy]
http_root = {run}/http
http_url = http://127.0.0.1:{port}

[pxe]
tftp_root = {run}/tftp
tftp_master_path = {run}/tftp/master
images_path = {run}/images
instance_master_path = {run}/images/master

[service_catalog]
auth_type = none
endpoint_override = http://127.0.0.1:{port}
{keystone}"
    )
}

/// A token is remembered for 5 s, so that one that is revoked is soon found out.
fn keystone(url: &str) -> String {
    format!(
        "
[keystone_authtoken]
auth_type = password
auth_url = {url}
www_authenticate_uri = {url}
username = ironic
password = ironic-pa55word
user_domain_id = default
project_name = service
project_domain_id = default
service_token_roles_required = true
token_cache_time = 5
"
    )
}

/// The directories that it names.
pub(crate) const DIRECTORIES: [&str; 5] = [
    "state",
    "http",
    "tftp/master",
    "images/master",
    "state/master_images",
];
