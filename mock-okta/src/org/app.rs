//! A SAML app of the org: its ids, its settings, who is assigned to it.

use super::{Org, Person, SamlSettings};
use crate::ids;
use crate::sign::{KeyError, KeyPool, SigningKey};

/// An app.
#[derive(Clone, Debug)]
pub(crate) struct AppRecord {
    /// `0oa` and 17 characters.
    pub(crate) id: String,
    /// `exk` and 17 characters: the key of the instance, in URLs and in the issuer.
    pub(crate) exk: String,
    /// `aln` and 17 characters: the embed link's last part.
    pub(crate) aln: String,
    /// Made from org and label, as Okta does.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) settings: SamlSettings,
    /// Where the service provider's metadata will be, when it was not there yet.
    pub(crate) metadata_when_used: Option<String>,
    /// Ids of people.
    pub(crate) people: Vec<String>,
    /// Ids of groups.
    pub(crate) groups: Vec<String>,
    pub(crate) key: AppKey,
}

/// Which key an app signs with.
#[derive(Clone, Debug)]
pub(crate) enum AppKey {
    /// A slot of the pool, for a certificate of this date.
    Pooled { slot: usize, since: jiff::Timestamp },
    /// One that a test brought.
    Own(SigningKey),
}

impl AppRecord {
    pub(crate) fn new(org: &str, label: &str, number: usize, slot: usize, since: jiff::Timestamp) -> Self {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        Self {
            id: ids::object("0oa"),
            exk: ids::object("exk"),
            aln: ids::object("aln"),
            name: format!("{}_{}_{number}", plain(org), plain(label)),
            label: label.to_owned(),
            settings: SamlSettings::default(),
            metadata_when_used: None,
            people: Vec::new(),
            groups: Vec::new(),
            key: AppKey::Pooled { slot, since },
        }
    }

    pub(crate) fn issuer(&self) -> String {
        self.settings.idp_issuer.clone().unwrap_or_else(|| format!("http://www.okta.com/{}", self.exk))
    }

    pub(crate) fn sso_path(&self) -> String {
        format!("/app/{}/{}/sso/saml", self.name, self.exk)
    }

    pub(crate) fn metadata_path(&self) -> String {
        format!("/app/{}/sso/saml/metadata", self.exk)
    }

    pub(crate) fn embed_path(&self) -> String {
        format!("/home/{}/{}/{}", self.name, self.id, self.aln)
    }

    /// The default RelayState applies to logins that start here, and only there.
    pub(crate) fn default_relay_state(&self) -> Option<&str> {
        Some(self.settings.default_relay_state.as_str()).filter(|r| !r.is_empty())
    }
}

impl AppKey {
    /// The key; blocks while a pooled one is made for the first time.
    pub(crate) fn signing_key(&self, org: &Org) -> Result<SigningKey, KeyError> {
        match self {
            Self::Pooled { slot, since } => KeyPool::shared().key(*slot, &org.name, *since),
            Self::Own(key) => Ok(key.clone()),
        }
    }
}

/// What a Response about a person says besides the request it answers.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    pub(crate) name_id: String,
    pub(crate) attributes: Vec<crate::idp::response::Attribute>,
}

impl Subject {
    pub(crate) fn new(app: &AppRecord, person: &Person, groups: &[&str]) -> Self {
        let username = app.settings.username(person);
        Self {
            name_id: crate::unconfirmed::name_id_value(app.settings.subject_name_id_format, &username),
            attributes: app.settings.attributes(person, groups),
        }
    }
}
