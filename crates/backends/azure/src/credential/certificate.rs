//! An application that signs with the key of its certificate instead of showing a secret.
//!
//! Microsoft's crate does this over OpenSSL, with PKCS#12 files; this takes PEM, as the other libraries do too.
//! What is sent: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::fmt;
use std::fs;
use std::path::Path;

use airbridge_core::{Error, Result};
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
use zeroize::{Zeroize, Zeroizing};

use crate::error::config;
use crate::guard::wrap;

/// For how long a signature is good, in seconds: long enough for clocks that differ by minutes.
const LIFETIME: i64 = 600;

/// A key and what says whose it is.
pub(super) struct Certificate {
    key: KeyPair,
    /// The first part of every assertion: which certificate the key belongs to.
    header: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a PEM file with an RSA key and its certificate; with `chain`, others in the file are shown as well.
    ///
    /// # Errors
    ///
    /// `Config` where the file cannot be read, or does not hold the two.
    pub(super) fn read(path: &Path, chain: bool) -> Result<Self> {
        let wrong =
            |what: String| wrong(format!("AZURE_CLIENT_CERTIFICATE_PATH, {}, {what}", path.display()));
        let pem = fs::read(path).map(Zeroizing::new);
        let pem = pem.map_err(|error| wrong(format!("cannot be read: {}", error.kind())))?;
        Self::parse(&pem, chain).map_err(|what| wrong(what.to_owned()))
    }

    fn parse(pem: &[u8], chain: bool) -> std::result::Result<Self, &'static str> {
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(pem)
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| "holds a certificate that is no PEM")?;
        if certificates.is_empty() {
            return Err("holds no certificate in PEM");
        }
        let mut der = PrivateKeyDer::from_pem_slice(pem)
            .map_err(|_| "holds no private key in PEM without a password")?;
        let key = match &der {
            PrivateKeyDer::Pkcs8(der) => Some(KeyPair::from_pkcs8(der.secret_pkcs8_der())),
            PrivateKeyDer::Pkcs1(der) => Some(KeyPair::from_der(der.secret_pkcs1_der())),
            _ => None,
        };
        // Wiped whatever it is.
        der.zeroize();
        let key = key.ok_or("holds a key that is not RSA, and no directory takes another")?;
        let key = key.map_err(|_| "holds a key that is not RSA, or a broken one")?;
        // A certificate holds its public key byte for byte.
        let public = key.public_key().as_ref();
        let own =
            |certificate: &CertificateDer<'_>| certificate.windows(public.len()).any(|part| part == public);
        let Some(own) = certificates.iter().position(own) else {
            return Err("holds a key, but not the certificate that belongs to it");
        };
        let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificates[own]));
        let mut header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
        if chain {
            // The application's own comes first.
            let others =
                certificates.iter().enumerate().filter(|(index, _)| *index != own).map(|(_, other)| other);
            header["x5c"] = [&certificates[own]]
                .into_iter()
                .chain(others)
                .map(|one| BASE64_STANDARD.encode(one))
                .collect();
        }
        Ok(Self { key, header: part(&header) })
    }

    /// An assertion of `client` for who answers at `audience`; it is good for a few minutes.
    fn sign(&self, client: &str, audience: &str, now: i64) -> Result<String> {
        let claims = json!({
            "aud": audience, "iss": client, "sub": client, "jti": Uuid::new_v4().to_string(),
            "nbf": now, "iat": now, "exp": now + LIFETIME,
        });
        let signed = format!("{}.{}", self.header, part(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| config("the key of AZURE_CLIENT_CERTIFICATE_PATH cannot sign"))?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What an application shows instead of a secret at the token service of its directory.
    pub(super) fn of(self, client: &str, authority: &str, tenant: &str) -> Assertion {
        let audience = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        Assertion { certificate: self, client: client.to_owned(), audience }
    }
}

/// Signs anew whenever a token is asked for.
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

fn part(json: &serde_json::Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn wrong(message: String) -> Error {
    config(message).with_hint(
        "it holds certificate and RSA key in PEM without a password: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem",
    )
}
