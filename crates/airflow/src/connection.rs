//! A connection, as a reader of Airflow's holds it.

use std::borrow::Cow;

use airbridge_core::{Json, SecretText};

/// The fields of a connection, in the order of machine output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The type that chooses the hook.
    ConnType,
    /// A text for people.
    Description,
    /// Where.
    Host,
    /// The database, or what a provider makes of it.
    Schema,
    /// Who.
    Login,
    /// The secret proper.
    Password,
    /// A whole number.
    Port,
    /// A text, usually a JSON object.
    Extra,
}

impl Field {
    /// All eight.
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

    /// Airflow's name of it.
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

    /// The field that Airflow calls so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether it is masked unless the user asks for it.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::Extra)
    }
}

/// A connection. Absent is [`Json::Null`]; most fields are texts, but Airflow keeps whatever JSON gave it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    /// The type that chooses the hook.
    pub conn_type: Json,
    /// A text for people.
    pub description: Json,
    /// Where.
    pub host: Json,
    /// The database, or what a provider makes of it.
    pub schema: Json,
    /// Who.
    pub login: Json,
    /// The secret proper.
    pub password: Json,
    /// A whole number; a text only where a reader leaves it one.
    pub port: Json,
    /// The exact text; Airflow parses it anew for every use.
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

    /// The value of a field, to change it.
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

    /// The same connection with its type as readers of text normalise it.
    pub fn normalised(mut self) -> Self {
        if let Some(conn_type) = self.conn_type.as_str() {
            self.conn_type = Json::String(SecretText::new(normalise_conn_type(conn_type)));
        }
        self
    }
}

/// What every reader of a URI or a JSON text makes of a connection type: `postgresql` is `postgres`, and otherwise
/// each `-` becomes `_`. Case stays.
pub fn normalise_conn_type(conn_type: &str) -> Cow<'_, str> {
    if conn_type == "postgresql" {
        Cow::Borrowed("postgres")
    } else if conn_type.contains('-') {
        Cow::Owned(conn_type.replace('-', "_"))
    } else {
        Cow::Borrowed(conn_type)
    }
}
