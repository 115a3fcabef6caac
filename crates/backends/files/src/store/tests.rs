//! Faults of disks and pipes that cannot be produced on cue.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airbridge_core::{Action, Change, ErrorKind, NamePrefix, Payload, Read, SecretStore, SecretStoreExt};
use tempfile::TempDir;

use crate::disk::Steps;
use crate::medium::Medium;
use crate::{FileStore, Location, Part, open};

#[path = "../../tests/support/mod.rs"]
mod support;
use support::{HexLines, encode};

fn store(locations: Vec<(&str, Location)>) -> Arc<FileStore> {
    let part = |(prefix, location): (&str, Location)| Part {
        prefix: prefix.to_owned(),
        location,
        document: Arc::new(HexLines::default()),
    };
    open("here", locations.into_iter().map(part).collect()).unwrap()
}

/// Two files in a new folder; the second one has the fault.
fn pair(fault: Steps) -> (TempDir, PathBuf, Arc<FileStore>) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    let file = |name: &str| Location::InFolder(own.join(name));
    let store = store(vec![("a/", file("a")), ("b/", file("b"))]);
    match &mut *store.parts[1].medium() {
        Medium::Disk { steps, .. } => *steps = fault,
        other => panic!("{other:?} is not a disk"),
    }
    (folder, own, store)
}

fn create(name: &str) -> Change {
    Change::new(name.into(), Action::Create(Payload::text("c4n4ry")))
}

async fn kinds(store: &FileStore) -> [Option<ErrorKind>; 2] {
    let outcomes = store.write_each(&[create("a/1"), create("b/1")]).await;
    let kinds: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| {
            outcome.err().map(|error| {
                assert!(!format!("{error} {error:?}").contains("c4n4ry"));
                error.kind()
            })
        })
        .collect();
    kinds.try_into().unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn full_after_the_first_byte(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(&bytes[..1])?;
    Err(io::ErrorKind::StorageFull.into())
}

#[tokio::test]
async fn full_disk_changes_no_file() {
    let (folder, own, store) = pair(Steps { fill: full_after_the_first_byte, ..Steps::default() });
    assert_eq!(kinds(&store).await, [Some(ErrorKind::QuotaExceeded); 2]);
    assert!(names_in(folder.path()).is_empty());

    fs::create_dir(&own).unwrap();
    for name in ["a", "b"] {
        fs::write(own.join(name), format!("{name}/0=00\n")).unwrap();
    }
    assert_eq!(kinds(&store).await, [Some(ErrorKind::QuotaExceeded); 2]);
    for name in ["a", "b"] {
        assert_eq!(fs::read_to_string(own.join(name)).unwrap(), format!("{name}/0=00\n"));
    }
    assert_eq!(names_in(&own).len(), 2);
}

#[tokio::test]
async fn failed_rename_fails_its_own_file_only() {
    let rename = |_: &Path, _: &Path| Err(io::ErrorKind::ResourceBusy.into());
    let (_folder, own, store) = pair(Steps { rename, ..Steps::default() });
    assert_eq!(kinds(&store).await, [None, Some(ErrorKind::Config)]);
    assert_eq!(names_in(&own), ["a"]);
}

fn stdout(print: fn(&[u8]) -> io::Result<()>) -> Arc<FileStore> {
    let store = store(vec![("", Location::Stdout)]);
    *store.parts[0].medium() = Medium::Stdout { printed: None, print };
    store
}

#[tokio::test]
async fn standard_output_is_written_once_and_read_from_memory() {
    let store = stdout(|bytes| {
        let expected = format!("a={0}\nb={0}\n", encode("c4n4ry"));
        if bytes == expected.as_bytes() { Ok(()) } else { Err(io::Error::other("in pieces")) }
    });
    let everything = NamePrefix::new("");
    assert!(store.list_page(&everything, None).await.unwrap().headers.is_empty());
    for outcome in store.write_batch(&[create("b"), create("a")]).await.unwrap() {
        outcome.unwrap();
    }
    let found = store.read_batch(&[Read::current("a".into()), Read::current("c".into())]).await.unwrap();
    assert!(matches!(found.as_slice(), [Ok(Some(_)), Ok(None)]), "{found:?}");
    assert_eq!(store.list_page(&everything, None).await.unwrap().headers.len(), 2);
    let again = store.write_batch(&[create("d")]).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn closed_pipe_fails_the_write() {
    let store = stdout(|_| Err(io::ErrorKind::BrokenPipe.into()));
    let error = store.write_each(&[create("a")]).await.remove(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert_eq!(error.message(), "standard output was closed before everything was written");
}
