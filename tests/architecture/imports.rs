//! Which file of a crate uses which, by the text of its paths.
//!
//! An edge leads from the file that uses a name to the file that defines it: `pub use` is followed, so a crate may
//! gather its public names in `lib.rs` and use them by these paths. `mod name;` alone is not a use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The path of a module: `["kind", "aws"]`; empty for `lib.rs`.
type Module = Vec<String>;

/// One file, without tests and comments.
struct Source {
    file: PathBuf,
    children: BTreeSet<String>,
    /// The paths that it uses, by their first segments: `crate`, `self`, `super` or a child.
    uses: Vec<Vec<String>>,
    /// Its public names from elsewhere, with the path of each.
    exports: BTreeMap<String, Vec<String>>,
}

/// The groups of files of a crate that use one another in a circle, each sorted.
pub(crate) fn circles(source_folder: &Path) -> Vec<Vec<String>> {
    let mut sources = BTreeMap::new();
    read(source_folder, "lib.rs", Vec::new(), &mut sources);
    let edges: BTreeMap<&Module, BTreeSet<Module>> = sources
        .iter()
        .map(|(module, source)| {
            let uses = source.uses.iter().filter_map(|path| resolve(&sources, module, path, 0));
            (module, uses.filter(|used| used != module).collect())
        })
        .collect();
    let reachable: BTreeMap<&Module, BTreeSet<&Module>> =
        edges.keys().map(|module| (*module, reach(&edges, module))).collect();
    let mut groups = BTreeSet::new();
    for (module, reached) in &reachable {
        let circle: Vec<String> = reached
            .iter()
            .filter(|other| reachable[*other].contains(module))
            .map(|other| name(&sources[*other].file, source_folder))
            .collect();
        if !circle.is_empty() {
            groups.insert(circle);
        }
    }
    groups.into_iter().collect()
}

fn name(file: &Path, folder: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).display().to_string()
}

fn reach<'a>(edges: &'a BTreeMap<&'a Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Module> = edges[from].iter().collect();
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(edges.get(module).into_iter().flatten());
        }
    }
    reached
}

/// Reads a file and the modules that it declares.
fn read(folder: &Path, file: &str, module: Module, sources: &mut BTreeMap<Module, Source>) {
    let path = folder.join(file);
    let Ok(text) = fs::read_to_string(&path) else { return };
    let text = without_tests_and_comments(&text);
    let children: BTreeSet<String> = words(&text)
        .windows(3)
        .filter(|words| words[0] == "mod" && words[2] == ";")
        .map(|words| words[1].clone())
        .collect();
    let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let below = if matches!(stem, "lib" | "mod") { folder.to_owned() } else { folder.join(stem) };
    for child in &children {
        let module: Module = module.iter().chain([child]).cloned().collect();
        if below.join(format!("{child}.rs")).is_file() {
            read(&below, &format!("{child}.rs"), module, sources);
        } else {
            read(&below.join(child), "mod.rs", module, sources);
        }
    }
    let (uses, exports) = paths(&words(&text), &children);
    sources.insert(module, Source { file: path, children, uses, exports });
}

/// The text up to an inline test module, without comments, strings, and modules for tests only.
fn without_tests_and_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.trim_start().contains("mod ")) {
            if lines.next().is_some_and(|next| next.trim_end().ends_with('{')) {
                break;
            }
            continue;
        }
        if !line.starts_with("//") {
            // A string may contain `//` and words that look like paths.
            let code = line.split('"').step_by(2).collect::<Vec<_>>().join(" ");
            kept.push_str(code.split("//").next().unwrap_or_default());
            kept.push('\n');
        }
    }
    kept
}

/// Identifiers, `::`, and single characters.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for char in text.chars().chain([' ']) {
        if char.is_alphanumeric() || char == '_' {
            word.push(char);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        match words.last_mut() {
            Some(last) if char == ':' && last == ":" => last.push(':'),
            _ if char.is_whitespace() => {}
            _ => words.push(char.to_string()),
        }
    }
    words
}

/// Every path that starts at this crate, and those that are made public here.
fn paths(words: &[String], children: &BTreeSet<String>) -> (Vec<Vec<String>>, BTreeMap<String, Vec<String>>) {
    let (mut uses, mut exports) = (Vec::new(), BTreeMap::new());
    let mut at = 0;
    while at < words.len() {
        // `pub(in crate::command)` uses nothing.
        let after = |word: &str, back: usize| at >= back && words[at - back] == word;
        let starts_here = !(after("::", 1) || (after("in", 1) && after("(", 2)));
        let is_root =
            matches!(words[at].as_str(), "crate" | "self" | "super") || children.contains(&words[at]);
        if !(starts_here && is_root && words.get(at + 1).is_some_and(|next| next == "::")) {
            at += 1;
            continue;
        }
        // `pub use` and `pub(crate) use` make names public; a plain `use` and other paths only use them.
        let public =
            after("use", 1) && (after("pub", 2) || (after(")", 2) && after("(", 4) && after("pub", 5)));
        let mut found = Vec::new();
        at = tree(words, at, &mut Vec::new(), &mut found);
        for (path, name) in found {
            if public {
                exports.insert(name, path.clone());
            } else {
                uses.push(path);
            }
        }
    }
    (uses, exports)
}

/// Reads one path or tree of paths (`a::{b, c::d}`) and returns the position after it.
fn tree(
    words: &[String],
    mut at: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, String)>,
) -> usize {
    let depth = prefix.len();
    loop {
        match words.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while words.get(at).is_some_and(|word| word != "}") {
                    at = if words[at] == "," { at + 1 } else { tree(words, at, prefix, found) };
                }
                prefix.truncate(depth);
                return at + 1;
            }
            Some(word)
                if word.starts_with(|char: char| char.is_alphabetic() || char == '_') || word == "*" =>
            {
                prefix.push(word.to_owned());
                at += 1;
                if words.get(at).is_some_and(|next| next == "::") && word != "*" {
                    at += 1;
                    continue;
                }
                let mut name = word.to_owned();
                if words.get(at).is_some_and(|next| next == "as") {
                    name = words.get(at + 1).cloned().unwrap_or_default();
                    at += 2;
                }
                found.push((prefix.clone(), name));
            }
            // `a::<T>`, or the end of the text.
            _ => {
                found.push((prefix.clone(), String::new()));
                at += 1;
            }
        }
        prefix.truncate(depth);
        return at;
    }
}

/// The module that defines what `path` names when it is used in `module`.
fn resolve(
    sources: &BTreeMap<Module, Source>,
    module: &Module,
    path: &[String],
    depth: usize,
) -> Option<Module> {
    let mut current = module.clone();
    for (index, segment) in path.iter().enumerate() {
        match segment.as_str() {
            "crate" => current = Vec::new(),
            "self" => {}
            "super" => {
                current.pop()?;
            }
            segment => {
                let source = sources.get(&current)?;
                if source.children.contains(segment) {
                    current.push(segment.to_owned());
                } else if let Some(target) = source.exports.get(segment)
                    && depth < 8
                {
                    let rest = path[index + 1..].iter();
                    let target: Vec<String> = target.iter().chain(rest).cloned().collect();
                    return resolve(sources, &current, &target, depth + 1);
                } else {
                    return Some(current);
                }
            }
        }
    }
    Some(current)
}
