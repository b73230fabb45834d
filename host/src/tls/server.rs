//! The certificate of our own server, which is exchanged while it runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use zeroize::Zeroizing;

use super::{TlsError, provider};

/// The files are not looked at more often.
const LOOK: Duration = Duration::from_secs(1);

/// What the server is known by, and by whom its callers are.
#[derive(Clone, Debug)]
pub struct ServerFiles {
    /// Its certificate, with those that it is signed by, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
    /// Authorities in PEM: callers have to show a certificate of theirs.
    pub client_ca: Option<PathBuf>,
}

/// The certificate that holds now. What is begun with one goes on with it.
pub struct ServerCertificate {
    files: ServerFiles,
    held: Mutex<Held>,
}

struct Held {
    config: Arc<ServerConfig>,
    stamps: Stamps,
    looked: Instant,
}

/// By which files that have changed are known.
type Stamps = Vec<Option<(u64, SystemTime)>>;

impl ServerCertificate {
    /// Reads `files`.
    pub fn load(files: ServerFiles) -> Result<Self, TlsError> {
        let stamps = stamps(&files);
        let config = Arc::new(read(&files)?);
        let held = Mutex::new(Held {
            config,
            stamps,
            looked: Instant::now(),
        });
        Ok(Self { files, held })
    }

    /// The one for a new connection: that of the files as they are now, if it can be
    /// used, and else the one before.
    pub fn current(&self) -> Arc<ServerConfig> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() >= LOOK {
            held.looked = Instant::now();
            let stamps = stamps(&self.files);
            if stamps != held.stamps {
                self.exchange(&mut held, stamps);
            }
        }
        Arc::clone(&held.config)
    }

    /// Reads the files again, whether they have changed or not.
    pub fn reload(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = stamps(&self.files);
        self.exchange(&mut held, stamps);
    }

    fn exchange(&self, held: &mut Held, stamps: Stamps) {
        let file = self.files.certificate.display();
        // Of one that cannot be used it is told once for each change of the files:
        // certificate and key are seldom written at the same moment.
        held.stamps = stamps;
        match read(&self.files) {
            Ok(config) => {
                held.config = Arc::new(config);
                tracing::info!(%file, "the server's certificate was read again");
            }
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%file, error = %error, source, "the server's certificate stays as it was");
            }
        }
    }
}

fn stamps(files: &ServerFiles) -> Stamps {
    let all = [
        Some(&files.certificate),
        Some(&files.key),
        files.client_ca.as_ref(),
    ];
    let stamp = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    all.into_iter().flatten().map(stamp).collect()
}

fn read(files: &ServerFiles) -> Result<ServerConfig, TlsError> {
    let certificates = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&contents(&files.key)?)
        .map_err(|_| unfit(&files.key, "private key"))?;
    let unusable = |path: &Path, source: rustls::Error| TlsError::UnusableServerCertificate {
        path: path.display().to_string(),
        source: source.into(),
    };
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|source| unusable(&files.certificate, source))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut authorities = RootCertStore::empty();
            let (added, _) = authorities.add_parsable_certificates(self::certificates(path)?);
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider())
                    .build();
            match verifier {
                Ok(verifier) if added > 0 => builder.with_client_cert_verifier(verifier),
                _ => return Err(unfit(path, "certificate of an authority")),
            }
        }
    };
    let mut config = builder
        .with_single_cert(certificates, key)
        .map_err(|source| unusable(&files.certificate, source))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = contents(path)?;
    let all = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(unfit(path, "certificate")),
    }
}

fn contents(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = std::fs::read(path).map(Zeroizing::new);
    read.map_err(|source| TlsError::UnreadableServerFile {
        path: path.display().to_string(),
        source,
    })
}

fn unfit(path: &Path, what: &'static str) -> TlsError {
    TlsError::NoServerCertificate {
        path: path.display().to_string(),
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let files = |certificate: &Path, key: &Path| ServerFiles {
            certificate: certificate.into(),
            key: key.into(),
            client_ca: None,
        };
        let told = |files| match ServerCertificate::load(files) {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        };
        let empty = file("empty.pem", "");
        let pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let certificate = file("certificate.pem", pem);
        let missing = directory.path().join("no.pem");
        assert!(told(files(&missing, &empty)).ends_with("no.pem` cannot be read"));
        assert!(told(files(&empty, &empty)).ends_with("empty.pem` has no certificate in PEM"));
        let no_key = told(files(&certificate, &empty));
        assert!(
            no_key.ends_with("empty.pem` has no private key in PEM"),
            "{no_key}"
        );
    }
}
