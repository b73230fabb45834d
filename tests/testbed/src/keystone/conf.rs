//! What Keystone and the server that runs it are told.

use std::path::Path;
use std::time::Duration;

/// What the log has when requests can be answered.
pub(super) const READY: &str = "keystone is ready";

/// `keystone.conf`.
pub(super) fn keystone(data: &Path, strict: Option<Duration>) -> String {
    let data = data.display();
    let life = strict.map_or(3600, |life| life.as_secs());
    format!(
        "[DEFAULT]
use_stderr = true

[database]
connection = sqlite:///{data}/keystone.sqlite

[identity]
# Tests need no passwords that are hard to guess.
password_hash_rounds = 4

[token]
provider = fernet
expiration = {life}

[cache]
# A third of the time to look at a token; a revocation clears it.
enabled = true
backend = dogpile.cache.memory

[fernet_tokens]
key_repository = {data}/fernet-keys

[credential]
key_repository = {data}/credential-keys
"
    )
}

/// `gunicorn.conf.py`.
pub(super) fn gunicorn(port: u16, strict: bool) -> String {
    let tls = match strict {
        // 2 is ssl.CERT_REQUIRED.
        true => {
            "certfile = 'server.pem'\nkeyfile = 'server-key.pem'\nca_certs = 'authority.pem'\ncert_reqs = 2\n"
        }
        false => "",
    };
    format!(
        "bind = '127.0.0.1:{port}'
workers = 1
threads = 4
accesslog = '-'
wsgi_app = 'keystone.wsgi.api:application'
{tls}

def post_worker_init(worker):
    worker.log.info('{READY}')
"
    )
}

/// How Keystone finds its file, having no arguments.
pub(super) fn environment(run: &Path) -> [(&'static str, String); 2] {
    [
        ("OS_KEYSTONE_CONFIG_DIR", run.display().to_string()),
        ("OS_KEYSTONE_CONFIG_FILES", "keystone.conf".to_owned()),
    ]
}
