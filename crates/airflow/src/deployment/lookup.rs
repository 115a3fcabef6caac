//! Which of the places where a setting may stand wins. (`AirflowConfigParser.get`, `_get_custom_secret_backend`.)

use airbridge_core::{Environment, SecretText};

use super::{Cfg, Fault, Section, Spot, expand};
use crate::AirflowVersion;

/// The settings of one deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its `airflow.cfg`, if it has one.
    pub cfg: Option<Cfg>,
    /// Its `AIRFLOW__…` variables; others are not looked at.
    pub settings: Environment,
    /// What `$NAME` and `~` in its values stand for.
    pub environment: Environment,
    /// Which Airflow it is.
    pub version: AirflowVersion,
}

/// A backend as it is configured.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The section that it was taken from.
    pub section: Section,
    /// The path of its class.
    pub class: Given,
    /// Where its kwargs come from.
    pub kwargs: KwargSource,
    /// Single kwargs, which win: name, text and where it stands. Always texts.
    pub single: Vec<(String, SecretText, Spot)>,
    /// Whether settings are there that this version does not know yet.
    pub ahead_of_version: bool,
}

/// A text and where it stands.
#[derive(Clone, Debug)]
pub struct Given {
    /// What it says.
    pub text: SecretText,
    /// Where.
    pub spot: Spot,
    /// Whether a `$` is left in it that stood for no variable.
    pub unexpanded: bool,
}

/// Where the text of the kwargs comes from.
#[derive(Clone, Debug)]
pub enum KwargSource {
    /// There are none.
    Nowhere,
    /// From a setting.
    Text(Given),
    /// From the standard output of a command.
    Command(Given),
}

impl Deployment {
    /// The backend of `section`; without one that of the workers if they have their own, for that is what tasks read
    /// through, else that of all.
    ///
    /// # Errors
    /// Settings that Airflow could not start with, or that would ask a backend for its own kwargs.
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

    /// Whether there is anything that Airflow 2 would not look at.
    fn is_ahead(&self) -> Result<bool, Fault> {
        let kwarg = |(name, _): (&str, _)| name.starts_with(Section::Secrets.kwarg_prefix());
        let workers = self.value(Section::Workers, Section::Workers.backend())?;
        Ok(self.settings.iter().any(kwarg) || workers.is_some_and(|class| !class.text.is_empty()))
    }

    /// An option: its variable, also an empty one, then the file.
    fn value(&self, section: Section, option: &str) -> Result<Option<Given>, Fault> {
        let name = section.variable(option);
        if let Some(text) = self.settings.get(&name) {
            return self.expanded(text, Spot::Variable(name)).map(Some);
        }
        match self.in_cfg(section, option)? {
            Some((text, spot)) => self.expanded(text.expose(), spot).map(Some),
            None => Ok(None),
        }
    }

    fn kwargs(&self, section: Section) -> Result<KwargSource, Fault> {
        let option = section.kwargs();
        let name = section.variable(option);
        let variable = |suffix: &str| {
            let name = format!("{name}{suffix}");
            self.settings.get(&name).map(|text| (SecretText::new(text), Spot::Variable(name.clone())))
        };
        if self.settings.get(&name).is_none() {
            if let Some((text, spot)) = variable("_CMD") {
                return Ok(KwargSource::Command(Given { text, spot, unexpanded: false }));
            }
            if let Some((_, spot)) = variable("_SECRET") {
                return Err(of_itself(spot));
            }
        }
        if let Some(given) = self.value(section, option)? {
            return Ok(KwargSource::Text(given));
        }
        if let Some((text, spot)) = self.in_cfg(section, &format!("{option}_cmd"))? {
            return Ok(KwargSource::Command(Given { text, spot, unexpanded: false }));
        }
        match self.in_cfg(section, &format!("{option}_secret"))? {
            Some((_, spot)) => Err(of_itself(spot)),
            None => Ok(KwargSource::Nowhere),
        }
    }

    /// The variables that each hold one kwarg (Airflow 3.2 and later); their texts are taken as they are.
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
                let message = format!("`{key}` is there twice, in another case");
                return Err(Fault::new(
                    Some(spot),
                    message,
                    "keep one: which of them Airflow takes is chance",
                ));
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
                "its variables name each other in a circle; Airflow would not start with it",
                "write one of them out",
            )),
        }
    }
}

fn of_itself(spot: Spot) -> Fault {
    Fault::new(
        Some(spot),
        "the kwargs of a backend would have to be asked for at that backend; Airflow does not get through that either",
        "give them as backend_kwargs, in single AIRFLOW__SECRETS__BACKEND_KWARG__… variables, or by a command (…_cmd)",
    )
}
