//! What a service takes that keeps one text under each name.

use crate::{Error, ErrorKind, Payload, Rejection, Result, SecretName, SecretText};

/// What a service takes for names and values if a secret is one text there; an adapter fills it in.
#[derive(Clone, Copy, Debug)]
pub struct TextRules {
    /// What the service is called in sentences.
    pub service: &'static str,
    /// What it calls a secret: `secret`, `parameter`, `file`.
    pub secret: &'static str,
    /// Which characters stand in names, as a sentence says it: `ASCII letters, digits and -`.
    pub characters: &'static str,
    /// Whether this is one of them; all are ASCII.
    pub may_stand: fn(char) -> bool,
    /// Characters of a name, at most.
    pub name: usize,
    /// Bytes of a value, at most; UTF-8, not characters.
    pub value: usize,
    /// Whether a value may be empty.
    pub empty: bool,
}

impl TextRules {
    /// Whether the service takes `payload` under `name`.
    pub fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        let (service, name) = (self.service, name.as_str());
        self.check_characters(name)?;
        let (length, most) = (name.len(), self.name);
        if length > most {
            let message = format!("{service} takes names of up to {most} characters, this one has {length}");
            return Err(Rejection::new("name-too-long", message));
        }
        let text = self.check_text(payload)?;
        let (length, most) = (text.len(), self.value);
        if length > most {
            let message = format!("{service} takes values of up to {most} bytes, this one has {length}");
            return Err(Rejection::new("value-too-large", message));
        }
        Ok(())
    }

    /// Whether `name` is not empty and has no character that the service refuses. Its length is left out, for services
    /// that have more to say of it.
    pub fn check_characters(&self, name: &str) -> Result<(), Rejection> {
        let Self { service, characters, .. } = self;
        if name.is_empty() {
            return Err(Rejection::new("name-invalid", format!("{service} takes no empty name")));
        }
        match name.chars().find(|char| !(self.may_stand)(*char)) {
            Some(refused) => {
                let message = format!("{service} takes {characters} in names, not {refused:?}");
                Err(Rejection::new("name-invalid", message))
            }
            None => Ok(()),
        }
    }

    /// The text of `payload`, if the service takes one like it. Its size is left out, for services that have more to say
    /// of it.
    pub fn check_text<'a>(&self, payload: &'a Payload) -> Result<&'a SecretText, Rejection> {
        let Payload::Text(text) = payload else { return Err(Rejection::new("shape", self.shape())) };
        if text.is_empty() && !self.empty {
            return Err(Rejection::new("value-empty", format!("{} takes no empty value", self.service)));
        }
        Ok(text)
    }

    /// Whether a secret can have this name at all. Anything else is better not asked for: it would be another address.
    pub fn is_name(&self, name: &str) -> bool {
        !name.is_empty() && self.can_start_name(name)
    }

    /// Whether any name can start with `prefix`; what cannot is not asked for.
    pub fn can_start_name(&self, prefix: &str) -> bool {
        prefix.len() <= self.name && prefix.chars().all(self.may_stand)
    }

    /// The text that is to be written under `name`.
    ///
    /// # Errors
    /// `InvalidPayload` for named fields.
    pub fn text<'a>(&self, payload: &'a Payload, name: &SecretName) -> Result<&'a SecretText> {
        match payload {
            Payload::Text(text) => Ok(text),
            Payload::Fields(_) => Err(Error::write(ErrorKind::InvalidPayload, self.shape(), name)),
        }
    }

    fn shape(&self) -> String {
        format!("{} holds one text per {}, not named fields", self.service, self.secret)
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
        rules.check(&SecretName::new(name), payload).err().map(|unfit| (unfit.reason, unfit.message))
    }

    #[test]
    fn what_breaks_a_rule_is_said_with_the_rule() {
        let fields = Payload::Fields(Fields::new());
        assert_eq!(refusal(RULES, "abc", &Payload::text("éé")), None);
        for (name, payload, reason, message) in [
            ("", Payload::text("x"), "name-invalid", "S takes no empty name"),
            ("abC\u{e9}", Payload::text("x"), "name-invalid", "S takes small letters in names, not 'C'"),
            (
                "abcd",
                Payload::text("x"),
                "name-too-long",
                "S takes names of up to 3 characters, this one has 4",
            ),
            ("abc", fields, "shape", "S holds one text per thing, not named fields"),
            ("abc", Payload::text(""), "value-empty", "S takes no empty value"),
            (
                "abc",
                Payload::text("ééx"),
                "value-too-large",
                "S takes values of up to 4 bytes, this one has 5",
            ),
        ] {
            assert_eq!(refusal(RULES, name, &payload), Some((reason, message.to_owned())));
        }
        assert_eq!(refusal(TextRules { empty: true, ..RULES }, "abc", &Payload::text("")), None);
    }

    #[test]
    fn what_is_no_name_starts_none() {
        assert!(RULES.can_start_name("") && RULES.can_start_name("abc") && RULES.is_name("abc"));
        assert!(!RULES.can_start_name("A") && !RULES.can_start_name("abcd"));
        assert!(!RULES.is_name("") && !RULES.is_name("a-"));
    }

    #[test]
    fn named_fields_are_not_written() {
        let name = SecretName::new("abc");
        let error = RULES.text(&Payload::Fields(Fields::new()), &name).expect_err("no text");
        assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidPayload, Some(&name)));
        assert!(RULES.text(&Payload::text(""), &name).is_ok(), "whether it fits was asked before");
    }
}
