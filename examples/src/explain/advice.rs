//! What each reason means in plain words, and where to change it: in Okta, or in the app.

use vestibule::ReasonCode;

/// Words for an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// What happened.
    pub(super) meaning: &'static str,
    /// What to change, and where.
    pub(super) change: &'static str,
}

/// The advice for a reason that a response can be refused for; `None` for those that need a login of the running app.
pub(super) fn advice(reason: ReasonCode) -> Option<Advice> {
    let (meaning, change) = match reason {
        ReasonCode::BadBase64 => (
            "The value of SAMLResponse is damaged: it is not base64.",
            "Copy it again and whole, from the browser's network tab, or save a HAR file and give that. If it arrives \
             like this at the app, something on the way rewrites the form.",
        ),
        ReasonCode::TooLarge => (
            "The response is larger than the app reads.",
            "Send fewer attributes. In Okta, under General > SAML Settings, narrow the filter of the group attribute: \
             usually it sends every group.",
        ),
        ReasonCode::BadEncoding => (
            "The response is not text in UTF-8.",
            "If you saved it with an editor, save it as UTF-8. If it arrives like this, ask the vendor of the \
             identity provider: UTF-8 has to be used.",
        ),
        ReasonCode::Doctype | ReasonCode::ProcessingInstruction => (
            "The response has parts that SAML forbids and that attacks are made of.",
            "No identity provider sends them by itself. Find out who made this response, or what rewrites it on the \
             way.",
        ),
        ReasonCode::NotWellFormed | ReasonCode::NotNamespaceWellFormed => (
            "The response is not correct XML: cut off, or changed by hand.",
            "Copy it again and whole, best as a HAR file. If it arrives like this, something on the way damages it.",
        ),
        ReasonCode::WrongRoot => (
            "This is not a SAML 2.0 response.",
            "Look whether it is a request, metadata or a logout message instead. In a HAR file, choose another POST \
             with --nth.",
        ),
        ReasonCode::SigMissing => (
            "Nothing that names the person is signed, so anybody could have written it.",
            "In Okta, under General > SAML Settings > Show Advanced Settings, set Response and Assertion Signature to \
             Signed.",
        ),
        ReasonCode::AssertionSigMissing => (
            "The app asks that the Assertion has a signature of its own, and only the Response around it has one.",
            "In Okta, under General > SAML Settings > Show Advanced Settings, set Assertion Signature to Signed; or \
             switch the demand off in the app's connection.",
        ),
        ReasonCode::SigInvalid => (
            "The signature was not made with a certificate that the app was given, or the message was changed.",
            "The usual cause is a new certificate. In Okta, under Sign On > SAML Signing Certificates, see which one \
             is active; then give the app the metadata again. If the certificate below is one of the app's already, \
             the message was changed after it was signed: reformatted by an editor, rewritten on the way, or forged.",
        ),
        ReasonCode::DigestMismatch => (
            "The message was changed after it was signed.",
            "Look at the message as it was posted: XML that was pretty-printed, copied from a page or edited does not \
             verify any more. If it arrives like this, something on the way rewrites it, or somebody tampers with it.",
        ),
        ReasonCode::SigAlgorithm => (
            "The signature uses a method that is too weak or that does not fit the certificate.",
            "In Okta, under General > SAML Settings > Show Advanced Settings, set Signature Algorithm to RSA-SHA256 \
             and Digest Algorithm to SHA256, and use a certificate of 2048 bits or more.",
        ),
        ReasonCode::SigPosition => (
            "A signature stands where none belongs, as in messages that were put together from others.",
            "Find out who made this response. For an old identity provider that signs its own messages like this, \
             there is the switch signature-position in the app's code.",
        ),
        ReasonCode::MalformedSig
        | ReasonCode::SigMultiple
        | ReasonCode::SigReference
        | ReasonCode::C14nError
        | ReasonCode::DuplicateId
        | ReasonCode::MultiAssertion => (
            "The signature and the message do not fit together as one signed response does. Forged responses look \
             like this.",
            "Okta does not send this. Find out who made the response; if it is another product, show its vendor what \
             was expected and received.",
        ),
        ReasonCode::MissingAssertion => (
            "The response reports success and names nobody.",
            "Look into the identity provider's log: it left the Assertion out.",
        ),
        ReasonCode::EncryptionUnsupported => (
            "The response is encrypted, which the app cannot read yet.",
            "In Okta, under General > SAML Settings > Show Advanced Settings, set Assertion Encryption to \
             Unencrypted.",
        ),
        ReasonCode::Schema | ReasonCode::BadId | ReasonCode::Version => (
            "Something in the response is not as SAML 2.0 has it.",
            "Show the vendor of the identity provider what was expected and received.",
        ),
        ReasonCode::MixedContent => (
            "There is a comment or an element in the middle of a value, which different readers would read \
             differently.",
            "No identity provider does this by itself: find out who made this response, or whose name has such a \
             character sequence in it.",
        ),
        ReasonCode::BadTime => (
            "A time in the response cannot be read, or it ends before it begins.",
            "Show the vendor of the identity provider what was expected and received.",
        ),
        ReasonCode::Status => (
            "The identity provider did not sign the person in, and says so.",
            "Look into its log: in Okta, Reports > System Log. Often the person is not assigned to the app, or has no \
             right to what the request asked for.",
        ),
        ReasonCode::WrongIssuer => (
            "The response comes from another identity provider than the one that the app was told of.",
            "In Okta, under Sign On > View SAML setup instructions, compare the Issuer. Two apps of one Okta org have \
             different issuers: give the app the metadata of this one.",
        ),
        ReasonCode::WrongDestination | ReasonCode::WrongRecipient => (
            "The response was made for another address than the one it was checked for.",
            "In Okta, under General > SAML Settings, set Single sign-on URL to the expected address, with Use this \
             for Recipient URL and Destination URL ticked. If the app stands behind a proxy, its public URL has to be \
             the one that browsers see: http and https, the host, the port and a final slash all count.",
        ),
        ReasonCode::WrongAudience => (
            "The response was made for another app, or this app has another entity id than the identity provider was \
             told.",
            "In Okta, under General > SAML Settings, set Audience URI (SP Entity ID) to the expected value, letter by \
             letter.",
        ),
        ReasonCode::MissingAudience => (
            "The response does not say for which app it was made, so it could be used at any.",
            "In Okta, under General > SAML Settings, set Audience URI (SP Entity ID) to the expected value.",
        ),
        ReasonCode::NotYetValid => (
            "The response is from the future: the clock of the identity provider and that of the app differ.",
            "Let both clocks be set by NTP; look at the app's server first. Or you check for a time before the login: \
             see --at.",
        ),
        ReasonCode::Expired => (
            "The response is too old. It is good for a few minutes, and for one login.",
            "Sign in again. If a fresh one is refused as well, the clocks differ: let both be set by NTP. To check an \
             old one as of then, give --at with the time of the login.",
        ),
        ReasonCode::BearerTimes => (
            "The response does not say until when it may be used, or says it in a way that the standard forbids.",
            "Show the vendor of the identity provider what was expected and received. For NotBefore there is the \
             switch bearer-not-before in the app's code.",
        ),
        ReasonCode::NoBearer => (
            "The response is not meant to be carried by a browser.",
            "Look for the kind of app at the identity provider: it has to be one for browser sign-in (Web SSO).",
        ),
        ReasonCode::UnknownCondition => (
            "The response has a condition that the app does not know and so cannot keep.",
            "Take the condition out at the identity provider.",
        ),
        ReasonCode::MissingNameId => (
            "The response does not say who signed in.",
            "In Okta, under General > SAML Settings, look at Application username, and under Assignments whether this \
             person has a user name for the app.",
        ),
        ReasonCode::WrongNameId => (
            "The person is named in another form than was agreed, or for another app.",
            "In Okta, under General > SAML Settings, set Name ID format to the expected one.",
        ),
        ReasonCode::AuthnStatement => (
            "The response does not say when the person signed in, or that session is over already.",
            "Look at both clocks, and at the lifetime of app sessions at the identity provider.",
        ),
        ReasonCode::AuthnContext => (
            "The person signed in by another method than the app asked for.",
            "Change what the app asks for, or the sign-on policy of the app at the identity provider.",
        ),
        ReasonCode::StaleAuthn => (
            "The app asked for a fresh sign-in, and the identity provider used an older one.",
            "In Okta, under General > SAML Settings > Show Advanced Settings, set Honor Force Authentication to Yes.",
        ),
        ReasonCode::MissingInResponseTo | ReasonCode::WrongInResponseTo => (
            "The response answers another login than the one it was checked for.",
            "Was it a second tab, or the back button? Start again at the app. If you check for a certain login, \
             --request-id has to be its request.",
        ),
        ReasonCode::Unsolicited => (
            "The login began at the identity provider, and the app takes only logins that begin at the app.",
            "Start at the app; or allow such logins in the app's connection (allow_unsolicited), knowing that anybody \
             can then sign others in as themselves.",
        ),
        _ => return None,
    };
    Some(Advice { meaning, change })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What only a running app can find, and what is noted without refusing.
    const NOT_BY_THE_RESPONSE: &[ReasonCode] = &[
        ReasonCode::BadForm,
        ReasonCode::UnknownRequest,
        ReasonCode::ExpiredRequest,
        ReasonCode::UsedRequest,
        ReasonCode::StateCookieMissing,
        ReasonCode::StateCookieMismatch,
        ReasonCode::Replay,
        ReasonCode::UnknownConnection,
        ReasonCode::ConnectionDisabled,
        ReasonCode::UserInactive,
        ReasonCode::UserUnknown,
        ReasonCode::UserNotProvisioned,
        ReasonCode::RefusedByApp,
        ReasonCode::AccountConflict,
        ReasonCode::TooManyPending,
        ReasonCode::CrossSite,
        ReasonCode::BadReturnTo,
        ReasonCode::ScimTokenExpired,
        ReasonCode::NotAdopted,
        ReasonCode::OtherExternalId,
        ReasonCode::StoreUnavailable,
        ReasonCode::TenantDisabled,
        ReasonCode::UnknownLink,
        ReasonCode::ExpiredLink,
        ReasonCode::UsedLink,
        ReasonCode::DangerSha1,
        ReasonCode::DangerRsa1024,
        ReasonCode::DangerMissingAudience,
        ReasonCode::DangerMissingDestination,
        ReasonCode::DangerBearerNotBefore,
        ReasonCode::DangerSignaturePosition,
        ReasonCode::ScimToken,
    ];

    #[test]
    fn each_reason_to_refuse_a_response_has_advice() {
        for reason in ReasonCode::ALL {
            let expected = !NOT_BY_THE_RESPONSE.contains(reason);
            assert_eq!(advice(*reason).is_some(), expected, "{reason}");
        }
    }

    #[test]
    fn advice_is_whole_sentences() {
        for advice in ReasonCode::ALL.iter().filter_map(|reason| advice(*reason)) {
            for text in [advice.meaning, advice.change] {
                assert!(text.len() > 20 && text.ends_with('.') && !text.contains("  "), "{text}");
            }
        }
    }
}
