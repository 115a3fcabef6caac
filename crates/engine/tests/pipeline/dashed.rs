//! A store like Key Vault: it ignores case, has no `_` in names, and keeps labels and deleted secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use airbridge_airflow::{Dialect, EntryId, Kind};
use airbridge_core::{
    Action, Capabilities, Change, Cursor, Descriptor, Header, Limits, Metadata, NamePrefix, Page, Payload,
    Rates, Read, Receipt, Rejection, Result, SecretName, SecretStore, State, Stored, SupportedMetadata, Undo,
};
use airbridge_engine::{Endpoint, Evidence, Extent, Found, Policy, Quiet, Side, list, resolve_names};
use async_trait::async_trait;

use super::{POSTGRES, aws, copied, decisions, endpoint, memory, outcomes, planned, put, read_side, scheme};

#[derive(Debug)]
pub(super) struct Dashed {
    descriptor: Descriptor,
    secrets: Mutex<BTreeMap<String, (Header, Payload)>>,
    asked: Mutex<Vec<String>>,
}

impl Dashed {
    pub(super) fn new(place: &str) -> Arc<Self> {
        let descriptor = Descriptor {
            backend: "dashed",
            place: place.to_owned(),
            actor: None,
            capabilities: Capabilities {
                write: true,
                atomic_write: false,
                versions: false,
                metadata: false,
                lists_by_prefix: false,
            },
            limits: Limits { read_batch: 1, write_batch: 1, look_batch: 0, concurrency: 4 },
            rates: Rates::default(),
            read_lag: Duration::ZERO,
            unremovable: &[],
            undo: Undo::NONE,
        };
        Arc::new(Self { descriptor, secrets: Mutex::default(), asked: Mutex::default() })
    }

    pub(super) fn put(&self, name: &str, label: Option<&str>, state: State) {
        let label = label.map(str::to_owned);
        let header = Header { state, label, ..Header::live(SecretName::new(name)) };
        let payload = Payload::text(POSTGRES);
        self.secrets.lock().unwrap().insert(name.to_lowercase(), (header, payload));
    }

    fn labels(&self) -> Vec<(String, Option<String>)> {
        let secrets = self.secrets.lock().unwrap();
        secrets.values().map(|(header, _)| (header.name.to_string(), header.label.clone())).collect()
    }
}

#[async_trait]
impl SecretStore for Dashed {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, _: &SecretName, _: &Payload) -> Result<(), Rejection> {
        Ok(())
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        _: Option<&Metadata>,
    ) -> SupportedMetadata {
        SupportedMetadata::nothing(metadata, "it keeps no metadata")
    }

    async fn list_page(&self, prefix: &NamePrefix, _: Option<&Cursor>) -> Result<Page> {
        self.asked.lock().unwrap().push(prefix.to_string());
        let secrets = self.secrets.lock().unwrap();
        Ok(Page { headers: secrets.values().map(|(header, _)| header.clone()).collect(), next: None })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let secrets = self.secrets.lock().unwrap();
        let read = |read: &Read| {
            let (header, payload) = secrets.get(&read.name.as_str().to_lowercase())?;
            (header.state == State::Live).then(|| Stored::payload(payload.clone(), None))
        };
        Ok(wanted.iter().map(|wanted| Ok(read(wanted))).collect())
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let mut secrets = self.secrets.lock().unwrap();
        for change in changes {
            let payload = match &change.action {
                Action::Create(payload) | Action::Replace { payload, .. } => payload.clone(),
                _ => continue,
            };
            let header = Header {
                label: change.label.as_deref().map(str::to_owned),
                ..Header::live(change.name.clone())
            };
            secrets.insert(change.name.as_str().to_lowercase(), (header, payload));
        }
        Ok(changes.iter().map(|_| Ok(Receipt { version: None })).collect())
    }
}

pub(super) fn azure(store: &Arc<Dashed>) -> Endpoint {
    let store: Arc<dyn SecretStore> = Arc::<Dashed>::clone(store);
    endpoint(&store, &scheme("azure_key_vault"), Dialect::Text)
}

fn conn(key: &str) -> EntryId {
    EntryId::new(Kind::Connection, key)
}

/// The entries at a store, resolved by ids that the user gave and ids at the other endpoint.
async fn resolved(store: &Arc<Dashed>, given: &[&str], elsewhere: &[&str]) -> Vec<Found> {
    let side = read_side(&azure(store));
    let listing = list(&side, Side::Source, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
    let ids = |keys: &[&str]| keys.iter().map(|key| conn(key)).collect::<BTreeSet<_>>();
    let evidence = Evidence { given: ids(given), elsewhere: ids(elsewhere), ..Evidence::default() };
    resolve_names(&side, &listing, &Kind::ALL, &evidence).found
}

#[tokio::test]
async fn ids_are_resolved_by_labels() {
    let (old, vault, new) = (memory("old"), Dashed::new("vault"), memory("new"));
    for id in ["a_b", "c-d", "E_f-g", "plain"] {
        put(&old, &format!("airflow/connections/{id}"), Payload::text(POSTGRES)).await;
    }
    assert_eq!(outcomes(&copied(&aws(&old), azure(&vault), &Policy::default()).await), ["verified"; 4]);
    let label = |name: &str, id: &str| (format!("airflow-connections-{name}"), Some(format!("conn:{id}")));
    let labels = [label("a-b", "a_b"), label("c-d", "c-d"), label("E-f-g", "E_f-g"), label("plain", "plain")];
    assert_eq!(vault.labels(), labels);
    let second = planned(&aws(&old), &azure(&vault), &Policy::default()).await.unwrap();
    assert_eq!(second.summary().keep, 4);
    let back = planned(&azure(&vault), &aws(&new), &Policy::default()).await.unwrap();
    let expected = ["E_f-g", "a_b", "c-d", "plain"].map(|id| (format!("conn:{id}"), "create", None));
    assert_eq!(decisions(&back), expected);
}

#[tokio::test]
async fn given_ids_precede_the_label_and_the_label_precedes_the_other_endpoint() {
    let vault = Dashed::new("vault");
    vault.put("airflow-connections-a-b", Some("conn:a_b"), State::Live);
    for (given, elsewhere, id) in
        [(&["A-b"][..], &["a-b"][..], "A-b"), (&[], &["a-b"], "a_b"), (&["other"], &[], "a_b")]
    {
        let found = resolved(&vault, given, elsewhere).await;
        assert_eq!((found.len(), &found[0].id, found[0].guessed), (1, &conn(id), false));
    }
    // The label of another secret, a label that is not an entry, and no label.
    for label in [Some("conn:x_y"), Some("a_b"), None] {
        vault.put("airflow-connections-a-b", label, State::Live);
        assert!(resolved(&vault, &[], &[]).await.is_empty(), "{label:?}");
        assert_eq!(resolved(&vault, &[], &["a-b"]).await[0].id, conn("a-b"));
    }
}

#[tokio::test]
async fn id_named_by_a_rule_comes_after_given_ids_and_before_the_label() {
    let vault = Dashed::new("vault");
    vault.put("airflow-connections-a-b", Some("conn:a_b"), State::Live);
    let side = read_side(&azure(&vault));
    let listing = list(&side, Side::Source, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
    let ids = |keys: &[&str]| keys.iter().map(|key| conn(key)).collect::<BTreeSet<_>>();
    for (given, named, id) in [
        (&["A-b"][..], &["a-b"][..], "A-b"),
        (&[], &["a-b", "other"], "a-b"),
        // Two ids of rules resolve nothing.
        (&[], &["a-b", "A_B"], "a_b"),
        (&[], &["other"], "a_b"),
    ] {
        let evidence = Evidence { given: ids(given), named: ids(named), elsewhere: ids(&["a-B"]) };
        let found = resolve_names(&side, &listing, &Kind::ALL, &evidence).found;
        assert_eq!(found[0].id, conn(id), "{given:?} {named:?}");
    }
}

#[tokio::test]
async fn name_in_another_case_is_found_live_and_deleted() {
    let (old, vault) = (memory("old"), Dashed::new("vault"));
    put(&old, "airflow/connections/live", Payload::text(POSTGRES)).await;
    put(&old, "airflow/connections/gone", Payload::text(POSTGRES)).await;
    vault.put("Airflow-Connections-LIVE", None, State::Live);
    let deleted = State::Deleted { until: Some("2030-01-01 (in 7 days)".to_owned()) };
    vault.put("AIRFLOW-connections-Gone", None, deleted);
    let plan = planned(&aws(&old), &azure(&vault), &Policy::default()).await.unwrap();
    let expected =
        [("conn:gone".to_owned(), "refuse", Some("name-reserved")), ("conn:live".to_owned(), "keep", None)];
    assert_eq!(decisions(&plan), expected);
    assert!(plan.steps[0].message.contains("in 7 days"), "{}", plan.steps[0].message);
}

#[tokio::test]
async fn store_without_prefix_listing_is_listed_once() {
    let vault = Dashed::new("vault");
    for name in ["Airflow-Connections-a", "airflow-variables-b", "other", "airflow-"] {
        vault.put(name, None, State::Live);
    }
    let side = read_side(&azure(&vault));
    let listing = list(&side, Side::Source, &Kind::ALL, Extent::Entries, &Quiet).await.unwrap();
    let inventory = resolve_names(&side, &listing, &Kind::ALL, &Evidence::default());
    let ids: Vec<_> = inventory.found.iter().map(|found| found.id.to_string()).collect();
    assert_eq!(ids, ["conn:a", "var:b"]);
    assert_eq!(inventory.foreign.len(), 0, "names outside the prefixes are ignored");
    assert_eq!(*vault.asked.lock().unwrap(), [""]);
}
