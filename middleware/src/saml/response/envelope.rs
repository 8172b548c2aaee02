//! Reads a `samlp:Response` without its Assertion (SAML Core 3.2.2, 3.3.3).

use super::read::{
    attributes, end, issuer, owned, required, required_attribute, required_instant, schema, sequence, text,
    version_and_id,
};
use super::{ElementKind, Response, ResponseError, Status};
use crate::saml::xml::Element;
use crate::saml::{ASSERTION_NS, PROTOCOL_NS};

/// How deep status codes are read: 8.
const MAX_STATUS_CODES: usize = 8;

/// The fields of the Response, and its Assertion as it stands there.
pub(super) fn read_response<'d, 's>(
    root: Element<'d, 's>,
) -> Result<(Response, Option<Element<'d, 's>>), ResponseError> {
    let id = version_and_id(root, ElementKind::Response)?;
    attributes(root, &["ID", "InResponseTo", "Version", "IssueInstant", "Destination", "Consent"])?;
    let mut parts = sequence(root)?;
    let issuer = parts.take(ASSERTION_NS, "Issuer").map(issuer).transpose()?;
    // Extensions are nothing that we asked for (3.2.2).
    let _ = parts.take(PROTOCOL_NS, "Extensions");
    let status = status(required(&mut parts, root, PROTOCOL_NS, "Status")?)?;
    let assertion = parts.take(ASSERTION_NS, "Assertion");
    if assertion.is_none() {
        let _ = parts.take(ASSERTION_NS, "EncryptedAssertion");
    }
    end(&mut parts)?;
    let response = Response {
        id,
        issue_instant: required_instant(root, "IssueInstant")?,
        destination: owned(root, "Destination"),
        in_response_to: owned(root, "InResponseTo"),
        issuer,
        status,
    };
    Ok((response, assertion))
}

fn status(element: Element<'_, '_>) -> Result<Status, ResponseError> {
    attributes(element, &[])?;
    let mut parts = sequence(element)?;
    let top = required(&mut parts, element, PROTOCOL_NS, "StatusCode")?;
    let message = parts
        .take(PROTOCOL_NS, "StatusMessage")
        .map(|message| text(message, "StatusMessage").map(str::to_owned))
        .transpose()?;
    // StatusDetail is for whoever reads the log of the identity provider.
    let _ = parts.take(PROTOCOL_NS, "StatusDetail");
    end(&mut parts)?;
    let mut codes = Vec::new();
    let mut next = Some(top);
    while let Some(code) = next {
        if codes.len() == MAX_STATUS_CODES {
            return Err(schema(code, "status codes inside one another without end"));
        }
        attributes(code, &["Value"])?;
        codes.push(required_attribute(code, "Value")?.to_owned());
        let mut parts = sequence(code)?;
        next = parts.take(PROTOCOL_NS, "StatusCode");
        end(&mut parts)?;
    }
    let mut codes = codes.into_iter();
    Ok(Status { code: codes.next().unwrap_or_default(), sub_codes: codes.collect(), message })
}
