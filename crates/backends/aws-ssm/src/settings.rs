//! What a user can set.

use std::collections::BTreeMap;
use std::str::FromStr;

use airbridge_backend_aws_common::Settings as SignIn;
use airbridge_core::Error;

/// The account and region, and how parameters are written.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Region, credentials and connection, as for every AWS service.
    pub sign_in: SignIn,
    /// The tier of written parameters.
    pub tier: Tier,
    /// The KMS key that encrypts written parameters: an id, an ARN, or `alias/NAME`. If it is unset, new parameters are
    /// encrypted with the account's default key (`alias/aws/ssm`), and replaced parameters keep their key.
    pub kms_key_id: Option<String>,
    /// Tags of new parameters.
    pub tags: BTreeMap<String, String>,
    /// Whether a listing returns descriptions and tags. Each page then needs one more call, and one for each parameter on it.
    pub metadata: bool,
}

/// The tier of written parameters. A parameter in the advanced tier stays there, because the service cannot move it back.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// Up to 4,096 bytes, without charge; up to 10,000 parameters per account and region.
    #[default]
    Standard,
    /// Up to 8,192 bytes, charged monthly; up to 100,000 parameters.
    Advanced,
    /// The service uses the standard tier where the value fits, otherwise the advanced one, which is charged.
    Intelligent,
}

impl Tier {
    /// The maximum number of bytes of a value. The documentation says "4 KB" and "8 KB"; bytes of UTF-8 are the stricter reading.
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
            _ => Err(Error::config("the value of `tier` is not a valid tier")
                .with_hint("set tier=standard, tier=advanced or tier=intelligent")),
        }
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::ErrorKind;

    use super::Tier;

    #[test]
    fn tier_parses_from_its_lower_case_name_only() {
        assert_eq!("standard".parse(), Ok(Tier::Standard));
        assert_eq!("advanced".parse(), Ok(Tier::Advanced));
        assert_eq!("intelligent".parse(), Ok(Tier::Intelligent));
        let error = "Advanced".parse::<Tier>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint().is_some_and(|hint| hint.contains("tier=advanced")), "{error:?}");
    }
}
