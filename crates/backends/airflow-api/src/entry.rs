//! Connections and variables as both versions of the API send them, and what of them is whole.

use airbridge_core::{Fields, Json, JsonErrorKind, Payload, Shown, State, Stored};
use serde::Deserialize;

use crate::answer::Secret;
use crate::settings::ApiVersion;

/// What both versions print in place of a secret.
const MASK: &str = "***";

/// One page of connections.
#[derive(Deserialize)]
pub(crate) struct Connections {
    pub(crate) connections: Vec<Connection>,
    pub(crate) total_entries: usize,
}

/// One page of variables.
#[derive(Deserialize)]
pub(crate) struct Variables {
    pub(crate) variables: Vec<Variable>,
    pub(crate) total_entries: usize,
}

/// A connection. Version 1 sends no password, and no extra in lists.
#[derive(Deserialize)]
pub(crate) struct Connection {
    #[serde(rename = "connection_id")]
    pub(crate) id: String,
    conn_type: Option<Secret>,
    description: Option<Secret>,
    host: Option<Secret>,
    login: Option<Secret>,
    schema: Option<Secret>,
    port: Option<i64>,
    password: Option<Secret>,
    extra: Option<Secret>,
    pub(crate) team_name: Option<String>,
}

/// A variable.
#[derive(Deserialize)]
pub(crate) struct Variable {
    pub(crate) key: String,
    value: Option<Secret>,
    description: Option<Secret>,
    pub(crate) team_name: Option<String>,
}

/// What a reading of a secret with a mask says to do.
const ELSEWHERE: &str = "read it from the metadata database with `airflow-db:`";

impl Connection {
    /// Whether there is a password. Only version 2 shows that.
    pub(crate) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// The connection, or what is shown of it and why it is not whole. `in_list` if a listing shows it.
    pub(crate) fn stored(self, version: ApiVersion, in_list: bool) -> Stored {
        let unknown: Vec<_> = match version {
            ApiVersion::V1 if in_list => vec!["password", "extra"],
            ApiVersion::V1 => vec!["password"],
            ApiVersion::V2 => Vec::new(),
        };
        let is_masked = self.extra.as_ref().is_some_and(|extra| extra.0.expose().contains(MASK));
        let why = match version {
            ApiVersion::V1 => Some("the REST API of Airflow 2 shows no passwords"),
            ApiVersion::V2 if self.password.is_some() => Some("the REST API masks the password"),
            ApiVersion::V2 if is_masked => Some("the REST API masks a value in `extra`"),
            ApiVersion::V2 => None,
        };
        let note = self
            .extra
            .is_some()
            .then(|| "respelled: the REST API may have rewritten the JSON of `extra`".to_owned());
        let texts = [
            ("conn_type", self.conn_type),
            ("description", self.description),
            ("host", self.host),
            ("schema", self.schema),
            ("login", self.login),
            ("password", self.password),
            ("extra", self.extra),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Json::String(text?.0))));
        let port = self.port.map(|port| ("port", Json::integer(port)));
        let payload = Payload::Fields(texts.chain(port).collect::<Fields>());
        match why {
            Some(why) => Stored::masked(format!("{why}; {ELSEWHERE}"), Shown { payload, unknown }),
            None => Stored { note, ..Stored::payload(payload, None) },
        }
    }
}

impl Variable {
    /// The variable, or what is shown of it and why it is not whole. Version 1 sends the text as it is; version 2 parses what is
    /// JSON, masks it, and writes it again.
    pub(crate) fn stored(self, version: ApiVersion) -> Stored {
        let Some(Secret(value)) = self.value else { return Stored::hidden(State::NoValue, None) };
        let is_masked = version == ApiVersion::V2 && value.expose().contains(MASK);
        let is_json = || match Json::parse(value.expose()) {
            Ok(_) => true,
            Err(error) => error.kind != JsonErrorKind::Syntax,
        };
        let note = (version == ApiVersion::V2 && is_json())
            .then(|| "respelled: the REST API may have rewritten this JSON".to_owned());
        let description = self.description.map(|text| ("description", Json::String(text.0)));
        let fields = [("value", Json::String(value))].into_iter().chain(description);
        let payload = Payload::Fields(fields.collect::<Fields>());
        if is_masked {
            let message = format!("the REST API masks the value, or a part of it; {ELSEWHERE}");
            return Stored::masked(message, Shown { payload, unknown: Vec::new() });
        }
        Stored { note, ..Stored::payload(payload, None) }
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Content, State};

    use super::{Connection, Variable};
    use crate::settings::ApiVersion;

    fn hidden(content: &Content) -> Option<&str> {
        match content {
            Content::Hidden(State::Masked { message }) => Some(message),
            _ => None,
        }
    }

    #[test]
    fn connections_with_a_password_or_a_mask_are_masked() {
        let content = |text: &str| {
            serde_json::from_str::<Connection>(text).unwrap().stored(ApiVersion::V2, false).content
        };
        let with = |more: &str| format!(r#"{{"connection_id": "c", "conn_type": "t", "port": 5{more}}}"#);
        assert!(hidden(&content(&with(""))).is_none());
        assert!(hidden(&content(&with(r#", "extra": "{\"a\": 1}", "password": null"#))).is_none());
        assert!(hidden(&content(&with(r#", "password": "***""#))).unwrap().contains("the password"));
        assert!(hidden(&content(&with(r#", "extra": "{\"a\": {\"token\": \"***\"}}""#))).is_some());
        let first = serde_json::from_str::<Connection>(&with("")).unwrap().stored(ApiVersion::V1, false);
        assert!(hidden(&first.content).unwrap().contains("airflow-db:"));
    }

    #[test]
    fn variables_of_version_2_are_masked_or_flagged_where_the_api_changes_them() {
        let stored = |version, value: &str| {
            let text = format!(r#"{{"key": "k", "value": {value}, "description": null}}"#);
            serde_json::from_str::<Variable>(&text).unwrap().stored(version)
        };
        assert!(hidden(&stored(ApiVersion::V2, r#""***""#).content).is_some());
        assert!(hidden(&stored(ApiVersion::V2, r#""{\"password\": \"***\"}""#).content).is_some());
        assert!(stored(ApiVersion::V2, r#""1.5""#).note.unwrap().contains("respelled"));
        assert!(stored(ApiVersion::V2, r#""{\"a\": NaN}""#).note.is_some());
        assert!(stored(ApiVersion::V2, r#""plain text""#).note.is_none());
        let first = stored(ApiVersion::V1, r#""***""#);
        assert!(hidden(&first.content).is_none() && first.note.is_none());
    }
}
