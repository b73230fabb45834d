//! What we are known by to servers that ask for a certificate.

use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::TlsError;
use crate::node::ClientCertificate;

impl ClientCertificate {
    /// Both in one PEM text, as the HTTP library takes them.
    pub(super) fn pem(&self) -> Result<Zeroizing<Vec<u8>>, TlsError> {
        let mut pem = read(&self.certificate)?;
        if let Some(key) = &self.key {
            pem.push(b'\n');
            pem.extend_from_slice(&read(key)?);
        }
        // The library's own complaint names no file.
        self.parts(&pem)?;
        Ok(pem)
    }

    /// Both as the TLS library takes them.
    pub(super) fn parts(
        &self,
        pem: &[u8],
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let unfit = |path: &Path, what| TlsError::NoClientCertificate {
            path: path.display().to_string(),
            what,
        };
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|_| unfit(&self.certificate, "certificate"))?;
        if certificates.is_empty() {
            return Err(unfit(&self.certificate, "certificate"));
        }
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            let path = self.key.as_deref().unwrap_or(&self.certificate);
            unfit(path, "private key")
        })?;
        Ok((certificates, key))
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = std::fs::read(path).map(Zeroizing::new);
    read.map_err(|source| TlsError::UnreadableClientCertificate {
        path: path.display().to_string(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let certificate = |path: &Path| ClientCertificate {
            certificate: path.into(),
            key: None,
        };
        let told = |path: &Path| certificate(path).pem().unwrap_err().to_string();
        assert!(told(Path::new("no/such.pem")).contains("`no/such.pem` cannot be read"));
        assert!(told(file.path()).contains("has no certificate"));
        let text = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        std::fs::write(file.path(), text).unwrap();
        assert!(told(file.path()).contains("has no private key"));
    }
}
