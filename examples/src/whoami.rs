//! A session as JSON: what `GET /whoami` answers.

use std::collections::BTreeMap;

use serde::Serialize;
use vestibule::Session;

/// Who is signed in.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct WhoAmI {
    /// The account's name.
    pub user_name: String,
    /// The NameID, as it was signed.
    pub name_id: String,
    /// The connection's name in URLs.
    pub connection: String,
    /// The attributes, as they were signed, each with its values in order.
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl WhoAmI {
    /// What there is to say of a session.
    #[must_use]
    pub fn new(session: &Session) -> Self {
        let attributes = session.attributes().iter().map(|a| (a.name.clone(), a.values.clone()));
        Self {
            user_name: session.user().user_name().to_owned(),
            name_id: session.name_id().value.clone(),
            connection: session.connection_slug().to_owned(),
            attributes: attributes.collect(),
        }
    }

    /// The JSON text, with a line feed at its end.
    ///
    /// # Errors
    /// None in practice: every key is a string.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self).map(|json| json + "\n")
    }
}

impl std::fmt::Debug for WhoAmI {
    // It names a person, who does not belong in whatever prints a struct.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WhoAmI").field("connection", &self.connection).finish_non_exhaustive()
    }
}
