//! Writing, so that nothing of a former entry remains.
//!
//! | change | version 1 | version 2 |
//! | --- | --- | --- |
//! | create a connection | POST, which refuses a taken id | the same, or up to 50 in one request |
//! | replace a connection | PATCH of all fields | overwriting all fields, up to 50 in one request |
//! | the same, without a password | DELETE, then POST | the same, if there is a password |
//! | create a variable | GET, then POST, which would overwrite | POST, or up to 50 in one request |
//! | replace a variable | GET, then POST | PATCH of all fields, or up to 50 in one request |
//! | delete | DELETE | DELETE, or up to 50 in one request |
//!
//! Neither version can remove a password from a connection. PATCH of version 2 would merge the old `extra` into the new one,
//! and write it in another spelling. (Airflow 2.11.2 and 3.3.2)

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use airbridge_core::{
    Action, Change, Error, ErrorKind, Json, Operation, Payload, Receipt, Result, one_by_one,
};
use reqwest::Method;
use uuid::Uuid;

use crate::body::{Bulk, BulkAnswer, complete, present};
use crate::check::{check, check_id};
use crate::client::{Client, path_of};
use crate::error::of_status;
use crate::name::{CONNECTIONS, ROOTS, VARIABLES, split};
use crate::settings::ApiVersion;

/// Bytes of values in one request. A longer entry has one of its own.
const LONGEST: usize = 1 << 20;

/// Writes entries of one Airflow.
#[derive(Debug)]
pub(crate) struct Writer {
    team: Option<String>,
    /// The changes whose connection was, or may have been, deleted to be created again. Such a change may be repeated.
    recreating: Mutex<HashSet<Uuid>>,
}

/// What one request does to several entries.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Group {
    root: &'static str,
    bulk: Bulk,
}

impl Writer {
    pub(crate) fn new(team: Option<String>) -> Self {
        Self { team, recreating: Mutex::default() }
    }

    /// Makes the changes, many in one request where the API permits it.
    pub(crate) async fn write(&self, client: &Client, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        if client.version == ApiVersion::V1 || changes.len() < 2 || self.team.is_some() {
            return one_by_one(changes, |change| self.write_one(client, change)).await;
        }
        // One after the other: the caller decides how many requests are in flight.
        let mut groups: Vec<Result<Option<Group>>> = Vec::with_capacity(changes.len());
        for change in changes {
            groups.push(self.group(client, change).await);
        }
        let mut outcomes: Vec<Option<Result<Receipt>>> = changes.iter().map(|_| None).collect();
        let mut single = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            match group {
                Ok(Some(_)) => {}
                Ok(None) => single.push(index),
                Err(error) => outcomes[index] = Some(Err(error.clone())),
            }
        }
        for root in ROOTS {
            for bulk in [Bulk::Create, Bulk::Overwrite, Bulk::Update, Bulk::Delete] {
                let wanted = Group { root, bulk };
                let indices = groups.iter().enumerate();
                let indices =
                    indices.filter(|(_, group)| matches!(group, Ok(Some(group)) if *group == wanted));
                let indices: Vec<_> = indices.map(|(index, _)| index).collect();
                for part in parts(changes, &indices) {
                    let together: Vec<&Change> = part.iter().map(|index| &changes[*index]).collect();
                    match self.write_together(client, wanted, &together).await {
                        Some(written) => {
                            for (index, outcome) in part.iter().zip(written) {
                                outcomes[*index] = Some(outcome);
                            }
                        }
                        None => single.extend(part),
                    }
                }
            }
        }
        for index in single {
            outcomes[index] = Some(self.write_one(client, &changes[index]).await);
        }
        let missing = || Err(Error::new(ErrorKind::Unexpected, Operation::Write, "the change was not tried"));
        let named = |(outcome, change): (Option<Result<Receipt>>, &Change)| {
            outcome.unwrap_or_else(missing).map_err(|error| error.with_name(&change.name))
        };
        Ok(outcomes.into_iter().zip(changes).map(named).collect())
    }

    /// The request that can make this change together with others; `None` if it needs requests of its own.
    async fn group(&self, client: &Client, change: &Change) -> Result<Option<Group>> {
        let (root, id) = fitting(client, change)?;
        let bulk = match &change.action {
            Action::Create(_) => Bulk::Create,
            Action::Replace { .. } if root != CONNECTIONS => Bulk::Update,
            Action::Replace { .. } if self.is_recreating(change) => return Ok(None),
            Action::Replace { payload, .. } => {
                if self.look(client, id).await? && lacks_password(payload) {
                    return Ok(None);
                }
                Bulk::Overwrite
            }
            Action::Delete { .. } => Bulk::Delete,
            _ => return Ok(None),
        };
        Ok(Some(Group { root, bulk }))
    }

    /// Makes changes with one request. `None` if the server refuses them together, so that each must be tried alone.
    async fn write_together(
        &self,
        client: &Client,
        group: Group,
        changes: &[&Change],
    ) -> Option<Vec<Result<Receipt>>> {
        if changes.len() < 2 {
            return None;
        }
        let Group { root, bulk } = group;
        let ids: Vec<&str> =
            changes.iter().filter_map(|change| Some(split(change.name.as_str())?.1)).collect();
        let entity = |(change, id): (&&Change, &&str)| match &change.action {
            Action::Create(payload) => present(root, id, payload, None),
            Action::Replace { payload, .. } => complete(root, id, payload, &[]),
            _ => Json::string(*id),
        };
        let body = bulk.body(changes.iter().zip(&ids).map(entity).collect());
        let everywhere = |error: Error| changes.iter().map(|_| Err(error.clone())).collect();
        let answer =
            match client.change(Method::PATCH, &format!("/{}", root.trim_end_matches('/')), Some(body)).await
            {
                Ok(answer) => answer,
                Err(error) => return Some(everywhere(error)),
            };
        if answer.status >= 400 {
            return None;
        }
        let Some(done) = answer.parse::<BulkAnswer>().and_then(|answer| bulk.done(answer)) else {
            return Some(everywhere(of_status(&answer, Operation::Write, &client.place)));
        };
        if !done.errors.is_empty() {
            return None;
        }
        let done: HashSet<&str> = done.success.iter().map(String::as_str).collect();
        let outcome = |id: &&str| match bulk {
            _ if done.contains(*id) => Ok(DONE),
            Bulk::Delete => Ok(DONE),
            Bulk::Create => Err(taken(client)),
            Bulk::Overwrite | Bulk::Update => Err(absent(client)),
        };
        Some(ids.iter().map(outcome).collect())
    }

    /// Makes one change.
    async fn write_one(&self, client: &Client, change: &Change) -> Result<Receipt> {
        let (root, id) = fitting(client, change)?;
        let team = self.team.as_deref();
        match (&change.action, root, client.version) {
            (Action::Create(payload), VARIABLES, ApiVersion::V1) => {
                if client.variable(id).await?.is_some() {
                    return Err(taken(client));
                }
                self.post(client, root, id, payload).await
            }
            (Action::Create(payload), ..) => self.post(client, root, id, payload).await,
            (Action::Replace { payload, .. }, CONNECTIONS, version) => {
                let is_recreated = self.is_recreating(change)
                    || match version {
                        // It does not show whether there is a password.
                        ApiVersion::V1 => lacks_password(payload),
                        ApiVersion::V2 => self.look(client, id).await? && lacks_password(payload),
                    };
                if is_recreated {
                    return self.recreate(client, change, id, payload).await;
                }
                match version {
                    ApiVersion::V1 => {
                        let body = complete(root, id, payload, &["password"]);
                        self.sent(client, Method::PATCH, &path_of("connections", id), Some(body)).await
                    }
                    ApiVersion::V2 => {
                        let body = Bulk::Overwrite.body(vec![complete(root, id, payload, &[])]);
                        let answer = client.change(Method::PATCH, "/connections", Some(body)).await?;
                        if answer.status != 200 {
                            return Err(of_status(&answer, Operation::Write, &client.place));
                        }
                        let done = answer.parse().and_then(|answer| Bulk::Overwrite.done(answer));
                        match done {
                            Some(done) if done.success.iter().any(|done| done == id) => Ok(DONE),
                            _ => Err(of_status(&answer, Operation::Write, &client.place)),
                        }
                    }
                }
            }
            (Action::Replace { payload, .. }, _, ApiVersion::V1) => {
                if client.variable(id).await?.is_none() {
                    return Err(absent(client));
                }
                self.post(client, root, id, payload).await
            }
            (Action::Replace { payload, .. }, _, ApiVersion::V2) => {
                let found = client.variable(id).await?;
                if found.is_none_or(|found| found.team_name.as_deref() != team) {
                    return Err(absent(client));
                }
                let body = complete(root, id, payload, &[]);
                self.sent(client, Method::PATCH, &path_of("variables", id), Some(body)).await
            }
            (Action::Delete { .. }, ..) => {
                let answer = client.change(Method::DELETE, &path(root, id), None).await?;
                match answer.status {
                    204 | 404 => Ok(DONE),
                    _ => Err(of_status(&answer, Operation::Write, &client.place)),
                }
            }
            _ => Err(Error::new(ErrorKind::Unsupported, Operation::Write, "this change is not supported")),
        }
    }

    async fn post(&self, client: &Client, root: &str, id: &str, payload: &Payload) -> Result<Receipt> {
        let body = present(root, id, payload, self.team.as_deref());
        self.sent(client, Method::POST, &format!("/{}", root.trim_end_matches('/')), Some(body)).await
    }

    async fn sent(&self, client: &Client, method: Method, path: &str, body: Option<Json>) -> Result<Receipt> {
        let answer = client.change(method, path, body).await?;
        match answer.status {
            200 | 201 if answer.is_json => Ok(DONE),
            _ => Err(of_status(&answer, Operation::Write, &client.place)),
        }
    }

    /// Deletes a connection and creates it again. Once that has begun, it can be repeated as often as needed, so no answer
    /// that is lost has to be confirmed.
    async fn recreate(
        &self,
        client: &Client,
        change: &Change,
        id: &str,
        payload: &Payload,
    ) -> Result<Receipt> {
        let is_first = self.begin(change);
        let answer =
            client.change(Method::DELETE, &path_of("connections", id), None).await.map_err(repeatable)?;
        match answer.status {
            204 => {}
            404 if !is_first => {}
            status => {
                self.end(change);
                return Err(match status {
                    404 => absent(client),
                    _ => of_status(&answer, Operation::Write, &client.place),
                });
            }
        }
        let created = self.post(client, CONNECTIONS, id, payload).await.map_err(repeatable);
        if created.is_ok() {
            self.end(change);
        }
        created.map_err(|error| {
            let message = format!("it was deleted, and creating it again failed: {}", error.message());
            Error::new(error.kind(), Operation::Write, message)
                .with_retry_after(error.retry_after())
                .with_hint("run the same command again: it creates the connection")
        })
    }

    /// Whether there is a password. A connection of another team is none of this endpoint.
    async fn look(&self, client: &Client, id: &str) -> Result<bool> {
        match client.connection(id).await? {
            Some(found) if found.team_name == self.team => Ok(found.has_password()),
            _ => Err(absent(client)),
        }
    }

    fn begin(&self, change: &Change) -> bool {
        self.recreating.lock().unwrap_or_else(PoisonError::into_inner).insert(change.token)
    }

    fn is_recreating(&self, change: &Change) -> bool {
        self.recreating.lock().unwrap_or_else(PoisonError::into_inner).contains(&change.token)
    }

    fn end(&self, change: &Change) {
        self.recreating.lock().unwrap_or_else(PoisonError::into_inner).remove(&change.token);
    }
}

/// The kind and the id of a change that the API accepts.
fn fitting<'a>(client: &Client, change: &'a Change) -> Result<(&'static str, &'a str)> {
    let (root, id) = split(change.name.as_str())
        .ok_or_else(|| Error::write(ErrorKind::InvalidName, "no entry can have this name", &change.name))?;
    let checked = match &change.action {
        Action::Create(payload) | Action::Replace { payload, .. } => {
            check(client.version, &change.name, payload)
        }
        _ => check_id(client.version, root, id),
    };
    checked.map_err(|refused| refused.into_error(&change.name))?;
    Ok((root, id))
}

/// The API has no versions.
const DONE: Receipt = Receipt { version: None };

fn path(root: &str, id: &str) -> String {
    path_of(root.trim_end_matches('/'), id)
}

fn lacks_password(payload: &Payload) -> bool {
    match payload {
        Payload::Fields(fields) => fields.get("password").is_none_or(Json::is_null),
        Payload::Text(_) => true,
    }
}

/// Positions of changes that go into one request each.
fn parts(changes: &[Change], indices: &[usize]) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut size = 0;
    for index in indices {
        let length = length(&changes[*index]);
        match parts.last_mut() {
            Some(part) if size + length <= LONGEST => {
                part.push(*index);
                size += length;
            }
            _ => {
                parts.push(vec![*index]);
                size = length;
            }
        }
    }
    parts
}

/// Bytes of the texts in a change.
fn length(change: &Change) -> usize {
    match &change.action {
        Action::Create(Payload::Fields(fields))
        | Action::Replace { payload: Payload::Fields(fields), .. } => {
            fields.iter().filter_map(|(_, value)| Some(value.as_str()?.len())).sum()
        }
        _ => 0,
    }
}

/// The error of a change that is repeated as a whole.
fn repeatable(error: Error) -> Error {
    if error.kind() != ErrorKind::AnswerLost {
        return error;
    }
    Error::new(ErrorKind::Unavailable, Operation::Write, error.message().to_owned())
        .with_retry_after(error.retry_after())
}

fn taken(client: &Client) -> Error {
    let message = format!("{} has an entry with this id", client.place);
    Error::new(ErrorKind::AlreadyExists, Operation::Write, message)
        .with_hint("run the same command again: it compares first")
}

fn absent(client: &Client) -> Error {
    let message = format!("{} no longer has this entry", client.place);
    Error::new(ErrorKind::NotFound, Operation::Write, message)
        .with_hint("run the same command again: it creates the entry")
}
