//! The rules of a service that keeps one string under each name.

use crate::{Error, ErrorKind, Payload, Rejection, Result, SecretName, SecretText};

/// The names and values that a service accepts if each secret is one string. An adapter fills it in; the messages are the
/// same for all services.
#[derive(Clone, Copy, Debug)]
pub struct TextRules {
    /// The service, as messages name it: `AWS Secrets Manager`.
    pub service: &'static str,
    /// The service's word for a secret: `secret`, `parameter`, `file`.
    pub secret: &'static str,
    /// The characters of names, as messages describe them: `ASCII letters, digits and -`.
    pub characters: &'static str,
    /// Whether a name may contain this character. It must accept ASCII only, because lengths count bytes.
    pub may_stand: fn(char) -> bool,
    /// Maximum length of a name, in characters.
    pub name: usize,
    /// Maximum size of a value, in bytes of UTF-8.
    pub value: usize,
    /// Whether a value may be empty.
    pub empty: bool,
}

impl TextRules {
    /// Whether the service accepts `payload` under `name`.
    ///
    /// # Errors
    ///
    /// The first rule that is broken: `name-invalid`, `name-too-long`, `shape`, `value-empty` or `value-too-large`.
    pub fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        let (service, name) = (self.service, name.as_str());
        self.check_characters(name)?;
        let (length, most) = (name.len(), self.name);
        if length > most {
            let message =
                format!("{service} accepts names of up to {most} characters, this one has {length}");
            return Err(Rejection::new("name-too-long", message));
        }
        let text = self.check_text(payload)?;
        let (length, most) = (text.len(), self.value);
        if length > most {
            let message = format!("{service} accepts values of up to {most} bytes, this one has {length}");
            return Err(Rejection::new("value-too-large", message));
        }
        Ok(())
    }

    /// Whether `name` is not empty and has accepted characters only. The length is not checked, for services with a more
    /// complicated rule.
    ///
    /// # Errors
    ///
    /// `name-invalid`.
    pub fn check_characters(&self, name: &str) -> Result<(), Rejection> {
        let Self { service, characters, .. } = self;
        if name.is_empty() {
            return Err(Rejection::new("name-invalid", format!("{service} does not accept an empty name")));
        }
        match name.chars().find(|char| !(self.may_stand)(*char)) {
            Some(refused) => {
                let message = format!("{service} accepts {characters} in names, not {refused:?}");
                Err(Rejection::new("name-invalid", message))
            }
            None => Ok(()),
        }
    }

    /// The string of `payload`. The size is not checked, for services with a more complicated rule.
    ///
    /// # Errors
    ///
    /// `shape` for fields, `value-empty` for an empty string that the service does not accept.
    pub fn check_text<'a>(&self, payload: &'a Payload) -> Result<&'a SecretText, Rejection> {
        let Payload::Text(text) = payload else { return Err(Rejection::new("shape", self.shape())) };
        if text.is_empty() && !self.empty {
            return Err(Rejection::new(
                "value-empty",
                format!("{} does not accept an empty value", self.service),
            ));
        }
        Ok(text)
    }

    /// Whether a secret can have this name. An adapter must not send any other: as part of an address it could lead to
    /// another secret.
    pub fn is_name(&self, name: &str) -> bool {
        !name.is_empty() && self.can_start_name(name)
    }

    /// Whether any name can start with `prefix`. An adapter must not send any other.
    pub fn can_start_name(&self, prefix: &str) -> bool {
        prefix.len() <= self.name && prefix.chars().all(self.may_stand)
    }

    /// The string to write under `name`.
    ///
    /// # Errors
    ///
    /// `InvalidPayload` for fields.
    pub fn text<'a>(&self, payload: &'a Payload, name: &SecretName) -> Result<&'a SecretText> {
        match payload {
            Payload::Text(text) => Ok(text),
            Payload::Fields(_) => Err(Error::write(ErrorKind::InvalidPayload, self.shape(), name)),
        }
    }

    fn shape(&self) -> String {
        format!("{} holds one string per {}, not fields", self.service, self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::TextRules;
    use crate::{ErrorKind, Fields, Payload, SecretName};

    const RULES: TextRules = TextRules {
        service: "S",
        secret: "thing",
        characters: "small letters",
        may_stand: |char| char.is_ascii_lowercase(),
        name: 3,
        value: 4,
        empty: false,
    };

    fn refusal(rules: TextRules, name: &str, payload: &Payload) -> Option<(&'static str, String)> {
        rules
            .check(&SecretName::new(name), payload)
            .err()
            .map(|rejection| (rejection.reason, rejection.message))
    }

    #[test]
    fn broken_rule_is_refused_with_the_rule() {
        let fields = Payload::Fields(Fields::new());
        assert_eq!(refusal(RULES, "abc", &Payload::text("éé")), None);
        for (name, payload, reason, message) in [
            ("", Payload::text("x"), "name-invalid", "S does not accept an empty name"),
            ("abC\u{e9}", Payload::text("x"), "name-invalid", "S accepts small letters in names, not 'C'"),
            (
                "abcd",
                Payload::text("x"),
                "name-too-long",
                "S accepts names of up to 3 characters, this one has 4",
            ),
            ("abc", fields, "shape", "S holds one string per thing, not fields"),
            ("abc", Payload::text(""), "value-empty", "S does not accept an empty value"),
            (
                "abc",
                Payload::text("ééx"),
                "value-too-large",
                "S accepts values of up to 4 bytes, this one has 5",
            ),
        ] {
            assert_eq!(refusal(RULES, name, &payload), Some((reason, message.to_owned())));
        }
        assert_eq!(refusal(TextRules { empty: true, ..RULES }, "abc", &Payload::text("")), None);
    }

    #[test]
    fn invalid_name_is_neither_a_name_nor_a_prefix() {
        assert!(RULES.can_start_name("") && RULES.can_start_name("abc") && RULES.is_name("abc"));
        assert!(!RULES.can_start_name("A") && !RULES.can_start_name("abcd"));
        assert!(!RULES.is_name("") && !RULES.is_name("a-"));
    }

    #[test]
    fn fields_are_an_invalid_payload() {
        let name = SecretName::new("abc");
        let error = RULES.text(&Payload::Fields(Fields::new()), &name).expect_err("fields are refused");
        assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidPayload, Some(&name)));
        assert!(RULES.text(&Payload::text(""), &name).is_ok(), "the value is not checked again");
    }
}
