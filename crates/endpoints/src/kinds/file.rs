//! `file:PATH`, bare paths, and `-`: the format, the documents, and the names in them.

#[cfg(feature = "bundle")]
pub(crate) mod backup;
#[cfg(not(feature = "bundle"))]
#[path = "file/no_backup.rs"]
pub(crate) mod backup;
#[cfg(feature = "bundle")]
mod bundle;
#[cfg(not(feature = "bundle"))]
#[path = "file/no_bundle.rs"]
mod bundle;
#[cfg(feature = "bundle")]
mod bundle_file;
mod common;
mod format;
mod replace;

use std::path::{Path, PathBuf};

use airbridge_airflow::file::{DotenvDialect, Format, Options, ProbeFacts, VariablesReader};
use airbridge_airflow::{AirflowVersion, Dialect, Kind as EntryKind, Layout, Scheme};
use airbridge_backend_files::{Location, Part, is_pipe, read_input, read_pipe};
use airbridge_core::Warning;

use super::notes;
use crate::airflow_config::{AirflowClass, Assumed};
use crate::build::BuildContext;
use crate::endpoint::{Access, EndpointConfig, OpenStore};
use crate::error::{Error, Result};
use crate::files::UsedFile;
use crate::keys::Keys;
use crate::kind::Kind;
use crate::naming;
use crate::value::Key;
use common::{missing, opened, place, refuse_existing};
use format::Shape;

/// Airflow's class reads variables files as a backend does.
const CLASS: AirflowClass = AirflowClass {
    assumes: Some(("reader", Assumed::Word("backend"))),
    ..AirflowClass::new("airflow.secrets.local_filesystem.LocalFilesystemBackend")
};

pub(crate) const KIND: Kind = Kind {
    scheme: "file",
    spelling: "file:PATH",
    examples: &["connections.yaml", "file:secrets/ --from reader=backend", "moved.age --identity key.txt"],
    label: "files of Airflow and its tools; a path without `file:` is one, too",
    place_key: Some("path"),
    class: Some(&CLASS),
    keys: KEYS,
    network: None,
    variables: &[],
    forwards_keys: false,
    build,
};

pub(crate) const STREAM: Kind = Kind {
    scheme: "-",
    spelling: "-",
    examples: &["- --from format=dotenv"],
    label: "standard input or output",
    place_key: None,
    class: None,
    keys: &[FORMAT, DIALECT, READER],
    network: None,
    variables: &[],
    forwards_keys: false,
    build: build_stream,
};

const FORMAT: Key = Key::own("format", "Format of the file")
    .default_is("decided by the name, then the content; `-` has none");
const DIALECT: Key = Key::own(
    "dialect",
    "Tool that reads the `.env` file: `astro` (`astro dev` in both modes), `docker`, `compose`, `shell`, \
     `astro-docker`, `astro-standalone`, `astro-env` or `astro-deployment`",
)
.default_is("a file that all of them read alike");
const READER: Key = Key::own(
    "reader",
    "Reader of a variables file: `import` (`airflow variables import`) or `backend` (the local-filesystem backend)",
)
.default_is("`import`");

const KEYS: &[Key] = &[
    Key::own("path", "File or folder; also what follows the colon"),
    FORMAT,
    DIALECT,
    READER,
    Key::kwarg("connections_file_path", "File of connections, instead of `path`"),
    Key::kwarg("variables_file_path", "File of variables, instead of `path`"),
    Key::kwarg("configs_file_path", "File of config options, instead of `path`"),
];

/// How the keys say that a file is read.
struct Wanted {
    shape: Option<Shape>,
    options: Options,
    team: Option<String>,
    access: Access,
    /// The version that the user set.
    chosen_version: Option<AirflowVersion>,
}

impl Wanted {
    fn read(context: &mut BuildContext) -> Result<Self> {
        let keys = &mut context.keys;
        let shape = keys.text("format")?.map(|word| Shape::parse(&word)).transpose()?;
        let dialects = DotenvDialect::ALL.map(DotenvDialect::word);
        let dialect = keys.word("dialect", &dialects)?.and_then(DotenvDialect::parse);
        let reader = match keys.word("reader", &["import", "backend"])? {
            Some("backend") => VariablesReader::Backend,
            _ => VariablesReader::Import,
        };
        let options = Options { reader, dialect, version: context.version };
        let (team, chosen_version) = (context.team.clone(), context.chosen_version);
        Ok(Self { shape, options, team, access: context.access, chosen_version })
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

    fn files_layout(&self, kinds: &[EntryKind]) -> Result<Layout> {
        layout(&Scheme::Files { kinds: kinds.to_vec() }, self.options.version, self.team.as_deref())
    }
}

fn layout(scheme: &Scheme, version: AirflowVersion, team: Option<&str>) -> Result<Layout> {
    naming::layout(scheme, version, team)
}

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let wanted = Wanted::read(&mut context)?;
    let path = context.keys.entry_path("path")?;
    let by_kind = by_kind(&mut context.keys)?;
    let of_path = path.iter().flat_map(|path| files_of(path, wanted.shape)).map(|file| (file, String::new()));
    let of_kinds = by_kind.iter().map(|(kind, file)| (file.clone(), format!(" of {}", kind.plural())));
    for (file, whose) in of_path.chain(of_kinds) {
        context.keys.uses(if wanted.access.writes() {
            UsedFile::written(file, format!("the target{whose}"))
        } else {
            UsedFile::read(file, format!("the source{whose}"))
        });
    }
    match path {
        Some(path) if by_kind.is_empty() && format::is_bundle(&path, wanted.shape) => {
            bundle::build(context, Some(&path))
        }
        Some(path) if by_kind.is_empty() => {
            context.configured_later(move || async move { open_path(&path, &wanted).await })
        }
        None if !by_kind.is_empty() => context.configured_later(move || async move {
            by_kind.iter().try_for_each(|(_, path)| refuse_existing(path, wanted.access))?;
            let places: Vec<_> = by_kind.iter().map(|(_, path)| self::place(path)).collect();
            open_by_kind(places.join(", "), by_kind, Location::Path, &wanted)
        }),
        Some(_) => Err(Error::usage("`path` cannot be combined with the paths of single kinds")
            .hint("keep `path`, or `connections_file_path`, `variables_file_path` and `configs_file_path`")),
        None => Err(Error::usage("no file is named").hint("write file:PATH")),
    }
}

fn build_stream(mut context: BuildContext) -> Result<EndpointConfig> {
    let wanted = Wanted::read(&mut context)?;
    if !wanted.access.writes() {
        context.env.check_stdin()?;
    }
    let format = match wanted.shape {
        Some(Shape::Single(format)) => format,
        Some(Shape::Bundle) => return bundle::build(context, None),
        Some(Shape::Folder) => {
            return Err(Error::usage("`-` cannot be a folder").hint("set `format` to the format of one file"));
        }
        None => {
            return Err(Error::usage("`-` needs a format").hint(format!(
                "write '-?format=FORMAT' with one of {}",
                Shape::of_streams(wanted.access).join(", ")
            )));
        }
    };
    refuse_source_only(format, wanted.access)?;
    let layout = wanted.layout(format)?;
    context.configured_later(move || async move {
        let (place, location, notes) = if wanted.access.writes() {
            ("standard output", Location::Stdout, Vec::new())
        } else {
            let bytes = airbridge_backend_files::read_stdin().await?;
            format::refuse_foreign("standard input", "", &bytes)?;
            let notes = notes::about_file(format, "standard input", &bytes);
            ("standard input", Location::Stdin(bytes), notes)
        };
        let version = wanted.chosen_version.or_else(|| stated_version(format, &location));
        let store = airbridge_backend_files::open(place, vec![wanted.part(format, "", location)])?;
        let usual_losses = format.usual_losses(wanted.options).to_vec();
        Ok(OpenStore { usual_losses, version, notes, ..opened(store, layout, format.dialect())? })
    })
}

/// The files of single kinds.
fn by_kind(keys: &mut Keys) -> Result<Vec<(EntryKind, PathBuf)>> {
    let paths = [
        (EntryKind::Connection, keys.entry_path("connections_file_path")?),
        (EntryKind::Variable, keys.entry_path("variables_file_path")?),
        (EntryKind::Config, keys.entry_path("configs_file_path")?),
    ];
    Ok(paths.into_iter().filter_map(|(kind, path)| Some((kind, path?))).collect())
}

/// The files that an endpoint with this path may use. Those of a folder count whether or not they exist.
fn files_of(path: &Path, shape: Option<Shape>) -> Vec<PathBuf> {
    let is_folder = shape == Some(Shape::Folder) || format::names_folder(path);
    if is_folder {
        EntryKind::ALL.iter().flat_map(|kind| format::names_in_folder(*kind, path)).collect()
    } else {
        vec![path.to_owned()]
    }
}

async fn open_path(path: &Path, wanted: &Wanted) -> Result<OpenStore> {
    format::refuse_foreign_file(path, wanted.access)?;
    let shape = match wanted.shape {
        Some(shape) => shape,
        None => format::find(path, wanted.access)?,
    };
    let place = place(path);
    match shape {
        // It is built before it is opened.
        Shape::Bundle => Err(Error::usage(format!("{place} is a bundle"))),
        Shape::Folder => {
            let files = EntryKind::ALL.map(|kind| Ok((kind, format::in_folder(kind, path)?)));
            let files = files.into_iter().collect::<Result<Vec<_>>>()?;
            files.iter().try_for_each(|(_, file)| refuse_existing(file, wanted.access))?;
            open_by_kind(place, files, Location::InFolder, wanted)
        }
        Shape::Single(format) => {
            refuse_source_only(format, wanted.access)?;
            refuse_existing(path, wanted.access)?;
            let location = if wanted.access == Access::Read && is_pipe(path) {
                let bytes = read_pipe(path).await?;
                format::refuse_foreign(&place, "", &bytes)?;
                Location::Pipe(path.to_owned(), bytes)
            } else {
                Location::Path(path.to_owned())
            };
            let notes = if wanted.access == Access::Read {
                notes_about(format, &place, &location)
            } else {
                Vec::new()
            };
            let version = wanted.chosen_version.or_else(|| stated_version(format, &location));
            let parts = vec![wanted.part(format, "", location)];
            let mut opened = open(place, parts, wanted.layout(format)?, format.dialect(), wanted.access)?;
            opened.usual_losses = format.usual_losses(wanted.options).to_vec();
            // Airflow goes by the suffix and does not know `format`.
            if let [kind] = format.kinds()
                && format::of_kind(*kind, path).is_ok_and(|by_suffix| by_suffix == format)
            {
                opened.airflow_files = vec![(*kind, absolute(path))];
            }
            opened.notes = notes;
            opened.version = version;
            Ok(opened)
        }
    }
}

/// The warnings about the file.
fn notes_about(format: Format, place: &str, location: &Location) -> Vec<Warning> {
    match location {
        Location::Pipe(_, bytes) => notes::about_file(format, place, bytes),
        Location::Path(path) => notes::about_file(format, place, &read_input(path).unwrap_or_default()),
        _ => Vec::new(),
    }
}

/// The version of Airflow that wrote the file, if it says so.
fn stated_version(format: Format, location: &Location) -> Option<AirflowVersion> {
    let parsed = |bytes: &[u8]| ProbeFacts::parse(bytes).ok().map(|facts| facts.version);
    match location {
        _ if format != Format::Probe => None,
        Location::Stdin(bytes) | Location::Pipe(_, bytes) => parsed(bytes),
        Location::Path(path) => read_input(path).ok().and_then(|bytes| parsed(&bytes)),
        Location::InFolder(_) | Location::Stdout => None,
    }
}

/// Fails for a target in a format that can only be read.
fn refuse_source_only(format: Format, access: Access) -> Result<()> {
    if access.writes() && !format.is_writable() {
        return Err(Error::usage(format!("the format `{format}` can only be read"))
            .hint("write another format, such as connections-json or dotenv"));
    }
    Ok(())
}

/// Opens a file for each kind.
fn open_by_kind(
    place: String,
    files: Vec<(EntryKind, PathBuf)>,
    location: fn(PathBuf) -> Location,
    wanted: &Wanted,
) -> Result<OpenStore> {
    let mut parts = Vec::new();
    let mut kinds = Vec::new();
    let mut dialect = None;
    let airflow_files = files.iter().map(|(kind, path)| (*kind, absolute(path))).collect();
    for (kind, path) in files {
        format::refuse_foreign_file(&path, wanted.access)?;
        let format = format::of_kind(kind, &path)?;
        // Only connections depend on the dialect, and they come first.
        dialect.get_or_insert(format.dialect());
        kinds.push(kind);
        parts.push(wanted.part(format, &format!("{}/", kind.plural()), location(path)));
    }
    let layout = wanted.files_layout(&kinds)?;
    let opened = open(place, parts, layout, dialect.unwrap_or(Dialect::File), wanted.access)?;
    Ok(OpenStore { airflow_files, ..opened })
}

fn open(
    place: String,
    parts: Vec<Part>,
    layout: Layout,
    dialect: Dialect,
    access: Access,
) -> Result<OpenStore> {
    let parts = match access {
        Access::Create { .. } => parts.into_iter().map(replace::replace_file).collect(),
        Access::Read | Access::Write => parts,
    };
    let store = airbridge_backend_files::open(place, parts)?;
    if access == Access::Read && store.missing() {
        return Err(missing(&airbridge_core::SecretStore::descriptor(store.as_ref()).place));
    }
    opened(store, layout, dialect)
}

/// The path with which Airflow finds the file from any folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
