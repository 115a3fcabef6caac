//! `airflow:PATH`: the secrets backend that a deployment's own settings configure. It becomes the endpoint of that
//! backend, with the deployment's kwargs as its keys.

mod command;
mod source;

use std::path::{Path, PathBuf};

use airbridge_airflow::AirflowVersion;
use airbridge_airflow::deployment::{Configured, KwargSource, Kwargs, Section, cannot_start, kwargs};
use airbridge_core::{Environment, Fields, Json, Warning, WarningCode};
use airbridge_http::Address;

use crate::airflow_config::{AirflowClass, Assumed, UnknownKwargs};
use crate::build::BuildContext;
use crate::endpoint::EndpointConfig;
use crate::error::{CHMOD, Error, Result};
use crate::files::UsedFile;
use crate::keys::Keys;
use crate::kind::Kind;
use crate::kinds;
use crate::left_out;
use crate::nearest::{nearest, nearest_classes};
use crate::prefix::Prefix;
use crate::secrecy::shown_key;
use crate::value::{Key, Origin, Value};
use crate::variables::{is_credential, is_of};
#[cfg(feature = "airflow-db")]
pub(crate) use command::output as command_output;
pub(crate) use source::{Source, is_setting, section};

pub(crate) const KIND: Kind = Kind {
    scheme: "airflow",
    spelling: "airflow:PATH",
    examples: &["airflow:airflow.cfg", "airflow:deploy/prod.env --from section=workers"],
    label: "the secrets backend that an `airflow.cfg` or env file configures",
    place_key: Some("path"),
    class: None,
    keys: KEYS,
    network: None,
    variables: &[],
    forwards_keys: true,
    build,
};

const KEYS: &[Key] = &[
    Key::own(
        "path",
        "An `airflow.cfg`, an env file, or the folder AIRFLOW_HOME; also what follows the colon",
    )
    .default_is("this process's own Airflow"),
    Key::own(
        "backend",
        "Type of endpoint whose keys the kwargs are, for a class that airbridge does not know: `aws`, `vault`, …",
    )
    .default_is("the type that belongs to the class"),
    Key::own("section", "Section that configures the backend: `secrets` or `workers`")
        .default_is("`workers` if it configures one"),
];

/// A kwarg of a deployment.
struct Kwarg {
    key: String,
    value: Json,
    /// The file and option, or the variable, as messages name it.
    place: String,
    /// Whether users other than the owner can read the file that contains it.
    exposed: bool,
}

/// The kwargs of a deployment.
struct Given {
    kwargs: Vec<Kwarg>,
    /// Why Airflow ignores `backend_kwargs`, if it does.
    ignored: Option<String>,
}

fn build(mut context: BuildContext) -> Result<EndpointConfig> {
    let path = context.keys.text("path")?.map(PathBuf::from);
    let section = section(&mut context.keys)?;
    let undecodable = context.env.undecodable.iter().find(|name| source::is_setting(name));
    if let Some(name) = undecodable.filter(|_| path.is_none()) {
        return Err(Error::configuration(format!("the environment, {name}: the value is not valid UTF-8"))
            .hint(format!("set {name} to a UTF-8 value")));
    }
    let mut source = Source::read(path.as_deref(), &context, &source::is_setting)?;
    if let Some(file) = source.file() {
        context.keys.uses(UsedFile::read(file, "the settings of the deployment"));
    }
    let found = source.deployment.backend(section).map_err(|fault| source.failure(fault))?;
    let found = found.ok_or_else(|| source.nothing(section))?;
    let stand_in = stand_in(&mut context.keys)?;
    let (kind, class) = match stand_in {
        Some(known) => known,
        None => kind_of(&source, &found)?,
    };
    note_section(&mut source, &found, section);
    let mut base = kind.no_keys();
    let Given { kwargs, ignored } = kwargs_of(&mut source, &found, context.allow_commands)?;
    if let Some(why) = ignored.as_ref().filter(|_| context.access.writes()) {
        return Err(Error::configuration(format!(
            "{why}, so a target would get the names that the class has by default"
        ))
        .hint("write a JSON object, with double quotes: {\"connections_prefix\": \"airflow/connections\"}"));
    }
    let unknown = if stand_in.is_some() { UnknownKwargs::OfSubclass } else { class.unknown_kwargs };
    for kwarg in kwargs {
        add(kwarg, kind, class, unknown, &mut base)?;
    }
    let mut keys = context.keys.onto(base);
    for note in &source.notes {
        keys.note(note.clone());
    }
    // What keeps the known class from starting need not keep another one.
    let starts = if stand_in.is_some() {
        Ok(())
    } else {
        let variables = context.env.variables.overlaid(&source.own);
        check_start(&source, &found, (kind, class), &keys, (context.version, &variables))
    };
    if let Some((key, assumed)) = class.assumes {
        keys.assume(
            key,
            match assumed {
                Assumed::Word(word) => Json::string(word),
                Assumed::Number(number) => Json::integer(number),
            },
        );
    }
    context.keys = keys;
    note_address(&mut context, kind, &source);
    use_own_variables(&mut context, kind, &source);
    let configured_by = Some(source.place(&found.class.spot));
    let configured = starts.and_then(|()| kind.configure(context));
    let configured = configured.map(|configured| EndpointConfig { configured_by, ..configured });
    // A missing kwarg may be one of those that Airflow ignores.
    configured.map_err(|error| error.maybe_hint(ignored.map(|why| format!("fix this first: {why}"))))
}

/// Adds the variables of an env file to those of the endpoint, and decides whether `env_prefix` still needs credentials of
/// the backend: not if the env file has some, or if the prefix selects settings with credentials in them.
fn use_own_variables(context: &mut BuildContext, kind: &'static Kind, source: &Source) {
    let families = kind.variables;
    let names = || source.own.iter().map(|(name, _)| name).filter(|name| is_of(name, families));
    let in_keys = || context.keys.has_credentials() || families.is_empty();
    if names().any(is_credential) {
        context.prefix = Prefix::default();
    } else if context.prefix.selects(&["AIRFLOW_"]) && in_keys() {
        context.prefix.satisfy();
    }
    let (variables, prefix) = (&context.env.variables, &context.prefix);
    context.env.variables = prefix.own_only(variables, families).overlaid(&source.own);
    let used: Vec<_> = names().collect();
    if !used.is_empty() {
        let (used, are) = (used.join(", "), if used.len() == 1 { "is" } else { "are" });
        let message = format!("{}: its {used} {are} used for this endpoint", source.file_name());
        context.keys.note(Warning::new(WarningCode::CredentialsFromFile, message));
    }
}

/// The keys that name the address of a service, and the variables that do.
const ADDRESSES: [(&str, &[&str]); 2] = [
    ("url", &["VAULT_ADDR", "BAO_ADDR"]),
    ("endpoint_url", &["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_SSM"]),
];

/// Warns if credentials from outside the deployment go to an address that only the deployment's file names: the file may be
/// someone else's.
fn note_address(context: &mut BuildContext, kind: &'static Kind, source: &Source) {
    let is_own = |name: &str| is_of(name, kind.variables) && is_credential(name);
    if context.keys.has_credentials() || source.own.iter().any(|(name, _)| is_own(name)) {
        return;
    }
    let of_file = |(key, variables): &(&'static str, &'static [&'static str])| {
        let of_variable =
            || variables.iter().find_map(|name| Some((*name, source.own.get(name)?.to_owned())));
        let json = context.keys.configured(key).filter(|_| kind.key(key).is_some());
        let (name, text) =
            json.and_then(|json| Some((*key, json.as_str()?.to_owned()))).or_else(of_variable)?;
        let is_known = variables.iter().any(|name| context.env.variables.get(name) == Some(&text));
        (!is_known && is_of(variables[0], kind.variables)).then_some((name, text))
    };
    let Some((name, text)) = ADDRESSES.iter().find_map(of_file) else { return };
    let Ok(address) = Address::parse_with_user(&text, name, true) else { return };
    let message = format!(
        "{}: its `{name}` sends the credentials of this environment to {address}",
        source.file_name()
    );
    let hint = "check that the file and the address are yours";
    context.keys.note(Warning::new(WarningCode::AddressFromFile, message).with_hint(hint));
}

/// The kind that the key `backend` names.
fn stand_in(keys: &mut Keys) -> Result<Option<(&'static Kind, &'static AirflowClass)>> {
    let Some(word) = keys.text("backend")? else { return Ok(None) };
    let schemes = || kinds::configurable().map(|(kind, _)| kind.scheme);
    if let Some(known) = kinds::configurable().find(|(kind, _)| kind.scheme == word) {
        return Ok(Some(known));
    }
    if let Some(error) = left_out::error(&word) {
        return Err(error);
    }
    let near = nearest(&word, schemes()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let schemes: Vec<_> = schemes().collect();
    Err(Error::usage(
        "`backend` of the airflow: endpoint is not a type of endpoint with a class of Airflow's",
    )
    .hint(format!("{near}use one of {}", schemes.join(", "))))
}

/// The kind of endpoint that reads what a class reads.
fn kind_of(source: &Source, found: &Configured) -> Result<(&'static Kind, &'static AirflowClass)> {
    let path = found.class.text.expose();
    let known = kinds::configurable().find(|(_, class)| class.path == path);
    if let Some(known) = known {
        return Ok(known);
    }
    if let Some(error) = left_out::error(path) {
        return Err(error);
    }
    let always = [
        "airflow.secrets.environment_variables.EnvironmentVariablesBackend",
        "airflow.secrets.metastore.MetastoreBackend",
    ];
    if always.contains(&path) {
        return Err(source.nothing(Some(found.section)));
    }
    let nearest = nearest_classes(path, kinds::configurable().map(|(_, class)| class.path));
    // A value that is not the path of a class may belong to another option, and is not repeated.
    let is_path = path.chars().all(|char| char.is_alphanumeric() || matches!(char, '.' | '_'));
    let what = if is_path { format!("`{path}`") } else { "the value".to_owned() };
    let place = source.place(&found.class.spot);
    Err(Error::configuration(format!("{place}: {what} is not a secrets backend that airbridge supports"))
        .hint(class_hint(path, &nearest)))
}

/// What to do about an unknown class. `nearest` are the known ones, the most similar one first.
fn class_hint(path: &str, nearest: &[&str]) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(path, known);
    let near = nearest.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = near.filter(|near| likeness(near) > 0.9).map(|near| format!("did you mean {near}?\n"));
    format!(
        "{}for a subclass of a known class, name the type of endpoint that it extends: \
         airflow:PATH?backend=aws\nuse one of {}",
        near.unwrap_or_default(),
        nearest.join(", ")
    )
}

fn note_section(source: &mut Source, found: &Configured, asked: Option<Section>) {
    let place = source.place(&found.class.spot);
    if found.section == Section::Workers && asked.is_none() {
        let message = format!("{place}: this is the backend that tasks read");
        let hint = "set `section=secrets` for the one in [secrets]";
        source.notes.push(Warning::new(WarningCode::WorkersSection, message).with_hint(hint));
    }
    if found.ahead_of_version {
        let message = format!(
            "{place}: Airflow 2.11 ignores [workers] secrets_backend and {}…, and so does airbridge with \
             `airflow_version=2.11`",
            Section::Secrets.kwarg_prefix()
        );
        source.notes.push(Warning::new(WarningCode::WorkersSection, message));
    }
}

/// The kwargs; single ones take precedence over `backend_kwargs`.
fn kwargs_of(source: &mut Source, found: &Configured, allow_commands: bool) -> Result<Given> {
    let (text, spot) = match &found.kwargs {
        KwargSource::Nowhere => (None, &found.class.spot),
        KwargSource::Text(given) => {
            if given.unexpanded {
                let place = source.place(&given.spot);
                let message =
                    format!("{place}: a `$` in the value names no variable that is set, and is not expanded");
                source.notes.push(Warning::new(WarningCode::UnsetVariable, message));
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
            let why = format!("{place}: the value {what}; Airflow ignores it");
            let message = format!("{why}, and so does airbridge: every kwarg has the default of the class");
            source.notes.push(Warning::new(WarningCode::KwargsIgnored, message));
            ignored = Some(why);
            Fields::new()
        }
        Kwargs::Unreadable(what) => {
            return Err(Error::configuration(format!("{place}: the value {what}"))
                .hint("change the kwarg, here and in the deployment"));
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

/// Adds a kwarg to the keys, or reports what Airflow does with one that its class does not have.
fn add(
    kwarg: Kwarg,
    kind: &'static Kind,
    class: &'static AirflowClass,
    unknown: UnknownKwargs,
    base: &mut Keys,
) -> Result<()> {
    let Kwarg { key, value, place, exposed } = kwarg;
    if kind.kwargs().any(|known| known == key) {
        if exposed && kind.key(&key).is_some_and(|declared| declared.secret.is_some()) {
            let message =
                format!("{place}: the secret `{key}` is in plain text, and other users can read the file");
            base.note(Warning::new(WarningCode::PlainSecret, message).with_hint(CHMOD));
        }
        if kind.scheme == "file" && value.as_str().is_some_and(|path| Path::new(path).is_relative()) {
            let message = format!(
                "{place}: `{key}` is a relative path; airbridge resolves it from the current folder, Airflow from the \
                 folder that it is started in"
            );
            base.note(Warning::new(WarningCode::RelativePath, message));
        }
        let truthy = class.truthy.contains(&key.as_str());
        let value = if truthy { Json::Bool(value.is_truthy()) } else { value };
        return base.insert(key, Value::Json(value), Origin::Configured(place));
    }
    let near = nearest(&key, kind.kwargs());
    let near = near.map(|near| format!("did you mean `{near}`?"));
    let (shown, class_name) = (shown_key(&key), class.name());
    let message = match unknown {
        UnknownKwargs::Ignored => {
            format!("{place}: unknown kwarg {shown} of {class_name}; Airflow ignores it")
        }
        UnknownKwargs::OfSubclass => {
            format!("{place}: {shown} is not a kwarg of {class_name}; airbridge does not use it")
        }
        UnknownKwargs::PassedTo(sdk) => {
            format!(
                "{place}: {shown} has no effect; Airflow passes it to {sdk}, which airbridge does not use"
            )
        }
        UnknownKwargs::Fatal => {
            let near = near.map(|near| format!("; {near}")).unwrap_or_default();
            return Err(Error::configuration(format!(
                "{place}: unknown kwarg {shown} of {class_name}; Airflow does not start with it{near}"
            ))
            .hint("set airbridge's own keys in the endpoint: airflow:PATH?key=value"));
        }
    };
    base.note(Warning { hint: near, ..Warning::new(WarningCode::UnknownKwarg, message) });
    Ok(())
}

fn check_start(
    source: &Source,
    found: &Configured,
    (kind, class): (&'static Kind, &'static AirflowClass),
    keys: &Keys,
    (version, variables): (AirflowVersion, &Environment),
) -> Result<()> {
    // A string from the command line gets its type from the endpoint.
    let typed = |key: &str| key != "kv_engine_version" || !keys.is_untyped(key);
    let kwargs = kind.kwargs().filter(|key| typed(key));
    let given: Vec<(&str, Json)> = kwargs.filter_map(|key| Some((key, keys.given(key)?))).collect();
    let kwarg = |key: &str| given.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
    let vault_token = variables.get("VAULT_TOKEN").is_some();
    match cannot_start(class.path, version, &kwarg, vault_token) {
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
