//! Secrets that the configuration names instead of holding.

use airbridge_core::Environment;

use super::{Configured, Setting};
use crate::endpoint::{SECRET_KEYS, Value};
use crate::error::Result;

impl Configured {
    /// Its keys with their values, secrets fetched from where they are. `notes` gets what the user should know.
    pub(crate) fn keys(&self, env: &Environment, notes: &mut Vec<String>) -> Result<Vec<(String, Value)>> {
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
    ) -> Result<Value> {
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
            Setting::Named(reference) => {
                let what = format!("{}: `{key}`", self.place);
                reference.fetch(&what, &self.folder, env).map(Value::Text)
            }
        }
    }
}
