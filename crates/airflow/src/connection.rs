//! An Airflow connection.

use std::borrow::Cow;

use airbridge_core::{Json, SecretText};

/// The fields of a connection, in the order in which reports list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The connection type, by which Airflow selects the hook.
    ConnType,
    /// A description for people.
    Description,
    /// The host, in some connection types a URL or a path.
    Host,
    /// The database name, in some connection types something else.
    Schema,
    /// The user name.
    Login,
    /// The password.
    Password,
    /// The port, a whole number.
    Port,
    /// Additional parameters: a string, usually a JSON object.
    Extra,
}

impl Field {
    /// All eight fields.
    pub const ALL: [Self; 8] = [
        Self::ConnType,
        Self::Description,
        Self::Host,
        Self::Schema,
        Self::Login,
        Self::Password,
        Self::Port,
        Self::Extra,
    ];

    /// Airflow's name for the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnType => "conn_type",
            Self::Description => "description",
            Self::Host => "host",
            Self::Schema => "schema",
            Self::Login => "login",
            Self::Password => "password",
            Self::Port => "port",
            Self::Extra => "extra",
        }
    }

    /// The field with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether output masks the field unless the user asks to reveal it.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::Extra)
    }
}

/// A connection. An absent field is [`Json::Null`]. Most fields are strings, but Airflow keeps any JSON type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    /// The connection type, by which Airflow selects the hook.
    pub conn_type: Json,
    /// A description for people.
    pub description: Json,
    /// The host, in some connection types a URL or a path.
    pub host: Json,
    /// The database name, in some connection types something else.
    pub schema: Json,
    /// The user name.
    pub login: Json,
    /// The password.
    pub password: Json,
    /// A whole number. Some readers keep a string as it is.
    pub port: Json,
    /// The exact string. Airflow parses it again on every use.
    pub extra: Json,
}

impl Connection {
    /// The value of a field.
    pub fn get(&self, field: Field) -> &Json {
        match field {
            Field::ConnType => &self.conn_type,
            Field::Description => &self.description,
            Field::Host => &self.host,
            Field::Schema => &self.schema,
            Field::Login => &self.login,
            Field::Password => &self.password,
            Field::Port => &self.port,
            Field::Extra => &self.extra,
        }
    }

    /// The value of a field, for changing it.
    pub fn get_mut(&mut self, field: Field) -> &mut Json {
        match field {
            Field::ConnType => &mut self.conn_type,
            Field::Description => &mut self.description,
            Field::Host => &mut self.host,
            Field::Schema => &mut self.schema,
            Field::Login => &mut self.login,
            Field::Password => &mut self.password,
            Field::Port => &mut self.port,
            Field::Extra => &mut self.extra,
        }
    }

    /// The connection with each number and boolean in a field that is usually a string as the string that Python's `str`
    /// makes of it; `None` if there are none. The port and the extra have types of their own.
    pub(crate) fn with_strings(&self) -> Option<Self> {
        let mut changed = None;
        for field in TEXTS {
            let value = self.get(field);
            if let Some(text) = python_str(value).filter(|_| value.as_str().is_none()) {
                *changed.get_or_insert_with(|| self.clone()).get_mut(field) = Json::String(text);
            }
        }
        changed
    }

    /// The connection with every field as a string, as its URI has them.
    #[must_use]
    pub fn as_strings(&self) -> Cow<'_, Self> {
        self.with_strings().map_or(Cow::Borrowed(self), Cow::Owned)
    }

    /// The first field that is usually a string and is a number or a boolean.
    pub fn first_typed_field(&self) -> Option<Field> {
        TEXTS.into_iter().find(|field| matches!(self.get(*field), Json::Bool(_) | Json::Number(_)))
    }

    /// The same connection with its type normalised as Airflow does when it reads a URI or JSON.
    pub fn normalised(mut self) -> Self {
        if let Some(conn_type) = self.conn_type.as_str() {
            self.conn_type = Json::String(SecretText::new(normalise_conn_type(conn_type)));
        }
        self
    }
}

/// The fields that are usually strings, and whose type Airflow keeps if they are not.
const TEXTS: [Field; 5] = [Field::ConnType, Field::Host, Field::Schema, Field::Login, Field::Password];

/// What Python's `str` makes of a scalar; `None` for null, lists and objects.
pub(crate) fn python_str(value: &Json) -> Option<SecretText> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(true) => Some("True".into()),
        Json::Bool(false) => Some("False".into()),
        Json::Number(number) => Some(match number.expose() {
            "NaN" => "nan".into(),
            "Infinity" => "inf".into(),
            "-Infinity" => "-inf".into(),
            _ => number.clone(),
        }),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The connection type as Airflow normalises it when it reads a URI or JSON: `postgresql` becomes `postgres`, and in
/// any other type each `-` becomes `_`. Upper and lower case are kept.
pub(crate) fn normalise_conn_type(conn_type: &str) -> Cow<'_, str> {
    if conn_type == "postgresql" {
        Cow::Borrowed("postgres")
    } else if conn_type.contains('-') {
        Cow::Owned(conn_type.replace('-', "_"))
    } else {
        Cow::Borrowed(conn_type)
    }
}
