//! The stable reason codes of audit events: what an operator greps for, and what a test of ours names.

use std::fmt;

use super::code::codes;

codes! {
    /// Why something was refused or noted, as a code that never changes its meaning.
    ///
    /// Codes may be added; an existing one is never renamed. The person at the browser never sees one.
    pub enum ReasonCode: "a reason code" {
        // What arrived could not be read.
        /// No form, one without `SAMLResponse` or with a parameter twice, or another method than the path takes.
        BadForm => "bad-form",
        /// The value is not the base64 that the POST binding asks for.
        BadBase64 => "bad-base64",
        /// More bytes, depth, nodes or attributes than the limits allow.
        TooLarge => "too-large",
        /// The octets are not UTF-8, or declare another encoding or XML version.
        BadEncoding => "bad-encoding",
        /// The document has a document type declaration.
        Doctype => "doctype",
        /// The document has a processing instruction.
        ProcessingInstruction => "processing-instruction",
        /// The document is not well-formed XML 1.0.
        NotWellFormed => "not-well-formed",
        /// The document is not well-formed in the sense of Namespaces in XML.
        NotNamespaceWellFormed => "not-namespace-well-formed",
        /// The root element is not the message that this endpoint takes.
        WrongRoot => "wrong-root",

        // The signature.
        /// Nothing that would cover the Assertion is signed.
        SigMissing => "sig-missing",
        /// A Signature element that does not keep to the profile.
        MalformedSig => "malformed-sig",
        /// A Signature at a place where none belongs.
        SigPosition => "sig-position",
        /// More than one Signature on one element.
        SigMultiple => "sig-multiple",
        /// A Reference that does not name the element it stands in.
        SigReference => "sig-reference",
        /// Transforms or a canonicalization that are not allowed, or text that cannot be canonicalized.
        C14nError => "c14n-error",
        /// An algorithm that is not allowed, or that does not fit the key.
        SigAlgorithm => "sig-algorithm",
        /// The digest of the signed element differs.
        DigestMismatch => "digest-mismatch",
        /// No key of the connection made this signature.
        SigInvalid => "sig-invalid",
        /// The connection asks for the Assertion's own signature, and there is none.
        AssertionSigMissing => "assertion-sig-missing",
        /// Two elements with the same ID.
        DuplicateId => "duplicate-id",

        // The shape of the message.
        /// Not exactly one Assertion.
        MultiAssertion => "multi-assertion",
        /// A Response without an Assertion.
        MissingAssertion => "missing-assertion",
        /// Encryption is not supported.
        EncryptionUnsupported => "encryption-unsupported",
        /// An element of the schema is missing, twice or at the wrong place.
        Schema => "schema",
        /// A comment or an element inside a value.
        MixedContent => "mixed-content",
        /// `Version` is not 2.0.
        Version => "version",
        /// An ID that is missing, empty or has other characters than allowed.
        BadId => "bad-id",
        /// A time that is not an instant.
        BadTime => "bad-time",

        // What the message says.
        /// The status is not Success.
        Status => "status",
        /// The Issuer is not the identity provider of the connection.
        WrongIssuer => "wrong-issuer",
        /// The Destination is missing or another one.
        WrongDestination => "wrong-destination",
        /// The Recipient is missing or another one.
        WrongRecipient => "wrong-recipient",
        /// We are not among the audience.
        WrongAudience => "wrong-audience",
        /// No AudienceRestriction at all.
        MissingAudience => "missing-audience",
        /// A time in the future.
        NotYetValid => "not-yet-valid",
        /// A time that has passed.
        Expired => "expired",
        /// A bearer confirmation without NotOnOrAfter, or with NotBefore.
        BearerTimes => "bearer-times",
        /// No bearer SubjectConfirmation.
        NoBearer => "no-bearer",
        /// A condition that is not known.
        UnknownCondition => "unknown-condition",
        /// The NameID is missing or empty.
        MissingNameId => "missing-nameid",
        /// The NameID has another Format or SPNameQualifier than agreed.
        WrongNameId => "wrong-nameid",
        /// No AuthnStatement, or one that does not hold.
        AuthnStatement => "authn-statement",
        /// The authentication context is not the one that was asked for.
        AuthnContext => "authn-context",
        /// A fresh authentication was asked for, and this one is older.
        StaleAuthn => "stale-authn",
        /// The answer carries no InResponseTo although it answers a request.
        MissingInResponseTo => "missing-in-response-to",
        /// The answer is for another request.
        WrongInResponseTo => "wrong-in-response-to",
        /// A response that nobody asked for, and the connection does not take those.
        Unsolicited => "unsolicited",

        // The login that it belongs to.
        /// The RelayState names no pending login.
        UnknownRequest => "unknown-request",
        /// The pending login has expired.
        ExpiredRequest => "expired-request",
        /// The pending login was used before.
        UsedRequest => "used-request",
        /// The browser did not send the state cookie of this login.
        StateCookieMissing => "state-cookie-missing",
        /// The browser's state cookie does not belong to this login.
        StateCookieMismatch => "state-cookie-mismatch",
        /// The Assertion was used before.
        Replay => "replay",

        // Connections, people and calls.
        /// No such connection.
        UnknownConnection => "unknown-connection",
        /// The connection is disabled.
        ConnectionDisabled => "connection-disabled",
        /// The account is deactivated.
        UserInactive => "user-inactive",
        /// The tenant is disabled.
        TenantDisabled => "tenant-disabled",
        /// There is no account, and a login may not make one.
        UserUnknown => "user-unknown",
        /// The connection lets only those in whom its SCIM provisions.
        UserNotProvisioned => "user-not-provisioned",
        /// The app's `on_login` refused.
        RefusedByApp => "refused-by-app",
        /// The userName belongs to somebody who is known here by another NameID.
        AccountConflict => "account-conflict",
        /// Too many logins are pending.
        TooManyPending => "too-many-pending",
        /// A request from another site to an endpoint that takes none.
        CrossSite => "cross-site",
        /// There is no such emergency link.
        UnknownLink => "unknown-link",
        /// The emergency link has expired.
        ExpiredLink => "expired-link",
        /// The emergency link was used before.
        UsedLink => "used-link",
        /// The `return_to` leads away from the app.
        BadReturnTo => "bad-return-to",
        /// A SCIM request without a valid token.
        ScimToken => "scim-token",
        /// A SCIM request with a token that has expired.
        ScimTokenExpired => "scim-token-expired",
        /// A SCIM request to write to an account that the connection did not make, see `ScimPolicy::adopt_existing`.
        NotAdopted => "not-adopted",
        /// A SCIM request to give an account to a person with another externalId, see `ScimPolicy::reassign_accounts`.
        OtherExternalId => "other-external-id",
        /// The store did not answer.
        StoreUnavailable => "store-unavailable",

        // Options that weaken a check, noted each time one was needed.
        /// SHA-1 was accepted by a dangerous switch.
        DangerSha1 => "danger-sha1",
        /// A key below 2048 bits was accepted by a dangerous switch.
        DangerRsa1024 => "danger-rsa1024",
        /// A missing Audience was accepted by a dangerous switch.
        DangerMissingAudience => "danger-missing-audience",
        /// A missing Destination was accepted by a dangerous switch.
        DangerMissingDestination => "danger-missing-destination",
        /// NotBefore in a bearer confirmation was accepted by a dangerous switch.
        DangerBearerNotBefore => "danger-bearer-not-before",
        /// A Signature that does not follow the Issuer was accepted by a dangerous switch.
        DangerSignaturePosition => "danger-signature-position",
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::ReasonCode;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for code in ReasonCode::ALL {
            assert_eq!(ReasonCode::from_code(code.as_str()), Some(*code));
        }
    }

    #[test]
    fn codes_are_lower_case_words_joined_by_hyphens() {
        for code in ReasonCode::ALL {
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{code}");
        }
    }
}
