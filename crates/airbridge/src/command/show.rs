//! `show`: one entry, as Airflow reads it.

use airbridge_airflow::{Connection, Dialect, EntryId, Field, Kind, Reading, Spelling, spell};
use airbridge_core::{Header, Json, JsonStyle, Payload, State};
use airbridge_engine::{
    self as engine, Endpoint, EndpointDocument, Evidence, Found, Inventory, Item, Selection, Side, Source,
    View,
};

use super::session::Session;
use crate::cli::{ShowArgs, SpellingWord};
use crate::endpoint::Access;
use crate::failure::{Exit, Failure, Outcome, nearest};
use crate::output::style::{BOLD, DIM, paint, plain};
use crate::output::table::{Cell, rows};

const MASK: &str = "***";

pub(super) async fn run(session: Session, args: ShowArgs) -> Outcome<Exit> {
    let session = session.with(args.team.clone(), &args.pace);
    if args.spelling.is_some() && !args.reveal {
        return Err(Failure::usage("--as prints values").hint("say --reveal as well"));
    }
    if args.spelling.is_some() && session.screen.is_json() {
        return Err(
            Failure::usage("--as prints one text, --output json a document").hint("leave one of them out")
        );
    }
    let prepared = session.prepare(&args.endpoint, &args.from.from, Access::Read)?;
    let id = EntryId::parse(&args.entry).ok_or_else(|| {
        Failure::usage(format!("`{}` is no entry", plain(&args.entry)))
            .hint("write conn:ID, var:KEY or config:KEY")
    })?;
    let reading = async {
        let source = Source::new(session.open(prepared).await?.endpoint);
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
    let screen = &session.screen;
    if *reader_dependent {
        screen.warn(&format!(
            "{}: Airflow's own readers disagree about this text; shown is what tasks read",
            item.id
        ));
    }
    if let Some(note) = &item.note {
        screen.warn(&plain(note));
    }
    if screen.is_json() {
        screen.document(&document)?;
    } else if let Some(spelling) = args.spelling {
        screen.result(&spelled(&item.id, reading, spelling, endpoint)?)?;
    } else {
        screen.result(&human(&item, reading, endpoint, args.reveal))?;
    }
    Ok(Exit::Done)
}

/// The entry: under the name that Airflow asks for first; else wherever the listing shows it.
async fn find(session: &Session, source: &Source, id: EntryId) -> Outcome<Item> {
    let endpoint = source.endpoint();
    let id = id.with_team(endpoint.layout.team().map(str::to_owned));
    let name = endpoint.layout.name_of(&id).map_err(|error| {
        Failure::failed("not-found", format!("{id} cannot be at {}: {}", endpoint.label, error.message))
    })?;
    let direct = Found { id: id.clone(), header: Header::live(name), guessed: false };
    if let Some(item) = read(session, source, direct).await? {
        return Ok(item);
    }
    let kinds = [id.kind];
    let listing = engine::list(source, Side::Source, &kinds, &session.progress).await?;
    let evidence = Evidence { given: [id.clone()].into(), ..Evidence::default() };
    let inventory = engine::resolve_names(source, &listing, &kinds, &evidence);
    let found = inventory.found.iter().find(|found| found.id == id).cloned();
    if let Some(found) = found
        && let Some(item) = read(session, source, found).await?
    {
        return Ok(item);
    }
    let known: Vec<_> = inventory.found.iter().map(|found| found.id.to_string()).collect();
    let near = nearest(&id.to_string(), known.iter().map(String::as_str));
    let hint = near.map_or_else(
        || format!("airbridge list {} shows what is there", plain(&endpoint.label)),
        |near| format!("did you mean {}?", plain(near)),
    );
    Err(Failure::failed("not-found", format!("{} is not at {}", plain(&id.to_string()), endpoint.label))
        .hint(hint))
}

async fn read(session: &Session, source: &Source, found: Found) -> Outcome<Option<Item>> {
    let inventory = Inventory { found: vec![found], ..Inventory::default() };
    let snapshot =
        engine::snapshot(source, Side::Source, &inventory, &Selection::everything(), &session.progress)
            .await?;
    Ok(snapshot.items.into_iter().next().filter(|item| !matches!(item.view, View::Gone)))
}

/// Why an entry that is there cannot be shown.
fn unreadable(item: &Item, endpoint: &Endpoint) -> Failure {
    let id = plain(&item.id.to_string());
    let says = |why: String| Failure::failed("unreadable", format!("{id} at {} {why}", endpoint.label));
    match &item.view {
        View::Readable { reading: Reading::Unreadable(error), .. } => {
            says(format!("cannot be read by Airflow: {error}"))
                .hint("Airflow skips it and looks elsewhere; correct the value at its place")
        }
        View::Readable { .. } => says("is read as missing by Airflow".to_owned()),
        View::Gone => says("is gone".to_owned()),
        View::Rejection(message) => says(format!("cannot be shown: {}", plain(message))),
        View::Failed(error) => Failure::from(error.clone()),
        View::Hidden(state) => match state {
            State::Disabled => says("is switched off".to_owned()),
            State::Deleted { .. } => says("is deleted".to_owned()),
            State::NoValue => says("has no value".to_owned()),
            State::Binary => says("holds bytes, which Airflow reads as missing".to_owned()),
            State::Masked { message } | State::Damaged { message } => {
                says(format!("cannot be read: {}", plain(message)))
            }
            State::Live => says("shows no value".to_owned()),
        },
    }
}

fn human(item: &Item, reading: &Reading, endpoint: &Endpoint, reveal: bool) -> String {
    let title = format!("{} at {}", item.id, endpoint.label);
    let mut text = format!("{} {}\n", paint(BOLD, &plain(&title)), paint(DIM, &plain(item.name.as_str())));
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
        text.push_str(&paint(DIM, "  *** is masked; --reveal shows it"));
        text.push('\n');
    }
    text
}

/// Texts as they are, everything else as JSON. Only for what is to be shown.
fn as_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.expose().to_owned(),
        value => value.to_text(JsonStyle::LINE).expose().to_owned(),
    }
}

/// The safe spelling, ready to be pasted into `AIRFLOW_CONN_…` or a service's console.
fn spelled(id: &EntryId, reading: &Reading, spelling: SpellingWord, endpoint: &Endpoint) -> Outcome<String> {
    let (wanted, word) = match spelling {
        SpellingWord::Uri => (Spelling::Uri, "URI"),
        SpellingWord::Json => (Spelling::Json, "JSON"),
    };
    match reading {
        Reading::Connection { connection, .. } => {
            connection_text(connection, wanted, endpoint).ok_or_else(|| {
                Failure::failed("loss", format!("{id} cannot be spelled as a {word} without a loss"))
            })
        }
        Reading::Value { value, .. } if spelling == SpellingWord::Json => {
            Ok(value.to_text(JsonStyle::LINE).expose().to_owned())
        }
        _ => {
            Err(Failure::usage(format!("{id} is no connection, so it has no URI"))
                .hint("--as json spells it"))
        }
    }
}

fn connection_text(connection: &Connection, wanted: Spelling, endpoint: &Endpoint) -> Option<String> {
    let candidates = spell(&Dialect::Text, endpoint.read_rules.version, connection, wanted);
    candidates.into_iter().find_map(|payload| {
        // What reads back otherwise would be a trap.
        let reader = endpoint.read_rules.version.task_reader();
        let back = airbridge_airflow::read(&Dialect::Text, reader, Kind::Connection, &payload);
        let loses = airbridge_airflow::Unrepresentable::default();
        let meant = Reading::Connection { connection: Box::new(connection.clone()), loses };
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
