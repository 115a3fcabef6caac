//! Certificate authorities: a user's PEM file, and the system's.

use std::path::Path;

use airbridge_core::{Error, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::small_file::read_small_file;

/// Certificates of a PEM file, each of which can be used.
#[derive(Clone, Debug)]
pub struct Certificates {
    pem: Vec<u8>,
    certificates: Vec<reqwest::Certificate>,
}

impl Certificates {
    /// Reads the PEM file at `path`.
    ///
    /// # Errors
    /// `Config`, with the path, if the file cannot be read, holds no certificate, or one that cannot be used.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let pem = read_small_file(path).map_err(|why| {
            Error::config(format!("the CA file {shown} cannot be read: {why}"))
                .with_hint("set `ca_file` to a PEM file with the certificate of the server's CA")
        })?;
        Self::parse(pem.to_vec(), &shown.to_string())
    }

    /// Parses PEM that comes from `origin`, a path or a variable.
    ///
    /// # Errors
    /// `Config`, with the origin, if there is no certificate, or one that cannot be used.
    pub fn parse(pem: Vec<u8>, origin: &str) -> Result<Self> {
        let invalid = |what: &str| {
            Error::config(format!("{origin} {what}"))
                .with_hint("name a PEM file, which starts with -----BEGIN CERTIFICATE-----")
        };
        let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let parsed = parsed.map_err(|_| invalid("is not a valid PEM file"))?;
        if parsed.is_empty() {
            return Err(invalid("contains no PEM certificate"));
        }
        let certificates: Result<Vec<_>, _> =
            parsed.iter().map(|certificate| reqwest::Certificate::from_der(certificate)).collect();
        let (_, rejected) = RootCertStore::empty().add_parsable_certificates(parsed);
        match certificates {
            Ok(certificates) if rejected == 0 => Ok(Self { pem, certificates }),
            _ => Err(invalid("contains a certificate that is damaged")),
        }
    }

    /// The file's bytes.
    pub fn pem(&self) -> &[u8] {
        &self.pem
    }

    /// The certificates for a `reqwest` client.
    pub fn into_reqwest(self) -> Vec<reqwest::Certificate> {
        self.certificates
    }
}

/// Checks that the system has certificate authorities, so that `service` can be recognised by them.
///
/// # Errors
/// `Config` if it has none, as in a bare container.
pub fn require_system_certificates(service: &str) -> Result<()> {
    if rustls_native_certs::load_native_certs().certs.is_empty() {
        return Err(no_system_certificates(service));
    }
    Ok(())
}

fn no_system_certificates(service: &str) -> Error {
    Error::config(format!("cannot verify the certificate of {service}: this machine has no CA certificates"))
        .with_hint("install the package ca-certificates, or name a PEM file with `SSL_CERT_FILE`")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use airbridge_core::ErrorKind;
    use rcgen::{CertificateParams, KeyPair};

    use super::Certificates;

    #[test]
    fn certificates_of_a_bundle_are_all_read() {
        let one = || {
            let key = KeyPair::generate().unwrap();
            CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem()
        };
        let pem = format!("# two of them\n{}{}", one(), one());
        let found = Certificates::parse(pem.clone().into_bytes(), "ca.pem").unwrap();
        assert_eq!(found.pem(), pem.as_bytes());
        assert_eq!(found.into_reqwest().len(), 2);
    }

    #[test]
    fn invalid_file_is_rejected_with_its_name() {
        for invalid in [
            "",
            "no PEM at all",
            "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n",
        ] {
            let error = Certificates::parse(invalid.into(), "ca.pem").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{invalid}");
            assert!(
                error.message().starts_with("ca.pem ") && error.message().contains("PEM")
                    || error.message().contains("damaged"),
                "{error}"
            );
        }
        let error = Certificates::read(Path::new("/nowhere/ca.pem")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains("/nowhere/ca.pem"), "{error}");
    }
}
