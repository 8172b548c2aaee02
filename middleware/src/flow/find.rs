//! Which connection a request is about, and what we say of our side of it.

use crate::model::connection::Connection;
use crate::model::id::Slug;
use crate::saml::metadata::SpMetadata;
use crate::store::StoreError;

use super::Core;

impl Core {
    /// The metadata of our side of a connection that is there and enabled.
    pub(crate) async fn sp_metadata(&self, slug: &Slug) -> Result<Option<SpMetadata>, StoreError> {
        let Some(connection) = self.store.connection_by_slug(slug).await? else { return Ok(None) };
        if !self.is_open(&connection).await? {
            return Ok(None);
        }
        Ok(Some(SpMetadata {
            entity_id: self.sp_entity_id(&connection),
            acs_url: self.acs_url(slug),
            name_id_formats: connection.policy.name_id_format.iter().cloned().collect(),
            want_assertions_signed: connection.policy.want_assertions_signed,
        }))
    }

    /// The connection of an e-mail address, by its domain.
    pub(crate) async fn connection_for_email(&self, email: &str) -> Result<Option<Connection>, StoreError> {
        let Some((_, domain)) = email.trim().rsplit_once('@') else { return Ok(None) };
        let domain = domain.to_ascii_lowercase();
        let Some(connection) = self.store.connection_by_domain(&domain).await? else { return Ok(None) };
        Ok(self.is_open(&connection).await?.then_some(connection))
    }

    /// The one connection that takes logins, if there is only one.
    pub(crate) async fn only_connection(&self) -> Result<Option<Connection>, StoreError> {
        let mut active = self.store.active_connections(2).await?;
        Ok(if active.len() == 1 { active.pop() } else { None })
    }
}
