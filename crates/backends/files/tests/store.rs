//! The store and its parts.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use airbridge_backend_files::{Location, Part, open};
use airbridge_core::{
    Action, Change, Content, Edit, ErrorKind, NamePrefix, Payload, Read, SecretStore, State,
};
use support::{HexLines, encode};
use zeroize::Zeroizing;

fn part(prefix: &str, path: &Path, document: &Arc<HexLines>) -> Part {
    let location = Location::Path(path.to_path_buf());
    Part { prefix: prefix.to_owned(), location, document: Arc::clone(document) as _ }
}

#[test]
fn overlapping_parts_are_an_error() {
    let document = Arc::new(HexLines::default());
    let path = Path::new("x");
    let overlapping = [
        vec![],
        vec![part("", path, &document), part("a/", path, &document)],
        vec![part("a/", path, &document), part("a/", path, &document)],
    ];
    for parts in overlapping {
        assert_eq!(open("here", parts).unwrap_err().kind(), ErrorKind::Config);
    }
    assert!(open("here", vec![part("a/", path, &document), part("b/", path, &document)]).is_ok());
}

#[tokio::test]
async fn call_reads_each_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    fs::write(&a, "a/1=00\na/2=01\n").unwrap();
    fs::write(&b, "b/1=00\n").unwrap();
    let (in_a, in_b) = (Arc::new(HexLines::default()), Arc::new(HexLines::default()));
    let store = open("here", vec![part("a/", &a, &in_a), part("b/", &b, &in_b)]).unwrap();
    let parsed = || (in_a.parsed.load(Ordering::Relaxed), in_b.parsed.load(Ordering::Relaxed));

    let page = store.list_page(&NamePrefix::new(""), None).await.unwrap();
    assert_eq!((page.headers.len(), page.next, parsed()), (3, None, (1, 1)));
    assert!(page.headers.iter().all(|header| header.stored.is_some()));
    store.list_page(&NamePrefix::new("a/1"), None).await.unwrap();
    assert_eq!(parsed(), (2, 1));
    let wanted = ["a/2", "a/1", "a/3", "c/1"].map(|name| Read::current(name.into()));
    let found = store.read_batch(&wanted).await.unwrap();
    assert_eq!(parsed(), (3, 1));
    let there: Vec<_> = found.into_iter().map(|outcome| outcome.unwrap().is_some()).collect();
    assert_eq!(there, [true, true, false, false]);
}

#[tokio::test]
async fn damaged_entry_exists_and_its_name_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.hex");
    fs::write(&path, "a=?\n").unwrap();
    let store = open("here", vec![part("", &path, &Arc::default())]).unwrap();
    let header = store.list_page(&NamePrefix::new(""), None).await.unwrap().headers.remove(0);
    assert_eq!(header.state, State::Damaged { message: "line 1 is damaged".to_owned() });
    assert_eq!(header.stored.as_ref().unwrap().content, Content::Hidden(header.state));
    let change = Change::new("a".into(), Action::Create(Payload::text("x")));
    let outcome = store.write_batch(&[change]).await.unwrap().remove(0);
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn entry_that_does_not_fit_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.hex");
    let store = open("here", vec![part("a/", &path, &Arc::default())]).unwrap();
    let changes =
        ["a/1", "a/=", "b/1"].map(|name| Change::new(name.into(), Action::Create(Payload::text("x"))));
    let outcomes = store.write_batch(&changes).await.unwrap();
    let kinds: Vec<_> = outcomes.into_iter().map(|outcome| outcome.err().map(|error| error.kind())).collect();
    assert_eq!(kinds, [None, Some(ErrorKind::InvalidName), Some(ErrorKind::InvalidName)]);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("a/1={}\n", encode("x")));
}

#[test]
fn reformatted_entries_are_known_before_the_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.hex");
    fs::write(&path, "a=4A\nb=4A\nc=4a\n").unwrap();
    let store = open("here", vec![part("", &path, &Arc::default())]).unwrap();
    let (name, payload) = ("b".into(), Payload::text("x"));
    let edit = Edit { name: &name, payload: Some(&payload), metadata: None };
    assert_eq!(store.reformatted(&[edit]).unwrap(), ["a".into()]);
    assert_eq!(store.reformatted(&[]).unwrap(), []);
    assert_eq!(fs::read_to_string(&path).unwrap(), "a=4A\nb=4A\nc=4a\n");
}

#[test]
fn debug_shows_no_bytes() {
    let location = Location::Stdin(Zeroizing::new(b"c4n4ry".to_vec()));
    let shown = format!("{location:?}");
    let store =
        open("here", vec![Part { prefix: String::new(), location, document: Arc::new(HexLines::default()) }]);
    let shown = format!("{shown} {:?}", store.unwrap());
    assert!(shown.contains("Stdin") && shown.contains("standard input"), "{shown}");
    assert!(!shown.contains("c4n4ry") && !shown.contains("99, 52, 110"), "{shown}");
}
