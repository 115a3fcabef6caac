//! Policies: paths and capabilities for exactly the requests of this adapter, in HCL.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use airbridge_core::{NamePrefix, Policy, PolicyRequest, Right};

use crate::mount::{KvVersion, Mount, Mounts};
use crate::name::is_addressable;

/// Capabilities by path.
type Paths = BTreeMap<String, BTreeSet<&'static str>>;

/// The policy that allows what is asked for, or none if it would allow nothing. `has_own_metadata` says that new secrets get
/// custom metadata.
pub(crate) fn policies(
    mounts: &Mounts,
    namespace: Option<&str>,
    has_own_metadata: bool,
    request: &PolicyRequest,
) -> Vec<Policy> {
    let mut paths = Paths::new();
    let mut notes = Vec::new();
    if request.allows(Right::List) {
        for (mount, folder) in request.prefixes.iter().flat_map(|prefix| folders(mounts, prefix)) {
            // A listing of a folder is checked with its last `/`, which the glob matches too.
            allow(&mut paths, engine_path(mount, "metadata", &format!("{folder}*")), &["list"]);
        }
    }
    if request.names.is_empty() {
        for prefix in &request.prefixes {
            for (mount, start) in starts(mounts, prefix.as_str()) {
                allow_secret(&mut paths, mount, &format!("{start}*"), has_own_metadata, request);
            }
        }
    }
    for name in &request.names {
        let Some((mount, path)) = mounts.locate(name.as_str()).filter(|(_, path)| is_addressable(path))
        else {
            continue;
        };
        match wildcard(path) {
            Wildcard::None => {}
            Wildcard::Wider => notes.push(format!(
                "`{path}` has a `*` or `+` that policies read as a wildcard, so more is allowed"
            )),
            Wildcard::Template => {
                notes.push(format!("`{path}` is left out: policies read `{{{{` and `${{` as templates"));
                continue;
            }
        }
        allow_secret(&mut paths, mount, path, has_own_metadata, request);
    }
    if paths.is_empty() {
        return Vec::new();
    }
    if let Some(namespace) = namespace {
        notes.push(format!("write it in the namespace `{namespace}`"));
    }
    notes.push(
        "the policy `default`, which most tokens have, lets the token look itself up and renew itself; Airflow needs that"
            .to_owned(),
    );
    vec![Policy { title: "Vault policy".to_owned(), language: "hcl", text: text(&paths), notes }]
}

/// What one secret needs.
fn allow_secret(
    paths: &mut Paths,
    mount: &Mount,
    path: &str,
    has_own_metadata: bool,
    request: &PolicyRequest,
) {
    let mut data = Vec::new();
    if request.allows_any(&[Right::Read, Right::ReadFormer]) {
        data.push("read");
    }
    if request.allows(Right::Create) {
        data.push("create");
    }
    if request.allows(Right::Replace) {
        data.push("update");
    }
    let mut metadata = Vec::new();
    // Custom metadata is written before the first version. The path then exists, and the version is an update.
    let writes_metadata = has_own_metadata || request.allows(Right::Metadata);
    if writes_metadata && request.allows(Right::Create) {
        metadata.push("create");
        data.push("update");
    }
    if writes_metadata && request.allows(Right::Replace) {
        metadata.push("update");
    }
    if request.allows(Right::Delete) {
        // Version 2 keeps a secret with all its versions below `metadata/`.
        if mount.version == KvVersion::Two { &mut metadata } else { &mut data }.push("delete");
    }
    allow(paths, engine_path(mount, "data", path), &data);
    if mount.version == KvVersion::Two {
        allow(paths, engine_path(mount, "metadata", path), &metadata);
    }
}

fn allow(paths: &mut Paths, path: String, capabilities: &[&'static str]) {
    if !capabilities.is_empty() {
        paths.entry(path).or_default().extend(capabilities);
    }
}

/// Version 2 of the engine has folders of its own for data and metadata.
fn engine_path(mount: &Mount, folder: &str, path: &str) -> String {
    match mount.version {
        KvVersion::One => format!("{}/{path}", mount.path),
        KvVersion::Two => format!("{}/{folder}/{path}", mount.path),
    }
}

/// The folders that a listing of a prefix begins with; empty or with a `/` at the end.
fn folders<'m>(mounts: &'m Mounts, prefix: &NamePrefix) -> Vec<(&'m Mount, String)> {
    let deepest = |start: &str| start.rfind('/').map_or_else(String::new, |slash| start[..=slash].to_owned());
    starts(mounts, prefix.as_str()).into_iter().map(|(mount, start)| (mount, deepest(&start))).collect()
}

/// The mounts in which names can start with `prefix`, and how the paths there start.
fn starts<'m>(mounts: &'m Mounts, prefix: &str) -> Vec<(&'m Mount, String)> {
    match (mounts.locate(prefix), mounts) {
        (Some((mount, start)), _) => vec![(mount, start.to_owned())],
        (None, Mounts::Each(each)) if !prefix.contains('/') => {
            let matching = each.iter().filter(|(name, _)| name.starts_with(prefix));
            matching.map(|(_, mount)| (mount, String::new())).collect()
        }
        (None, _) => Vec::new(),
    }
}

/// What the language of policies reads into a path.
enum Wildcard {
    None,
    /// The path stands for more than itself.
    Wider,
    /// The path is a template.
    Template,
}

fn wildcard(path: &str) -> Wildcard {
    if path.contains("{{") || path.contains("${") {
        Wildcard::Template
    } else if path.ends_with('*') || path.split('/').any(|part| part == "+") {
        Wildcard::Wider
    } else {
        Wildcard::None
    }
}

fn text(paths: &Paths) -> String {
    let mut text = String::new();
    for (path, capabilities) in paths {
        let capabilities: Vec<_> = capabilities.iter().map(|word| format!("\"{word}\"")).collect();
        let path = path.replace('\\', "\\\\").replace('"', "\\\"");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "path \"{path}\" {{\n  capabilities = [{}]\n}}\n", capabilities.join(", "));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use airbridge_core::{NamePrefix, PolicyRequest, Right, SecretName};

    use super::policies;
    use crate::mount::{KvVersion, Mount, Mounts};

    fn mount(path: &str, version: KvVersion) -> Mount {
        Mount { path: path.to_owned(), version, certain: true }
    }

    fn request(rights: &[Right], names: &[&str], prefixes: &[&str]) -> PolicyRequest {
        PolicyRequest {
            rights: rights.iter().copied().collect(),
            names: names.iter().map(|name| SecretName::new(*name)).collect(),
            prefixes: prefixes.iter().map(|prefix| NamePrefix::new(*prefix)).collect(),
        }
    }

    /// The paths of the policy, with their capabilities.
    fn paths(mounts: &Mounts, own: bool, request: &PolicyRequest) -> Vec<(String, String)> {
        let policies = policies(mounts, None, own, request);
        let text = policies.first().map(|policy| policy.text.clone()).unwrap_or_default();
        let blocks = text.split("path ").skip(1).map(|block| {
            let (path, rest) = block.split_once(" {\n  capabilities = [").unwrap();
            let words = rest.trim_end().trim_end_matches("]\n}").replace(['"', ','], "");
            (path.trim_matches('"').to_owned(), words)
        });
        blocks.collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(path, words)| ((*path).to_owned(), (*words).to_owned())).collect()
    }

    #[test]
    fn names_are_allowed_one_by_one_and_listings_by_folder() {
        let mounts = Mounts::One(mount("kv", KvVersion::Two));
        let read = request(&[Right::List, Right::Read], &["connections/a", "b"], &["connections/", "pre"]);
        let expected = [
            ("kv/data/b", "read"),
            ("kv/data/connections/a", "read"),
            ("kv/metadata/*", "list"),
            ("kv/metadata/connections/*", "list"),
        ];
        assert_eq!(paths(&mounts, false, &read), owned(&expected));
        let one = Mounts::One(mount("kv", KvVersion::One));
        let expected =
            [("kv/*", "list"), ("kv/b", "read"), ("kv/connections/*", "list"), ("kv/connections/a", "read")];
        assert_eq!(paths(&one, false, &read), owned(&expected));
    }

    #[test]
    fn each_right_is_the_capability_that_its_request_needs() {
        let two = Mounts::One(mount("kv", KvVersion::Two));
        let one = Mounts::One(mount("kv", KvVersion::One));
        for (rights, own, of_two, of_one) in [
            (&[Right::Create][..], false, &[("kv/data/a", "create")][..], &[("kv/a", "create")][..]),
            (&[Right::Replace], false, &[("kv/data/a", "update")], &[("kv/a", "update")]),
            (&[Right::Delete], false, &[("kv/metadata/a", "delete")], &[("kv/a", "delete")]),
            (&[Right::ReadFormer], false, &[("kv/data/a", "read")], &[("kv/a", "read")]),
            (
                &[Right::Create],
                true,
                &[("kv/data/a", "create update"), ("kv/metadata/a", "create")],
                &[("kv/a", "create update")],
            ),
            (
                &[Right::Replace, Right::Metadata],
                false,
                &[("kv/data/a", "update"), ("kv/metadata/a", "update")],
                &[("kv/a", "update")],
            ),
            (&[Right::List], false, &[], &[]),
        ] {
            assert_eq!(paths(&two, own, &request(rights, &["a"], &[])), owned(of_two), "{rights:?}");
            if !own {
                assert_eq!(paths(&one, own, &request(rights, &["a"], &[])), owned(of_one), "{rights:?}");
            }
        }
    }

    #[test]
    fn without_names_everything_below_a_prefix_is_allowed_in_every_mount() {
        let each = ["a", "ab"].map(|name| (name.to_owned(), mount(name, KvVersion::Two)));
        let mounts = Mounts::Each(BTreeMap::from(each));
        let read = |prefix: &str| request(&[Right::Read], &[], &[prefix]);
        assert_eq!(paths(&mounts, false, &read("a/c/")), owned(&[("a/data/c/*", "read")]));
        let expected = [("a/data/*", "read"), ("ab/data/*", "read")];
        assert_eq!(paths(&mounts, false, &read("a")), owned(&expected));
        assert_eq!(paths(&mounts, false, &read("x/y")), owned(&[]));
    }

    #[test]
    fn name_that_the_language_reads_otherwise_is_noted() {
        let mounts = Mounts::One(mount("kv", KvVersion::One));
        let names = ["a*", "a/+/b", "a*b", "x{{y", "say \"hi\"\\"];
        let policies = policies(&mounts, Some("team"), false, &request(&[Right::Read], &names, &[]));
        let [policy] = policies.as_slice() else { panic!("one policy") };
        for (path, allowed) in
            [("kv/a*\"", true), ("kv/a*b\"", true), ("x{{y", false), (r#""kv/say \"hi\"\\""#, true)]
        {
            assert_eq!(policy.text.contains(path), allowed, "{path}: {}", policy.text);
        }
        for note in ["`a*` has", "`a/+/b` has", "`x{{y` is left out", "namespace `team`"] {
            assert_eq!(policy.notes.iter().filter(|text| text.contains(note)).count(), 1, "{note}");
        }
        assert_eq!(policy.notes.len(), 5, "{:?}", policy.notes);
    }
}
