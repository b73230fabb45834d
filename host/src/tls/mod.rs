//! How certificates of servers are checked, for every HTTP client of ours, and the
//! one that our own server shows.

mod certificate;
mod server;

pub use server::{ServerCertificate, ServerFiles};

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::node::{ClientCertificate, VerifyCa};

/// Why a client that checks certificates as told could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of authorities cannot be read.
    #[error("the file of certificate authorities `{path}` cannot be read")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It can be read, and holds no certificate that can be used.
    #[error("the file of certificate authorities `{path}` is no PEM file with certificates")]
    NoCertificates {
        /// Which file.
        path: String,
    },
    /// The file of our own certificate or of its key cannot be read.
    #[error("the client certificate or key `{path}` cannot be read")]
    UnreadableClientCertificate {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It can be read, and holds not what it should.
    #[error("the file `{path}` has no {what} in PEM for the client certificate")]
    NoClientCertificate {
        /// Which file.
        path: String,
        /// What is missing.
        what: &'static str,
    },
    /// The HTTP library refuses our own certificate.
    #[error("the client certificate `{path}` cannot be used: does the key belong to it?")]
    UnusableClientCertificate {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A file of our own server's cannot be read.
    #[error("`{path}` cannot be read")]
    UnreadableServerFile {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It can be read, and holds not what it should.
    #[error("`{path}` has no {what} in PEM")]
    NoServerCertificate {
        /// Which file.
        path: String,
        /// What is missing.
        what: &'static str,
    },
    /// The TLS library refuses our own server's certificate.
    #[error("the certificate `{path}` cannot be used: does the key belong to it?")]
    UnusableServerCertificate {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The TLS library refuses.
    #[error("certificates cannot be checked by `{path}`")]
    Unusable {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl TlsError {
    /// Whether it is about our own certificate or its key, and not about how those of
    /// others are checked.
    pub fn is_of_ours(&self) -> bool {
        matches!(
            self,
            Self::UnreadableClientCertificate { .. }
                | Self::NoClientCertificate { .. }
                | Self::UnusableClientCertificate { .. }
        )
    }
}

/// A builder of clients that check certificates as `verify` says, show `ours` to
/// servers that ask for one, follow no redirect and use no proxy: what is sent
/// goes to the server that was configured and to no other.
pub(crate) fn client_builder(
    verify: &VerifyCa,
    ours: Option<&ClientCertificate>,
) -> Result<reqwest::ClientBuilder, TlsError> {
    let provider = provider();
    let builder = plain();
    let builder = match verify {
        VerifyCa::Check(true) if system_has_authorities() => builder,
        // Without authorities the library makes no client at all, not even one
        // for plain http. This one refuses every certificate.
        VerifyCa::Check(true) => builder.tls_certs_only([]),
        VerifyCa::Check(false) => builder.tls_danger_accept_invalid_certs(true),
        VerifyCa::File(path) => {
            return Ok(builder.tls_backend_preconfigured(by_file(path, ours, provider)?));
        }
    };
    Ok(match ours {
        Some(ours) => builder.identity(
            reqwest::Identity::from_pem(&ours.pem()?).map_err(|source| unusable(ours, source))?,
        ),
        None => builder,
    })
}

fn unusable(
    ours: &ClientCertificate,
    source: impl Into<Box<dyn StdError + Send + Sync>>,
) -> TlsError {
    TlsError::UnusableClientCertificate {
        path: ours.certificate.display().to_string(),
        source: source.into(),
    }
}

/// What is wrong with the server's certificate, if that is what ended a request.
pub(crate) fn untrusted(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(reason)) = error.downcast_ref() {
            return Some(in_words(reason));
        }
        // The source of an io::Error is that of the error it wraps, which it skips.
        next = match error.downcast_ref().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

fn in_words(reason: &CertificateError) -> &'static str {
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name than that of the server"
        }
        CertificateError::UnknownIssuer => "its issuer is not known",
        CertificateError::Revoked => "it is revoked",
        CertificateError::BadEncoding => "it is garbled",
        // WebPKI's word for a self-signed one has no variant of its own.
        CertificateError::Other(_) => "it is self-signed, or is no certificate of a server",
        _ => "it is not acceptable",
    }
}

fn plain() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| {
        // Fails only where one is installed already, which is as good.
        let _ = ring::default_provider().install_default();
        CryptoProvider::get_default()
            .cloned()
            .unwrap_or_else(|| Arc::new(ring::default_provider()))
    }))
}

fn system_has_authorities() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let has = plain().build().is_ok();
        if !has {
            tracing::warn!(
                "this system has no certificate authorities: every https server will be refused \
                 unless `verify_ca` names a file"
            );
        }
        has
    })
}

fn by_file(
    path: &str,
    ours: Option<&ClientCertificate>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, TlsError> {
    let verifier = listed(path, Arc::clone(&provider))?;
    let checked = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| TlsError::Unusable {
            path: path.into(),
            source: source.into(),
        })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let Some(ours) = ours else {
        return Ok(checked.with_no_client_auth());
    };
    let (certificates, key) = ours.parts(&ours.pem()?)?;
    checked
        .with_client_auth_cert(certificates, key)
        .map_err(|source| unusable(ours, source))
}

fn listed(path: &str, provider: Arc<CryptoProvider>) -> Result<Listed, TlsError> {
    let pem = std::fs::read(path).map_err(|source| TlsError::Unreadable {
        path: path.into(),
        source,
    })?;
    let no_certificates = || TlsError::NoCertificates { path: path.into() };
    let listed = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| no_certificates())?;
    let mut authorities = RootCertStore::empty();
    let (added, _) = authorities.add_parsable_certificates(listed.iter().cloned());
    if added == 0 {
        return Err(no_certificates());
    }
    let by_authority = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities), provider)
        .build()
        .map_err(|source| TlsError::Unusable {
            path: path.into(),
            source: source.into(),
        })?;
    Ok(Listed {
        by_authority,
        listed,
    })
}

/// Trusts what an authority in the file has signed, and also a certificate that
/// itself stands in the file: BMCs come with self-signed ones, which WebPKI takes
/// for authorities and so never for servers. The name is checked for both.
#[derive(Debug)]
struct Listed {
    by_authority: Arc<WebPkiServerVerifier>,
    listed: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Listed {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.listed.iter().any(|listed| listed == end_entity) {
            let certificate = ParsedCertificate::try_from(end_entity)
                .map_err(|_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding))?;
            verify_server_name(&certificate, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        self.by_authority.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.by_authority
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.by_authority
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_made_with_and_without_checks() {
        for verify in [VerifyCa::Check(true), VerifyCa::Check(false)] {
            assert!(client_builder(&verify, None).unwrap().build().is_ok());
        }
    }

    #[test]
    fn a_file_that_is_missing_or_holds_no_certificate_is_named() {
        let missing = VerifyCa::File("no/such/ca.pem".into());
        let error = client_builder(&missing, None).unwrap_err();
        assert!(matches!(&error, TlsError::Unreadable { path, .. } if path == "no/such/ca.pem"));

        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "no certificate").unwrap();
        let empty = VerifyCa::File(file.path().to_str().unwrap().into());
        assert!(matches!(
            client_builder(&empty, None).unwrap_err(),
            TlsError::NoCertificates { .. }
        ));
    }

    /// Two self-signed certificates as BMCs have them, whose keys are lost: for
    /// `bmc.example` and 192.0.2.7, and for `bmc.example` and 127.0.0.1.
    const SELF_SIGNED: [&str; 2] = [
        "-----BEGIN CERTIFICATE-----\n\
         MIIBoDCCAUegAwIBAgIUENpJaqf4K6ymkuwnZbkb0AFlFn0wCgYIKoZIzj0EAwIw\n\
         FjEUMBIGA1UEAwwLYm1jLmV4YW1wbGUwIBcNMjYxMTIyMTYzNDM2WhgPMjEyNjEw\n\
         MjkxNjM0MzZaMBYxFDASBgNVBAMMC2JtYy5leGFtcGxlMFkwEwYHKoZIzj0CAQYI\n\
         KoZIzj0DAQcDQgAEIAX62jcGK3Cf8BUmvKq001YPB5fZtYXC6iNJsorpJ7rljKXG\n\
         zkdF9zQK0tkdlw7UX0ZRoT+YXpqx7lGhTl0DuKNxMG8wHQYDVR0OBBYEFKf70r4g\n\
         +9GaHhDq6+GqMey1OkTNMB8GA1UdIwQYMBaAFKf70r4g+9GaHhDq6+GqMey1OkTN\n\
         MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4ILYm1jLmV4YW1wbGWHBMAAAgcw\n\
         CgYIKoZIzj0EAwIDRwAwRAIgJScORb1FKcl9BJENc5uzNo93jbl6mEVh5sx00bCx\n\
         jB4CIAKEceW3kar3Fmw04tT0rUxSKXb4uZaz1VuNrcdF5cuG\n\
         -----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\n\
         MIIBoTCCAUegAwIBAgIUODaun0q2ZH7KYtDR4qE6RIUpg/4wCgYIKoZIzj0EAwIw\n\
         FjEUMBIGA1UEAwwLYm1jLmV4YW1wbGUwIBcNMjYxMTIyMTYzNDM3WhgPMjEyNjEw\n\
         MjkxNjM0MzdaMBYxFDASBgNVBAMMC2JtYy5leGFtcGxlMFkwEwYHKoZIzj0CAQYI\n\
         KoZIzj0DAQcDQgAEfqjwzdPlFC9rj4HaHR71E4JZ7SylkAnd5BFANQ0mdapHfCIT\n\
         Hr/1BAuhbYzzIlTe8X8cd55YBKmRXFkkRU0Iv6NxMG8wHQYDVR0OBBYEFHhe3J3j\n\
         Ubv80t+gbr/tk1xYqyGLMB8GA1UdIwQYMBaAFHhe3J3jUbv80t+gbr/tk1xYqyGL\n\
         MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4ILYm1jLmV4YW1wbGWHBH8AAAEw\n\
         CgYIKoZIzj0EAwIDSAAwRQIhAKhAaf47CrDPUGfhzd6JC6msVugh/84alvWj1rvK\n\
         jTEaAiBoBFHzTNcP4NH7Q7RIwgxO7HQaQtKBRHnNq9GYfZ22Jg==\n\
         -----END CERTIFICATE-----",
    ];

    #[test]
    fn a_self_signed_certificate_is_trusted_if_it_is_listed_and_for_its_own_names() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), SELF_SIGNED[0]).unwrap();
        let verifier = listed(file.path().to_str().unwrap(), provider()).unwrap();
        let certificates =
            SELF_SIGNED.map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap());
        for (certificate, name, trusted) in [
            (0, "bmc.example", true),
            (0, "192.0.2.7", true),
            (0, "other.example", false),
            (1, "bmc.example", false),
        ] {
            let verified = verifier.verify_server_cert(
                &certificates[certificate],
                &[],
                &ServerName::try_from(name).unwrap(),
                &[],
                UnixTime::now(),
            );
            assert_eq!(verified.is_ok(), trusted, "{name}: {verified:?}");
        }
    }
}
