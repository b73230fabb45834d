//! Certificates for servers of ours.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::python::Python;

/// Makes a certificate for 127.0.0.1 that is its own authority.
const CERTIFICATE: &str = r#"
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "testbed")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
    .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
    .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    .sign(key, hashes.SHA256()))
with open(sys.argv[1], "wb") as file:
    file.write(certificate.public_bytes(serialization.Encoding.PEM))
with open(sys.argv[2], "wb") as file:
    file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
"#;

/// Makes a certificate for 127.0.0.1 that is its own authority, and its key, in
/// `directory`. Gives the two PEM files.
///
/// # Errors
/// If the virtual environment cannot be made, or the files cannot be written.
pub fn certificate(directory: &Path) -> Result<(PathBuf, PathBuf)> {
    make(&Python::ready()?, directory)
}

pub(crate) fn make(python: &Python, directory: &Path) -> Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (path(directory), directory.join("key.pem"));
    let [certificate_path, key_path] =
        [&certificate, &key].map(|path| path.to_string_lossy().into_owned());
    python.run(CERTIFICATE, &[&certificate_path, &key_path], "")?;
    Ok((certificate, key))
}

/// Where the certificate of a server with this directory is.
pub(crate) fn path(directory: &Path) -> PathBuf {
    directory.join("certificate.pem")
}
