//! DELETE (RFC 7644, 3.6): the resource, what goes with it, and its unique values are free again.

use crate::model::audit::Action;
use crate::model::id::{GroupId, ResourceId, UserId};
use crate::scim::error::{ScimError, quoted};
use crate::scim::schema::ResourceType;
use crate::scim::version;
use crate::store::{Change, Effects, Written};

use super::stored::Shelf;
use super::{ATTEMPTS, Answered, Provisioner, Stopped, contended, no_such, told};

impl Provisioner<'_> {
    /// Deletes a resource that meets `If-Match`, if there is one.
    pub(crate) async fn delete(
        &self,
        kind: &ResourceType,
        id: &str,
        if_match: Option<&str>,
    ) -> Result<Answered, Stopped> {
        for _ in 0..ATTEMPTS {
            let expected = match self.load(kind, id).await? {
                Some(stored) => {
                    self.may_write(kind, &stored).await?;
                    precondition(if_match, stored.version)?;
                    if_match.is_some().then_some(stored.version)
                }
                // The store is asked all the same: it may have to finish a removal that was cut short.
                None => None,
            };
            match self.remove(kind, id, expected).await? {
                Written::Written | Written::AtVersion(_) => return Ok(Answered::nothing(None)),
                Written::Missing => return Err(no_such(kind, id)),
                Written::VersionChanged | Written::NotUnique(_) => {}
            }
        }
        Err(contended())
    }

    async fn remove(&self, kind: &ResourceType, id: &str, expected: Option<u64>) -> Result<Written, Stopped> {
        let (store, tenant, now) = (&self.core.store, &self.connection.tenant, self.now);
        let audit = [self.noted(Action::ResourceDeleted, kind, id)];
        let told = self.told(told::removed(kind, id))?;
        let effects = Effects::default().audit(&audit).events(&told);
        let written = match Shelf::of(kind) {
            Shelf::Users => {
                let id = UserId::from(id);
                store.write(tenant, Change::DeleteUser { id: &id, expected, now }, effects).await?
            }
            Shelf::Groups => {
                let id = GroupId::from(id);
                store.write(tenant, Change::DeleteGroup { id: &id, expected, now }, effects).await?
            }
            Shelf::Others => {
                let id = ResourceId::from(id);
                let change = Change::DeleteResource { kind: &kind.name, id: &id, expected };
                store.write(tenant, change, effects).await?
            }
        };
        if written == Written::Written {
            audit.iter().for_each(super::super::log);
            self.core.committed(&told).await;
        }
        Ok(written)
    }
}

/// Whether a resource of this version meets `If-Match` (RFC 7644, 3.14).
pub(super) fn precondition(if_match: Option<&str>, current: u64) -> Result<(), Stopped> {
    match if_match {
        Some(field) if !version::meets(field, current) => {
            let detail = format!("If-Match says {}, but the resource is {}", quoted(field), version::tag(current));
            Err(ScimError::plain(412, detail).into())
        }
        _ => Ok(()),
    }
}
