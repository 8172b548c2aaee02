//! Why a message is not signed as it has to be.

use super::super::response::ElementKind;
use super::super::xml::Position;
use super::{DigestAlgorithm, SignatureAlgorithm};
use crate::model::reason::ReasonCode;

/// Why signatures were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Neither the Response nor the Assertion is signed.
    #[error("expected a signature of the Response or the Assertion, found none")]
    Missing,
    /// The connection asks for the Assertion's own signature.
    #[error("expected a signature of the Assertion itself, found only that of the Response")]
    AssertionSignatureMissing,
    /// A Signature that does not have the form of the profile.
    #[error("malformed signature at {at}: {detail}")]
    Malformed {
        /// Where.
        at: Position,
        /// What is wrong.
        detail: &'static str,
    },
    /// A Signature at a place where none belongs.
    #[error("expected signatures only right after the Issuer of the Response and of its Assertion, found one at {at}")]
    Misplaced {
        /// Where it starts.
        at: Position,
    },
    /// More than one Signature of one element.
    #[error("expected one signature of the {element}, found a second one at {at}")]
    Multiple {
        /// The element that has them.
        element: ElementKind,
        /// Where the second one starts.
        at: Position,
    },
    /// The Reference does not name the element that the Signature stands in.
    #[error("expected a reference to {expected:?}, received {received:?}")]
    Reference {
        /// `#` and the ID of the signed element.
        expected: String,
        /// The `URI` of the Reference.
        received: String,
    },
    /// Other transforms or another canonicalization.
    #[error("expected {expected}, received {received:?}")]
    Canonicalization {
        /// What is allowed there.
        expected: &'static str,
        /// What stands there.
        received: String,
    },
    /// An algorithm that is not accepted.
    #[error("expected an accepted {what}, received {received:?}")]
    Algorithm {
        /// Whether it is about the signature or the digest.
        what: &'static str,
        /// The identifier.
        received: String,
    },
    /// No key of the connection can make signatures with this algorithm.
    #[error("expected a signature that fits the keys ({expected}), received {received}")]
    KeyMismatch {
        /// The keys of the connection.
        expected: String,
        /// The algorithm of the signature.
        received: SignatureAlgorithm,
    },
    /// A digest of another length than its algorithm has.
    #[error("expected a {algorithm} digest, received {received} octets")]
    DigestLength {
        /// The algorithm.
        algorithm: DigestAlgorithm,
        /// Octets received.
        received: usize,
    },
    /// The signed element was changed after it was signed.
    #[error("the {element} is not what was signed: its digest differs")]
    DigestMismatch {
        /// The signed element.
        element: ElementKind,
    },
    /// Its canonical form is more than four times as long as a message may be.
    #[error("the canonical form of the {element} is too long")]
    TooLarge {
        /// The signed element.
        element: ElementKind,
    },
    /// No key of the connection made this signature.
    #[error("the {algorithm} signature of the {element} was made by none of the connection's {keys} fitting keys")]
    Invalid {
        /// The signed element.
        element: ElementKind,
        /// The algorithm of the signature.
        algorithm: SignatureAlgorithm,
        /// How many keys were tried.
        keys: usize,
    },
}

impl SignatureError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::Missing => ReasonCode::SigMissing,
            Self::AssertionSignatureMissing => ReasonCode::AssertionSigMissing,
            Self::Malformed { .. } | Self::DigestLength { .. } => ReasonCode::MalformedSig,
            Self::Misplaced { .. } => ReasonCode::SigPosition,
            Self::Multiple { .. } => ReasonCode::SigMultiple,
            Self::Reference { .. } => ReasonCode::SigReference,
            Self::Canonicalization { .. } => ReasonCode::C14nError,
            Self::Algorithm { .. } | Self::KeyMismatch { .. } => ReasonCode::SigAlgorithm,
            Self::DigestMismatch { .. } => ReasonCode::DigestMismatch,
            Self::TooLarge { .. } => ReasonCode::TooLarge,
            Self::Invalid { .. } => ReasonCode::SigInvalid,
        }
    }

    /// What would have been right.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Missing => "a signature of the Response or the Assertion".into(),
            Self::AssertionSignatureMissing => "a signature of the Assertion".into(),
            Self::Malformed { .. } => "a signature of the profile".into(),
            Self::Misplaced { .. } => "a signature right after an Issuer".into(),
            Self::Multiple { .. } => "one signature".into(),
            Self::Reference { expected, .. } | Self::KeyMismatch { expected, .. } => expected.clone(),
            Self::Canonicalization { expected, .. } => (*expected).into(),
            Self::Algorithm { what, .. } => format!("an accepted {what}"),
            Self::DigestLength { algorithm, .. } => format!("{} octets", algorithm.length()),
            Self::DigestMismatch { .. } => "the digest of the signed element".into(),
            Self::TooLarge { element } => format!("a canonical form of the {element} within the limits"),
            Self::Invalid { .. } => "a signature by a key of the connection".into(),
        }
    }

    /// What was found instead, its first 200 characters.
    #[must_use]
    pub fn received(&self) -> String {
        match self {
            Self::Missing => "(none)".into(),
            Self::AssertionSignatureMissing => "a signature of the Response".into(),
            Self::Malformed { at, detail } => format!("{detail} at {at}"),
            Self::Misplaced { at } => format!("one at {at}"),
            Self::Multiple { at, .. } => format!("a second one at {at}"),
            Self::Reference { received, .. }
            | Self::Canonicalization { received, .. }
            | Self::Algorithm { received, .. } => received.clone(),
            Self::KeyMismatch { received, .. } => received.to_string(),
            Self::DigestLength { received, .. } => format!("{received} octets"),
            Self::DigestMismatch { element } => format!("another {element}"),
            Self::TooLarge { .. } => "a longer one".into(),
            Self::Invalid { algorithm, .. } => format!("a signature with {algorithm} by another key"),
        }
    }
}
