//! The rules by which Airflow reads a source, as a bundle states them.

use airbridge_core::{Fields, Json};

use crate::encode::ReadRules;
use crate::read::Dialect;
use crate::reader::AirflowVersion;

/// The words for the rules that need nothing else.
const PLAIN: [(&str, Dialect); 8] = [
    ("text", Dialect::Text),
    ("vault", Dialect::Vault),
    ("file", Dialect::File),
    ("env-file", Dialect::EnvFile),
    ("astro", Dialect::Astro),
    ("database", Dialect::Row { respelled: false }),
    ("rest-api", Dialect::Row { respelled: true }),
    ("probe", Dialect::Probe),
];

const SECRETS_MANAGER: &str = "secrets-manager";

/// The member `reader` of a bundle.
pub(super) fn reader(rules: &ReadRules) -> Json {
    let mut fields = Fields::new();
    let plain = PLAIN.iter().find(|(_, dialect)| *dialect == rules.dialect).map(|(word, _)| *word);
    fields.insert("rules", Json::string(plain.unwrap_or(SECRETS_MANAGER)));
    fields.insert("airflow_version", Json::string(rules.version.text()));
    if let Dialect::SecretsManager { extra_conn_words } = &rules.dialect
        && !extra_conn_words.is_empty()
    {
        let words =
            |words: &[String]| Json::Array(words.iter().map(|word| Json::string(word.as_str())).collect());
        // A list of pairs: the order counts.
        let pair = |(field, known): &(String, Vec<String>)| {
            Json::Array(vec![Json::string(field.as_str()), words(known)])
        };
        fields.insert("extra_conn_words", Json::Array(extra_conn_words.iter().map(pair).collect()));
    }
    Json::Object(fields)
}

/// The rules that the member `reader` states; `None` if it is not valid.
pub(super) fn read_rules(reader: &Json) -> Option<ReadRules> {
    let fields = reader.as_object()?;
    let word = fields.get("rules")?.as_str()?;
    let version = AirflowVersion::parse(fields.get("airflow_version")?.as_str()?)?;
    let dialect = if word == SECRETS_MANAGER {
        let extra_conn_words = match fields.get("extra_conn_words") {
            None => Vec::new(),
            Some(Json::Array(pairs)) => pairs.iter().map(pair).collect::<Option<_>>()?,
            Some(_) => return None,
        };
        Dialect::SecretsManager { extra_conn_words }
    } else {
        PLAIN.into_iter().find(|(known, _)| *known == word)?.1
    };
    Some(ReadRules { dialect, version })
}

fn pair(pair: &Json) -> Option<(String, Vec<String>)> {
    let Json::Array(parts) = pair else { return None };
    let [field, Json::Array(words)] = parts.as_slice() else { return None };
    let words = words.iter().map(|word| Some(word.as_str()?.to_owned()));
    Some((field.as_str()?.to_owned(), words.collect::<Option<_>>()?))
}
