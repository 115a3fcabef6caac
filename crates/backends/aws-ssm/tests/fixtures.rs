//! Parameters as a used account has them, on both servers.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod common;

use std::collections::BTreeSet;

use airbridge_backend_aws_ssm::{Settings, Tier, open};
use airbridge_backend_aws_testing::{REGION, Server, account, create, is_text, read, write};
use airbridge_core::{Action, ErrorKind, Header, NamePrefix, Payload, Read, SecretName, SecretStore};
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterTier, ParameterType};
use common::{settings, store, witness};

/// Every page of a listing.
async fn pages(store: &dyn SecretStore, prefix: &str) -> Vec<Vec<Header>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.list_page(&NamePrefix::new(prefix), cursor.as_ref()).await.expect("a page");
        pages.push(page.headers);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return pages,
        }
    }
}

async fn names(store: &dyn SecretStore, prefix: &str) -> BTreeSet<String> {
    pages(store, prefix).await.iter().flatten().map(|header| header.name.to_string()).collect()
}

/// The description of a parameter by the SDK's own client.
async fn described(witness: &aws_sdk_ssm::Client, name: &str) -> aws_sdk_ssm::types::ParameterMetadata {
    let filter = ParameterStringFilter::builder().key("Name").values(name).build().expect("a filter");
    let reply = witness.describe_parameters().parameter_filters(filter).send().await.expect("a description");
    reply.parameters.expect("parameters").remove(0)
}

#[tokio::test]
async fn listing_has_every_name_and_value_of_all_pages() {
    for server in Server::ALL {
        let account = account();
        let (store, witness) =
            (store(server, &account, REGION).await, witness(server, &account, REGION).await);
        let made: BTreeSet<_> = (0..101).map(|index| format!("/airflow/variables/v{index:03}")).collect();
        let foreign = ["/airflow/variables2/x", "/Airflow/variables/x", "/airflow/variable", "/x"];
        for name in made.iter().map(String::as_str).chain(foreign) {
            write(&*store, name, create(name)).await.expect("it is created");
        }
        let listed = pages(&*store, "/airflow/variables/").await;
        assert!(listed.len() >= 11, "{server:?}: 101 names on {} pages", listed.len());
        let listed: Vec<_> = listed.into_iter().flatten().collect();
        for header in &listed {
            assert!(is_text(header.stored.as_deref(), header.name.as_str()), "{server:?}: {header:?}");
        }
        let found: BTreeSet<_> = listed.iter().map(|header| header.name.to_string()).collect();
        assert_eq!((&found, listed.len()), (&made, 101), "{server:?}");
        assert_eq!(names(&*store, "/airflow/variables").await.len(), 102, "{server:?}: a part of a level");
        assert_eq!(names(&*store, "/").await.len(), 105, "{server:?}: the whole tree");
        // A name without a slash is not part of the tree. Servers disagree whether a listing has it.
        let beside = witness.put_parameter().name("y").value("x").r#type(ParameterType::String);
        beside.send().await.expect("a parameter");
        assert_eq!(names(&*store, "").await.len(), 105, "{server:?}");
    }
}

#[tokio::test]
async fn listing_of_full_pages_is_complete() {
    for server in Server::ALL {
        let store = store(server, &account(), REGION).await;
        for index in 0..20 {
            write(&*store, &format!("/p/{index}"), create("x")).await.expect("it is created");
        }
        let listed = pages(&*store, "/p/").await;
        assert_eq!(listed.iter().flatten().count(), 20, "{server:?}");
        // One of the two servers adds an empty page, as the service may.
        let last = listed.last().expect("a page").len();
        assert!(
            matches!((server, listed.len(), last), (Server::Moto, 3, 0) | (Server::Ministack, 2, 10)),
            "{last}"
        );
    }
}

#[tokio::test]
async fn every_type_is_read_and_only_secure_string_is_replaced() {
    for server in Server::ALL {
        let account = account();
        let (store, witness) =
            (store(server, &account, REGION).await, witness(server, &account, REGION).await);
        let types = [ParameterType::String, ParameterType::StringList, ParameterType::SecureString];
        for kind in types {
            let name = format!("/types/{kind}");
            witness
                .put_parameter()
                .name(&name)
                .value("a,b")
                .r#type(kind.clone())
                .send()
                .await
                .expect("a parameter");
            let found = read(&*store, &name).await.expect("an answer");
            assert!(is_text(found.as_ref(), "a,b"), "{server:?}: {kind}");
            let header = pages(&*store, &name).await.remove(0).remove(0);
            assert_eq!(header.stored.as_deref(), found.as_ref(), "{server:?}: {kind}");

            let replace = Action::Replace {
                payload: Payload::text("new"),
                expect: found.and_then(|found| found.version),
            };
            let outcome = write(&*store, &name, replace).await;
            if kind == ParameterType::SecureString {
                assert_eq!(outcome.expect("it is replaced").version.expect("a version").as_str(), "2");
            } else {
                let error = outcome.expect_err("it is not encrypted");
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{server:?}: {error}");
                assert!(error.message().contains(kind.as_str()) && error.hint().is_some(), "{error:?}");
            }
            assert_eq!(described(&witness, &name).await.r#type, Some(kind), "{server:?}");
        }
    }
}

#[tokio::test]
async fn new_parameter_is_encrypted_with_the_chosen_tier_and_key() {
    for server in Server::ALL {
        let account = account();
        let witness = witness(server, &account, REGION).await;
        let cases = [
            (Tier::Standard, 4_096),
            (Tier::Advanced, 8_192),
            (Tier::Advanced, 1),
            (Tier::Intelligent, 8_192),
        ];
        for (index, (tier, bytes)) in cases.into_iter().enumerate() {
            let key = Some("alias/mine".to_owned());
            let settings = Settings { tier, kms_key_id: key, ..settings(server, &account, REGION) };
            let store = open(settings).await.expect("the store opens");
            let (name, text) = (format!("/tiers/{index}"), "x".repeat(bytes));
            store.check(&SecretName::new(&name), &Payload::text(text.as_str())).expect("it fits");
            write(&*store, &name, create(&text)).await.expect("it is created");
            let found = described(&witness, &name).await;
            assert_eq!(found.r#type, Some(ParameterType::SecureString), "{server:?}");
            assert_eq!(found.key_id.as_deref(), Some("alias/mine"), "{server:?}");
            if tier != Tier::Intelligent {
                assert_eq!(
                    found.tier == Some(ParameterTier::Advanced),
                    tier == Tier::Advanced,
                    "{server:?}: {found:?}"
                );
            }
            let read =
                witness.get_parameter().name(&name).with_decryption(true).send().await.expect("an answer");
            assert_eq!(read.parameter.and_then(|found| found.value), Some(text), "{server:?}");
        }
    }
}

#[tokio::test]
async fn replaced_parameter_keeps_its_tier_key_and_description() {
    for server in Server::ALL {
        let account = account();
        let (store, witness) =
            (store(server, &account, REGION).await, witness(server, &account, REGION).await);
        let put = witness.put_parameter().name("/kept").value("old").r#type(ParameterType::SecureString);
        let put = put.tier(ParameterTier::Advanced).key_id("alias/theirs").description("theirs");
        put.send().await.expect("a parameter");
        let replace = Action::Replace { payload: Payload::text("new"), expect: None };
        write(&*store, "/kept", replace).await.expect("it is replaced");
        let found = described(&witness, "/kept").await;
        assert_eq!(found.tier, Some(ParameterTier::Advanced), "{server:?}");
        assert_eq!(found.key_id.as_deref(), Some("alias/theirs"), "{server:?}");
        assert_eq!(found.description.as_deref(), Some("theirs"), "{server:?}");
    }
}

#[tokio::test]
async fn each_version_can_be_read_by_its_number() {
    for server in Server::ALL {
        let store = store(server, &account(), REGION).await;
        let made = write(&*store, "/v/a", create("one")).await.expect("it is created");
        let replace = Action::Replace { payload: Payload::text("two"), expect: made.version.clone() };
        let replaced = write(&*store, "/v/a", replace).await.expect("it is replaced");
        write(&*store, "/v/b", create("b")).await.expect("it is created");
        let asked = |name: &str, version: Option<&str>| Read {
            name: SecretName::new(name),
            version: version.map(airbridge_core::Version::new),
        };
        let wanted = [
            asked("/v/a", Some("1")),
            asked("/v/a", Some("2")),
            asked("/v/a", None),
            asked("/v/a", Some("3")),
            asked("/v/b", Some("1")),
            // An id of Airflow may contain a colon, which must not select a version of another parameter.
            asked("/v/a:1", None),
        ];
        let found = store.read_batch(&wanted).await.expect("an answer");
        let expected = [Some("one"), Some("two"), Some("two"), None, Some("b"), None];
        for (index, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            let found = found.unwrap_or_else(|error| panic!("{server:?}, {index}: {error}"));
            match expected {
                Some(text) => assert!(is_text(found.as_ref(), text), "{server:?}, {index}: {found:?}"),
                None => assert_eq!(found, None, "{server:?}, {index}"),
            }
        }
        assert_eq!(replaced.version.expect("a version").as_str(), "2", "{server:?}");
    }
}

#[tokio::test]
async fn each_region_and_account_is_a_separate_place() {
    for server in Server::ALL {
        let (one, two) = (account(), account());
        let here = store(server, &one, REGION).await;
        let there = store(server, &one, "eu-west-1").await;
        let other = store(server, &two, REGION).await;
        write(&*here, "/where", create("here")).await.expect("it is created");
        assert!(is_text(read(&*here, "/where").await.expect("an answer").as_ref(), "here"));
        assert_eq!(read(&*there, "/where").await, Ok(None), "{server:?}: another region");
        assert_eq!(read(&*other, "/where").await, Ok(None), "{server:?}: another account");
        let places = [&here, &there, &other].map(|store| store.descriptor().place.clone());
        assert_eq!(BTreeSet::from(places).len(), 3, "{server:?}");
    }
}
