//! The backends that a build leaves out. Each is a cargo feature, and all are on by default.

use crate::error::Error;

/// A backend that can be left out.
struct Backend {
    /// The scheme of its endpoints, and the name of the cargo feature.
    scheme: &'static str,
    /// The path of Airflow's class for it, if it has one.
    class: Option<&'static str>,
    included: bool,
}

const BACKENDS: [Backend; 7] = [
    Backend {
        scheme: "aws",
        class: Some("airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"),
        included: cfg!(feature = "aws"),
    },
    Backend {
        scheme: "aws-ssm",
        class: Some(
            "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
        ),
        included: cfg!(feature = "aws-ssm"),
    },
    Backend {
        scheme: "gcp",
        class: Some("airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend"),
        included: cfg!(feature = "gcp"),
    },
    Backend {
        scheme: "azure",
        class: Some("airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend"),
        included: cfg!(feature = "azure"),
    },
    Backend {
        scheme: "vault",
        class: Some("airflow.providers.hashicorp.secrets.vault.VaultBackend"),
        included: cfg!(feature = "vault"),
    },
    Backend { scheme: "airflow-db", class: None, included: cfg!(feature = "airflow-db") },
    Backend { scheme: "airflow-api", class: None, included: cfg!(feature = "airflow-api") },
];

/// The schemes that this build leaves out.
pub(crate) fn schemes() -> impl Iterator<Item = &'static str> {
    BACKENDS.iter().filter(|backend| !backend.included).map(|backend| backend.scheme)
}

/// The error for a bundle in a build that leaves bundles out.
#[cfg(not(feature = "bundle"))]
pub(crate) fn bundles() -> Error {
    Error::usage("this build of airbridge does not include bundles, the encrypted files that end in .age")
        .hint("build airbridge with its cargo feature `bundle`, which is on by default")
}

/// The error for the scheme or the class of a backend that this build leaves out; `None` for any other name.
pub(crate) fn error(name: &str) -> Option<Error> {
    let is_named =
        |backend: &&Backend| !backend.included && (backend.scheme == name || backend.class == Some(name));
    let scheme = BACKENDS.iter().find(is_named)?.scheme;
    let hint = format!("build airbridge with its cargo feature `{scheme}`, which is on by default");
    Some(Error::usage(format!("this build of airbridge does not include `{scheme}:`")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::BACKENDS;
    use crate::open::kinds;

    #[test]
    fn every_backend_has_the_class_of_its_kind() {
        for backend in BACKENDS.iter().filter(|backend| backend.included) {
            let kind = kinds().iter().find(|kind| kind.scheme == backend.scheme);
            let class = kind.and_then(|kind| kind.class).map(|class| class.path);
            assert!(kind.is_some(), "{}", backend.scheme);
            assert_eq!(class, backend.class, "{}", backend.scheme);
        }
    }
}
