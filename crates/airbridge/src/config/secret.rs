//! Secrets that the configuration names instead of holding.

use airbridge_core::{Environment, SecretText};
use zeroize::Zeroizing;

use super::{Configured, Setting};
use crate::endpoint::{SECRET_KEYS, Value};
use crate::failure::{Failure, Outcome, why};

impl Configured {
    /// Its keys with their values, secrets fetched from where they are. `notes` gets what the user should know.
    pub(crate) fn keys(&self, env: &Environment, notes: &mut Vec<String>) -> Outcome<Vec<(String, Value)>> {
        self.keys
            .iter()
            .map(|(key, setting)| Ok((key.clone(), self.value(key, setting, env, notes)?)))
            .collect()
    }

    fn value(
        &self,
        key: &str,
        setting: &Setting,
        env: &Environment,
        notes: &mut Vec<String>,
    ) -> Outcome<Value> {
        match setting {
            Setting::Plain(value) => {
                if SECRET_KEYS.contains(&key) && self.readable_by_others {
                    notes.push(format!(
                        "{}: `{key}` stands there in plain text, and others can read the file (chmod 600)",
                        self.place
                    ));
                }
                Ok(value.clone())
            }
            Setting::Variable(name) => match env.get(name) {
                Some(value) => Ok(Value::Text(SecretText::new(value))),
                None => Err(Failure::configuration(format!(
                    "{}: `{key}` is to come from the environment variable {name}, which is not set",
                    self.place
                ))
                .hint(format!("export {name} before running airbridge"))),
            },
            Setting::File(path) => {
                let path = self.folder.join(path);
                let text = std::fs::read_to_string(&path).map(Zeroizing::new).map_err(|error| {
                    Failure::configuration(format!(
                        "{}: `{key}` is to come from {}, which cannot be read: {}",
                        self.place,
                        path.display(),
                        why(&error)
                    ))
                })?;
                // What editors and `echo` put at the end is no part of a secret.
                Ok(Value::Text(SecretText::new(text.trim_end_matches(['\r', '\n']))))
            }
        }
    }
}
