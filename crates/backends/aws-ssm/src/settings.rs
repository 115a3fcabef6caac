//! What a user can set.

use std::collections::BTreeMap;
use std::str::FromStr;

use airbridge_backend_aws_common::Settings as SignIn;
use airbridge_core::Error;

/// Which account and region to speak to, and how to write what is new.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Region, credentials and the way there; the same as for every service of Amazon's.
    pub sign_in: SignIn,
    /// What a parameter may hold and cost.
    pub tier: Tier,
    /// The KMS key that encrypts what is written: an id, an ARN, or `alias/NAME`. Unset, a new parameter is under the
    /// account's own key for Parameter Store (`alias/aws/ssm`), and one that is replaced stays under the key it has.
    pub kms_key_id: Option<String>,
    /// Tags of new parameters.
    pub tags: BTreeMap<String, String>,
    /// Whether a listing brings descriptions and tags: for each page one call more, and one for each parameter on it.
    pub metadata: bool,
}

/// The tier of what is written. A parameter that is in the advanced tier stays there: the service knows no way back.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// Up to 4,096 bytes, for nothing; 10,000 of them in an account and region.
    #[default]
    Standard,
    /// Up to 8,192 bytes, paid by the month; 100,000 of them.
    Advanced,
    /// Standard for what fits, else advanced: the service decides, and what it makes advanced is paid.
    Intelligent,
}

impl Tier {
    /// Bytes of a value, at most; UTF-8, the stricter reading of "4 KB" and "8 KB".
    pub(crate) const fn value_bytes(self) -> usize {
        match self {
            Self::Standard => 4_096,
            Self::Advanced | Self::Intelligent => 8_192,
        }
    }
}

impl FromStr for Tier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "standard" => Ok(Self::Standard),
            "advanced" => Ok(Self::Advanced),
            "intelligent" => Ok(Self::Intelligent),
            _ => Err(Error::config(format!("there is no tier {text:?}"))
                .with_hint("tier=standard, tier=advanced or tier=intelligent")),
        }
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::Tier;

    #[test]
    fn tiers_are_spelt_in_one_way() {
        assert_eq!("standard".parse(), Ok(Tier::Standard));
        assert_eq!("advanced".parse(), Ok(Tier::Advanced));
        assert_eq!("intelligent".parse(), Ok(Tier::Intelligent));
        let error = "Advanced".parse::<Tier>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint().is_some_and(|hint| hint.contains("tier=advanced")), "{error:?}");
    }
}
