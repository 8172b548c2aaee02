//! Durations in the notation of ISO 8601 (`PT180S`), for serde.

use std::time::Duration;

use jiff::SignedDuration;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    SignedDuration::try_from(*duration).map_err(S::Error::custom)?.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = SignedDuration::deserialize(deserializer)?;
    Duration::try_from(duration)
        .map_err(|_| D::Error::custom(format_args!("expected a duration that is not negative, received {duration}")))
}
