//! What is known of each service: how it is written, and what it charges. `docs/costs.md` shows the same table.

/// When the prices of [`SERVICES`] were looked up.
pub const PRICES_OF: &str = "autumn 2026";

/// One service, as far as an estimate needs it.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// The word of its endpoints, as in [`Descriptor::backend`](airbridge_core::Descriptor::backend).
    pub backend: &'static str,
    /// Its name, as in "requests to AWS Secrets Manager".
    pub name: &'static str,
    /// What it charges for stored secrets.
    pub storage: Storage,
    /// What it charges for requests, in words. An estimate does not contain it.
    pub requests: &'static str,
    /// The reads that its adapter makes just before a write.
    pub(super) looks: Looks,
    /// The requests that a secret with a description or tags takes.
    pub(super) metadata: MetadataRequests,
}

/// What a service charges for stored secrets, in US cents for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// Nothing.
    Free,
    /// Nothing to a provider of secrets: you run the server yourself, or pay for it as a whole.
    OwnServer,
    /// Each secret, and each of its replicas.
    Secrets {
        /// For one secret in one region.
        cents: u32,
        /// The key of an endpoint that lists the further regions of new secrets.
        replicas: &'static str,
    },
    /// Each version that is not destroyed, in each of its locations.
    Versions {
        /// For one version in one location.
        cents: u32,
        /// The key of an endpoint that lists the locations of new secrets; without it there is one.
        locations: &'static str,
    },
    /// Each parameter of the advanced tier; the others are free.
    AdvancedParameters {
        /// For one parameter.
        cents: u32,
        /// The key of an endpoint that names the tier.
        tier: &'static str,
        /// The most bytes that a value of the standard tier can have.
        standard_bytes: usize,
    },
}

/// Which secrets an adapter reads just before it writes them, if the service itself does not compare versions
/// ([`atomic_write`](airbridge_core::Capabilities::atomic_write)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// All.
    All,
    /// Those that are replaced; a create fails if the name is taken. With so many requests for each batch of looks.
    Replaced(usize),
    /// It depends on the kind of the entry and on the version of the API.
    AirflowApi,
}

/// The requests that a secret with a description or tags takes, besides those of every secret: the fewest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MetadataRequests {
    /// For a secret that is created.
    pub(super) create: usize,
    /// For a secret that is replaced.
    pub(super) replace: usize,
    /// Whether a replaced secret is then left out of the batches of looks.
    pub(super) looks_alone: bool,
    /// A key of an endpoint that has the same effect if it is set.
    pub(super) key: Option<&'static str>,
}

impl MetadataRequests {
    const NONE: Self = Self { create: 0, replace: 0, looks_alone: false, key: None };
}

/// The services that airbridge writes.
pub const SERVICES: &[Service] = &[
    Service {
        backend: "aws",
        name: "AWS Secrets Manager",
        storage: Storage::Secrets { cents: 40, replicas: "replica_regions" },
        requests: "$0.05 for 10,000",
        looks: Looks::Replaced(1),
        // Instead of a read of the version: a describe request shows the metadata, too.
        metadata: MetadataRequests { create: 0, replace: 1, looks_alone: true, key: Some("kms_key_id") },
    },
    Service {
        backend: "aws-ssm",
        name: "AWS Parameter Store",
        storage: Storage::AdvancedParameters { cents: 5, tier: "tier", standard_bytes: 4_096 },
        requests: "none in the standard tier at the default throughput; otherwise $0.05 for 10,000",
        // The version, and the key that the parameter must keep.
        looks: Looks::Replaced(2),
        metadata: MetadataRequests::NONE,
    },
    Service {
        backend: "gcp",
        name: "Google Secret Manager",
        storage: Storage::Versions { cents: 6, locations: "locations" },
        requests: "$0.03 for 10,000 reads of values; the others are free",
        looks: Looks::Replaced(1),
        // The container is read and written.
        metadata: MetadataRequests { replace: 2, ..MetadataRequests::NONE },
    },
    Service {
        backend: "azure",
        name: "Azure Key Vault",
        storage: Storage::Free,
        requests: "about $0.03 for 10,000 of any kind",
        looks: Looks::All,
        metadata: MetadataRequests::NONE,
    },
    Service {
        backend: "vault",
        name: "Vault",
        storage: Storage::OwnServer,
        requests: "none",
        looks: Looks::All,
        // The metadata is written without a check, so the secret is read before.
        metadata: MetadataRequests {
            create: 2,
            replace: 1,
            looks_alone: false,
            key: Some("custom_metadata"),
        },
    },
    Service {
        backend: "airflow-api",
        name: "Airflow's REST API",
        storage: Storage::OwnServer,
        requests: "none",
        looks: Looks::AirflowApi,
        metadata: MetadataRequests::NONE,
    },
];

impl Service {
    /// The keys of its endpoints that the estimate depends on.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        let of_storage = match self.storage {
            Storage::Free | Storage::OwnServer => None,
            Storage::Secrets { replicas, .. } => Some(replicas),
            Storage::Versions { locations, .. } => Some(locations),
            Storage::AdvancedParameters { tier, .. } => Some(tier),
        };
        of_storage.into_iter().chain(self.metadata.key)
    }

    /// The service with this word; `None` if airbridge knows nothing of it but its descriptor.
    pub(super) fn of(backend: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|service| service.backend == backend)
    }
}

impl Storage {
    /// The price of a month, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Free => "free".to_owned(),
            Self::OwnServer => "what the server costs you".to_owned(),
            Self::Secrets { cents, .. } => {
                format!("{} for each secret, and as much for each replica", dollars(*cents))
            }
            Self::Versions { cents, .. } => {
                format!("{} for each version that is not destroyed, in each location", dollars(*cents))
            }
            Self::AdvancedParameters { cents, .. } => {
                format!(
                    "free in the standard tier; {} for each parameter of the advanced tier",
                    dollars(*cents)
                )
            }
        }
    }
}

fn dollars(cents: u32) -> String {
    format!("${}.{:02}", cents / 100, cents % 100)
}
