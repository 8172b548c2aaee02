//! A Response of Okta's shape with every knob that a test wants (SAML Core 3.3.3; SAML Profiles 4.1.4.2).

mod tree;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::SUCCESS;
use crate::clock::shifted;
use crate::ids;
use crate::sign::{DigestAlgorithm, SignError, SignatureAlgorithm, SignatureOptions, SigningKey, sign};
use crate::unconfirmed::{DEFAULT_AUTHN_CONTEXT, INCLUSIVE_PREFIXES, VALIDITY_SECONDS, session_index};
use crate::xml::Element;

/// What is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignMode {
    /// Nothing.
    None,
    /// The Response alone.
    Response,
    /// The Assertion alone.
    Assertion,
    /// The Assertion, and then the Response round it: Okta's default.
    #[default]
    Both,
}

/// A NameID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameId {
    /// The value.
    pub value: String,
    /// The format, a URI.
    pub format: Option<String>,
    /// The NameQualifier; Okta sends none.
    pub name_qualifier: Option<String>,
    /// The SPNameQualifier; Okta sends none.
    pub sp_name_qualifier: Option<String>,
}

/// An attribute with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The NameFormat, a URI.
    pub name_format: Option<String>,
    /// The values, in order.
    pub values: Vec<String>,
}

/// A status, with a second-level code and a message where there are some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The top-level code.
    pub code: String,
    /// The code below it.
    pub subcode: Option<String>,
    /// The message.
    pub message: Option<String>,
}

impl Default for Status {
    fn default() -> Self {
        Self { code: SUCCESS.to_owned(), subcode: None, message: None }
    }
}

type Hook = Arc<dyn Fn(&mut Element) + Send + Sync>;

/// Makes a Response. [`App::response_for`](crate::App::response_for) gives one that is right in all things; change one, and see who notices.
#[derive(Clone)]
#[must_use]
pub struct ResponseBuilder {
    response_id: String,
    assertion_id: String,
    response_issuer: Option<String>,
    assertion_issuer: Option<String>,
    destination: Option<String>,
    recipient: Option<String>,
    audience_restrictions: Vec<Vec<String>>,
    response_in_response_to: Option<String>,
    subject_in_response_to: Option<String>,
    issue_instant: Timestamp,
    not_before: Option<Timestamp>,
    not_on_or_after: Option<Timestamp>,
    subject_not_before: Option<Timestamp>,
    subject_not_on_or_after: Option<Timestamp>,
    authn_instant: Timestamp,
    session_index: Option<String>,
    session_not_on_or_after: Option<Timestamp>,
    authn_context: String,
    name_id: NameId,
    attributes: Vec<Attribute>,
    status: Status,
    assertion: bool,
    sign_mode: SignMode,
    key: SigningKey,
    algorithm: SignatureAlgorithm,
    digest: DigestAlgorithm,
    certificate: bool,
    wrapped: bool,
    inclusive_prefixes: Option<Vec<String>>,
    before_signing: Vec<Hook>,
    between_signatures: Vec<Hook>,
    after_signing: Vec<Hook>,
}

impl fmt::Debug for ResponseBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBuilder").field("response_id", &self.response_id).finish_non_exhaustive()
    }
}

macro_rules! knobs {
    ($($(#[$doc:meta])* $field:ident: $type:ty),* $(,)?) => {
        $($(#[$doc])*
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $field.into();
            self
        })*
    };
}

impl ResponseBuilder {
    /// A Response at `now` from `issuer` about `name_id`, signed twice with `key`; still without destination, audience and attributes.
    pub fn new(issuer: &str, name_id: NameId, key: SigningKey, now: Timestamp) -> Self {
        let (before, after) = (shifted(now, -VALIDITY_SECONDS), shifted(now, VALIDITY_SECONDS));
        Self {
            response_id: ids::message(),
            assertion_id: ids::message(),
            response_issuer: Some(issuer.to_owned()),
            assertion_issuer: Some(issuer.to_owned()),
            destination: None,
            recipient: None,
            audience_restrictions: Vec::new(),
            response_in_response_to: None,
            subject_in_response_to: None,
            issue_instant: now,
            not_before: Some(before),
            not_on_or_after: Some(after),
            subject_not_before: None,
            subject_not_on_or_after: Some(after),
            authn_instant: now,
            session_index: Some(session_index(None, ids::message)),
            session_not_on_or_after: None,
            authn_context: DEFAULT_AUTHN_CONTEXT.to_owned(),
            name_id,
            attributes: Vec::new(),
            status: Status::default(),
            assertion: true,
            sign_mode: SignMode::default(),
            algorithm: key.default_algorithm(),
            key,
            digest: DigestAlgorithm::default(),
            certificate: true,
            wrapped: true,
            inclusive_prefixes: None,
            before_signing: Vec::new(),
            between_signatures: Vec::new(),
            after_signing: Vec::new(),
        }
    }

    knobs! {
        /// Sets the ID of the Response.
        response_id: impl Into<String>,
        /// Sets the ID of the Assertion.
        assertion_id: impl Into<String>,
        /// Sets or removes the Issuer of the Response.
        response_issuer: Option<String>,
        /// Sets or removes the Issuer of the Assertion.
        assertion_issuer: Option<String>,
        /// Sets or removes the Destination of the Response.
        destination: Option<String>,
        /// Sets or removes the Recipient of the subject confirmation.
        recipient: Option<String>,
        /// Sets the audience restrictions: all must be met, each by one of its audiences.
        audience_restrictions: Vec<Vec<String>>,
        /// Sets or removes InResponseTo of the Response alone.
        response_in_response_to: Option<String>,
        /// Sets or removes InResponseTo of the subject confirmation alone.
        subject_in_response_to: Option<String>,
        /// Sets the IssueInstant of both, and nothing else: see [`at`](Self::at).
        issue_instant: Timestamp,
        /// Sets or removes NotBefore of the conditions.
        not_before: Option<Timestamp>,
        /// Sets or removes NotOnOrAfter of the conditions.
        not_on_or_after: Option<Timestamp>,
        /// Sets or removes NotBefore of the subject confirmation, which a bearer one must not have.
        subject_not_before: Option<Timestamp>,
        /// Sets or removes NotOnOrAfter of the subject confirmation.
        subject_not_on_or_after: Option<Timestamp>,
        /// Sets the AuthnInstant.
        authn_instant: Timestamp,
        /// Sets or removes the SessionIndex.
        session_index: Option<String>,
        /// Sets or removes SessionNotOnOrAfter.
        session_not_on_or_after: Option<Timestamp>,
        /// Sets the AuthnContextClassRef.
        authn_context: impl Into<String>,
        /// Sets the NameID with its format and qualifiers.
        name_id: NameId,
        /// Sets the attributes; with none the whole statement is left out.
        attributes: Vec<Attribute>,
        /// Sets the status. The assertion stays: see [`assertion`](Self::assertion).
        status: Status,
        /// Sets whether there is an assertion.
        assertion: bool,
        /// Sets what is signed.
        sign_mode: SignMode,
        /// Sets the signature algorithm.
        algorithm: SignatureAlgorithm,
        /// Sets the digest algorithm.
        digest: DigestAlgorithm,
        /// Sets whether signatures carry the certificate.
        certificate: bool,
        /// Sets whether the certificate is broken into lines.
        wrapped: bool,
        /// Sets the `PrefixList`; `None` is Okta's way: `xs` with attributes, nothing without.
        inclusive_prefixes: Option<Vec<String>>,
    }

    /// Signs with another key, and with that key's own algorithm.
    pub fn key(mut self, key: &SigningKey) -> Self {
        self.algorithm = key.default_algorithm();
        self.key = key.clone();
        self
    }

    /// Sets Destination and Recipient.
    pub fn acs_url(self, url: &str) -> Self {
        self.destination(Some(url.to_owned())).recipient(Some(url.to_owned()))
    }

    /// Sets one audience.
    pub fn audience(self, audience: &str) -> Self {
        self.audience_restrictions(vec![vec![audience.to_owned()]])
    }

    /// Answers a request: InResponseTo in both places, and the SessionIndex.
    pub fn in_response_to(self, id: &str) -> Self {
        let index = session_index(Some(id), ids::message);
        let id = Some(id.to_owned());
        self.response_in_response_to(id.clone()).subject_in_response_to(id).session_index(Some(index))
    }

    /// Moves all times as if the Response were made at `now`.
    pub fn at(self, now: Timestamp) -> Self {
        let (before, after) = (shifted(now, -VALIDITY_SECONDS), shifted(now, VALIDITY_SECONDS));
        self.issue_instant(now)
            .authn_instant(now)
            .not_before(Some(before))
            .not_on_or_after(Some(after))
            .subject_not_on_or_after(Some(after))
    }

    /// Sets the NameID's value, and keeps its format.
    pub fn name_id_value(mut self, value: impl Into<String>) -> Self {
        self.name_id.value = value.into();
        self
    }

    /// Adds an attribute of unspecified NameFormat.
    pub fn attribute<V: Into<String>>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.attributes.push(Attribute {
            name: name.to_owned(),
            name_format: Some("urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified".to_owned()),
            values: values.into_iter().map(Into::into).collect(),
        });
        self
    }

    /// Changes the tree before anything is signed: what a dishonest or careless key holder signs.
    pub fn before_signing(mut self, edit: impl Fn(&mut Element) + Send + Sync + 'static) -> Self {
        self.before_signing.push(Arc::new(edit));
        self
    }

    /// Changes the tree when the Assertion is signed and the Response is not yet.
    pub fn between_signatures(mut self, edit: impl Fn(&mut Element) + Send + Sync + 'static) -> Self {
        self.between_signatures.push(Arc::new(edit));
        self
    }

    /// Changes the signed tree: what an attacker does on the way.
    pub fn after_signing(mut self, edit: impl Fn(&mut Element) + Send + Sync + 'static) -> Self {
        self.after_signing.push(Arc::new(edit));
        self
    }

    /// Makes the Response: builds the tree, signs the Assertion, then the Response.
    ///
    /// # Errors
    /// The key cannot sign with the algorithm, or a hook left a tree that has no canonical form.
    pub fn build(&self) -> Result<Response, SignError> {
        let mut tree = self.tree();
        apply(&self.before_signing, &mut tree);
        let (of_response, of_assertion) = match self.sign_mode {
            SignMode::None => (false, false),
            SignMode::Response => (true, false),
            SignMode::Assertion => (false, true),
            SignMode::Both => (true, true),
        };
        let options = self.signature_options();
        if of_assertion && self.assertion {
            sign(&mut tree, &self.assertion_id, &self.key, &options)?;
        }
        apply(&self.between_signatures, &mut tree);
        if of_response {
            sign(&mut tree, &self.response_id, &self.key, &options)?;
        }
        apply(&self.after_signing, &mut tree);
        Ok(Response { tree })
    }

    fn signature_options(&self) -> SignatureOptions {
        let okta = || {
            let prefixes = if self.has_attributes() { INCLUSIVE_PREFIXES } else { &[] };
            prefixes.iter().map(|p| (*p).to_owned()).collect()
        };
        SignatureOptions {
            algorithm: self.algorithm,
            digest: self.digest,
            inclusive_prefixes: self.inclusive_prefixes.clone().unwrap_or_else(okta),
            certificate: self.certificate,
            wrapped: self.wrapped,
        }
    }

    fn has_attributes(&self) -> bool {
        self.assertion && !self.attributes.is_empty()
    }
}

fn apply(hooks: &[Hook], tree: &mut Element) {
    for hook in hooks {
        hook(tree);
    }
}

/// A Response that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    tree: Element,
}

impl Response {
    /// The tree, to be looked at.
    #[must_use]
    pub fn tree(&self) -> &Element {
        &self.tree
    }

    /// The tree, to be bent further.
    pub fn tree_mut(&mut self) -> &mut Element {
        &mut self.tree
    }

    /// The document.
    #[must_use]
    pub fn xml(&self) -> String {
        format!(r#"<?xml version="1.0" encoding="UTF-8"?>{}"#, self.tree.to_xml())
    }

    /// The document in base64, as the HTTP-POST binding carries it.
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(self.xml())
    }
}
