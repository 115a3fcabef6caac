//! The certificate of the one application, and the check of its assertions.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as URL_SAFE};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::Value;

/// A certificate as the directory stores it.
pub(crate) struct Application {
    der: Vec<u8>,
    public: Vec<u8>,
}

impl Application {
    /// A new certificate, for the directory, and the PEM file with certificate and key, for the application.
    pub(crate) fn make() -> (Self, String) {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let certificate =
            CertificateParams::new(["application".to_owned()]).unwrap().self_signed(&key).unwrap();
        let pem = format!("{}{}", key.serialize_pem(), certificate.pem());
        (Self { der: certificate.der().to_vec(), public: key.public_key_raw().to_vec() }, pem)
    }

    /// Whether `assertion` is signed with this certificate by the application `client` for the token service at `audience`.
    pub(crate) fn signed(&self, assertion: &str, client: &str, audience: &str) -> bool {
        self.check(assertion, client, audience).is_some()
    }

    fn check(&self, assertion: &str, client: &str, audience: &str) -> Option<()> {
        let (signed, signature) = assertion.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE.decode(part).ok()?).ok();
        let (header, claims) = (json(header)?, json(claims)?);
        let known = |name: &str, digest: Digest| {
            // The service accepts padding, and Microsoft's own client sends it.
            header[name].as_str().is_some_and(|given| given.trim_end_matches('=') == URL_SAFE.encode(digest))
        };
        let algorithm: &RsaParameters = match header["alg"].as_str()? {
            "PS256" if known("x5t#S256", digest(&SHA256, &self.der)) => &RSA_PSS_2048_8192_SHA256,
            "RS256" if known("x5t", digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der)) => {
                &RSA_PKCS1_2048_8192_SHA256
            }
            _ => return None,
        };
        UnparsedPublicKey::new(algorithm, &self.public)
            .verify(signed.as_bytes(), &URL_SAFE.decode(signature).ok()?)
            .ok()?;
        let chain = header["x5c"].as_array();
        let own = BASE64_STANDARD.encode(&self.der);
        // Times may have fractions, as those of Microsoft's own client do.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
        let time = |name: &str| claims[name].as_f64();
        let proper = chain.is_none_or(|chain| chain.first().is_some_and(|first| *first == own))
            && claims["aud"] == audience
            && claims["iss"] == client
            && claims["sub"] == client
            && claims["jti"].as_str().is_some_and(|id| !id.is_empty())
            && time("nbf").is_none_or(|from| from <= now)
            && time("exp").is_some_and(|until| until > now);
        proper.then_some(())
    }
}
