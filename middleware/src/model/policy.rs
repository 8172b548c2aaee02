//! What a connection demands of a response, and the switches that weaken it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reason::ReasonCode;

/// The allowance for clocks that disagree, unless a connection says otherwise: 180 seconds.
pub const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(180);
/// The largest allowance for clocks that disagree: 300 seconds.
pub const MAX_CLOCK_SKEW: Duration = Duration::from_secs(300);

/// What old identity providers make necessary: each switch gives up one check.
///
/// All are off by default. They are set in code only, through
/// `dangerous()` of a connection's settings, and each use is audited with the reason code of the switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Dangerous {
    /// Accept RSA-SHA1 signatures and SHA-1 digests. Collisions of SHA-1 are practical.
    pub sha1: bool,
    /// Accept RSA keys from 1024 bits on. Such keys are within reach of a state.
    pub rsa1024: bool,
    /// Accept an Assertion without AudienceRestriction. It may have been made for another app.
    pub missing_audience: bool,
    /// Accept a signed Response without Destination. It may have been meant for another endpoint.
    pub missing_destination: bool,
    /// Accept `NotBefore` in a bearer confirmation, which the profile forbids; it is then evaluated.
    pub bearer_not_before: bool,
    /// Accept a Signature that is a child of the signed element but does not follow its Issuer.
    pub signature_position: bool,
}

/// One of the switches of [`Dangerous`], as it is reported when it was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Danger {
    /// [`Dangerous::sha1`]
    Sha1,
    /// [`Dangerous::rsa1024`]
    Rsa1024,
    /// [`Dangerous::missing_audience`]
    MissingAudience,
    /// [`Dangerous::missing_destination`]
    MissingDestination,
    /// [`Dangerous::bearer_not_before`]
    BearerNotBefore,
    /// [`Dangerous::signature_position`]
    SignaturePosition,
}

impl Danger {
    /// The code of the audit event that notes the use.
    #[must_use]
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::Sha1 => ReasonCode::DangerSha1,
            Self::Rsa1024 => ReasonCode::DangerRsa1024,
            Self::MissingAudience => ReasonCode::DangerMissingAudience,
            Self::MissingDestination => ReasonCode::DangerMissingDestination,
            Self::BearerNotBefore => ReasonCode::DangerBearerNotBefore,
            Self::SignaturePosition => ReasonCode::DangerSignaturePosition,
        }
    }
}
