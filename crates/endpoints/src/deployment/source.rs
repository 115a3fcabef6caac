//! The settings of a deployment: a file, or this process's environment and its own `airflow.cfg`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::deployment::{Cfg, Deployment, EnvLine, Fault, Section, Spot, env_file, expand};
use airbridge_core::{Environment, SecretText, Warning, WarningCode};

use crate::build::BuildContext;
use crate::error::{Error, Result, readable_by_others, why};
use crate::files::read_text;
use crate::keys::Keys;
use crate::variables::{Role, is_of_the_process, role};

const CFG: &str = "airflow.cfg";

/// The settings of a deployment, and where each one was written.
pub(crate) struct Source {
    pub(crate) deployment: Deployment,
    /// The variables of an env file that backends use.
    pub(crate) own: Environment,
    /// Warnings.
    pub(crate) notes: Vec<Warning>,
    file: Option<PathBuf>,
    is_env_file: bool,
    /// Whether they are those of this process's own Airflow.
    is_of_process: bool,
    /// The lines of an env file, by variable.
    lines: BTreeMap<String, usize>,
}

impl Source {
    /// Reads `path`, or without one the settings of this process's own Airflow. `is_setting` says which variables count.
    pub(crate) fn read(
        path: Option<&Path>,
        context: &BuildContext,
        is_setting: &dyn Fn(&str) -> bool,
    ) -> Result<Self> {
        match path {
            None => Self::of_process(&context.env.variables, context.version),
            Some(path) if path.is_dir() => Self::of_file(&path.join(CFG), context, is_setting),
            Some(path) => Self::of_file(path, context, is_setting),
        }
    }

    fn of_process(env: &Environment, version: AirflowVersion) -> Result<Self> {
        let expanded = |text: &str| {
            expand(text, env).map(|text| text.expose().to_owned()).map_err(|_| {
                Error::configuration(
                    "AIRFLOW_HOME or AIRFLOW_CONFIG contains a variable that refers to itself",
                )
                .hint("write the path instead: airflow:PATH")
            })
        };
        let path = match env.get("AIRFLOW_CONFIG") {
            Some(path) => PathBuf::from(expanded(path)?),
            None => Path::new(&expanded(env.get("AIRFLOW_HOME").unwrap_or("~/airflow"))?).join(CFG),
        };
        let cfg = match read_text(&path) {
            Ok(text) => Some(cfg(&path, &text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(unread(&path, &error)),
        };
        let deployment = Deployment { cfg, settings: env.clone(), environment: env.clone(), version };
        Ok(Self { is_of_process: true, ..Self::new(deployment, Some(path)) })
    }

    fn of_file(path: &Path, context: &BuildContext, is_setting: &dyn Fn(&str) -> bool) -> Result<Self> {
        let (env, version) = (&context.env.variables, context.version);
        let text = read_text(path).map_err(|error| unread(path, &error))?;
        let mut source = if is_cfg(path, &text) {
            let cfg = Some(cfg(path, &text)?);
            let settings = Environment::default();
            let deployment = Deployment { cfg, settings, environment: env.clone(), version };
            Self::new(deployment, Some(path.to_owned()))
        } else {
            Self::of_env_file(path, &text, context, is_setting)?
        };
        if env.iter().any(|(name, _)| is_setting(name)) {
            let message = format!(
                "AIRFLOW__… variables of the environment are ignored, because only {} is read",
                path.display()
            );
            let hint = "use `airflow:` without a path to read them";
            source.notes.push(Warning::new(WarningCode::EnvironmentIgnored, message).with_hint(hint));
        }
        Ok(source)
    }

    fn of_env_file(
        path: &Path,
        text: &str,
        context: &BuildContext,
        is_setting: &dyn Fn(&str) -> bool,
    ) -> Result<Self> {
        let (env, version) = (&context.env.variables, context.version);
        let mut lines = BTreeMap::new();
        let mut own: Vec<(String, SecretText)> = Vec::new();
        for EnvLine { name, value, line } in env_file(text) {
            match value {
                Ok(value) => own.push((name.clone(), value)),
                Err(what) if is_setting(&name) || role(&name) != Role::Unused => {
                    return Err(Error::configuration(format!(
                        "{}, line {line}: the value of {name} {what}",
                        path.display()
                    ))
                    .hint("put the value in single quotes, with nothing after it"));
                }
                Err(_) => {}
            }
            lines.insert(name, line);
        }
        let own: Environment = own.into_iter().collect();
        let copied = |(name, value): (&str, &SecretText)| (name.to_owned(), value.clone());
        let names_file = |(name, value): &(&str, &SecretText)| role(name) == Role::File && !value.is_empty();
        if !context.allow_commands
            && let Some((name, _)) = own.iter().find(names_file)
        {
            let line = lines.get(name).copied().unwrap_or_default();
            return Err(Error::configuration(format!(
                "{}, line {line}: {name} names a file of this machine, which airbridge does not use by default",
                path.display()
            ))
            .hint("read the file, then use --allow-commands: what it names can run programs and is sent to servers"));
        }
        let used: Environment =
            own.iter().filter(|(name, _)| role(name) != Role::Unused).map(copied).collect();
        let of_process: Vec<_> =
            own.iter().map(|(name, _)| name).filter(|name| is_of_the_process(name)).collect();
        let note = (!of_process.is_empty()).then(|| {
            let (path, names) = (path.display(), of_process.join(", "));
            let message = format!("{path}: its {names} are ignored, because they concern every endpoint");
            let hint = "set them in the environment of airbridge, or the keys `proxy` and `ca_file`";
            Warning::new(WarningCode::EnvironmentIgnored, message).with_hint(hint)
        });
        let environment = env.iter().chain(own.iter()).map(copied).collect();
        let deployment = Deployment { cfg: None, environment, settings: own, version };
        let source = Self::new(deployment, Some(path.into()));
        Ok(Self { own: used, is_env_file: true, lines, notes: note.into_iter().collect(), ..source })
    }

    fn new(deployment: Deployment, file: Option<PathBuf>) -> Self {
        Self {
            deployment,
            own: Environment::default(),
            notes: Vec::new(),
            file,
            is_env_file: false,
            is_of_process: false,
            lines: BTreeMap::new(),
        }
    }

    /// The file of the settings, whether or not it exists.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether they are those of an env file.
    pub(crate) fn is_env_file(&self) -> bool {
        self.is_env_file
    }

    /// The variables of the deployment's processes; `None` if the settings do not have them.
    pub(crate) fn environment(&self) -> Option<&Environment> {
        (self.is_env_file || self.is_of_process).then_some(&self.deployment.settings)
    }

    /// The path of the file, as messages name it.
    pub(crate) fn file_name(&self) -> String {
        self.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default()
    }

    /// The place of a setting, as messages name it.
    pub(crate) fn place(&self, spot: &Spot) -> String {
        let file = self.file_name();
        match spot {
            Spot::Option { .. } => format!("{file}, {spot}"),
            Spot::Variable(name) => match self.lines.get(name) {
                Some(line) => format!("{file}, line {line}, {name}"),
                None => format!("the environment, {name}"),
            },
        }
    }

    /// Whether it is in a file that users other than the owner can read.
    pub(crate) fn is_exposed(&self, spot: &Spot) -> bool {
        let in_file = match spot {
            Spot::Option { .. } => true,
            Spot::Variable(name) => self.lines.contains_key(name),
        };
        in_file && self.file.as_deref().is_some_and(readable_by_others)
    }

    /// The error for settings that are not valid.
    pub(crate) fn failure(&self, fault: Fault) -> Error {
        let message = match &fault.spot {
            Some(spot) => format!("{}: {}", self.place(spot), fault.message),
            None => fault.message,
        };
        Error::configuration(message).hint(fault.hint)
    }

    /// The settings as messages name them: a file, or the environment.
    pub(crate) fn whose(&self) -> String {
        let file = self.file_name();
        let read = self.deployment.cfg.is_some() || self.is_env_file;
        if read { file } else { format!("the environment (there is no {file})") }
    }

    /// The error for a deployment without a backend.
    pub(crate) fn nothing(&self, section: Option<Section>) -> Error {
        let whose = self.whose();
        let section = section.unwrap_or(Section::Secrets);
        let path = self.file.as_ref().map(|_| self.file_name()).unwrap_or_default();
        let path = if self.is_of_process { String::new() } else { path };
        Error::configuration(format!(
            "{whose} configures no secrets backend ([{}] {}): its Airflow reads the environment and the metadata database",
            section.name(),
            section.backend()
        ))
        .hint(format!(
            "use `airflow-db:{path}` for the metadata database, env: for AIRFLOW_CONN_… and AIRFLOW_VAR_… of this process, or \
             file:PATH?format=dotenv for an env file with them"
        ))
    }
}

/// The section that the key `section` names.
pub(crate) fn section(keys: &mut Keys) -> Result<Option<Section>> {
    Ok(match keys.word("section", &["secrets", "workers"])? {
        Some("workers") => Some(Section::Workers),
        Some(_) => Some(Section::Secrets),
        None => None,
    })
}

/// Whether a variable configures secrets backends.
pub(crate) fn is_setting(name: &str) -> bool {
    name.starts_with("AIRFLOW__SECRETS__BACKEND") || name.starts_with("AIRFLOW__WORKERS__SECRETS_BACKEND")
}

/// Decided by the name, otherwise by the first line.
fn is_cfg(path: &Path, text: &str) -> bool {
    let suffix = path.extension().map(|suffix| suffix.to_string_lossy().to_lowercase());
    let env = path.file_name().is_some_and(|name| name == ".env");
    match suffix.as_deref() {
        Some("cfg") => true,
        Some("env") => false,
        _ if env => false,
        _ => {
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.find(|line| !line.starts_with(['#', ';'])).is_some_and(|line| line.starts_with('['))
        }
    }
}

fn cfg(path: &Path, text: &str) -> Result<Cfg> {
    Cfg::parse(text).map_err(|fault| {
        Error::configuration(format!("{}, {}", path.display(), fault.message)).hint(fault.hint)
    })
}

fn unread(path: &Path, error: &io::Error) -> Error {
    Error::configuration(format!("{} cannot be read: {}", path.display(), why(error)))
        .hint("name an airflow.cfg, an env file, or a folder with an airflow.cfg")
}
