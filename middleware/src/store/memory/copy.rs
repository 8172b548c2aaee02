//! `Portable` in memory.

use std::ops::Bound;

use crate::model::group::MemberId;
use crate::model::id::{ConnectionId, GroupId, ResourceId, TenantId, UserId};
use crate::store::{Alone, Page, Place, Portable, Record, Section, StoreError, Written};

use super::connections::page;
use super::{Memory, Tables};

/// A place that is a number.
fn number(place: Option<&Place>) -> Result<usize, StoreError> {
    place.map_or(Ok(0), |place| place.as_str().parse().map_err(StoreError::corrupt))
}

/// A place that is a list of texts, or of numbers as such.
fn words(place: Option<&Place>) -> Result<Vec<String>, StoreError> {
    place.map_or(Ok(Vec::new()), |place| serde_json::from_str(place.as_str()).map_err(StoreError::corrupt))
}

fn place(words: &[&str]) -> Place {
    Place::new(serde_json::Value::from(words.to_vec()).to_string())
}

/// A page of what is not kept in the order of any key: nothing moves while nothing is written.
fn counted<'a>(
    all: impl Iterator<Item = Record> + 'a,
    after: Option<&Place>,
    limit: usize,
) -> Result<Page, StoreError> {
    let skip = number(after)?;
    let records: Vec<Record> = all.skip(skip).take(limit).collect();
    let next = (records.len() == limit).then(|| Place::new(skip.saturating_add(limit).to_string()));
    Ok(Page::new(records, next))
}

/// A page of what stands in a map, with the key behind which the next one begins.
fn keyed(records: Vec<Record>, limit: usize, key: impl FnOnce(&Record) -> Option<Place>) -> Page {
    let next = records.last().filter(|_| records.len() == limit).and_then(key);
    Page::new(records, next)
}

/// A page of what each tenant has in an order of its own.
fn of_tenants<'a, I>(
    tenants: impl Iterator<Item = &'a TenantId>,
    from: impl Fn(&'a TenantId, usize) -> I,
    after: Option<&Place>,
    limit: usize,
) -> Result<Page, StoreError>
where
    I: Iterator<Item = Record>,
{
    let words = words(after)?;
    let at = words.first().map(|tenant| TenantId::from(tenant.as_str()));
    let skip = words.get(1).map_or(Ok(0), |skip| skip.parse::<usize>()).map_err(StoreError::corrupt)?;
    let mut records = Vec::new();
    for tenant in tenants.filter(|tenant| at.as_ref().is_none_or(|at| *tenant >= at)) {
        let skip = if at.as_ref() == Some(tenant) { skip } else { 0 };
        let before = records.len();
        records.extend(from(tenant, skip).take(limit.saturating_sub(before)));
        if records.len() >= limit {
            let shown = skip.saturating_add(records.len()).saturating_sub(before);
            return Ok(Page::new(records, Some(place(&[tenant.as_str(), &shown.to_string()]))));
        }
    }
    Ok(Page::new(records, None))
}

fn member(kind: &str, id: &str) -> MemberId {
    if kind == "user" { MemberId::User(UserId::from(id)) } else { MemberId::Group(GroupId::from(id)) }
}

impl Tables {
    fn dump(&self, section: Section, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
        match section {
            Section::Tenants => {
                let after = after.map(|place| TenantId::from(place.as_str()));
                let all = page(&self.connections.tenants, after.as_ref()).take(limit);
                Ok(keyed(all.cloned().map(Record::Tenant).collect(), limit, |last| match last {
                    Record::Tenant(tenant) => Some(Place::new(tenant.id.as_str())),
                    _ => None,
                }))
            }
            Section::Connections => {
                let after = after.map(|place| ConnectionId::from(place.as_str()));
                let all = page(&self.connections.connections, after.as_ref()).take(limit);
                Ok(keyed(all.cloned().map(Record::Connection).collect(), limit, |last| match last {
                    Record::Connection(connection) => Some(Place::new(connection.id.as_str())),
                    _ => None,
                }))
            }
            Section::Users => {
                let from = |tenant, skip| {
                    let people = self.users.of(tenant).into_iter();
                    people.flat_map(move |people| people.from(skip)).cloned().map(Record::User)
                };
                of_tenants(self.users.tenants().into_iter(), from, after, limit)
            }
            Section::Groups => {
                let from = |tenant, skip| {
                    let groups = self.groups.of(tenant).into_iter();
                    groups.flat_map(move |groups| groups.from(skip)).cloned().map(Record::Group)
                };
                of_tenants(self.groups.tenants().into_iter(), from, after, limit)
            }
            Section::Members => self.dump_members(after, limit),
            Section::Resources => self.dump_resources(after, limit),
            Section::Links => {
                let all = self.links.users.iter().map(|((tenant, connection, name_id), user)| Record::Link {
                    tenant: tenant.clone(),
                    connection: connection.clone(),
                    name_id: name_id.clone(),
                    user: user.clone(),
                });
                counted(all, after, limit)
            }
            Section::Provisioned => {
                let all = self.provisioned.all().map(|(tenant, (connection, kind, id), known)| Record::Provisioned {
                    tenant: tenant.clone(),
                    connection: connection.clone(),
                    kind: kind.clone(),
                    id: id.clone(),
                    provisioned: known.clone(),
                });
                counted(all, after, limit)
            }
            Section::Logins => {
                let all = self.logins.logins.iter();
                let all =
                    all.map(|((tenant, _), login)| Record::Login { tenant: tenant.clone(), login: login.clone() });
                counted(all, after, limit)
            }
            Section::Assertions => {
                let all = self.logins.assertions.iter().map(|((tenant, connection, id), until)| Record::Assertion {
                    tenant: tenant.clone(),
                    connection: connection.clone(),
                    id: id.clone(),
                    until: *until,
                });
                counted(all, after, limit)
            }
            Section::Emergency => counted(self.emergency.links.values().cloned().map(Record::Emergency), after, limit),
            Section::Sessions => counted(self.sessions.sessions.values().cloned().map(Record::Session), after, limit),
            Section::Audit => {
                let skip = number(after)?;
                let records: Vec<Record> = self.audit.oldest(skip).take(limit).cloned().map(Record::Audit).collect();
                let next = (records.len() == limit).then(|| Place::new(skip.saturating_add(limit).to_string()));
                Ok(Page::new(records, next))
            }
            Section::Events => {
                let after = after.map(|place| place.as_str().parse().map_err(StoreError::corrupt)).transpose()?;
                let events = self.outbox.behind(after, limit);
                let last = events.last().filter(|_| events.len() == limit).map(|(sequence, _)| *sequence);
                let records = events.into_iter().map(|(_, queued)| Record::Event(queued)).collect();
                Ok(Page::new(records, last.map(|sequence| Place::new(sequence.to_string()))))
            }
        }
    }

    fn dump_members(&self, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
        let words = words(after)?;
        let after = match words.as_slice() {
            [tenant, group, kind, id] => {
                Some((TenantId::from(tenant.as_str()), GroupId::from(group.as_str()), member(kind, id)))
            }
            _ => None,
        };
        let tenants = self.groups.tenants().into_iter();
        let behind = tenants.filter(|tenant| after.as_ref().is_none_or(|(at, ..)| *tenant >= at));
        let all = behind.flat_map(|tenant| {
            let after = after.as_ref().filter(|(at, ..)| at == tenant).map(|(_, group, member)| (group, member));
            let groups = self.groups.of(tenant).into_iter();
            groups.flat_map(move |groups| groups.members_behind(after)).map(move |(group, member)| Record::Member {
                tenant: tenant.clone(),
                group: group.clone(),
                member: member.clone(),
            })
        });
        Ok(keyed(all.take(limit).collect(), limit, |last| match last {
            Record::Member { tenant, group, member } => {
                let kind = if matches!(member, MemberId::User(_)) { "user" } else { "group" };
                Some(place(&[tenant.as_str(), group.as_str(), kind, member.as_str()]))
            }
            _ => None,
        }))
    }

    fn dump_resources(&self, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
        let words = words(after)?;
        let start = match words.as_slice() {
            [tenant, kind, id] => {
                Bound::Excluded((TenantId::from(tenant.as_str()), kind.clone(), ResourceId::from(id.as_str())))
            }
            _ => Bound::Unbounded,
        };
        let all = self.resources.by_id.range((start, Bound::Unbounded)).take(limit);
        let records = all.map(|(_, resource)| Record::Resource(resource.clone())).collect();
        Ok(keyed(records, limit, |last| match last {
            Record::Resource(it) => Some(place(&[it.tenant.as_str(), &it.kind, it.id.as_str()])),
            _ => None,
        }))
    }

    /// Whether a record can be added to what is there.
    fn has_room(&self, record: &Record) -> bool {
        match record {
            Record::Tenant(tenant) => !self.connections.tenants.contains_key(&tenant.id),
            Record::Connection(connection) => {
                !self.connections.connections.contains_key(&connection.id)
                    && self.connections.collision(connection).is_none()
            }
            Record::User(user) => self.users.may_create(&user.tenant, user) == Written::Written,
            Record::Group(group) => self.groups.get(&group.tenant, &group.id).is_none(),
            Record::Member { tenant, group, member } => {
                let is_in = self.groups.of(tenant).and_then(|groups| groups.contains(group, member));
                is_in == Some(false)
            }
            Record::Resource(it) => self.resources.get(&it.tenant, &it.kind, &it.id).is_none(),
            Record::Link { tenant, connection, name_id, user } => self.links.is_free(tenant, connection, name_id, user),
            Record::Provisioned { tenant, connection, kind, id, provisioned } => {
                self.provisioned.get(tenant, connection, kind, id).is_none()
                    && self.provisioned.may_set(tenant, connection, (kind, id), provisioned) == Written::Written
            }
            Record::Login { tenant, login } => !self.logins.logins.contains_key(&(tenant.clone(), login.id.clone())),
            Record::Assertion { tenant, connection, id, .. } => {
                !self.logins.assertions.contains_key(&(tenant.clone(), connection.clone(), id.clone()))
            }
            Record::Emergency(link) => !self.emergency.links.contains_key(&link.key),
            Record::Session(session) => !self.sessions.sessions.contains_key(&session.key),
            Record::Audit(_) => true,
            Record::Event(queued) => !self.outbox.is_there(&queued.event.id),
        }
    }

    /// Adds a record for which there is room.
    fn add(&mut self, record: &Record) {
        match record {
            Record::Tenant(tenant) => {
                self.connections.tenants.insert(tenant.id.clone(), tenant.clone());
            }
            Record::Connection(connection) => {
                self.connections.connections.insert(connection.id.clone(), connection.clone());
            }
            Record::User(user) => {
                let _ = self.users.create(&user.tenant, user);
            }
            Record::Group(group) => self.groups.create(&group.tenant, group),
            Record::Member { tenant, group, member } => self.groups.put_member(tenant, group, member),
            Record::Resource(resource) => self.resources.put(&resource.tenant, resource),
            Record::Link { tenant, connection, name_id, user } => {
                let _ = self.links.link(tenant, connection, name_id, user, Alone::AtConnection);
            }
            Record::Provisioned { tenant, connection, kind, id, provisioned } => {
                let _ = self.provisioned.set(tenant, connection, (kind, id), provisioned);
            }
            Record::Login { tenant, login } => self.logins.put(tenant, login),
            Record::Assertion { tenant, connection, id, until } => self.logins.use_up(tenant, connection, id, *until),
            Record::Emergency(link) => {
                self.emergency.links.insert(link.key, link.clone());
            }
            Record::Session(session) => self.sessions.put(session),
            Record::Audit(event) => self.audit.put(event),
            Record::Event(queued) => self.outbox.put_queued(queued),
        }
    }

    /// Takes out a record that was the last to be added, or on which nothing rests.
    fn undo(&mut self, record: &Record) {
        match record {
            Record::Tenant(tenant) => drop(self.connections.tenants.remove(&tenant.id)),
            Record::Connection(connection) => drop(self.connections.connections.remove(&connection.id)),
            Record::User(user) => {
                let _ = self.users.remove(&user.tenant, &user.id);
            }
            Record::Group(group) => self.groups.remove(&group.tenant, &group.id, group.modified_at),
            Record::Member { tenant, group, member } => self.groups.take_member(tenant, group, member),
            Record::Resource(it) => self.resources.remove(&it.tenant, &it.kind, &it.id),
            Record::Link { tenant, connection, name_id, user } => {
                self.links.unlink(tenant, connection, name_id, user);
            }
            Record::Provisioned { tenant, connection, kind, id, .. } => {
                self.provisioned.forget(tenant, std::slice::from_ref(connection), (kind, id));
            }
            Record::Login { tenant, login } => self.logins.forget(tenant, &login.id),
            Record::Assertion { tenant, connection, id, .. } => self.logins.forget_use(tenant, connection, id),
            Record::Emergency(link) => drop(self.emergency.links.remove(&link.key)),
            Record::Session(session) => {
                self.sessions.remove(&session.key);
            }
            Record::Audit(event) => self.audit.take_back(event),
            Record::Event(queued) => self.outbox.forget(&queued.event.id),
        }
    }
}

impl Tables {
    fn drop_orphans(&mut self, of: Section) -> u64 {
        let is_meant = |kind: &str| match of {
            Section::Users => kind == "User",
            Section::Groups => kind == "Group",
            Section::Resources => kind != "User" && kind != "Group",
            _ => false,
        };
        let is_there = |tenant: &TenantId, kind: &str, id: &str| match kind {
            "User" => self.users.get(tenant, &UserId::from(id)).is_some(),
            "Group" => self.groups.get(tenant, &GroupId::from(id)).is_some(),
            _ => self.resources.get(tenant, kind, &ResourceId::from(id)).is_some(),
        };
        let mut orphans = Vec::new();
        for tenant in self.groups.tenants() {
            for (group, member) in self.groups.of(tenant).into_iter().flat_map(|groups| groups.members_behind(None)) {
                let kind = if matches!(member, MemberId::User(_)) { "User" } else { "Group" };
                if is_meant(kind) && !is_there(tenant, kind, member.as_str()) {
                    let (tenant, group, member) = (tenant.clone(), group.clone(), member.clone());
                    orphans.push(Record::Member { tenant, group, member });
                }
            }
        }
        for ((tenant, connection, name_id), user) in &self.links.users {
            if is_meant("User") && !is_there(tenant, "User", user.as_str()) {
                let (connection, name_id) = (connection.clone(), name_id.clone());
                orphans.push(Record::Link { tenant: tenant.clone(), connection, name_id, user: user.clone() });
            }
        }
        for (tenant, (connection, kind, id), known) in self.provisioned.all() {
            if is_meant(kind) && !is_there(tenant, kind, id) {
                let (tenant, connection, provisioned) = (tenant.clone(), connection.clone(), known.clone());
                orphans.push(Record::Provisioned {
                    tenant,
                    connection,
                    kind: kind.clone(),
                    id: id.clone(),
                    provisioned,
                });
            }
        }
        orphans.iter().for_each(|orphan| self.undo(orphan));
        orphans.len() as u64
    }
}

impl Portable for Memory {
    async fn dump(&self, section: Section, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
        self.tables().dump(section, after, limit.max(1))
    }

    async fn load(&self, records: Vec<Record>) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for (at, record) in records.iter().enumerate() {
            if !tables.has_room(record) {
                records.iter().take(at).rev().for_each(|record| tables.undo(record));
                return Err(StoreError::corrupt("its key or a name of it is there already, or its group is not"));
            }
            tables.add(record);
        }
        Ok(())
    }

    async fn drop_orphans(&self, of: Section) -> Result<u64, StoreError> {
        Ok(self.tables().drop_orphans(of))
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        let tables = self.tables();
        for section in Section::ALL {
            if !tables.dump(*section, None, 1)?.records.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
