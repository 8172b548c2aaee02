//! What a connection of the service provider has to be like for a case.

use jiff::Timestamp;

use super::text::{AttackError, Result, behind};
use crate::app::App;
use crate::sign::{KeyKind, SigningKey};

/// What metadata says that a key is for (SAML Metadata 2.4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyUse {
    /// For signing.
    Signing,
    /// For encryption.
    Encryption,
    /// Nothing, which is both.
    Unstated,
}

/// What a case needs of the connection; the default is a connection made from the metadata of the tile, and nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Setup {
    /// Whether it takes unsolicited responses.
    pub unsolicited: bool,
    /// Whether it demands that each Assertion has a Signature of its own.
    pub want_assertions_signed: bool,
    /// What the tile signs with: see [`prepare`](Self::prepare).
    pub key_kind: KeyKind,
    /// What the key of the scenario's stranger is for, where the metadata lists it behind the tile's: see
    /// [`metadata`](Self::metadata).
    pub stranger: Option<KeyUse>,
    /// The email domains that are known to be the connection's.
    pub domains: &'static [&'static str],
    /// People of the connection's tenant who have accounts already, which no connection made.
    pub accounts: &'static [&'static str],
}

impl Setup {
    /// Gives the tile a key of the kind; `now` is the beginning of its certificate.
    ///
    /// # Errors
    /// The key could not be made.
    pub fn prepare(&self, tile: &App, now: Timestamp) -> Result<(), AttackError> {
        if self.key_kind != KeyKind::default() {
            tile.set_key(&SigningKey::generate(self.key_kind, "setup", now)?);
        }
        Ok(())
    }

    /// The metadata from which the service provider has to take the keys.
    ///
    /// # Errors
    /// The tile's key could not be made.
    pub fn metadata(&self, tile: &App, stranger: &SigningKey) -> Result<String, AttackError> {
        let xml = tile.metadata_xml()?;
        let Some(key_use) = self.stranger else { return Ok(xml) };
        let attribute = match key_use {
            KeyUse::Signing => " use=\"signing\"",
            KeyUse::Encryption => " use=\"encryption\"",
            KeyUse::Unstated => "",
        };
        let descriptor = format!(
            "<md:KeyDescriptor{attribute}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
            stranger.certificate_base64()
        );
        behind(&xml, "</md:KeyDescriptor>", &descriptor)
    }
}
