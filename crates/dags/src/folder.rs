//! The files of a folder.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::report::{Findings, Problem, Scan};
use crate::text::Text;
use crate::{jinja, python, yaml};

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Files that Airflow's operators render as templates.
const TEMPLATES: [&str; 28] = [
    "bash",
    "cfg",
    "conf",
    "csv",
    "cypher",
    "ddl",
    "hive",
    "hql",
    "html",
    "ini",
    "j2",
    "jinja",
    "jinja2",
    "json",
    "kql",
    "pig",
    "properties",
    "r",
    "sh",
    "sparql",
    "sql",
    "template",
    "tmpl",
    "toml",
    "tpl",
    "txt",
    "xml",
    "hcl",
];

/// Finds the connections and variables that the files of a folder use.
///
/// It reads `*.py` as Python, `*.yaml` and `*.yml` as YAML, and other files that operators render (`*.sql`, `*.sh`, `*.json`
/// and more) as Jinja. It follows symbolic links, reads each file once, and skips hidden folders, `__pycache__`,
/// `node_modules` and virtual environments. It does not read `.airflowignore`, because DAGs import ignored files.
///
/// It does not run code, so that it knows an id only if the file itself contains it.
///
/// # Errors
///
/// The folder cannot be read. A problem below it is in [`Scan::broken`].
pub fn scan(folder: &Path) -> io::Result<Scan> {
    let root = fs::canonicalize(folder)?;
    let mut scan = Scan::default();
    let mut walk = Walk { root: &root, seen: HashSet::from([root.clone()]), files: Vec::new() };
    walk.folder(folder, &root, &mut scan)?;
    for (name, path) in &walk.files {
        file(name, path, &mut scan);
    }
    scan.sort();
    Ok(scan)
}

struct Walk<'a> {
    root: &'a Path,
    /// The real paths of folders and files, so that a link cannot make a circle.
    seen: HashSet<PathBuf>,
    /// The names below the folder, and their paths.
    files: Vec<(PathBuf, PathBuf)>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, root: &Path, scan: &mut Scan) -> io::Result<()> {
        let mut open = vec![(PathBuf::new(), root.to_owned())];
        let mut is_first = true;
        while let Some((name, path)) = open.pop() {
            let path = if is_first { folder.to_owned() } else { path };
            let entries = match sorted(&path) {
                Ok(entries) => entries,
                Err(error) if is_first => return Err(error),
                Err(_) => {
                    Findings::new(name, scan).broken(None, Problem::Unreadable);
                    continue;
                }
            };
            is_first = false;
            if entries.iter().any(|entry| entry.ends_with("pyvenv.cfg")) {
                continue;
            }
            for entry in entries {
                let Some(last) = entry.file_name() else { continue };
                self.entry(name.join(last), entry, &mut open, scan);
            }
        }
        Ok(())
    }

    fn entry(&mut self, name: PathBuf, path: PathBuf, open: &mut Vec<(PathBuf, PathBuf)>, scan: &mut Scan) {
        let last = name.file_name().unwrap_or_default().to_string_lossy();
        let is_skipped = last.starts_with('.') || last == "__pycache__" || last == "node_modules";
        // A file of another kind is not looked at, and a broken link to one is no problem.
        let is_file_name = Language::of(&name).is_some();
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(_) if is_file_name && !is_skipped => {
                return Findings::new(name, scan).broken(None, Problem::Unreadable);
            }
            Err(_) => return,
        };
        let is_wanted = if metadata.is_dir() { !is_skipped } else { metadata.is_file() && is_file_name };
        if !is_wanted {
            return;
        }
        let Ok(real) = fs::canonicalize(&path) else { return };
        // A link to a folder above would bring in everything around the folder.
        if self.root.starts_with(&real) || !self.seen.insert(real) {
            return;
        }
        if metadata.is_dir() {
            open.push((name, path));
        } else {
            self.files.push((name, path));
        }
    }
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        entries.push(entry?.path());
    }
    entries.sort();
    Ok(entries)
}

/// What a file is written in.
#[derive(Clone, Copy)]
enum Language {
    Python,
    Yaml,
    Template,
}

impl Language {
    fn of(name: &Path) -> Option<Self> {
        let extension = name.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "py" => Some(Self::Python),
            "yaml" | "yml" => Some(Self::Yaml),
            other => TEMPLATES.contains(&other).then_some(Self::Template),
        }
    }
}

fn file(name: &Path, path: &Path, scan: &mut Scan) {
    let Some(language) = Language::of(name) else { return };
    let mut findings = Findings::new(name.to_owned(), scan);
    let is_large = fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_BYTES);
    if is_large {
        return findings.broken(None, Problem::TooLarge);
    }
    let Ok(bytes) = fs::read(path) else {
        return findings.broken(None, Problem::Unreadable);
    };
    let source = String::from_utf8_lossy(&bytes);
    if let Err(error) = std::str::from_utf8(&bytes) {
        let before = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
        findings.broken(Some(u32::try_from(before + 1).unwrap_or(u32::MAX)), Problem::NotUtf8);
    }
    let source = source.strip_prefix('\u{feff}').unwrap_or(&source);
    match language {
        Language::Python => python::scan(source, &mut findings),
        Language::Yaml => yaml::scan(source, &mut findings),
        Language::Template => jinja::scan(&Text::of_lines(source, 1), &mut findings),
    }
    scan.files += 1;
}
