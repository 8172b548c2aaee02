//! A change with its effects that outlives its caller: the rows are made before the thread that writes is asked.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::group::MemberId;
use crate::model::id::{ConnectionId, GroupId, ResourceId, TenantId, UserId};
use crate::store::{Alone, Change, Effects, Provisioned, StoreError, Written};

use super::audit::AuditRow;
use super::groups::{self, GroupRow};
use super::identities::{self, name_key};
use super::members::{self, Members};
use super::outbox::EventRow;
use super::people::{self, UserRow};
use super::resources::{self, ResourceRow};
use super::row::may_write;
use super::{Answer, sessions};

/// See [`Change`].
enum Step {
    CreateUser(UserRow),
    ReplaceUser(UserRow, u64),
    DeleteUser(UserId, Option<u64>, Timestamp),
    EndSessions,
    CreateGroup(GroupRow, Members),
    ReplaceGroup(GroupRow, u64, Members),
    Members(GroupId, Members, Option<u64>, Timestamp),
    DeleteGroup(GroupId, Option<u64>, Timestamp),
    CreateResource(ResourceRow),
    ReplaceResource(ResourceRow, u64),
    DeleteResource(String, ResourceId, Option<u64>),
}

/// See [`Effects`].
pub(super) struct Work {
    tenant: TenantId,
    step: Step,
    kind: String,
    id: String,
    user: Option<UserId>,
    link: Option<(ConnectionId, String)>,
    renamed: Option<(ConnectionId, Option<String>, String)>,
    forget_provisioned: Option<ConnectionId>,
    provisioned: Option<(ConnectionId, Provisioned)>,
    end_sessions: bool,
    audit: Vec<AuditRow>,
    events: Vec<EventRow>,
}

impl Work {
    pub(super) fn of(tenant: &TenantId, change: &Change<'_>, effects: Effects<'_>) -> Result<Self, StoreError> {
        let step = match change {
            Change::CreateUser(user) => Step::CreateUser(UserRow::of(tenant, user)?),
            Change::ReplaceUser { user, expected } => Step::ReplaceUser(UserRow::of(tenant, user)?, *expected),
            Change::DeleteUser { id, expected, now } => Step::DeleteUser((*id).clone(), *expected, *now),
            Change::EndSessions(_) => Step::EndSessions,
            Change::CreateGroup { group, members } => {
                Step::CreateGroup(GroupRow::of(tenant, group)?, Members::from(*members))
            }
            Change::ReplaceGroup { group, expected, members } => {
                Step::ReplaceGroup(GroupRow::of(tenant, group)?, *expected, Members::from(*members))
            }
            Change::Members { id, members, expected, now } => {
                Step::Members((*id).clone(), Members::from(*members), *expected, *now)
            }
            Change::DeleteGroup { id, expected, now } => Step::DeleteGroup((*id).clone(), *expected, *now),
            Change::CreateResource(resource) => Step::CreateResource(ResourceRow::of(tenant, resource)?),
            Change::ReplaceResource { resource, expected } => {
                Step::ReplaceResource(ResourceRow::of(tenant, resource)?, *expected)
            }
            Change::DeleteResource { kind, id, expected } => {
                Step::DeleteResource((*kind).to_owned(), (*id).clone(), *expected)
            }
        };
        let (kind, id) = change.subject();
        let link = effects.link.map(|link| Ok::<_, StoreError>((link.connection.clone(), name_key(link.name_id)?)));
        Ok(Self {
            tenant: tenant.clone(),
            step,
            kind: kind.to_owned(),
            id: id.to_owned(),
            user: change.user().cloned(),
            link: link.transpose()?,
            renamed: effects
                .renamed
                .map(|renamed| (renamed.connection.clone(), renamed.from.map(str::to_owned), renamed.to.to_owned())),
            forget_provisioned: effects.forget_provisioned.cloned(),
            provisioned: effects.provisioned.map(|(connection, known)| (connection.clone(), known.clone())),
            end_sessions: effects.end_sessions,
            audit: effects.audit.iter().map(AuditRow::of).collect::<Result<_, _>>()?,
            events: effects.events.iter().map(EventRow::of).collect::<Result<_, _>>()?,
        })
    }

    /// Carries out the change and its effects. Whatever the answer, if it is not one of success all is undone.
    pub(super) fn carry_out(&self, connection: &Connection) -> Answer<Written> {
        let (tenant, subject) = (&self.tenant, (self.kind.as_str(), self.id.as_str()));
        let before = match &self.step {
            Step::Members(id, ..) => groups::version_of(connection, tenant, id)?,
            _ => None,
        };
        let done = self.change(connection)?;
        match (done, before) {
            (Written::Written, _) => {}
            (Written::AtVersion(version), Some(before)) if version != super::row::version(before) => {}
            _ => return Ok(done),
        }
        if let Some((at, provisioned)) = &self.provisioned {
            let set = identities::set_provisioned(connection, tenant, at, subject, provisioned)?;
            if set != Written::Written {
                return Ok(set);
            }
        }
        if let (Some((at, name)), Some(user)) = (&self.link, &self.user) {
            let linked = identities::link(connection, tenant, at, name, user, Alone::InTenant)?;
            if linked != Written::Written {
                return Ok(linked);
            }
        }
        if let Some(at) = &self.forget_provisioned {
            identities::forget_at(connection, tenant, at, subject)?;
        }
        if let (Some((at, from, to)), Some(user)) = (&self.renamed, &self.user) {
            identities::rename(connection, tenant, user, at, (from.as_deref(), to))?;
        }
        if let (true, Some(user)) = (self.end_sessions, &self.user) {
            sessions::end_of(connection, tenant, user)?;
        }
        for event in &self.audit {
            event.add(connection)?;
        }
        for event in &self.events {
            event.put(connection)?;
        }
        Ok(done)
    }

    fn change(&self, connection: &Connection) -> Answer<Written> {
        let (tenant, subject) = (&self.tenant, (self.kind.as_str(), self.id.as_str()));
        match &self.step {
            Step::CreateUser(row) => row.create(connection),
            Step::ReplaceUser(row, expected) => row.replace(connection, *expected),
            Step::DeleteUser(id, expected, now) => {
                let may = may_write(people::version_of(connection, tenant, id)?, *expected);
                if may == Written::Written {
                    let _ = people::delete(connection, tenant, id)?;
                    sessions::end_of(connection, tenant, id)?;
                    identities::unlink(connection, tenant, id)?;
                    members::forget(connection, tenant, &MemberId::User(id.clone()), *now)?;
                    identities::forget(connection, tenant, subject)?;
                }
                Ok(may)
            }
            Step::EndSessions => {
                if let Some(user) = &self.user {
                    sessions::end_of(connection, tenant, user)?;
                }
                Ok(Written::Written)
            }
            Step::CreateGroup(row, members) => row.create(connection, members),
            Step::ReplaceGroup(row, expected, members) => row.replace(connection, *expected, members),
            Step::Members(id, members, expected, now) => members.change(connection, tenant, id, *expected, *now),
            Step::DeleteGroup(id, expected, now) => {
                let deleted = groups::delete(connection, tenant, id, *expected, *now)?;
                if deleted == Written::Written {
                    identities::forget(connection, tenant, subject)?;
                }
                Ok(deleted)
            }
            Step::CreateResource(row) => row.create(connection),
            Step::ReplaceResource(row, expected) => row.replace(connection, *expected),
            Step::DeleteResource(kind, id, expected) => {
                let deleted = resources::delete(connection, tenant, kind, id, *expected)?;
                if deleted == Written::Written {
                    identities::forget(connection, tenant, subject)?;
                }
                Ok(deleted)
            }
        }
    }
}
