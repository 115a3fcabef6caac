//! Policies, held against the requests that reach both Airflows: the permissions are exactly those of the requests.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot continue")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use airbridge_backend_airflow_api::{ApiStore, ApiVersion, Settings, open};
use airbridge_conformance::wire::Wire;
use airbridge_core::{
    Action, Change, Fields, Json, NamePrefix, Payload, PolicyRequest, Read, Right, SecretName, SecretStore,
};
use common::{Server, unique};

const VERSIONS: [ApiVersion; 2] = [ApiVersion::V1, ApiVersion::V2];
const KINDS: [(&str, &str); 2] = [("connections", "Connections"), ("variables", "Variables")];

/// A store whose requests are counted.
struct Counted {
    wire: Wire,
    store: Arc<ApiStore>,
    version: ApiVersion,
    /// The kind of entries in paths, and in the names of permissions.
    kind: (&'static str, &'static str),
    seen: usize,
}

impl Counted {
    async fn new(version: ApiVersion, kind: (&'static str, &'static str)) -> Self {
        let server = Server::new(version);
        let wire = Wire::start(&server.url).await;
        let store = open(Settings { url: Some(wire.url()), ..server.settings() }).await.unwrap();
        let seen = wire.requests().len();
        Self { wire, store, version, kind, seen }
    }

    fn names<const N: usize>(&self) -> [SecretName; N] {
        std::array::from_fn(|_| SecretName::new(format!("{}/{}", self.kind.0, unique("policy"))))
    }

    async fn write(&self, changes: Vec<Change>) {
        for outcome in self.store.write_batch(&changes).await.unwrap() {
            outcome.unwrap();
        }
    }

    /// Fails unless the policy for this right has exactly the permissions for the requests since the last check. `bulk` is
    /// what the requests do that change many entries: Airflow checks each of these actions.
    /// (`airflow.api_fastapi.core_api.security._get_resource_methods_from_bulk_request`)
    fn assert_exact(&mut self, rights: &[Right], name: &SecretName, bulk: &[&'static str]) {
        let requests = self.wire.requests();
        let mut called = BTreeSet::new();
        for request in requests.iter().skip(self.seen).filter(|request| request.path.contains("/api/v")) {
            match (request.method.as_str(), request.path.ends_with(self.kind.0)) {
                ("PATCH", true) => called.extend(bulk.iter().copied()),
                ("GET", _) => drop(called.insert("can_read")),
                ("POST", true) => drop(called.insert("can_create")),
                ("PATCH", false) => drop(called.insert("can_edit")),
                ("DELETE", false) => drop(called.insert("can_delete")),
                _ => drop(called.insert("unknown")),
            }
        }
        self.seen = requests.len();
        let called: BTreeSet<_> =
            called.into_iter().map(|action| format!("{action} on {}", self.kind.1)).collect();
        let request = PolicyRequest {
            rights: rights.iter().copied().collect(),
            names: vec![name.clone()],
            prefixes: vec![NamePrefix::new(format!("{}/", self.kind.0))],
        };
        let text = self.store.policies(&request).remove(0).text;
        let allowed: BTreeSet<_> = text.lines().map(str::to_owned).collect();
        assert_eq!(allowed, called, "{rights:?} {:?}", self.version);
    }
}

fn payload(kind: &str, text: &str, password: Option<&str>) -> Payload {
    let fields: Vec<(&str, &str)> = match kind {
        "connections" => [("conn_type", "http"), ("host", text)]
            .into_iter()
            .chain(password.map(|password| ("password", password)))
            .collect(),
        _ => vec![("value", text)],
    };
    Payload::Fields(fields.into_iter().map(|(name, text)| (name, Json::string(text))).collect::<Fields>())
}

#[tokio::test]
async fn requests_are_what_the_policies_allow() {
    for version in VERSIONS {
        for kind in KINDS {
            let mut counted = Counted::new(version, kind).await;
            let [first, second, third] = counted.names();
            let made = |text, password| payload(kind.0, text, password);
            let create =
                |name: &SecretName| Change::new(name.clone(), Action::Create(made("one", Some("made-up"))));
            // Alone, and together with others.
            counted.write(vec![create(&first)]).await;
            counted.write(vec![create(&second), create(&third)]).await;
            counted.assert_exact(&[Right::Create], &first, &["can_create"]);

            counted.store.list_page(&NamePrefix::new(format!("{}/", kind.0)), None).await.unwrap();
            counted.assert_exact(&[Right::List], &first, &[]);
            counted.store.read_batch(&[Read::current(first.clone())]).await.unwrap().remove(0).unwrap();
            counted.assert_exact(&[Right::Read], &first, &[]);

            let replace = |name: &SecretName, password| {
                Change::new(name.clone(), Action::Replace { payload: made("two", password), expect: None })
            };
            // The password of one connection is changed, that of another is removed.
            counted.write(vec![replace(&first, Some("made-up-too"))]).await;
            counted.write(vec![replace(&second, None)]).await;
            counted
                .write(vec![replace(&first, Some("made-up-too")), replace(&third, Some("made-up-too"))])
                .await;
            let bulk = if kind.0 == "connections" { &["can_create", "can_edit"][..] } else { &["can_edit"] };
            counted.assert_exact(&[Right::Replace], &first, bulk);

            let delete = |name: &SecretName| Change::new(name.clone(), Action::Delete { expect: None });
            counted.write(vec![delete(&first)]).await;
            counted.write(vec![delete(&second), delete(&third)]).await;
            counted.assert_exact(&[Right::Delete], &first, &["can_delete"]);
        }
    }
}
