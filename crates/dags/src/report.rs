//! What a scan found.

use std::path::PathBuf;

use airbridge_airflow::{EntryId, Kind};

use crate::text::HOLE;

/// The longest key that is reported, in characters. Airflow's database stores no longer ones.
const MAX_KEY: usize = 250;

/// The connections and variables that the files of a folder use. Each list is sorted by file and line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The references with a known id.
    pub references: Vec<Reference>,
    /// The places where the code uses an id that is known only when it runs.
    pub dynamic: Vec<Dynamic>,
    /// The files that could be read only in part, or not at all.
    pub broken: Vec<Broken>,
    /// The number of files that were read.
    pub files: usize,
}

impl Scan {
    pub(crate) fn sort(&mut self) {
        self.references.sort();
        self.references.dedup();
        self.dynamic.sort();
        self.dynamic.dedup();
        self.broken.sort();
        self.broken.dedup();
    }
}

/// A place in the code that uses a connection or variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The file, relative to the folder.
    pub file: PathBuf,
    /// The line, counted from 1. For a constant, the line where the constant is used. For a string of YAML whose lines are
    /// joined, the line where it starts.
    pub line: u32,
    /// The connection or variable, without a team.
    pub id: EntryId,
    /// The form of the reference.
    pub how: How,
    /// Whether the code works without the entry.
    pub need: Need,
}

/// The form of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// A keyword argument such as `postgres_conn_id="ID"`, of an operator, a hook or a decorator.
    Keyword,
    /// A key of a dictionary, such as `default_args={"postgres_conn_id": "ID"}`.
    Dictionary,
    /// The default of a function's parameter, such as `def load(conn_id="ID")`.
    ParameterDefault,
    /// The first argument of a hook: `PostgresHook("ID")`.
    HookArgument,
    /// A method that returns a connection or a hook: `BaseHook.get_connection("ID")`.
    GetConnection,
    /// A method of `Variable`: `Variable.get("KEY")`.
    VariableMethod,
    /// A Jinja expression: `{{ conn.ID.host }}`, `{{ var.value.KEY }}`.
    Jinja,
    /// The user part of an object storage URL: `ObjectStoragePath("s3://ID@bucket")`.
    StoragePath,
    /// A key of a YAML file.
    Yaml,
    /// The default of an operator or hook that is used without this parameter.
    ClassDefault,
}

impl How {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Dictionary => "dictionary",
            Self::ParameterDefault => "parameter-default",
            Self::HookArgument => "hook-argument",
            Self::GetConnection => "get-connection",
            Self::VariableMethod => "variable-method",
            Self::Jinja => "jinja",
            Self::StoragePath => "storage-path",
            Self::Yaml => "yaml",
            Self::ClassDefault => "class-default",
        }
    }

    /// The form in words, to follow a file and line.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Keyword => "a keyword argument",
            Self::Dictionary => "a dictionary",
            Self::ParameterDefault => "the default of a parameter",
            Self::HookArgument => "an argument of a hook",
            Self::GetConnection => "a method that returns a connection",
            Self::VariableMethod => "a method of Variable",
            Self::Jinja => "a Jinja expression",
            Self::StoragePath => "an object storage URL",
            Self::Yaml => "a key of YAML",
            Self::ClassDefault => "the default of a class",
        }
    }
}

/// Whether the code works without the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The task fails without the entry.
    Required,
    /// The code gives a default value, which Airflow uses when the entry is missing.
    HasDefault,
    /// The code writes or deletes the entry, so that it may be missing.
    Written,
    /// The id is a class default that Airflow can do without: `aws_default` (Airflow uses the credentials of the environment)
    /// or `kubernetes_default` (Airflow uses an empty connection).
    Fallback,
}

impl Need {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::HasDefault => "has-default",
            Self::Written => "written",
            Self::Fallback => "fallback",
        }
    }
}

/// A place in the code where the id is known only when the code runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dynamic {
    /// The file, relative to the folder.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: u32,
    /// What the code uses there.
    pub kind: Kind,
    /// Why the id is not known.
    pub reason: Reason,
}

/// Why an id is known only when the code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A value is inserted into the id.
    Inserted,
    /// The id is a Jinja template.
    Template,
    /// The id is a function parameter without a default.
    Parameter,
    /// The id is a function parameter. Its default is among the references, but callers can pass another id.
    OverridableParameter,
    /// The id is a loop variable.
    Loop,
    /// The id is imported from another module.
    Imported,
    /// The id is an attribute or an item of another object.
    Attribute,
    /// The id is the result of a call.
    Call,
    /// The id depends on a condition.
    Condition,
    /// The name that holds the id is assigned more than once.
    Reassigned,
    /// The parameter may be among unpacked arguments (`**kwargs`) or in `default_args` from elsewhere.
    Unpacked,
    /// Another expression, or a string that cannot be an id.
    Other,
}

impl Reason {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::Template => "template",
            Self::Parameter => "parameter",
            Self::OverridableParameter => "overridable-parameter",
            Self::Loop => "loop",
            Self::Imported => "imported",
            Self::Attribute => "attribute",
            Self::Call => "call",
            Self::Condition => "condition",
            Self::Reassigned => "reassigned",
            Self::Unpacked => "unpacked",
            Self::Other => "other",
        }
    }

    /// The reason in words, to follow "cannot resolve the id: ".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Inserted => "a value is inserted into it",
            Self::Template => "it is a Jinja template",
            Self::Parameter => "it is a function parameter",
            Self::OverridableParameter => "it is a function parameter, and only its default is known",
            Self::Loop => "it is a loop variable",
            Self::Imported => "it is imported from another module",
            Self::Attribute => "it is an attribute or item of an object",
            Self::Call => "it is the result of a call",
            Self::Condition => "it depends on a condition",
            Self::Reassigned => "it is assigned more than once",
            Self::Unpacked => "it may be among unpacked or default arguments",
            Self::Other => "it is not a constant",
        }
    }
}

/// A file or folder that could not be read completely. References in its readable part are reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// The file or folder, relative to the scanned folder.
    pub file: PathBuf,
    /// The line of the first problem, counted from 1, if it has one.
    pub line: Option<u32>,
    /// The problem.
    pub problem: Problem,
}

/// Why a file could not be read completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// The operating system returned an error.
    Unreadable,
    /// The file is not UTF-8. Strings with other bytes are not reported as ids.
    NotUtf8,
    /// The file is larger than 16 MiB and was skipped.
    TooLarge,
    /// The file has a syntax error. Uses close to it can be missed.
    Syntax,
    /// The parser needed too much time, and the file was skipped.
    TooComplex,
}

impl Problem {
    /// The problem in words, to follow the name of a file.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Unreadable => "cannot be read",
            Self::NotUtf8 => "is not UTF-8",
            Self::TooLarge => "is larger than 16 MiB and was skipped",
            Self::Syntax => "has a syntax error",
            Self::TooComplex => "takes too long to parse and was skipped",
        }
    }

    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotUtf8 => "not-utf-8",
            Self::TooLarge => "too-large",
            Self::Syntax => "syntax",
            Self::TooComplex => "too-complex",
        }
    }
}

/// Collects what one file contains.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    file: PathBuf,
    scan: &'a mut Scan,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(file: PathBuf, scan: &'a mut Scan) -> Self {
        Self { file, scan }
    }

    /// Adds a reference to an id. An id that a value is inserted into, or that is a template, is dynamic.
    pub(crate) fn id(&mut self, kind: Kind, key: &str, line: u32, how: How, need: Need) {
        if key.is_empty() {
            return;
        }
        // Hooks of other projects can take anything first, such as a statement of SQL.
        let is_sentence = how == How::HookArgument && key.contains(char::is_whitespace);
        let unknown = unknown_part(kind, key).or(is_sentence.then_some(Reason::Other));
        if let Some(reason) = unknown {
            self.dynamic(kind, line, reason);
            return;
        }
        let id = EntryId::new(kind, key);
        self.scan.references.push(Reference { file: self.file.clone(), line, id, how, need });
    }

    pub(crate) fn dynamic(&mut self, kind: Kind, line: u32, reason: Reason) {
        self.scan.dynamic.push(Dynamic { file: self.file.clone(), line, kind, reason });
    }

    pub(crate) fn broken(&mut self, line: Option<u32>, problem: Problem) {
        self.scan.broken.push(Broken { file: self.file.clone(), line, problem });
    }
}

/// Why this string is not an id, or `None` if it can be one.
fn unknown_part(kind: Kind, key: &str) -> Option<Reason> {
    if key.contains(HOLE) {
        return Some(Reason::Inserted);
    }
    if key.contains("{{") || key.contains("{%") {
        return Some(Reason::Template);
    }
    let fits = |c: char| match kind {
        Kind::Connection => c.is_alphanumeric() || "_#!()-.:/\\ ".contains(c),
        Kind::Variable | Kind::Config => !c.is_control() && c != char::REPLACEMENT_CHARACTER,
    };
    (!key.chars().all(fits) || key.chars().count() > MAX_KEY).then_some(Reason::Other)
}
