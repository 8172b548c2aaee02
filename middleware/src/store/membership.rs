//! Who belongs where: the groups of somebody, direct and indirect, and the roles that follow.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::model::group::{Group, MemberId};
use crate::model::id::TenantId;
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::model::user::User;

use super::{Store, StoreError};

/// How many groups are read at once.
const PAGE: usize = 1_000;

/// How many groups of somebody count at most; who is in more counts as being in these.
pub const MAX_MEMBERSHIPS: usize = 10_000;

/// A group to which somebody belongs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Membership {
    /// The group.
    pub group: Group,
    /// Whether they are a member of it themselves, and not only a group of theirs is.
    pub direct: bool,
}

/// A session with its person and what they may do, as they are now.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LiveSession {
    /// The session.
    pub session: SessionRecord,
    /// The person.
    pub user: User,
    /// The roles that the mapping of the session's connection gives, see [`RoleMapping`](crate::RoleMapping).
    pub roles: Vec<String>,
}

impl LiveSession {
    /// A session with its person and their roles.
    #[must_use]
    pub const fn new(session: SessionRecord, user: User, roles: Vec<String>) -> Self {
        Self { session, user, roles }
    }
}

/// The groups of somebody, each once, direct ones before those that are reached through them.
pub(super) async fn memberships<S: Store>(
    store: &S,
    tenant: &TenantId,
    member: &MemberId,
    nested: bool,
) -> Result<Vec<Membership>, StoreError> {
    let mut found: Vec<Membership> = Vec::new();
    let mut seen = HashSet::new();
    let (mut waiting, mut direct) = (vec![member.clone()], true);
    while !waiting.is_empty() {
        let mut next = Vec::new();
        for member in waiting {
            let mut after = None;
            loop {
                let page = store.groups_of(tenant, &member, after.as_ref(), PAGE).await?;
                let is_last = page.len() < PAGE;
                after = page.last().map(|group| group.id.clone());
                for group in page {
                    if found.len() >= MAX_MEMBERSHIPS {
                        return Ok(found);
                    }
                    if seen.insert(group.id.clone()) {
                        next.push(MemberId::Group(group.id.clone()));
                        found.push(Membership { group, direct });
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        (waiting, direct) = (if nested { next } else { Vec::new() }, false);
    }
    Ok(found)
}

/// The session with this key, its person and their roles, one look-up after the other.
pub(super) async fn live_session<S: Store>(
    store: &S,
    key: &SecretHash,
    now: Timestamp,
) -> Result<Option<LiveSession>, StoreError> {
    let Some(session) = store.session(key, now).await? else { return Ok(None) };
    let Some(user) = store.user(&session.tenant, &session.user).await? else { return Ok(None) };
    let roles = roles(store, &session, &user).await?;
    Ok(Some(LiveSession { session, user, roles }))
}

/// The roles of a session's person.
pub(super) async fn roles<S: Store>(
    store: &S,
    session: &SessionRecord,
    user: &User,
) -> Result<Vec<String>, StoreError> {
    let (tenant, Some(id)) = (&session.tenant, &session.connection) else { return Ok(Vec::new()) };
    let connection = store.connection(tenant, id).await?;
    let Some(connection) = connection.filter(|connection| !connection.roles.is_empty()) else {
        return Ok(Vec::new());
    };
    let known = store.provisioned(tenant, id, "User", user.id.as_str()).await?;
    let member = MemberId::User(user.id.clone());
    let groups = store.memberships(tenant, &member, connection.scim_policy.nested_groups).await?;
    let names = groups.iter().map(|membership| membership.group.display_name());
    Ok(connection.roles.roles(names, &session.identity.attributes, known.is_some_and(|known| known.by_scim)))
}
