//! Which source of a setting takes precedence. (`AirflowConfigParser.get`, `_get_custom_secret_backend`.)

use airbridge_core::{Environment, SecretText};

use super::cfg::Cfg;
use super::expand::expand;
use super::fault::{Fault, Spot};
use super::section::Section;
use crate::reader::AirflowVersion;

/// The settings of one deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The deployment's `airflow.cfg`, if it has one.
    pub cfg: Option<Cfg>,
    /// The environment with its `AIRFLOW__…` variables. Others are ignored.
    pub settings: Environment,
    /// The environment for `$NAME` and `~` in values.
    pub environment: Environment,
    /// The Airflow version of the deployment.
    pub version: AirflowVersion,
}

/// A configured secrets backend.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The section that configures it.
    pub section: Section,
    /// The import path of its class.
    pub class: Given,
    /// The source of its kwargs.
    pub kwargs: KwargSource,
    /// Kwargs that each have a variable of their own: name, value and variable. They take precedence, and their values
    /// are always strings.
    pub single: Vec<(String, SecretText, Spot)>,
    /// Whether there are settings that only newer Airflow versions read.
    pub ahead_of_version: bool,
}

/// The value of a setting and its location.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value after expansion.
    pub text: SecretText,
    /// The location of the setting.
    pub spot: Spot,
    /// Whether the value still contains a `$`, because a variable is not set.
    pub unexpanded: bool,
}

/// The source of the kwargs.
#[derive(Clone, Debug)]
pub enum KwargSource {
    /// No setting has kwargs.
    Nowhere,
    /// The value of a setting.
    Text(Given),
    /// The standard output of a command.
    Command(Given),
}

/// The source of a setting.
#[derive(Clone, Debug)]
pub enum SettingSource {
    /// It is not set.
    Nowhere,
    /// The value itself.
    Text(Given),
    /// The standard output of a command.
    Command(Given),
    /// A config option in the deployment's secrets backend, whose key this is.
    Secret(Given),
}

impl Deployment {
    /// The backend of `section`. With `None`, the backend of the workers if they have one of their own, because tasks
    /// use it, else the backend of all processes.
    ///
    /// # Errors
    ///
    /// If Airflow does not start with these settings, or if the kwargs of a backend are stored in that backend itself.
    pub fn backend(&self, section: Option<Section>) -> Result<Option<Configured>, Fault> {
        let ahead_of_version = self.version == AirflowVersion::V2_11 && self.is_ahead()?;
        let sections: &[Section] = match section {
            Some(Section::Workers) => &[Section::Workers],
            None if self.version != AirflowVersion::V2_11 => &[Section::Workers, Section::Secrets],
            _ => &[Section::Secrets],
        };
        for section in sections.iter().copied() {
            let Some(class) = self.value(section, section.backend())? else { continue };
            if class.text.is_empty() {
                continue;
            }
            let single = self.single(section)?;
            let kwargs = self.kwargs(section)?;
            return Ok(Some(Configured { section, class, kwargs, single, ahead_of_version }));
        }
        Ok(None)
    }

    /// Whether there are settings that Airflow 2 ignores.
    fn is_ahead(&self) -> Result<bool, Fault> {
        let kwarg = |(name, _): (&str, _)| name.starts_with(Section::Secrets.kwarg_prefix());
        let workers = self.value(Section::Workers, Section::Workers.backend())?;
        Ok(self.settings.iter().any(kwarg) || workers.is_some_and(|class| !class.text.is_empty()))
    }

    /// The value of an option: from its variable, even if that is empty, else from the file.
    fn value(&self, section: Section, option: &str) -> Result<Option<Given>, Fault> {
        let name = variable(section.name(), option);
        if let Some(text) = self.settings.get(&name) {
            return self.expanded(text, Spot::Variable(name)).map(Some);
        }
        match self.in_cfg(section, option)? {
            Some((text, spot)) => self.expanded(text.expose(), spot).map(Some),
            None => Ok(None),
        }
    }

    fn kwargs(&self, section: Section) -> Result<KwargSource, Fault> {
        Ok(match self.setting(&[(section.name(), section.kwargs())])? {
            SettingSource::Nowhere => KwargSource::Nowhere,
            SettingSource::Text(given) => KwargSource::Text(given),
            SettingSource::Command(given) => KwargSource::Command(given),
            // Airflow 2 goes on without kwargs.
            SettingSource::Secret(_) if self.version == AirflowVersion::V2_11 => KwargSource::Nowhere,
            SettingSource::Secret(given) => return Err(stored_in_backend(given.spot)),
        })
    }

    /// A setting that Airflow also takes from a command or from the secrets backend. `places` are its section and option,
    /// and then those of older versions.
    ///
    /// # Errors
    ///
    /// If Airflow does not start with these settings.
    pub fn setting(&self, places: &[(&str, &str)]) -> Result<SettingSource, Fault> {
        let given = |text: &SecretText, spot| Given { text: text.clone(), spot, unexpanded: false };
        for (section, option) in places {
            let name = variable(section, option);
            let of = |suffix: &str| {
                let name = format!("{name}{suffix}");
                self.settings.get(&name).map(|text| (SecretText::new(text), Spot::Variable(name.clone())))
            };
            if let Some((text, spot)) = of("") {
                return self.expanded(text.expose(), spot).map(SettingSource::Text);
            }
            if let Some((text, spot)) = of("_CMD") {
                return Ok(SettingSource::Command(given(&text, spot)));
            }
            if let Some((text, spot)) = of("_SECRET") {
                return Ok(SettingSource::Secret(given(&text, spot)));
            }
        }
        let in_cfg = |suffix: &str| {
            let mut found = places.iter().map(|(section, option)| match &self.cfg {
                Some(cfg) => cfg.get(section, &format!("{option}{suffix}")),
                None => Ok(None),
            });
            found.find_map(Result::transpose).transpose()
        };
        if let Some((text, spot)) = in_cfg("")? {
            return self.expanded(text.expose(), spot).map(SettingSource::Text);
        }
        if let Some((text, spot)) = in_cfg("_cmd")? {
            return Ok(SettingSource::Command(given(&text, spot)));
        }
        Ok(in_cfg("_secret")?
            .map_or(SettingSource::Nowhere, |(text, spot)| SettingSource::Secret(given(&text, spot))))
    }

    /// The kwargs that each have a variable of their own (Airflow 3.2 and later). Their values are not expanded.
    fn single(&self, section: Section) -> Result<Vec<(String, SecretText, Spot)>, Fault> {
        let mut single: Vec<(String, SecretText, Spot)> = Vec::new();
        if self.version == AirflowVersion::V2_11 {
            return Ok(single);
        }
        for (name, text) in self.settings.iter() {
            let Some(key) = name.strip_prefix(section.kwarg_prefix()).filter(|key| !key.is_empty()) else {
                continue;
            };
            let key = key.to_lowercase();
            let spot = Spot::Variable(name.to_owned());
            if single.iter().any(|(other, ..)| *other == key) {
                let message =
                    format!("another variable sets `{key}` in different case, and Airflow uses either one");
                return Err(Fault::new(Some(spot), message, "remove one of the two variables"));
            }
            single.push((key, text.clone(), spot));
        }
        Ok(single)
    }

    fn in_cfg(&self, section: Section, option: &str) -> Result<Option<(SecretText, Spot)>, Fault> {
        self.cfg.as_ref().map_or(Ok(None), |cfg| cfg.get(section.name(), option))
    }

    fn expanded(&self, text: &str, spot: Spot) -> Result<Given, Fault> {
        match expand(text, &self.environment) {
            Ok(text) => {
                let unexpanded = text.expose().contains('$');
                Ok(Given { text, spot, unexpanded })
            }
            Err(_) => Err(Fault::new(
                Some(spot),
                "its variables refer to each other in a cycle, so Airflow does not start",
                "replace one of the variables by its value",
            )),
        }
    }
}

/// The environment variable of an option.
fn variable(section: &str, option: &str) -> String {
    format!("AIRFLOW__{}__{}", section.to_uppercase(), option.to_uppercase())
}

fn stored_in_backend(spot: Spot) -> Fault {
    Fault::new(
        Some(spot),
        "the kwargs of the backend are stored in the backend itself, so neither Airflow nor airbridge can read them",
        "set `backend_kwargs`, `AIRFLOW__SECRETS__BACKEND_KWARG__…` variables, or a command (`backend_kwargs_cmd`)",
    )
}
