//! Pages of names. The server lists one folder at a time, so a page visits several folders.
//!
//! A cursor is the list of folders that are still to be visited, as JSON. The last folder is visited first: that keeps
//! the list short in a wide tree.

use airbridge_core::{
    Cursor, Error, ErrorKind, Header, NamePrefix, Operation, Page, Result, SecretName, State,
};
use futures::future::join_all;

use crate::client::Client;
use crate::kv;
use crate::mount::Mounts;
use crate::name;

/// How many folders one page visits, all at the same time.
const FOLDERS: usize = 16;

/// How deep folders may nest. A folder that contains itself would be listed without end.
const DEPTH: usize = 100;

/// One page: the names in up to [`FOLDERS`] folders. It may be empty although more pages follow.
pub(crate) async fn page(
    client: &Client,
    mounts: &Mounts,
    prefix: &NamePrefix,
    cursor: Option<&Cursor>,
) -> Result<Page> {
    let prefix = prefix.as_str();
    let mut waiting = match cursor {
        Some(cursor) => serde_json::from_str::<Vec<String>>(cursor.as_str()).map_err(|_| {
            Error::new(ErrorKind::Unexpected, Operation::List, "the cursor does not belong to this store")
        })?,
        None => start(mounts, prefix),
    };
    let folders = waiting.split_off(waiting.len().saturating_sub(FOLDERS));
    let listings = join_all(folders.iter().map(|folder| keys(client, mounts, folder))).await;
    let mut headers = Vec::new();
    let mut failed = Vec::new();
    let (mut visited, asked) = (0, folders.len());
    for (folder, listing) in folders.into_iter().zip(listings) {
        match listing {
            Ok(keys) => {
                visited += 1;
                sort(&folder, keys, prefix, &mut headers, &mut waiting);
            }
            Err(error) => failed.push((folder, error)),
        }
    }
    // The next page visits a folder again after a temporary fault. A page on which every folder failed is an error.
    let stops = |error: &Error| !matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::Unavailable);
    for (folder, error) in failed {
        if stops(&error) || (visited == 0 && asked > 0) {
            return Err(error);
        }
        waiting.push(folder);
    }
    check_depth(&waiting)?;
    let next = (!waiting.is_empty()).then(|| Cursor::new(to_text(&waiting)));
    Ok(Page { headers, next })
}

/// Rejects a folder that is too deep.
fn check_depth(folders: &[String]) -> Result<()> {
    let Some(deep) = folders.iter().find(|folder| folder.matches('/').count() > DEPTH) else { return Ok(()) };
    let top = deep.split('/').next().unwrap_or_default();
    let message =
        format!("the folders below `{top}/` nest deeper than {DEPTH}, so the listing would not end");
    Err(Error::new(ErrorKind::Unexpected, Operation::List, message))
}

/// The folders to visit first: the deepest folder in the prefix, or every mount whose name the prefix can begin.
fn start(mounts: &Mounts, prefix: &str) -> Vec<String> {
    let deepest = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]);
    match mounts {
        // A folder that cannot be addressed contains no names, and the server would list another one in its place.
        _ if !deepest.is_empty() && !name::is_addressable(&deepest[..deepest.len() - 1]) => Vec::new(),
        Mounts::Each(each) if deepest.is_empty() => {
            each.keys().filter(|mount| mount.starts_with(prefix)).map(|mount| format!("{mount}/")).collect()
        }
        Mounts::Each(_) if mounts.locate(deepest).is_none() => Vec::new(),
        _ => vec![deepest.to_owned()],
    }
}

async fn keys(client: &Client, mounts: &Mounts, folder: &str) -> Result<Vec<String>> {
    match mounts.locate(folder) {
        Some((mount, path)) => kv::list(client, mount, path).await,
        None => Ok(Vec::new()),
    }
}

/// Adds the names among `keys` to `headers` and the folders to `waiting`, as far as they can match `prefix`.
fn sort(folder: &str, keys: Vec<String>, prefix: &str, headers: &mut Vec<Header>, waiting: &mut Vec<String>) {
    for key in keys {
        let name = format!("{folder}{key}");
        let addressable = name::is_addressable(key.strip_suffix('/').unwrap_or(&key));
        if addressable && key.ends_with('/') {
            if name.starts_with(prefix) || prefix.starts_with(&name) {
                waiting.push(name);
            }
        } else if name.starts_with(prefix) && !key.is_empty() {
            let mut header = Header::live(SecretName::new(name));
            if !addressable {
                let message = "the server lists this path, but no request can address it".to_owned();
                header.state = State::Damaged { message };
            }
            headers.push(header);
        }
    }
}

fn to_text(folders: &[String]) -> String {
    // A list of strings can always be written as JSON.
    serde_json::to_string(folders).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use airbridge_core::State;

    use super::{DEPTH, check_depth, sort, start};
    use crate::mount::{KvVersion, Mount, Mounts};

    fn mount(path: &str) -> Mount {
        Mount { path: path.to_owned(), version: KvVersion::Two, certain: true }
    }

    #[test]
    fn folder_that_contains_itself_ends_the_listing_with_an_error() {
        let folder = |depth: usize| vec!["a/".repeat(depth)];
        assert!(check_depth(&folder(DEPTH)).is_ok());
        let error = check_depth(&folder(DEPTH + 1)).unwrap_err();
        assert!(error.message().contains("below `a/`"), "{error}");
    }

    #[test]
    fn listing_starts_in_the_deepest_folder_of_the_prefix() {
        let one = Mounts::One(mount("m"));
        for (prefix, folders) in
            [("", vec![""]), ("conn", vec![""]), ("a/b/c", vec!["a/b/"]), ("a//b", vec![]), ("../b", vec![])]
        {
            assert_eq!(start(&one, prefix), folders, "{prefix}");
        }
    }

    #[test]
    fn prefix_selects_among_all_mounts() {
        let each = ["air", "airy", "other"].map(|path| (path.to_owned(), mount(path)));
        let each = Mounts::Each(BTreeMap::from(each));
        for (prefix, folders) in [
            ("", vec!["air/", "airy/", "other/"]),
            ("air", vec!["air/", "airy/"]),
            ("air/", vec!["air/"]),
            ("airy/x/y", vec!["airy/x/"]),
            ("none", vec![]),
            ("none/x", vec![]),
        ] {
            assert_eq!(start(&each, prefix), folders, "{prefix}");
        }
    }

    #[test]
    fn listed_keys_are_sorted_into_names_and_folders() {
        let (mut headers, mut waiting) = (Vec::new(), Vec::new());
        let keys = ["a", "a/", "ab", "b", "b/", "a\n", ""].map(str::to_owned).to_vec();
        sort("f/", keys, "f/a", &mut headers, &mut waiting);
        let names: Vec<_> = headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["f/a", "f/ab", "f/a\n"]);
        assert!(matches!(headers[2].state, State::Damaged { .. }));
        assert_eq!(waiting, ["f/a/"]);
    }

    #[test]
    fn prefix_below_a_folder_visits_that_folder_only() {
        let (mut headers, mut waiting) = (Vec::new(), Vec::new());
        sort("", vec!["a/".to_owned(), "b/".to_owned(), "a".to_owned()], "a/x", &mut headers, &mut waiting);
        assert_eq!((headers.len(), waiting), (0, vec!["a/".to_owned()]));
    }
}
