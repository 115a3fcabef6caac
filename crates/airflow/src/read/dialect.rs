//! By whose rules a payload is read.

/// The rules by which Airflow reads a payload. They depend on the backend class or the file format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A string: JSON if it starts with `{`, else a URI. Parameter Store, Google, Azure, the environment, `.env` files.
    Text,
    /// Like [`Text`](Self::Text), but synonyms reduce the JSON to seven fields. AWS Secrets Manager.
    SecretsManager {
        /// The kwarg `extra_conn_words`: additional synonyms by Airflow's name of the field, in order. The name `user`
        /// means the login.
        extra_conn_words: Vec<(String, Vec<String>)>,
    },
    /// Named fields, or the single field `conn_uri`. Variables and config options are in the field `value`. Vault.
    Vault,
    /// An object with the constructor's fields, or a URI. Nothing is normalised. JSON and YAML files.
    File,
    /// A URI, whatever the first character is. `connections.env`.
    EnvFile,
    /// The fields of `airflow_settings.yaml`, as the Astro CLI sends them to the REST API.
    Astro,
    /// The columns of a row in Airflow's metadata database: text as it is, a number for the port.
    Row {
        /// Whether JSON is shown in another spelling than it is stored in, as the REST API of Airflow 3 does.
        respelled: bool,
    },
    /// What Airflow's own classes held when a probe asked: every value with its type, and for a connection the names of the
    /// fields that the probe could not know.
    Probe,
}
