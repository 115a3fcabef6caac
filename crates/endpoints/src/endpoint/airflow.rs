//! `airflow:PATH`: the secrets backend that a deployment's own settings configure. What comes out is that backend's
//! endpoint, with the deployment's kwargs as its keys.

mod command;
mod source;

use std::path::Path;

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::deployment::{Configured, KwargSource, Kwargs, Section, cannot_start, kwargs};
use airbridge_core::{Fields, Json};

use super::keys::Keys;
use super::{Built, Opening, Origin, SECRET_KEYS, Value};
use crate::backends::{self, Backend, Key};
use crate::error::{Error, Result};
use crate::nearest::{nearest, nearest_classes};
use source::Source;

pub(crate) const KEYS: &[Key] = &[
    ("path", "an `airflow.cfg`, an env file, or the folder AIRFLOW_HOME; also what follows `airflow:`"),
    ("section", "`secrets` or `workers`; without it the workers' backend where they have their own"),
];

/// All of them.
pub(crate) const OWN: &[&str] = &["path", "section"];

/// A kwarg and where it stands.
struct Kwarg {
    key: String,
    value: Json,
    place: String,
    /// Whether others than the owner can read the file that it stands in.
    exposed: bool,
}

/// What a deployment gives.
struct Given {
    kwargs: Vec<Kwarg>,
    /// Why the kwargs in one text count for nothing, if they do not.
    ignored: Option<String>,
}

pub(crate) fn build(mut opening: Opening) -> Result<Built> {
    let path = opening.keys.path("path")?;
    let section = match opening.keys.word("section", &["secrets", "workers"])? {
        Some("workers") => Some(Section::Workers),
        Some(_) => Some(Section::Secrets),
        None => None,
    };
    let undecodable = opening.env.undecodable.iter().find(|name| source::is_setting(name));
    if let Some(name) = undecodable.filter(|_| path.is_none()) {
        return Err(Error::configuration(format!("the environment, {name}: its value is not UTF-8 text"))
            .hint("Airflow's settings are UTF-8; set it anew"));
    }
    let mut source = Source::read(path.as_deref(), &opening.env.variables, opening.version)?;
    let found = source.deployment.backend(section).map_err(|fault| source.failure(fault))?;
    let found = found.ok_or_else(|| source.nothing(section))?;
    let backend = backend_of(&source, &found)?;
    say_what_was_taken(&mut source, &found, section);
    let mut base = Keys::new(backend.scheme);
    let Given { kwargs, ignored } = kwargs_of(&mut source, &found, opening.allow_commands)?;
    for kwarg in kwargs {
        take(kwarg, backend, &mut base)?;
    }
    let mut keys = opening.keys.onto(base);
    for note in &source.notes {
        keys.note(note.clone());
    }
    let starts = check_start(&source, &found, backend, &keys, opening.version);
    as_the_class_has_it(backend, &mut keys);
    opening.keys = keys;
    opening.env.variables = source.variables;
    let built = starts.and_then(|()| (backend.build)(opening));
    // What is missing then may well stand in the kwargs that do not count.
    built.map_err(|failure| failure.maybe_hint(ignored.map(|why| format!("{why}: mend that first"))))
}

/// The endpoint of a class.
fn backend_of(source: &Source, found: &Configured) -> Result<&'static Backend> {
    let class = found.class.text.expose();
    if let Some((backend, _)) = backends::configurable().find(|(_, known)| *known == class) {
        return Ok(backend);
    }
    let always = [
        "airflow.secrets.environment_variables.EnvironmentVariablesBackend",
        "airflow.secrets.metastore.MetastoreBackend",
    ];
    if always.contains(&class) {
        return Err(source.nothing(Some(found.section)));
    }
    let known = nearest_classes(class, backends::configurable().map(|(_, class)| class));
    // What is no path of a class may have been meant for another option, and is not repeated.
    let is_path = class.chars().all(|char| char.is_alphanumeric() || matches!(char, '.' | '_'));
    let class = if is_path { format!("`{class}`") } else { "what stands there".to_owned() };
    let place = source.place(&found.class.spot);
    Err(Error::configuration(format!("{place}: {class} is no backend that airbridge knows"))
        .hint(format!("it knows {}", known.join(", "))))
}

fn say_what_was_taken(source: &mut Source, found: &Configured, asked: Option<Section>) {
    let place = source.place(&found.class.spot);
    if found.section == Section::Workers && asked.is_none() {
        source.notes.push(format!(
            "{place}: tasks read through the workers' backend, so it is taken; section=secrets takes the other"
        ));
    }
    if found.ahead_of_version {
        source.notes.push(format!(
            "{place}: Airflow 2.11 looks neither at [workers] secrets_backend nor at {}…; nor does airbridge for it",
            Section::Secrets.kwarg_prefix()
        ));
    }
}

/// The kwargs, single ones over those of the text.
fn kwargs_of(source: &mut Source, found: &Configured, allow_commands: bool) -> Result<Given> {
    let (text, spot) = match &found.kwargs {
        KwargSource::Nowhere => (None, &found.class.spot),
        KwargSource::Text(given) => {
            if given.unexpanded {
                source.notes.push(format!(
                    "{}: a `$` in it stands for no variable that is set here, and stays as it is",
                    source.place(&given.spot)
                ));
            }
            (Some(given.text.clone()), &given.spot)
        }
        KwargSource::Command(given) => {
            let place = source.place(&given.spot);
            let output =
                command::output(given.text.expose(), &place, &source.deployment.environment, allow_commands)?;
            (Some(output), &given.spot)
        }
    };
    let place = source.place(spot);
    let exposed = source.is_exposed(spot);
    let mut ignored = None;
    let fields = match kwargs(text.as_ref().map_or("", |text| text.expose())) {
        Kwargs::Given(fields) => fields,
        Kwargs::Ignored(what) => {
            let why = format!("{place}: what stands there {what}; Airflow goes on without any kwargs");
            source.notes.push(format!(
                "{why}, and so does airbridge: prefixes and everything else are the defaults of the class"
            ));
            ignored = Some(why);
            Fields::new()
        }
        Kwargs::Unreadable(what) => {
            return Err(Error::configuration(format!("{place}: what stands there {what}"))
                .hint("give the kwarg another value, here and where the deployment has it"));
        }
    };
    let single_wins = |key: &str| found.single.iter().any(|(single, ..)| single == key);
    let from_text = fields.iter().filter(|(key, _)| !single_wins(key));
    let from_text = from_text.map(|(key, value)| Kwarg {
        key: key.to_owned(),
        value: value.clone(),
        place: place.clone(),
        exposed,
    });
    let single = found.single.iter().map(|(key, text, spot)| Kwarg {
        key: key.clone(),
        value: Json::String(text.clone()),
        place: source.place(spot),
        exposed: source.is_exposed(spot),
    });
    Ok(Given { kwargs: from_text.chain(single).collect(), ignored })
}

/// Gives a kwarg to the keys, or says what becomes of one that Airflow's class does not have.
fn take(kwarg: Kwarg, backend: &'static Backend, base: &mut Keys) -> Result<()> {
    let Kwarg { key, value, place, exposed } = kwarg;
    let mut known = backend.kwargs();
    if known.any(|known| known == key) {
        if exposed && SECRET_KEYS.contains(&key.as_str()) {
            base.note(format!(
                "{place}: `{key}` stands there in plain text, and others can read the file (chmod 600)"
            ));
        }
        if backend.scheme == "file" && value.as_str().is_some_and(|path| Path::new(path).is_relative()) {
            base.note(format!(
                "{place}: `{key}` is a relative path: Airflow counts it from where it is started, airbridge from here"
            ));
        }
        // Python's truth: of a text, also of "false", it is true.
        let value = match key.as_str() {
            "use_team_secrets_path" | "verify_challenge_resource" => Json::Bool(value.is_truthy()),
            _ => value,
        };
        return base.insert(key, Value::Json(value), Origin::Configured(place));
    }
    let near = nearest(&key, backend.kwargs());
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let shown = key.escape_debug();
    let class = backend.class.and_then(|class| class.rsplit('.').next()).unwrap_or_default();
    match backend.scheme {
        "aws" | "aws-ssm" => {
            base.note(format!("{place}: `{shown}` is no kwarg of {class}; Airflow ignores it{near}"));
            Ok(())
        }
        "azure" => {
            base.note(format!(
                "{place}: `{shown}` is handed on to Azure's SDK by Airflow; no effect here{near}"
            ));
            Ok(())
        }
        _ => Err(Error::configuration(format!(
            "{place}: `{shown}` is no kwarg of {class}; Airflow fails with it{near}"
        ))
        .hint("keys of airbridge's own stand in the endpoint: airflow:PATH?key=value")),
    }
}

fn check_start(
    source: &Source,
    found: &Configured,
    backend: &'static Backend,
    keys: &Keys,
    version: AirflowVersion,
) -> Result<()> {
    // What the command line says instead is typed by the endpoint.
    let typed = |key: &str| key != "kv_engine_version" || !keys.is_untyped(key);
    let kwargs = backend.kwargs().filter(|key| typed(key));
    let given: Vec<(&str, Json)> = kwargs.filter_map(|key| Some((key, keys.given(key)?))).collect();
    let kwarg = |key: &str| given.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
    let vault_token = source.variables.get("VAULT_TOKEN").is_some();
    match cannot_start(backend.class.unwrap_or_default(), version, &kwarg, vault_token) {
        None => Ok(()),
        Some((key, fault)) => {
            let single = found.single.iter().find(|(single, ..)| single == key).map(|(.., spot)| spot);
            let spot = single.unwrap_or(match &found.kwargs {
                KwargSource::Nowhere => &found.class.spot,
                KwargSource::Text(given) | KwargSource::Command(given) => &given.spot,
            });
            let place = source.place(spot);
            Err(Error::configuration(format!("{place}: {}", fault.message)).hint(fault.hint))
        }
    }
}

/// What the class does where the endpoint would find out for itself.
fn as_the_class_has_it(backend: &'static Backend, keys: &mut Keys) {
    let (key, value) = match backend.scheme {
        // Airflow does not ask the server; a mount of version 1 would look empty to it.
        "vault" => ("kv_engine_version", Json::integer(2)),
        "file" => ("reader", Json::string("backend")),
        _ => return,
    };
    if keys.given(key).is_none_or(|value| value.is_null()) {
        let class = backend.class.unwrap_or_default();
        keys.replace(key, Value::Json(value), Origin::Configured(format!("the default of {class}")));
    }
}
