//! A SAMLResponse between the identity provider's page and the service provider's ACS (SAML Bindings 3.5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::{BrowserError, Navigation, parse};
use crate::idp::response::Response;
use crate::xml::Element;

/// A SAMLResponse on its way from the identity provider to the service provider. Its fields may be changed before it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Captured {
    /// Where the form leads.
    pub acs_url: String,
    /// The message, in base64.
    pub saml_response: String,
    /// The RelayState.
    pub relay_state: Option<String>,
    /// The page that the form is on, which makes the POST a cross-site one.
    from: Url,
}

impl Captured {
    pub(super) fn before(next: &Navigation) -> Self {
        Self {
            acs_url: next.url().to_string(),
            saml_response: next.field("SAMLResponse").unwrap_or_default().to_owned(),
            relay_state: next.field("RelayState").map(str::to_owned),
            from: next.from().unwrap_or(next.url()).clone(),
        }
    }

    pub(crate) fn new(from: Url, acs_url: String, response: &Response) -> Self {
        Self { acs_url, saml_response: response.base64(), relay_state: None, from }
    }

    /// The same delivery of another message.
    #[must_use]
    pub fn with(&self, response: &Response) -> Self {
        Self { saml_response: response.base64(), ..self.clone() }
    }

    /// The document; none when the message is not base64 of text.
    #[must_use]
    pub fn xml(&self) -> Option<String> {
        String::from_utf8(STANDARD.decode(&self.saml_response).ok()?).ok()
    }

    /// The ID of the request that the Response says it answers.
    #[must_use]
    pub fn in_response_to(&self) -> Option<String> {
        let tree = Element::parse(&self.xml()?).ok()?;
        tree.attribute("InResponseTo").map(str::to_owned)
    }

    pub(super) fn navigation(&self) -> Result<Navigation, BrowserError> {
        let mut fields = vec![("SAMLResponse".to_owned(), self.saml_response.clone())];
        fields.extend(self.relay_state.iter().map(|r| ("RelayState".to_owned(), r.clone())));
        Ok(Navigation::post(&self.from, parse(&self.acs_url)?, fields))
    }
}
