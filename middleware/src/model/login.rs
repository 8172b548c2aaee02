//! A login that was started and waits for the identity provider's answer.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{ConnectionId, LoginId};
use super::secret::SecretHash;

/// What a caller may ask of one login, beside what the connection always asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginOptions {
    /// Where to go afterwards: a path of the app, or a URL of its origin. Anything else leads to the default target.
    pub return_to: Option<String>,
    /// Ask for the credentials again, and refuse an older authentication (SAML Core 3.4.1).
    pub force_authn: bool,
    /// Ask for an answer without any page; most identity providers then answer `NoPassive` (SAML Core 3.4.1).
    pub is_passive: bool,
}

/// A pending login, as the store keeps it, in memory or as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PendingLogin {
    /// The handle that travels as RelayState.
    pub id: LoginId,
    /// The connection that was asked.
    pub connection: ConnectionId,
    /// `ID` of the AuthnRequest.
    pub request_id: String,
    /// Hash of the value of the browser's state cookie.
    pub cookie: SecretHash,
    /// Where to go afterwards: a path of the app's origin.
    pub return_to: String,
    /// What was asked for, to be checked on the answer.
    pub asked: Asked,
    /// When the request was made.
    pub issued_at: Timestamp,
    /// When the answer comes too late.
    pub expires_at: Timestamp,
    /// Who started it, for the cap per client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientKey>,
    /// Hash of the token of the session that the browser had when it started, and that ends when this login succeeds:
    /// its cookie is overwritten, and the answer comes from another site, so without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<SecretHash>,
    /// Hash of the token of the session that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_for: Option<SecretHash>,
}

impl PendingLogin {
    /// A login that waits for its answer. For stores and their tests; the layer makes its own.
    #[must_use]
    pub fn new(
        id: LoginId,
        connection: ConnectionId,
        request_id: impl Into<String>,
        cookie: SecretHash,
        issued_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            id,
            connection,
            request_id: request_id.into(),
            cookie,
            return_to: "/".to_owned(),
            asked: Asked::default(),
            issued_at,
            expires_at,
            client: None,
            replaces: None,
            used_for: None,
        }
    }
}

/// What an AuthnRequest asked for (SAML Core 3.4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Asked {
    /// `ForceAuthn`
    pub force_authn: bool,
    /// `IsPassive`
    pub is_passive: bool,
    /// `NameIDPolicy/@Format`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id_format: Option<String>,
    /// `RequestedAuthnContext`, compared exactly; empty for none.
    pub authn_context: Vec<String>,
}

/// A client for the purpose of caps: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct ClientKey(#[serde(with = "super::octets")] [u8; 16]);

impl ClientKey {
    /// The 16 octets, for a store's column.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From a store's column.
    #[must_use]
    pub const fn from_bytes(octets: [u8; 16]) -> Self {
        Self(octets)
    }
}

impl From<IpAddr> for ClientKey {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.to_ipv6_mapped().octets()),
            // One customer of a provider has a whole /64, so one address of it says nothing.
            IpAddr::V6(v6) => Self((u128::from(v6) >> 64 << 64).to_be_bytes()),
        }
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientKey({})", std::net::Ipv6Addr::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_ipv4_addresses_and_ipv6_networks() {
        let key = |text: &str| ClientKey::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("2001:db8::1"), key("2001:db8::2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    }
}
