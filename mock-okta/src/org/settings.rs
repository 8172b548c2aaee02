//! The SAML settings of an app, named as Okta's management API names them (`settings.signOn`), and the rules of its form.

use std::collections::BTreeSet;

use serde::Deserialize;
use url::Url;

use super::Person;
use super::attributes::{AttributeStatement, GroupFilter, whole};
use super::expression::{Expression, ExpressionError};
use crate::idp::response::Attribute;
use crate::sign::{DigestAlgorithm, SignatureAlgorithm};
use crate::unconfirmed::DEFAULT_AUTHN_CONTEXT;

/// The longest ACS URL that Okta takes, in characters.
const MAX_URL: usize = 1024;
/// The most other ACS URLs that Okta takes.
const MAX_ACS_ENDPOINTS: usize = 100;

/// Why settings are refused; the field is named as in Okta's API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A field is wrong.
    #[error("{field}: expected {expected}, received {received:?}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it was given.
        received: String,
    },
    /// Neither signature is on.
    #[error("responseSigned, assertionSigned: expected at least one to be true")]
    NothingSigned,
    /// An expression is not understood.
    #[error("attributeStatements: {0}")]
    Expression(#[from] ExpressionError),
}

/// The format of the NameID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum NameIdFormat {
    /// No format in particular: the default.
    #[default]
    #[serde(rename = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified")]
    Unspecified,
    /// An email address.
    #[serde(rename = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")]
    EmailAddress,
    /// A subject name of X.509.
    #[serde(rename = "urn:oasis:names:tc:SAML:1.1:nameid-format:x509SubjectName")]
    X509SubjectName,
    /// A persistent pseudonym.
    #[serde(rename = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")]
    Persistent,
    /// A transient one.
    #[serde(rename = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")]
    Transient,
}

impl NameIdFormat {
    /// The identifier of the format.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::X509SubjectName => "urn:oasis:names:tc:SAML:1.1:nameid-format:x509SubjectName",
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        }
    }
}

/// A further ACS URL that a request may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcsEndpoint {
    /// The URL.
    pub url: String,
    /// The index by which a request may name it; unique in the app.
    pub index: u16,
}

/// The SAML settings of an app. In a file they are named as in Okta's API (`ssoAcsUrl`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SamlSettings {
    /// The Single sign-on URL, where responses go. Absolute, at most 1,024 characters, without `_`; http only on loopback hosts.
    pub sso_acs_url: String,
    /// The Recipient where it differs from the Single sign-on URL.
    pub recipient: Option<String>,
    /// The Destination where it differs from the Single sign-on URL.
    pub destination: Option<String>,
    /// The Audience URI: the service provider's entity id, used exactly as typed.
    pub audience: String,
    /// Other ACS URLs that a request may ask for, at most 100.
    pub acs_endpoints: Vec<AcsEndpoint>,
    /// The RelayState of logins that start at Okta; empty for none.
    pub default_relay_state: String,
    /// The format of the NameID.
    pub subject_name_id_format: NameIdFormat,
    /// The Application username, an expression: what the NameID is.
    pub application_username: String,
    /// Whether the Response is signed.
    pub response_signed: bool,
    /// Whether the Assertion is signed.
    pub assertion_signed: bool,
    /// The signature algorithm.
    pub signature_algorithm: SignatureAlgorithm,
    /// The digest algorithm.
    pub digest_algorithm: DigestAlgorithm,
    /// Whether ForceAuthn in a request asks for the password again.
    pub honor_force_authn: bool,
    /// The AuthnContextClassRef.
    pub authn_context_class_ref: String,
    /// The SAML Issuer ID where it is not the usual one.
    pub idp_issuer: Option<String>,
    /// The maximum app session lifetime in seconds; `None` sends no SessionNotOnOrAfter.
    pub saml_assertion_lifetime_seconds: Option<u32>,
    /// The attributes; their names are unique.
    pub attribute_statements: Vec<AttributeStatement>,
    /// The mock's own: whether the dashboard's tile and the embed link answer with a Response. On, as at Okta.
    pub allow_idp_initiated: bool,
}

impl Default for SamlSettings {
    fn default() -> Self {
        Self {
            sso_acs_url: String::new(),
            recipient: None,
            destination: None,
            audience: String::new(),
            acs_endpoints: Vec::new(),
            default_relay_state: String::new(),
            subject_name_id_format: NameIdFormat::default(),
            application_username: "user.login".to_owned(),
            response_signed: true,
            assertion_signed: true,
            signature_algorithm: SignatureAlgorithm::default(),
            digest_algorithm: DigestAlgorithm::default(),
            honor_force_authn: true,
            authn_context_class_ref: DEFAULT_AUTHN_CONTEXT.to_owned(),
            idp_issuer: None,
            saml_assertion_lifetime_seconds: None,
            attribute_statements: Vec::new(),
            allow_idp_initiated: true,
        }
    }
}

impl SamlSettings {
    /// Checks the rules of Okta's form. An app that no service provider is known for yet may leave the two URLs empty.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn validate(&self) -> Result<(), SettingsError> {
        if !self.response_signed && !self.assertion_signed {
            return Err(SettingsError::NothingSigned);
        }
        if !self.sso_acs_url.is_empty() {
            acs_url("ssoAcsUrl", &self.sso_acs_url)?;
        }
        for (field, url) in [("recipient", &self.recipient), ("destination", &self.destination)] {
            if let Some(url) = url {
                acs_url(field, url)?;
            }
        }
        if self.acs_endpoints.len() > MAX_ACS_ENDPOINTS {
            let received = self.acs_endpoints.len().to_string();
            return Err(SettingsError::Field { field: "acsEndpoints", expected: "at most 100", received });
        }
        let mut indexes = BTreeSet::new();
        for endpoint in &self.acs_endpoints {
            acs_url("acsEndpoints", &endpoint.url)?;
            if !indexes.insert(endpoint.index) {
                let received = endpoint.index.to_string();
                return Err(SettingsError::Field { field: "acsEndpoints", expected: "unique indexes", received });
            }
        }
        Expression::parse(&self.application_username)?;
        let mut names = BTreeSet::new();
        for statement in &self.attribute_statements {
            let name = statement.name();
            if name.is_empty() || !names.insert(name) {
                let received = name.to_owned();
                return Err(SettingsError::Field { field: "attributeStatements", expected: "unique names", received });
            }
            match statement {
                AttributeStatement::Expression { values, .. } => {
                    values.iter().try_for_each(|value| Expression::parse(value).map(drop))?;
                }
                AttributeStatement::Group { filter_type: GroupFilter::Regex, filter_value, .. } => {
                    whole(filter_value).map_err(|_| SettingsError::Field {
                        field: "attributeStatements",
                        expected: "a regular expression",
                        received: filter_value.clone(),
                    })?;
                }
                AttributeStatement::Group { .. } => {}
            }
        }
        Ok(())
    }

    /// The attributes for a person who is in these groups.
    pub(crate) fn attributes(&self, person: &Person, groups: &[&str]) -> Vec<Attribute> {
        self.attribute_statements.iter().filter_map(|s| s.attribute(person, groups)).collect()
    }

    pub(crate) fn username(&self, person: &Person) -> String {
        Expression::parse(&self.application_username).map_or_else(|_| person.login.clone(), |e| e.value(person))
    }
}

fn acs_url(field: &'static str, url: &str) -> Result<(), SettingsError> {
    let refused = |expected| Err(SettingsError::Field { field, expected, received: url.to_owned() });
    if url.len() > MAX_URL {
        return refused("at most 1,024 characters");
    }
    if url.contains('_') {
        return refused("a URL without '_', which Okta refuses");
    }
    match Url::parse(url) {
        Ok(parsed) if parsed.scheme() == "https" => Ok(()),
        Ok(parsed) if parsed.scheme() == "http" && crate::browser::is_loopback(&parsed) => Ok(()),
        _ => refused("an absolute https URL, or http on a loopback host"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> SamlSettings {
        SamlSettings {
            sso_acs_url: "https://app.example.com/acs".to_owned(),
            attribute_statements: vec![AttributeStatement::expression("email", "user.email")],
            ..SamlSettings::default()
        }
    }

    #[test]
    fn each_rule_of_the_form_refuses() {
        type Change = fn(&mut SamlSettings);
        let changes: [Change; 8] = [
            |s| (s.response_signed, s.assertion_signed) = (false, false),
            |s| s.sso_acs_url = "https://app.example.com/my_acs".to_owned(),
            |s| s.sso_acs_url = "http://app.example.com/acs".to_owned(),
            |s| s.sso_acs_url = "/acs".to_owned(),
            |s| s.sso_acs_url = format!("https://app.example.com/{}", "a".repeat(1024)),
            |s| s.attribute_statements.push(AttributeStatement::groups("email", GroupFilter::Equals, "x")),
            |s| s.attribute_statements.push(AttributeStatement::groups("g", GroupFilter::Regex, "(")),
            |s| s.attribute_statements.push(AttributeStatement::expression("f", "f(x)")),
        ];
        assert_eq!(valid().validate(), Ok(()));
        for (number, change) in changes.iter().enumerate() {
            let mut settings = valid();
            change(&mut settings);
            assert!(settings.validate().is_err(), "change {number}");
        }
    }
}
