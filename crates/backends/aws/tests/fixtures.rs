//! Secrets as a used account has them, on both servers.

mod common;

use std::collections::BTreeSet;

use airbridge_backend_aws_testing::{REGION, Server, account, create, is_text, read, read_all, write};
use airbridge_core::{Content, NamePrefix, SecretStoreExt, State, Stored};
use aws_sdk_secretsmanager::primitives::Blob;
use common::{store, witness};

fn state(found: Option<&Stored>) -> Option<&State> {
    match found {
        Some(Stored { content: Content::Hidden(state), .. }) => Some(state),
        _ => None,
    }
}

#[tokio::test]
async fn listing_has_every_name_of_all_pages() {
    for server in Server::ALL {
        let account = account();
        let store = store(server, &account, REGION).await;
        let names: BTreeSet<_> = (0..101).map(|index| format!("airflow/variables/v{index:03}")).collect();
        for name in names.iter().map(String::as_str).chain(["airflow/variables2/x", "Airflow/variables/x"]) {
            write(&*store, name, create("x")).await.expect("it is created");
        }
        let prefix = NamePrefix::new("airflow/variables/");
        let first = store.list_page(&prefix, None).await.expect("a page");
        assert!(first.next.is_some(), "{server:?}: 101 names on one page");
        let headers = store.list_all(&prefix, &|_| {}).await.expect("a listing");
        let listed: BTreeSet<_> = headers.iter().map(|header| header.name.to_string()).collect();
        assert_eq!((listed, headers.len()), (names, 101), "{server:?}");
    }
}

#[tokio::test]
async fn states_are_distinguished_alone_and_in_a_batch() {
    for server in Server::ALL {
        let account = account();
        let (store, witness) =
            (store(server, &account, REGION).await, witness(server, &account, REGION).await);
        let made = || witness.create_secret();
        made().name("text").secret_string("plain").send().await.expect("a text");
        made().name("bytes").secret_binary(Blob::new([0xff, 0])).send().await.expect("bytes");
        made().name("nothing").send().await.expect("no value");
        made().name("gone").secret_string("x").send().await.expect("a text");
        witness
            .delete_secret()
            .secret_id("gone")
            .recovery_window_in_days(7)
            .send()
            .await
            .expect("a deletion");

        let names = ["text", "missing", "bytes", "nothing", "gone"];
        let together = read_all(&*store, &names).await.expect("an answer");
        for (name, found) in names.into_iter().zip(together) {
            for found in [found, read(&*store, name).await] {
                let found = found.unwrap_or_else(|error| panic!("{server:?}: {error}"));
                let what = format!("{server:?}: {name}: {found:?}");
                match name {
                    "text" => assert!(is_text(found.as_ref(), "plain"), "{what}"),
                    "missing" => assert_eq!(found, None, "{what}"),
                    "bytes" => assert_eq!(state(found.as_ref()), Some(&State::Binary), "{what}"),
                    "nothing" => assert_eq!(state(found.as_ref()), Some(&State::NoValue), "{what}"),
                    _ => assert!(matches!(state(found.as_ref()), Some(State::Deleted { .. })), "{what}"),
                }
            }
        }
        let headers = store.list_all(&NamePrefix::new("gone"), &|_| {}).await.expect("a listing");
        let [header] = headers.as_slice() else { panic!("{server:?}: {headers:?}") };
        assert!(
            matches!(&header.state, State::Deleted { until: Some(day) } if day.len() == 10),
            "{header:?}"
        );

        let error = write(&*store, "gone", create("x")).await.expect_err("the name is reserved");
        assert_eq!(error.kind(), airbridge_core::ErrorKind::NameReserved, "{server:?}: {error}");
        assert!(error.message().contains("for 7 more days"), "{server:?}: {error}");
    }
}

#[tokio::test]
async fn current_value_is_read_despite_other_labels() {
    for server in Server::ALL {
        let account = account();
        let (store, witness) =
            (store(server, &account, REGION).await, witness(server, &account, REGION).await);
        let first = witness.create_secret().name("labelled").secret_string("first").send().await;
        let first = first.expect("a secret").version_id.expect("a version");
        let put = witness.put_secret_value().secret_id("labelled").secret_string("second");
        put.version_stages("mine").send().await.expect("a labelled version");
        let found = read(&*store, "labelled").await.expect("an answer");
        assert!(is_text(found.as_ref(), "first"), "{server:?}: {found:?}");
        assert_eq!(found.and_then(|stored| stored.version).expect("a version").as_str(), first, "{server:?}");
    }
}

#[tokio::test]
async fn each_region_and_account_is_a_separate_place() {
    for server in Server::ALL {
        let (one, two) = (account(), account());
        let here = store(server, &one, REGION).await;
        let there = store(server, &one, "eu-west-1").await;
        let other = store(server, &two, REGION).await;
        write(&*here, "where", create("here")).await.expect("it is created");
        assert!(is_text(read(&*here, "where").await.expect("an answer").as_ref(), "here"));
        assert_eq!(read(&*there, "where").await, Ok(None), "{server:?}: another region");
        assert_eq!(read(&*other, "where").await, Ok(None), "{server:?}: another account");
        let again = store(server, &one, REGION).await;
        assert_eq!(here.descriptor().place, again.descriptor().place);
        let places = [&here, &there, &other].map(|store| store.descriptor().place.clone());
        assert_eq!(BTreeSet::from(places).len(), 3, "{server:?}");
    }
}

#[tokio::test]
async fn written_value_is_read_by_the_sdk() {
    for server in Server::ALL {
        let account = account();
        let (store, witness) =
            (store(server, &account, REGION).await, witness(server, &account, REGION).await);
        for name in ["plain", "/leading/slash", "a_+=.@-b", "like-an-arn-AbCdEf"] {
            let receipt = write(&*store, name, create("é\r\n")).await.expect("it is created");
            let found = witness.get_secret_value().secret_id(name).send().await.expect("it is there");
            assert_eq!(found.secret_string.as_deref(), Some("é\r\n"), "{server:?}: {name}");
            let version = receipt.version.expect("a version");
            assert_eq!(found.version_id.as_deref(), Some(version.as_str()), "{server:?}: {name}");
        }
    }
}
