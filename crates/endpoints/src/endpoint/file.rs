//! `file:PATH`, bare paths, and `-`: which format, which documents, which names.

mod anew;
mod format;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use airbridge_airflow::file::{DotenvDialect, Format, Options, VariablesReader};
use airbridge_airflow::{AirflowVersion, Dialect, Kind, Layout, Scheme};
use airbridge_backend_files::{FileStore, Location, Part};

use super::keys::Keys;
use super::{Access, Built, Opened, Opening, naming};
use crate::backends::Key;
use crate::error::{Error, Result};
use format::Shape;

const FORMAT: Key = ("format", "what the file is; without it its name decides, then its content");
const DIALECT: Key = ("dialect", "whose `.env` file it is: `astro`, `docker` or `compose`");
const READER: Key = ("reader", "who reads a variables file: `import` (default) or `backend`");

pub(crate) const KEYS: &[Key] = &[
    ("path", "the file or folder; also what follows `file:`"),
    FORMAT,
    DIALECT,
    READER,
    ("connections_file_path", "the file of connections, as Airflow's local-filesystem backend has it"),
    ("variables_file_path", "the same for variables"),
    ("configs_file_path", "the same for config options"),
];

pub(crate) const STREAM_KEYS: &[Key] = &[FORMAT, DIALECT, READER];

/// Those that Airflow's class does not have.
pub(crate) const OWN: &[&str] = &["path", "format", "dialect", "reader"];

/// How a file is to be read, as far as the keys say it.
struct Wanted {
    shape: Option<Shape>,
    options: Options,
    team: Option<String>,
    role: Access,
}

impl Wanted {
    fn read(opening: &mut Opening) -> Result<Self> {
        let keys = &mut opening.keys;
        let shape = keys.text("format")?.map(|word| Shape::parse(&word)).transpose()?;
        let dialect = keys.word("dialect", &["astro", "docker", "compose"])?.and_then(DotenvDialect::parse);
        let reader = match keys.word("reader", &["import", "backend"])? {
            Some("backend") => VariablesReader::Backend,
            _ => VariablesReader::Import,
        };
        let options = Options { reader, dialect, version: opening.version };
        Ok(Self { shape, options, team: opening.team.clone(), role: opening.role })
    }

    fn part(&self, format: Format, prefix: &str, location: Location) -> Part {
        Part { prefix: prefix.to_owned(), location, document: format.document(self.options) }
    }

    fn layout(&self, format: Format) -> Result<Layout> {
        match format {
            Format::Dotenv => layout(&Scheme::Environment, self.options.version, self.team.as_deref()),
            _ => self.files_layout(format.kinds()),
        }
    }

    fn files_layout(&self, kinds: &[Kind]) -> Result<Layout> {
        layout(&Scheme::Files { kinds: kinds.to_vec() }, self.options.version, self.team.as_deref())
    }
}

fn layout(scheme: &Scheme, version: AirflowVersion, team: Option<&str>) -> Result<Layout> {
    naming::layout(scheme, version, team)
}

pub(crate) fn build(mut opening: Opening) -> Result<Built> {
    let wanted = Wanted::read(&mut opening)?;
    let path = opening.keys.path("path")?;
    let by_kind = by_kind(&mut opening.keys)?;
    match path {
        Some(path) if by_kind.is_empty() => opening.built(move || async move { open_path(&path, &wanted) }),
        None if !by_kind.is_empty() => opening.built(move || async move {
            // What Airflow's local-filesystem backend is configured with.
            by_kind.iter().try_for_each(|(_, path)| refuse_existing(path, wanted.role))?;
            let places: Vec<_> = by_kind.iter().map(|(_, path)| self::place(path)).collect();
            open_by_kind(places.join(", "), by_kind, Location::Path, &wanted)
        }),
        Some(_) => Err(Error::usage("`path` and the paths of single kinds exclude each other")
            .hint("keep `path`, or connections_file_path, variables_file_path and configs_file_path")),
        None => Err(Error::usage("a file endpoint names no file").hint("write file:PATH")),
    }
}

pub(crate) fn build_stream(mut opening: Opening) -> Result<Built> {
    let wanted = Wanted::read(&mut opening)?;
    let format = match wanted.shape {
        Some(Shape::Single(format)) => format,
        Some(Shape::Folder) => {
            return Err(Error::usage("a stream cannot be a folder").hint("name the format of one file"));
        }
        None => {
            return Err(Error::usage("`-` says nothing about its format").hint(format!(
                "write '-?format=…' with one of {}",
                Format::ALL.map(Format::name).join(", ")
            )));
        }
    };
    let layout = wanted.layout(format)?;
    opening.built(move || async move {
        let (place, location) = if wanted.role.writes() {
            ("standard output", Location::Stdout)
        } else {
            ("standard input", Location::Stdin(airbridge_backend_files::read_stdin().await?))
        };
        let store = airbridge_backend_files::open(place, vec![wanted.part(format, "", location)])?;
        opened(store, layout, format.dialect())
    })
}

/// `connections_file_path` and its siblings, with the kind of each.
fn by_kind(keys: &mut Keys) -> Result<Vec<(Kind, PathBuf)>> {
    let paths = [
        (Kind::Connection, keys.path("connections_file_path")?),
        (Kind::Variable, keys.path("variables_file_path")?),
        (Kind::Config, keys.path("configs_file_path")?),
    ];
    Ok(paths.into_iter().filter_map(|(kind, path)| Some((kind, path?))).collect())
}

fn open_path(path: &Path, wanted: &Wanted) -> Result<Opened> {
    let shape = match wanted.shape {
        Some(shape) => shape,
        None => format::find(path, wanted.role)?,
    };
    let place = place(path);
    match shape {
        Shape::Folder => {
            let files = Kind::ALL.map(|kind| Ok((kind, format::in_folder(kind, path)?)));
            let files = files.into_iter().collect::<Result<Vec<_>>>()?;
            files.iter().try_for_each(|(_, file)| refuse_existing(file, wanted.role))?;
            open_by_kind(place, files, Location::InFolder, wanted)
        }
        Shape::Single(format) => {
            refuse_existing(path, wanted.role)?;
            let parts = vec![wanted.part(format, "", Location::Path(path.to_owned()))];
            let mut opened = open(place, parts, wanted.layout(format)?, format.dialect(), wanted.role)?;
            // Airflow goes by the suffix, whatever `format` says.
            if let [kind] = format.kinds()
                && format::of_kind(*kind, path).is_ok_and(|by_suffix| by_suffix == format)
            {
                opened.airflow_files = vec![(*kind, absolute(path))];
            }
            if format == Format::Astro && wanted.role == Access::Read {
                opened.notes = left_behind(path);
            }
            Ok(opened)
        }
    }
}

/// What stands in `airflow_settings.yaml` and is no entry. A file that cannot be read is said by whoever reads it for
/// its entries.
fn left_behind(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).map(zeroize::Zeroizing::new).unwrap_or_default();
    let left = airbridge_airflow::file::not_carried(&bytes).unwrap_or_default();
    left.into_iter().map(|what| format!("not carried: {what}")).collect()
}

/// A file for each kind, each with names of its own.
fn open_by_kind(
    place: String,
    files: Vec<(Kind, PathBuf)>,
    location: fn(PathBuf) -> Location,
    wanted: &Wanted,
) -> Result<Opened> {
    let mut parts = Vec::new();
    let mut kinds = Vec::new();
    let mut dialect = None;
    let airflow_files = files.iter().map(|(kind, path)| (*kind, absolute(path))).collect();
    for (kind, path) in files {
        let format = format::of_kind(kind, &path)?;
        // Only connections are read differently by dialect, and they come first.
        dialect.get_or_insert(format.dialect());
        kinds.push(kind);
        parts.push(wanted.part(format, &format!("{}/", kind.plural()), location(path)));
    }
    let layout = wanted.files_layout(&kinds)?;
    let opened = open(place, parts, layout, dialect.unwrap_or(Dialect::File), wanted.role)?;
    Ok(Opened { airflow_files, ..opened })
}

fn open(place: String, parts: Vec<Part>, layout: Layout, dialect: Dialect, role: Access) -> Result<Opened> {
    let parts = match role {
        Access::Create { .. } => parts.into_iter().map(anew::anew).collect(),
        Access::Read | Access::Write => parts,
    };
    let store = airbridge_backend_files::open(place, parts)?;
    if role == Access::Read && store.missing() {
        return Err(missing(&airbridge_core::SecretStore::descriptor(store.as_ref()).place));
    }
    opened(store, layout, dialect)
}

/// A file that is not there, or a folder with none of the files that are looked for.
fn missing(place: &str) -> Error {
    let folder = Path::new(place);
    if !folder.is_dir() {
        return Error::failed("not-found", format!("{place} does not exist")).hint("check the path");
    }
    let hint = if folder.join("airflow.cfg").is_file() {
        format!("the backend that its airflow.cfg configures is airflow:{place}")
    } else {
        "such files are called connections, variables, config with .json, .yaml, .yml or .env".to_owned()
    };
    Error::failed("not-found", format!("{place} holds no file of connections, variables or config options"))
        .hint(hint)
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of functions that can fail")]
fn opened(store: Arc<FileStore>, layout: Layout, dialect: Dialect) -> Result<Opened> {
    let files = Some(Arc::clone(&store));
    Ok(Opened { files, ..Opened::store(store, layout, dialect) })
}

fn refuse_existing(path: &Path, role: Access) -> Result<()> {
    if role == (Access::Create { overwrite: false }) && path.exists() {
        return Err(Error::refused(format!("{} exists already", path.display()))
            .hint("--overwrite replaces it with the selection; `airbridge copy` adds to it"));
    }
    Ok(())
}

/// Where Airflow finds it, whatever folder it is started in.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// One text for one file, however it is reached.
fn place(path: &Path) -> String {
    let whole =
        path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
    whole.display().to_string()
}
