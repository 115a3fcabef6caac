//! Files on a real disk.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

mod support;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airbridge_backend_files::{Exposure, FileStore, Location, Part, open};
use airbridge_core::{Action, Change, Error, ErrorKind, NamePrefix, Payload, Receipt, SecretStoreExt};
use support::{HexLines, encode};
use tempfile::TempDir;

/// A change to a file by another program.
type Step = fn(&Path);

fn store(path: &Path) -> Arc<FileStore> {
    with(path, HexLines::default())
}

fn with(path: &Path, document: HexLines) -> Arc<FileStore> {
    let location = Location::Path(path.to_path_buf());
    open("here", vec![Part { prefix: String::new(), location, document: Arc::new(document) }]).unwrap()
}

fn create(name: &str, text: &str) -> Change {
    Change::new(name.into(), Action::Create(Payload::text(text)))
}

async fn write(store: &FileStore, name: &str) -> Result<Receipt, Error> {
    store.write_each(&[create(name, "new")]).await.remove(0)
}

async fn list(store: &FileStore) -> Result<Vec<String>, Error> {
    let headers = store.list_all(&NamePrefix::new(""), &|_| ()).await?;
    Ok(headers.into_iter().map(|header| header.name.to_string()).collect())
}

/// A file with one entry called `old`, in a folder of its own.
fn with_a_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.hex");
    fs::write(&path, old()).unwrap();
    (folder, path)
}

fn old() -> String {
    format!("old={}\n", encode("was here"))
}

fn old_and_new() -> String {
    format!("new={}\n{}", encode("new"), old())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn absent_file_is_an_empty_store_until_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.hex");
    let store = store(&path);
    assert!(store.missing());
    assert!(list(&store).await.unwrap().is_empty());
    write(&store, "new").await.unwrap();
    assert!(!store.missing());
    assert_eq!(list(&store).await.unwrap(), ["new"]);
}

#[tokio::test]
async fn new_file_is_private_and_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.hex");
    write(&store(&path), "new").await.unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(names_in(folder.path()), ["all.hex"]);
}

#[tokio::test]
async fn replaced_file_keeps_its_mode_and_owner() {
    for kept in [0o600, 0o640, 0o664, 0o200] {
        let (_folder, path) = with_a_file();
        // Only the superuser can change the group; for all other users it stays the same anyway.
        let _ = chown(&path, None, Some(4712));
        fs::set_permissions(&path, Permissions::from_mode(kept)).unwrap();
        let before = fs::metadata(&path).unwrap();
        let store = store(&path);
        let outcome = write(&store, "new").await;
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
        // Only the superuser can read a file without read permission.
        assert!(outcome.is_ok() || kept == 0o200, "{kept:o}: {outcome:?}");
    }
}

#[tokio::test]
async fn write_protected_file_is_not_replaced() {
    let (folder, path) = with_a_file();
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    let error = write(&store(&path), "new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.message(), format!("{} cannot be written: permission denied", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), old());
    assert_eq!(names_in(folder.path()), ["all.hex"]);
}

#[tokio::test]
async fn link_stays_a_link() {
    let (folder, path) = with_a_file();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    symlink("second", &first).unwrap();
    symlink(&path, &second).unwrap();
    write(&store(&first), "new").await.unwrap();
    assert_eq!(fs::read_link(&first).unwrap(), Path::new("second"));
    assert_eq!(fs::read_link(&second).unwrap(), path);
    assert_eq!(fs::read_to_string(&path).unwrap(), old_and_new());
}

#[tokio::test]
async fn dangling_link_gets_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink("file", &link).unwrap();
    write(&store(&link), "new").await.unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(mode(&folder.path().join("file")), 0o600);
}

#[tokio::test]
async fn circular_links_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink("link", &link).unwrap();
    let error = write(&store(&link), "new").await.unwrap_err();
    assert!(error.message().starts_with(&link.display().to_string()), "{error}");
    assert_eq!(names_in(folder.path()), ["link"]);
}

#[tokio::test]
async fn file_changed_after_the_listing_is_not_overwritten() {
    let changes: [(&str, Step); 4] = [
        ("written in place", |path| fs::write(path, "other=00\nold=00\n").unwrap()),
        ("replaced by a copy", |path| {
            let new = path.with_extension("new");
            fs::copy(path, &new).unwrap();
            let modified = fs::metadata(path).unwrap().modified().unwrap();
            File::options().write(true).open(&new).unwrap().set_modified(modified).unwrap();
            fs::rename(new, path).unwrap();
        }),
        ("emptied", |path| fs::write(path, "").unwrap()),
        ("removed", |path| fs::remove_file(path).unwrap()),
    ];
    for (what, change) in changes {
        let (folder, path) = with_a_file();
        let store = store(&path);
        list(&store).await.unwrap();
        change(&path);
        let after = fs::read(&path).ok();
        let names = names_in(folder.path());
        let error = write(&store, "new").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::VersionMismatch, "{what}: {error}");
        assert!(error.message().contains("all.hex"), "{what}: {error}");
        assert_eq!(fs::read(&path).ok(), after, "{what}");
        assert_eq!(names_in(folder.path()), names, "{what}");
        // After a new listing the write succeeds.
        list(&store).await.unwrap();
        write(&store, "new").await.unwrap();
    }
}

#[tokio::test]
async fn file_created_after_the_listing_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.hex");
    let store = store(&path);
    list(&store).await.unwrap();
    fs::write(&path, old()).unwrap();
    assert_eq!(write(&store, "new").await.unwrap_err().kind(), ErrorKind::VersionMismatch);
    assert_eq!(fs::read_to_string(&path).unwrap(), old());
}

#[tokio::test]
async fn file_changed_while_it_is_rendered_is_not_overwritten() {
    let (folder, path) = with_a_file();
    let document = HexLines::default();
    let elsewhere = path.clone();
    *document.meanwhile.lock().unwrap() =
        Some(Box::new(move || fs::write(&elsewhere, "other=00\nwriter=00\n").unwrap()));
    let error = write(&with(&path, document), "new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    assert_eq!(fs::read_to_string(&path).unwrap(), "other=00\nwriter=00\n");
    assert_eq!(names_in(folder.path()), ["all.hex"]);
}

#[tokio::test]
async fn second_write_needs_no_new_listing() {
    let (_folder, path) = with_a_file();
    let store = store(&path);
    list(&store).await.unwrap();
    for name in ["1", "2", "3"] {
        write(&store, name).await.unwrap();
    }
    assert_eq!(list(&store).await.unwrap(), ["1", "2", "3", "old"]);
}

#[tokio::test]
async fn failed_rendering_writes_nothing() {
    let (folder, path) = with_a_file();
    let error =
        write(&with(&path, HexLines { broken: true, ..HexLines::default() }), "new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.message(), format!("{}: it cannot be spelt", path.display()));
    assert_eq!(fs::read_to_string(&path).unwrap(), old());
    assert_eq!(names_in(folder.path()), ["all.hex"]);
}

#[tokio::test]
async fn change_without_effect_does_not_write_the_file() {
    let (_folder, path) = with_a_file();
    let before = fs::metadata(&path).unwrap().ino();
    let delete = Change::new("absent".into(), Action::Delete { expect: None });
    store(&path).write_each(&[delete]).await.remove(0).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), before);
}

#[tokio::test]
async fn temporary_files_of_killed_runs_only_are_removed() {
    let (folder, path) = with_a_file();
    for name in [".airbridge-dead00.tmp", ".airbridge-alive0.tmp", ".airbridge.toml", "airbridge-x.tmp"] {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    let alive = File::open(folder.path().join(".airbridge-alive0.tmp")).unwrap();
    alive.lock().unwrap();
    write(&store(&path), "new").await.unwrap();
    let left = [".airbridge-alive0.tmp", ".airbridge.toml", "airbridge-x.tmp", "all.hex"];
    assert_eq!(names_in(folder.path()), left);
}

#[tokio::test]
async fn own_folder_is_created_but_not_its_parents() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    let part = |path: PathBuf, broken| Part {
        prefix: String::new(),
        location: Location::InFolder(path),
        document: Arc::new(HexLines { broken, ..HexLines::default() }),
    };
    let store = open("here", vec![part(own.join("all.hex"), false)]).unwrap();
    write(&store, "new").await.unwrap();
    assert_eq!((mode(&own), mode(&own.join("all.hex"))), (0o700, 0o600));

    let deep = folder.path().join("a/b");
    let store = open("here", vec![part(deep.join("all.hex"), false)]).unwrap();
    let error = write(&store, "new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("its folder does not exist"), "{error}");
    assert_eq!(names_in(folder.path()), ["own"]);
}

#[tokio::test]
async fn unwritable_path_is_an_error_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    // A socket stands for a device: a defect would damage a real device.
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    let cases = [
        (folder.path().join("no/such.hex"), ErrorKind::Config, "its folder does not exist"),
        (folder.path().join("file/x.hex"), ErrorKind::Config, "is a file, not a folder"),
        (folder.path().to_path_buf(), ErrorKind::Config, "is a folder where a file is expected"),
        (folder.path().join("x".repeat(300)), ErrorKind::Config, "is too long for a file name"),
        (folder.path().join("socket"), ErrorKind::Config, "is not a regular file and cannot be replaced"),
        // The kernel refuses new files here even to the superuser; some containers mount it read-only.
        (PathBuf::from("/sys/airbridge.hex"), ErrorKind::PermissionDenied, "cannot be written"),
    ];
    for (path, kind, sentence) in cases {
        let error = write(&store(&path), "new").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().starts_with(&path.display().to_string()), "{error}");
        assert!(error.message().contains(sentence), "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
    assert_eq!(names_in(folder.path()), ["file", "socket"]);
}

#[tokio::test]
async fn probe_finds_what_a_write_would_meet_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    fs::write(folder.path().join("protected"), "").unwrap();
    fs::set_permissions(folder.path().join("protected"), Permissions::from_mode(0o444)).unwrap();
    let name = airbridge_core::SecretName::from("new");
    let before = names_in(folder.path());
    let cases = [
        ("no/such.hex", "its folder does not exist"),
        ("socket", "is not a regular file and cannot be replaced"),
        ("protected/x.hex", "is a file, not a folder"),
        ("protected", "permission denied"),
    ];
    for (path, sentence) in cases {
        let error = store(&folder.path().join(path)).probe([&name]).unwrap_err();
        assert!(error.message().contains(sentence) && error.hint().is_some(), "{error}");
    }
    assert_eq!(store(&folder.path().join("new.hex")).probe([&name]).unwrap(), []);
    // Nothing is written to it, so it may be anything.
    assert_eq!(store(&folder.path().join("socket")).probe([]).unwrap(), []);
    assert_eq!(names_in(folder.path()), before);
}

#[tokio::test]
async fn file_that_others_can_use_is_exposed() {
    let (_folder, path) = with_a_file();
    let name = airbridge_core::SecretName::from("new");
    for (mode, exposed) in [(0o600, false), (0o644, true), (0o660, true), (0o700, false)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let expected = if exposed { vec![Exposure::Shared(path.clone())] } else { Vec::new() };
        assert_eq!(store(&path).probe([&name]).unwrap(), expected, "{mode:o}");
    }
    // Only the superuser can give a file away.
    if chown(&path, Some(4711), None).is_ok() {
        assert_eq!(store(&path).probe([&name]).unwrap(), [Exposure::Foreign(path, 4711)]);
    }
}

#[tokio::test]
async fn of_two_writers_at_the_same_moment_one_is_told() {
    let (folder, path) = with_a_file();
    let (first, second) = (store(&path), store(&path));
    list(&first).await.unwrap();
    list(&second).await.unwrap();
    let (first, second) = tokio::join!(write(&first, "a"), write(&second, "b"));
    let outcomes = [first.err(), second.err()].map(|error| error.map(|error| error.kind()));
    assert!(outcomes.contains(&None) && outcomes.contains(&Some(ErrorKind::VersionMismatch)), "{outcomes:?}");
    assert_eq!(names_in(folder.path()), ["all.hex"]);
}

#[tokio::test]
async fn pipe_and_device_are_refused_without_being_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe, PathBuf::from("/dev/zero")] {
        let error = list(&store(&path)).await.unwrap_err();
        assert!(error.message().contains("is not a regular file"), "{error}");
        let error = write(&store(&path), "new").await.unwrap_err();
        assert!(error.message().contains("cannot be replaced"), "{error}");
    }
}

#[tokio::test]
async fn unreadable_file_is_an_error_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.hex");
    File::create(&large).unwrap().set_len(256 * 1024 * 1024 + 1).unwrap();
    let broken = folder.path().join("broken.hex");
    fs::write(&broken, "a=00\nc4n4ry\n").unwrap();
    let twice = folder.path().join("twice.hex");
    fs::write(&twice, "a=00\na=01\n").unwrap();
    let cases = [
        (large, "is larger than the maximum of 256 MiB"),
        (folder.path().to_path_buf(), "is a folder where a file is expected"),
        (broken, ": line 2, column 1: entry: a `=` is missing"),
        (twice, ": a occurs twice"),
    ];
    for (path, sentence) in cases {
        let error = list(&store(&path)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        let found = error.message().strip_prefix(&path.display().to_string()).unwrap();
        assert_eq!(found.trim_start_matches(' '), sentence);
        assert!(error.hint().is_some(), "{error}");
        assert!(!format!("{error} {error:?}").contains("c4n4ry"), "{error}");
    }
}
