//! The DAG code of all folders of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use airbridge_airflow::{EntryId, Kind};
use airbridge_dags::{Broken, Dynamic, Reference, scan};
use airbridge_engine::Selection;

use crate::failure::{Failure, Outcome, why};
use crate::output::style::plain;

/// What the DAG code of some folders uses. The paths of files start with the folder as the user wrote it.
#[derive(Debug)]
pub(super) struct Code {
    folders: Vec<PathBuf>,
    /// The uses of each entry, without a team, by file and line.
    pub(super) references: BTreeMap<EntryId, Vec<Reference>>,
    /// The uses of entries whose ids are not known, by file and line.
    pub(super) dynamic: Vec<Dynamic>,
    /// The files that could be read only in part, or not at all.
    pub(super) broken: Vec<Broken>,
    /// The number of files that were read.
    pub(super) files: usize,
}

impl Code {
    /// Reads the code.
    pub(super) fn scan(folders: &[PathBuf]) -> Outcome<Self> {
        let mut code = Self {
            folders: folders.to_vec(),
            references: BTreeMap::new(),
            dynamic: Vec::new(),
            broken: Vec::new(),
            files: 0,
        };
        for folder in folders {
            code.add(folder)?;
        }
        Ok(code)
    }

    fn add(&mut self, folder: &Path) -> Outcome<()> {
        let found = scan(folder).map_err(|error| {
            Failure::usage(format!(
                "{} cannot be read: {}",
                plain(&folder.display().to_string()),
                why(&error)
            ))
            .hint("give --dags a folder with DAG files")
        })?;
        let below = |file: &Path| if folder == Path::new(".") { file.to_owned() } else { folder.join(file) };
        for mut reference in found.references {
            reference.file = below(&reference.file);
            self.references.entry(reference.id.clone()).or_default().push(reference);
        }
        for mut dynamic in found.dynamic {
            dynamic.file = below(&dynamic.file);
            self.dynamic.push(dynamic);
        }
        for mut broken in found.broken {
            broken.file = below(&broken.file);
            self.broken.push(broken);
        }
        self.files += found.files;
        Ok(())
    }

    /// Keeps the uses that are selected. Those of unknown ids are selected by kind.
    pub(super) fn keep(&mut self, selection: &Selection) {
        self.references.retain(|id, _| selection.takes(id));
        self.dynamic.retain(|found| selection.kinds().contains(&found.kind));
    }

    /// The ids that the code uses, without a team.
    pub(super) fn ids(&self) -> impl Iterator<Item = &EntryId> {
        self.references.keys()
    }

    /// The number of ids of one kind.
    pub(super) fn ids_of(&self, kind: Kind) -> usize {
        self.ids().filter(|id| id.kind == kind).count()
    }

    /// The folders, as messages name them.
    pub(super) fn folders(&self) -> String {
        let names: Vec<_> = self.folders.iter().map(|folder| plain(&folder.display().to_string())).collect();
        names.join(" and ")
    }
}
