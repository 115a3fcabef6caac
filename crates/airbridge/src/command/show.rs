//! `show`: one entry, as Airflow reads it.

use std::sync::Arc;

use airbridge_airflow::{Connection, Dialect, EntryId, Field, Kind, Reading, Spelling, spell};
use airbridge_core::{Header, Json, JsonStyle, Payload, State, Warning, WarningCode};
use airbridge_endpoints::{Access, configure};
use airbridge_engine::{
    self as engine, Endpoint, EndpointDocument, Evidence, Found, Inventory, Item, Keep, Selection, Side,
    Source, View,
};

use super::bundles;
use super::session::Session;
use super::setup::Setup;
use crate::cli::{ShowArgs, SpellingWord};
use crate::failure::{Exit, Failure, Outcome, nearest};
use crate::output::Screen;
use crate::output::side::side;
use crate::output::style::{BOLD, DIM, paint, plain};
use crate::output::table::{Cell, rows};

const MASK: &str = "***";

pub(super) async fn run(setup: &Setup, screen: &Screen, args: ShowArgs) -> Outcome<Exit> {
    let options = setup.open_options(args.team.as_ref(), &args.rates, args.bundle.options())?;
    if args.spelling.is_some() && !args.reveal {
        return Err(Failure::usage("--as prints values").hint("add --reveal"));
    }
    if args.spelling.is_some() && screen.is_json() {
        return Err(Failure::usage("--as cannot be used with --output json").hint("remove one of them"));
    }
    let mut prepared = configure(&options, &args.endpoint, &args.from.from, Access::Read)?;
    bundles::check(&options.bundle, &[&prepared], None)?;
    let session = Session::new(screen.clone());
    session.warn_all(std::mem::take(&mut prepared.notes));
    let id = EntryId::parse(&args.entry).ok_or_else(|| {
        Failure::usage(format!("`{}` is not a valid entry", plain(&args.entry)))
            .hint("write conn:ID, var:KEY or config:KEY")
    })?;
    let reading = async {
        let source = session.open(prepared).await?.into_source();
        let item = find(&session, &source, id).await?;
        Ok((source, item))
    };
    let (source, item) = session.signals.guard(reading).await?;
    let endpoint = source.endpoint();
    let document = EndpointDocument::of(&source);
    let Some(document) = engine::show_document(&document, &item, args.reveal) else {
        return Err(unreadable(&item, endpoint));
    };
    let View::Readable { reading, reader_dependent, .. } = &item.view else {
        return Err(unreadable(&item, endpoint));
    };
    if *reader_dependent {
        let message = format!(
            "{}: Airflow's own readers read different values from it; this is what tasks read",
            item.id
        );
        screen.warn(Warning::new(WarningCode::ReaderDependent, message));
    }
    let note = item.remarks.as_ref().and_then(|remarks| remarks.note.as_ref());
    for note in note.into_iter().chain(item.left_out()) {
        screen.warn(Warning::new(WarningCode::Note, note));
    }
    if screen.is_json() {
        screen.document(document)?;
    } else if let Some(spelling) = args.spelling {
        screen.verbatim(&spelled(&item.id, reading, spelling, endpoint)?)?;
    } else {
        screen.result(&human(&item, reading, endpoint, args.reveal))?;
    }
    Ok(Exit::Done)
}

/// Reads the entry under the name that Airflow asks for first, or under any other name that the listing has for it.
async fn find(session: &Session, source: &Source, id: EntryId) -> Outcome<Box<Item>> {
    let endpoint = source.endpoint();
    let id = id.with_team(endpoint.layout.team().map(Into::into));
    let name = endpoint.layout.name_of(&id).map_err(|error| {
        Failure::failed("not-found", format!("{id} cannot exist at {}: {}", endpoint.label, error.message))
    })?;
    let direct = Found { id: id.clone(), header: Arc::new(Header::live(name)), guessed: false };
    if let Some(item) = read(session, source, direct).await? {
        return Ok(item);
    }
    let evidence = Evidence { given: [id.clone()].into(), ..Evidence::default() };
    let survey = engine::survey(source, None, &[id.kind], &evidence, &session.progress).await?;
    let inventory = survey.source;
    let found = inventory.found.iter().find(|found| found.id == id).cloned();
    if let Some(found) = found
        && let Some(item) = read(session, source, found).await?
    {
        return Ok(item);
    }
    let known: Vec<_> = inventory.found.iter().map(|found| found.id.to_string()).collect();
    let near = nearest(&id.to_string(), known.iter().map(String::as_str));
    let hint = near.map_or_else(
        || format!("run `airbridge list {}` to see its entries", plain(&endpoint.label)),
        |near| format!("did you mean {}?", plain(near)),
    );
    Err(Failure::failed(
        "not-found",
        format!("no such entry: {} at {}", plain(&id.to_string()), endpoint.label),
    )
    .hint(hint))
}

async fn read(session: &Session, source: &Source, found: Found) -> Outcome<Option<Box<Item>>> {
    let inventory = Inventory { found: vec![found], ..Inventory::default() };
    let snapshot = engine::snapshot(
        source,
        Side::Source,
        inventory,
        &Selection::everything(),
        Keep::Payloads,
        &session.progress,
    )
    .await?;
    Ok(snapshot.items.into_iter().next().filter(|item| !matches!(item.view, View::Gone)))
}

/// Why an existing entry cannot be shown.
fn unreadable(item: &Item, endpoint: &Endpoint) -> Failure {
    let id = plain(&item.id.to_string());
    let label = &endpoint.label;
    let unreadable = |message: String| Failure::failed("unreadable", message);
    let entry = |why: &str| unreadable(format!("{id} at {label} {why}"));
    match &item.view {
        View::Readable { reading: Reading::Unreadable(error), .. } => {
            unreadable(format!("Airflow cannot read {id} from {label}: {error}"))
                .hint("correct the value there; until then Airflow ignores it and asks its next backend")
        }
        View::Readable { .. } => unreadable(format!("Airflow reads {id} at {label} as missing")),
        View::Gone => entry("no longer exists"),
        View::Rejection(message) => entry(&format!("cannot be shown: {}", plain(message))),
        View::Failed(error) => Failure::from(error.clone()),
        View::Hidden(state) => match state {
            State::Disabled => entry("is disabled"),
            State::Deleted { .. } => entry("is deleted"),
            State::NoValue => entry("has no value"),
            State::Binary => entry("holds bytes, which Airflow reads as missing"),
            State::Masked { message } | State::Damaged { message } => {
                entry(&format!("cannot be read: {}", plain(message)))
            }
            State::Live => entry("returned no value"),
        },
    }
}

fn human(item: &Item, reading: &Reading, endpoint: &Endpoint, reveal: bool) -> String {
    let title = paint(BOLD, &format!("{} at ", plain(&item.id.to_string())));
    let name = paint(DIM, &plain(item.name.as_str()));
    let mut text = format!("{title}{}\n  {name}\n", side(endpoint, BOLD));
    let mut table: Vec<Vec<Cell>> = Vec::new();
    let mut masked = false;
    let mut line = |name: &str, value: &Json, secret: bool| {
        let shown = match value {
            Json::Null => "-".to_owned(),
            _ if secret && !reveal => {
                masked = true;
                MASK.to_owned()
            }
            value => plain(&as_text(value)),
        };
        table.push(vec![(DIM, name.to_owned()), (anstyle::Style::new(), shown)]);
    };
    match reading {
        Reading::Connection { connection, .. } => {
            for field in Field::ALL {
                line(field.name(), connection.get(field), field.is_secret());
            }
        }
        Reading::Value { value, .. } => line("value", value, true),
        Reading::Missing | Reading::Unreadable(_) => {}
    }
    text.push_str(&rows("  ", &table));
    if masked {
        text.push_str(&paint(DIM, "  *** is masked; use --reveal to show it"));
        text.push('\n');
    }
    text
}

/// A string as it is, everything else as JSON. Only for values that the user asked to see.
fn as_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.expose().to_owned(),
        value => value.to_text(JsonStyle::LINE).expose().to_owned(),
    }
}

/// A spelling that Airflow reads as the same connection, for pasting into `AIRFLOW_CONN_…` or a console.
fn spelled(id: &EntryId, reading: &Reading, spelling: SpellingWord, endpoint: &Endpoint) -> Outcome<String> {
    let (wanted, word) = match spelling {
        SpellingWord::Uri => (Spelling::Uri, "URI"),
        SpellingWord::Json => (Spelling::Json, "JSON"),
    };
    match reading {
        Reading::Connection { connection, .. } => {
            connection_text(connection, wanted, endpoint).ok_or_else(|| {
                Failure::failed(
                    "loss",
                    format!("{id} cannot be written as a {word} without losing something"),
                )
            })
        }
        Reading::Value { value, .. } if spelling == SpellingWord::Json => {
            Ok(value.to_text(JsonStyle::LINE).expose().to_owned())
        }
        _ => Err(Failure::usage(format!("{id} is not a connection, so it has no URI")).hint("use --as json")),
    }
}

fn connection_text(connection: &Connection, wanted: Spelling, endpoint: &Endpoint) -> Option<String> {
    let candidates = spell(&Dialect::Text, endpoint.read_rules.version, connection, wanted);
    candidates.into_iter().find_map(|payload| {
        // Only a spelling that Airflow reads as the same connection is offered.
        let reader = endpoint.read_rules.version.task_reader();
        let back = airbridge_airflow::read(&Dialect::Text, reader, Kind::Connection, &payload);
        let loses = airbridge_airflow::Unrepresentable::default();
        let meant = Reading::Connection { connection: Arc::new(connection.clone()), loses };
        let same = matches!(
            airbridge_airflow::compare(&meant, &back),
            airbridge_airflow::Comparison::Same | airbridge_airflow::Comparison::Spelling(_)
        );
        match payload {
            Payload::Text(text) if same => Some(text.expose().to_owned()),
            _ => None,
        }
    })
}
