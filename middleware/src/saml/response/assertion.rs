//! Reads a `saml:Assertion` from octets that were signed (SAML Core 2.3.3 to 2.7.3).

use super::read::{
    attributes, end, instant, issuer, owned, refuse_encrypted, required, required_attribute, required_instant, schema,
    sequence, text, version_and_id,
};
use super::{
    Assertion, AuthnStatement, Conditions, ConfirmationData, ElementKind, ResponseError, Subject, SubjectConfirmation,
};
use crate::model::identity::{Attribute, Attributes, NameId};
use crate::saml::xml::{Element, Sequence};
use crate::saml::{ASSERTION_NS, clip};

/// How many attributes are read, those with the same name counted each: 512.
pub const MAX_ATTRIBUTES: usize = 512;
/// How many values of attributes are read, of all attributes together: 2,500.
pub const MAX_ATTRIBUTE_VALUES: usize = 2_500;
/// How many of each of SubjectConfirmation, AudienceRestriction, Audience and AuthnStatement are read: 64.
pub const MAX_REPEATED: usize = 64;
/// The longest NameID, attribute name or URI: 1,024 characters.
pub const MAX_NAME_CHARS: usize = 1_024;

const XSI_NS: &str = "http://www.w3.org/2001/XMLSchema-instance";

pub(super) fn read_assertion(element: Element<'_, '_>) -> Result<Assertion, ResponseError> {
    let id = version_and_id(element, ElementKind::Assertion)?;
    attributes(element, &["ID", "Version", "IssueInstant"])?;
    let issue_instant = required_instant(element, "IssueInstant")?;
    let mut parts = sequence(element)?;
    let issuer = issuer(required(&mut parts, element, ASSERTION_NS, "Issuer")?)?;
    let subject = parts.take(ASSERTION_NS, "Subject").map(subject).transpose()?;
    let conditions = parts.take(ASSERTION_NS, "Conditions").map(conditions).transpose()?;
    // Other people's assertions: signed along, and not about this login (2.6).
    let _ = parts.take(ASSERTION_NS, "Advice");
    let mut authn_statements = Vec::new();
    let mut statements = AttributeReader::default();
    while let Some(statement) = parts.peek() {
        if statement.is(ASSERTION_NS, "AuthnStatement") {
            push(&mut authn_statements, authn_statement(statement)?, "AuthnStatements")?;
        } else if statement.is(ASSERTION_NS, "AttributeStatement") {
            statements.read(statement)?;
        } else if !statement.is(ASSERTION_NS, "AuthzDecisionStatement") && !statement.is(ASSERTION_NS, "Statement") {
            break;
        }
        let _ = parts.take_any();
    }
    end(&mut parts)?;
    Ok(Assertion {
        id,
        issue_instant,
        issuer,
        subject,
        conditions,
        authn_statements,
        attributes: statements.attributes,
    })
}

fn subject(element: Element<'_, '_>) -> Result<Subject, ResponseError> {
    attributes(element, &[])?;
    let mut parts = sequence(element)?;
    let name_id = identifier(&mut parts)?;
    let mut confirmations = Vec::new();
    while let Some(confirmation) = parts.take(ASSERTION_NS, "SubjectConfirmation") {
        attributes(confirmation, &["Method"])?;
        let mut inner = sequence(confirmation)?;
        // Who may confirm, if it is not the subject: of no meaning for a bearer.
        let _ = identifier(&mut inner)?;
        let data = inner.take(ASSERTION_NS, "SubjectConfirmationData").map(confirmation_data).transpose()?;
        end(&mut inner)?;
        let method = required_attribute(confirmation, "Method")?.to_owned();
        push(&mut confirmations, SubjectConfirmation { method, data }, "SubjectConfirmations")?;
    }
    end(&mut parts)?;
    Ok(Subject { name_id, confirmations })
}

/// `BaseID`, `NameID` or `EncryptedID`, of which only the second says anything here.
fn identifier(parts: &mut Sequence<'_, '_>) -> Result<Option<NameId>, ResponseError> {
    refuse_encrypted(parts, "EncryptedID")?;
    if parts.take(ASSERTION_NS, "BaseID").is_some() {
        return Ok(None);
    }
    let Some(element) = parts.take(ASSERTION_NS, "NameID") else { return Ok(None) };
    attributes(element, &["Format", "NameQualifier", "SPNameQualifier", "SPProvidedID"])?;
    let value = text(element, "NameID")?;
    if value.chars().count() > MAX_NAME_CHARS {
        return Err(ResponseError::TooMany { what: "characters in a NameID", limit: MAX_NAME_CHARS });
    }
    Ok(Some(NameId {
        value: value.to_owned(),
        format: owned(element, "Format"),
        name_qualifier: owned(element, "NameQualifier"),
        sp_name_qualifier: owned(element, "SPNameQualifier"),
    }))
}

fn confirmation_data(element: Element<'_, '_>) -> Result<ConfirmationData, ResponseError> {
    attributes(element, &["NotBefore", "NotOnOrAfter", "Recipient", "InResponseTo", "Address"])?;
    Ok(ConfirmationData {
        not_before: instant(element, "NotBefore")?,
        not_on_or_after: instant(element, "NotOnOrAfter")?,
        recipient: owned(element, "Recipient"),
        in_response_to: owned(element, "InResponseTo"),
    })
}

fn conditions(element: Element<'_, '_>) -> Result<Conditions, ResponseError> {
    attributes(element, &["NotBefore", "NotOnOrAfter"])?;
    let mut read = Conditions {
        not_before: instant(element, "NotBefore")?,
        not_on_or_after: instant(element, "NotOnOrAfter")?,
        ..Conditions::default()
    };
    let mut parts = sequence(element)?;
    let mut proxy_restriction = false;
    while let Some(condition) = parts.take_any() {
        if condition.is(ASSERTION_NS, "AudienceRestriction") {
            push(&mut read.audience_restrictions, audience_restriction(condition)?, "AudienceRestrictions")?;
        } else if condition.is(ASSERTION_NS, "OneTimeUse") {
            // Every Assertion is used once here; two of them are against 2.5.1.5.
            if std::mem::replace(&mut read.one_time_use, true) {
                return Err(schema(condition, "OneTimeUse twice"));
            }
        } else if condition.is(ASSERTION_NS, "ProxyRestriction") {
            // It binds whoever issues assertions based on this one.
            if std::mem::replace(&mut proxy_restriction, true) {
                return Err(schema(condition, "ProxyRestriction twice"));
            }
        } else {
            read.unknown.get_or_insert_with(|| clip(&condition.qualified_name()));
        }
    }
    Ok(read)
}

fn audience_restriction(element: Element<'_, '_>) -> Result<Vec<String>, ResponseError> {
    attributes(element, &[])?;
    let mut parts = sequence(element)?;
    let mut audiences = vec![text(required(&mut parts, element, ASSERTION_NS, "Audience")?, "Audience")?.to_owned()];
    while let Some(audience) = parts.take(ASSERTION_NS, "Audience") {
        push(&mut audiences, text(audience, "Audience")?.to_owned(), "Audiences")?;
    }
    end(&mut parts)?;
    Ok(audiences)
}

fn authn_statement(element: Element<'_, '_>) -> Result<AuthnStatement, ResponseError> {
    attributes(element, &["AuthnInstant", "SessionIndex", "SessionNotOnOrAfter"])?;
    let mut parts = sequence(element)?;
    let _ = parts.take(ASSERTION_NS, "SubjectLocality");
    let context = required(&mut parts, element, ASSERTION_NS, "AuthnContext")?;
    end(&mut parts)?;

    attributes(context, &[])?;
    let mut parts = sequence(context)?;
    let class = parts.take(ASSERTION_NS, "AuthnContextClassRef");
    let class = class.map(|class| text(class, "AuthnContextClassRef").map(str::to_owned)).transpose()?;
    if parts.take(ASSERTION_NS, "AuthnContextDecl").is_none() {
        let _ = parts.take(ASSERTION_NS, "AuthnContextDeclRef");
    }
    while parts.take(ASSERTION_NS, "AuthenticatingAuthority").is_some() {}
    end(&mut parts)?;
    Ok(AuthnStatement {
        authn_instant: required_instant(element, "AuthnInstant")?,
        session_index: owned(element, "SessionIndex"),
        session_not_on_or_after: instant(element, "SessionNotOnOrAfter")?,
        authn_context_class_ref: class,
    })
}

/// Gathers the attributes of all statements; several statements are legal and read as one.
#[derive(Default)]
struct AttributeReader {
    attributes: Attributes,
    count: usize,
    values: usize,
}

impl AttributeReader {
    fn read(&mut self, statement: Element<'_, '_>) -> Result<(), ResponseError> {
        attributes(statement, &[])?;
        let mut parts = sequence(statement)?;
        loop {
            refuse_encrypted(&mut parts, "EncryptedAttribute")?;
            let Some(attribute) = parts.take(ASSERTION_NS, "Attribute") else { break };
            let attribute = self.attribute(attribute)?;
            self.attributes.add(attribute);
        }
        end(&mut parts)
    }

    fn attribute(&mut self, element: Element<'_, '_>) -> Result<Attribute, ResponseError> {
        self.count += 1;
        if self.count > MAX_ATTRIBUTES {
            return Err(ResponseError::TooMany { what: "attributes", limit: MAX_ATTRIBUTES });
        }
        // FriendlyName is for people; reading it would let one attribute pass for another (2.7.3.1).
        attributes(element, &["Name", "NameFormat", "FriendlyName"])?;
        let name = required_attribute(element, "Name")?;
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(ResponseError::TooMany { what: "characters in an attribute's name", limit: MAX_NAME_CHARS });
        }
        let mut parts = sequence(element)?;
        let mut values = Vec::new();
        while let Some(value) = parts.take(ASSERTION_NS, "AttributeValue") {
            self.values += 1;
            if self.values > MAX_ATTRIBUTE_VALUES {
                return Err(ResponseError::TooMany { what: "values of attributes", limit: MAX_ATTRIBUTE_VALUES });
            }
            values.extend(attribute_value(value)?);
        }
        end(&mut parts)?;
        Ok(Attribute { name: name.to_owned(), name_format: owned(element, "NameFormat"), values })
    }
}

/// The text of a value, whatever type it claims to have; `None` for one that is nil (2.7.3.1.1).
fn attribute_value(element: Element<'_, '_>) -> Result<Option<String>, ResponseError> {
    attributes(element, &[])?;
    let value = text(element, "AttributeValue")?;
    let nil = element
        .attributes()
        .any(|(namespace, name, value)| namespace == XSI_NS && name == "nil" && matches!(value, "true" | "1"));
    match (nil, value) {
        (false, value) => Ok(Some(value.to_owned())),
        (true, "") => Ok(None),
        (true, _) => Err(schema(element, "a nil value with a value")),
    }
}

fn push<T>(list: &mut Vec<T>, item: T, what: &'static str) -> Result<(), ResponseError> {
    if list.len() >= MAX_REPEATED {
        return Err(ResponseError::TooMany { what, limit: MAX_REPEATED });
    }
    list.push(item);
    Ok(())
}
