//! GET (RFC 7644, 3.4): one resource, or those that a filter meets.

use crate::scim::error::{ScimError, ScimType};
use crate::scim::filter::Filter;
use crate::scim::page::{Page, envelope};
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::version;
use crate::store::Membership;
use crate::store::query::{Found, Query};

use super::stored::{Shelf, Stored};
use super::{Answered, Body, Listed, Provisioner, Stopped, location, no_such};

impl Provisioner<'_> {
    /// One resource; nothing but its tag if it meets `If-None-Match`.
    pub(crate) async fn read(
        &self,
        kind: &ResourceType,
        id: &str,
        projection: &Projection<'_>,
        if_none_match: Option<&str>,
    ) -> Result<Answered, Stopped> {
        let stored = self.load(kind, id).await?.ok_or_else(|| no_such(kind, id))?;
        if if_none_match.is_some_and(|field| version::meets(field, stored.version)) {
            return Ok(Answered::not_modified(version::tag(stored.version)));
        }
        self.answered(200, kind, &stored, projection).await
    }

    /// A resource as the answer to a request.
    pub(super) async fn answered(
        &self,
        status: u16,
        kind: &ResourceType,
        stored: &Stored,
        projection: &Projection<'_>,
    ) -> Result<Answered, Stopped> {
        let groups = self.memberships(kind, std::iter::once(stored), projection).await?;
        let body = Body::Resource(self.listed(kind, stored, groups.first().map(Vec::as_slice), projection));
        let location = Some(self.location(kind, &stored.id));
        Ok(Answered { status, etag: Some(version::tag(stored.version)), location, body })
    }

    fn listed(
        &self,
        kind: &ResourceType,
        stored: &Stored,
        groups: Option<&[Membership]>,
        projection: &Projection<'_>,
    ) -> Listed {
        let resource = self.rendered(kind, stored, groups, projection);
        let has_members = Shelf::of(kind) == Shelf::Groups && projection.wants("members");
        let members = has_members.then(|| self.member_pages(&stored.id, projection));
        Listed { resource, members }
    }

    /// A page of the resources that a filter meets.
    pub(crate) async fn list(
        &self,
        kind: &ResourceType,
        filter: Option<&Filter>,
        page: &Page,
        projection: &Projection<'_>,
    ) -> Result<Answered, Stopped> {
        let base = location(&self.core.scim_url(), kind, "");
        let query = Query {
            connection: self.connection_id(),
            kind,
            filter,
            skip: page.offset(),
            count: page.count,
            location: &base,
        };
        let (store, tenant) = (&self.core.store, &self.connection.tenant);
        let found = match Shelf::of(kind) {
            Shelf::Users => store
                .query_users(tenant, &query)
                .await?
                .map(|listed| Stored::of_user(&listed.resource, listed.external_id)),
            Shelf::Groups => store
                .query_groups(tenant, &query)
                .await?
                .map(|listed| Stored::of_group(listed.resource, listed.external_id)),
            Shelf::Others => store
                .query_resources(tenant, &query)
                .await?
                .map(|listed| Stored::of_resource(listed.resource, listed.external_id)),
        };
        let Found::Page { total, items } = found else {
            let detail = "there are too many resources to look through for this filter; filter by userName, externalId, \
                          emails.value, displayName or id";
            return Err(ScimError::new(ScimType::TooMany, detail).into());
        };
        let groups = self.memberships(kind, items.iter(), projection).await?;
        let groups = groups.iter().map(|groups| Some(groups.as_slice())).chain(std::iter::repeat(None));
        let resources: Vec<_> =
            items.iter().zip(groups).map(|(stored, groups)| self.listed(kind, stored, groups, projection)).collect();
        let envelope = envelope(total, page.start_index, resources.len());
        Ok(Answered { status: 200, etag: None, location: None, body: Body::List(envelope, resources) })
    }
}

/// The name under which the resources of a list stand.
pub(crate) const RESOURCES: &str = "Resources";
