//! Certificate credentials: an application that signs an assertion with its private key instead of sending a secret.
//!
//! Microsoft's crate requires OpenSSL and PKCS#12 files for this. This module reads PEM files, as Microsoft's other
//! libraries can. The format of the assertion: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::fmt;
use std::path::Path;

use airbridge_core::{Error, Result};
use airbridge_http::read_small_file;
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256};
use azure_core::http::ClientMethodOptions;
use azure_core::time::OffsetDateTime;
use azure_identity::ClientAssertion;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroize;

use crate::error::wrap;

/// How long an assertion is valid, in seconds. Long enough for clocks that differ by minutes.
const LIFETIME: i64 = 600;

/// How to convert PKCS#12 files and keys with a password, which are not supported: they would require OpenSSL.
pub(super) const CONVERT: &str = "convert it to an unencrypted PEM file: openssl pkcs12 -in cert.p12 -out cert.pem -nodes && chmod 600 cert.pem";

/// A private key and its certificate.
pub(super) struct Certificate {
    key: KeyPair,
    /// The encoded header of every assertion. It names the certificate by its digest.
    header: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a PEM file with an RSA key and its certificate. With `chain`, the assertions contain all certificates of the
    /// file.
    ///
    /// # Errors
    ///
    /// `Config` if the file cannot be read, or does not contain both.
    pub(super) fn read(path: &Path, chain: bool) -> Result<Self> {
        let file = format!("{} (AZURE_CLIENT_CERTIFICATE_PATH)", path.display());
        let pem = read_small_file(path).map_err(|why| invalid(format!("cannot read {file}: {why}")))?;
        Self::parse(&pem, chain).map_err(|what| invalid(format!("{file} {what}")))
    }

    fn parse(pem: &[u8], chain: bool) -> std::result::Result<Self, &'static str> {
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(pem)
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| "contains a certificate that is not valid PEM")?;
        if certificates.is_empty() {
            return Err("does not contain a PEM certificate; PKCS#12 files are not supported");
        }
        let mut der = PrivateKeyDer::from_pem_slice(pem).map_err(
            |_| "does not contain an unencrypted PEM private key; keys with a password are not supported",
        )?;
        let key = match &der {
            PrivateKeyDer::Pkcs8(der) => Some(KeyPair::from_pkcs8(der.secret_pkcs8_der())),
            PrivateKeyDer::Pkcs1(der) => Some(KeyPair::from_der(der.secret_pkcs1_der())),
            _ => None,
        };
        // The key is wiped whether or not it can be used.
        der.zeroize();
        let key = key.ok_or(
            "contains a key that is not RSA, which is the only type that Microsoft Entra ID accepts",
        )?;
        let key = key.map_err(|_| "contains a key that is not RSA, or is damaged")?;
        // A certificate contains its public key byte for byte.
        let public = key.public_key().as_ref();
        let own =
            |certificate: &CertificateDer<'_>| certificate.windows(public.len()).any(|part| part == public);
        let Some(own) = certificates.iter().position(own) else {
            return Err("contains a key, but not its certificate");
        };
        let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificates[own]));
        let mut header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
        if chain {
            // The application's own certificate must come first.
            let others =
                certificates.iter().enumerate().filter(|(index, _)| *index != own).map(|(_, other)| other);
            header["x5c"] = [&certificates[own]]
                .into_iter()
                .chain(others)
                .map(|one| BASE64_STANDARD.encode(one))
                .collect();
        }
        Ok(Self { key, header: encoded(&header) })
    }

    /// An assertion of the application `client` for the token service at `audience`, valid for [`LIFETIME`].
    fn sign(&self, client: &str, audience: &str, now: i64) -> Result<String> {
        let claims = json!({
            "aud": audience, "iss": client, "sub": client, "jti": Uuid::new_v4().to_string(),
            "nbf": now, "iat": now, "exp": now + LIFETIME,
        });
        let signed = format!("{}.{}", self.header, encoded(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| Error::config("the key in AZURE_CLIENT_CERTIFICATE_PATH failed to sign"))?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The source of assertions for the token service of the directory `tenant`.
    pub(super) fn assertion(self, client: &str, authority: &str, tenant: &str) -> Assertion {
        let audience = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        Assertion { certificate: self, client: client.to_owned(), audience }
    }
}

/// Signs a new assertion for every token request.
#[derive(Debug)]
pub(super) struct Assertion {
    certificate: Certificate,
    client: String,
    audience: String,
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        self.certificate.sign(&self.client, &self.audience, now).map_err(wrap)
    }
}

fn encoded(json: &serde_json::Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn invalid(message: String) -> Error {
    Error::config(message).with_hint(format!(
        "use a PEM file with the certificate and its unencrypted RSA key; if you have a PKCS#12 file, {CONVERT}"
    ))
}
