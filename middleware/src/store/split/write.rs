//! `Store::write` of a split store, in the order that [`Split`] tells.

use crate::model::id::{TenantId, UserId};
use crate::model::resource::Resource;
use crate::model::user::User;
use crate::store::query::{Found, Listed, Query};
use crate::store::{Change, Directory, Effects, MemberChange, Store, StoreError, UserKey, Written};

use super::shadow::{Before, Next, Shadow, Stage, kept_of};
use super::{ATTEMPTS, Split};

fn contended() -> StoreError {
    StoreError::unavailable("the person changed again and again while it was written")
}

/// What is left for the last step once the first has reserved what is unique.
fn later(effects: Effects<'_>) -> Effects<'_> {
    Effects { link: None, provisioned: None, renamed: None, ..effects }
}

/// What the first step reserves.
fn reserved(effects: Effects<'_>) -> Effects<'_> {
    Effects { audit: &[], events: &[], end_sessions: false, ..effects }
}

impl<D: Directory, S: Store> Split<D, S> {
    async fn write_shadow(
        &self,
        tenant: &TenantId,
        shadow: Shadow,
        effects: Effects<'_>,
    ) -> Result<Written, StoreError> {
        let expected = shadow.version;
        let user = shadow.raised().to_user(tenant)?;
        self.state.write(tenant, Change::ReplaceUser { user: &user, expected }, effects).await
    }

    pub(super) async fn create(
        &self,
        tenant: &TenantId,
        user: &User,
        effects: Effects<'_>,
    ) -> Result<Written, StoreError> {
        let shadow = Shadow::of(user, Stage::New, kept_of(&self.directory.columns(), user.attributes()));
        for _ in 0..ATTEMPTS {
            if self.directory.user(tenant, &user.id).await?.is_some() && !self.reclaim(tenant, &user.id).await? {
                return Ok(Written::NotUnique("id"));
            }
            if !self.frees_name(tenant, user).await? {
                return Ok(Written::NotUnique("userName"));
            }
            let change = shadow.to_user(tenant)?;
            match self.state.write(tenant, Change::CreateUser(&change), reserved(effects)).await? {
                Written::Written | Written::AtVersion(_) => {}
                // What is left of somebody whom the app removed, or of a write that was cut short.
                Written::NotUnique("id") => {
                    if !self.reclaim(tenant, &user.id).await? {
                        return Ok(Written::NotUnique("id"));
                    }
                    let gone = Change::DeleteUser { id: &user.id, expected: None, now: user.modified_at };
                    let _ = self.state.write(tenant, gone, Effects::default()).await?;
                    continue;
                }
                other if self.frees(tenant, other, effects).await? => continue,
                other => return Ok(other),
            }
            match self.directory.create_user(tenant, user).await? {
                Written::Written | Written::AtVersion(_) => {}
                other => {
                    let undo = Change::DeleteUser { id: &user.id, expected: Some(1), now: user.modified_at };
                    let _ = self.state.write(tenant, undo, Effects::default()).await?;
                    if other == Written::NotUnique("userName") && self.frees_name(tenant, user).await? {
                        continue;
                    }
                    return Ok(other);
                }
            }
            let live = Shadow { stage: Stage::Live, ..shadow.clone() };
            let done = self.write_shadow(tenant, live, later(effects)).await?;
            if done == Written::Written {
                return Ok(done);
            }
            // Another one took this for the rest of a crash.
            let _ = self.directory.delete_user(tenant, &user.id).await?;
            return Ok(Written::VersionChanged);
        }
        Err(contended())
    }

    pub(super) async fn replace(
        &self,
        tenant: &TenantId,
        user: &User,
        expected: u64,
        effects: Effects<'_>,
    ) -> Result<Written, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(row) = self.directory.user(tenant, &user.id).await? else { return Ok(Written::Missing) };
            let shadow = self.shadow(tenant, &user.id).await?;
            match &shadow {
                None if !self.knows_tenants => return Ok(Written::Missing),
                Some(shadow) if shadow.stage != Stage::Live => return Ok(Written::Missing),
                _ if row.version != expected => return Ok(Written::VersionChanged),
                Some(shadow) if shadow.next.is_some() => {
                    self.settle(tenant, &row, shadow).await?;
                    continue;
                }
                None => {
                    self.add_shadow(tenant, &row).await?;
                    continue;
                }
                Some(_) => {}
            }
            let Some(mut prepared) = shadow else { continue };
            let mut first = reserved(effects);
            let mut before = None;
            if let Some((connection, provisioned)) = effects.provisioned {
                let known = self.state.provisioned(tenant, connection, "User", user.id.as_str()).await?;
                if known.as_ref() == Some(provisioned) {
                    first.provisioned = None;
                } else {
                    before = Some(Before::new(connection, known));
                }
            }
            let next = Next::new(user, expected, before, effects);
            prepared.next = Some(next.clone());
            match self.write_shadow(tenant, prepared, first).await? {
                Written::Written | Written::AtVersion(_) => {}
                Written::VersionChanged | Written::Missing => continue,
                other if self.frees(tenant, other, effects).await? => continue,
                other => return Ok(other),
            }
            let mut done = self.directory.replace_user(tenant, user, expected).await?;
            if done == Written::NotUnique("userName") && self.frees_name(tenant, user).await? {
                done = self.directory.replace_user(tenant, user, expected).await?;
            }
            if done == Written::VersionChanged && self.is_done(tenant, user).await? {
                done = Written::Written;
            }
            if !matches!(done, Written::Written | Written::AtVersion(_)) {
                self.drop_next(tenant, &user.id, &next).await?;
                return Ok(done);
            }
            return self.finish(tenant, user, later(effects)).await;
        }
        Err(contended())
    }

    /// Whether the next writer has carried out this change already.
    async fn is_done(&self, tenant: &TenantId, user: &User) -> Result<bool, StoreError> {
        let columns = self.directory.columns();
        let row = self.directory.user(tenant, &user.id).await?;
        let held = |attributes: &crate::model::object::Object| {
            let mut held = attributes.clone();
            held.retain(|name, _| columns.has(name));
            held
        };
        Ok(row.is_some_and(|row| row.version == user.version && held(row.attributes()) == held(user.attributes())))
    }

    /// The last step of a replace, whose row is written.
    async fn finish(&self, tenant: &TenantId, user: &User, effects: Effects<'_>) -> Result<Written, StoreError> {
        for _ in 0..ATTEMPTS {
            let shadow = self.shadow(tenant, &user.id).await?;
            let Some(shadow) = shadow.filter(|shadow| shadow.stage == Stage::Live) else {
                return Ok(Written::Missing);
            };
            // A later change may be prepared already, which is none of ours: then whoever prepared it has finished this
            // one, told the app and ended the sessions.
            let (mut settled, effects) = match shadow.has_happened(user.version) {
                true => (shadow.settled(&self.directory.columns(), user.version), effects),
                false => (shadow, Effects::default().audit(effects.audit)),
            };
            settled.modified_at = settled.modified_at.max(user.modified_at);
            match self.write_shadow(tenant, settled, effects).await? {
                Written::VersionChanged => {}
                Written::AtVersion(_) => return Ok(Written::Written),
                other => return Ok(other),
            }
        }
        Err(contended())
    }

    /// Finishes the change that another writer prepared, or drops it. The caller reads again.
    async fn settle(&self, tenant: &TenantId, row: &User, shadow: &Shadow) -> Result<(), StoreError> {
        let Some(next) = &shadow.next else { return Ok(()) };
        if !shadow.has_happened(row.version) {
            let written = if row.version == next.expected {
                self.directory.replace_user(tenant, &next.user(tenant, shadow), next.expected).await?
            } else {
                Written::Missing
            };
            if !matches!(written, Written::Written | Written::AtVersion(_) | Written::VersionChanged) {
                return self.drop_next(tenant, &shadow.id, next).await;
            }
        }
        let Some(row) = self.directory.user(tenant, &shadow.id).await? else { return Ok(()) };
        if shadow.has_happened(row.version) {
            let settled = shadow.clone().settled(&self.directory.columns(), row.version);
            let _ = self.write_shadow(tenant, settled, next.effects()).await?;
        }
        Ok(())
    }

    /// Drops a prepared change that did not happen, and gives back what it reserved.
    async fn drop_next(&self, tenant: &TenantId, id: &UserId, next: &Next) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(mut shadow) = self.shadow(tenant, id).await? else { return Ok(()) };
            if shadow.next.as_ref() != Some(next) {
                return Ok(());
            }
            shadow.next = None;
            let before = next.before.as_ref().map(Before::parts);
            let effects = match &before {
                Some((connection, Some(provisioned))) => Effects::default().provisioned(connection, provisioned),
                Some((connection, None)) => Effects::default().forget_provisioned(connection),
                None => Effects::default(),
            };
            if self.write_shadow(tenant, shadow, effects).await? != Written::VersionChanged {
                return Ok(());
            }
        }
        Err(contended())
    }

    async fn delete(
        &self,
        tenant: &TenantId,
        (id, expected, now): (&UserId, Option<u64>, jiff::Timestamp),
        effects: Effects<'_>,
    ) -> Result<Written, StoreError> {
        let last = Change::DeleteUser { id, expected: None, now };
        for _ in 0..ATTEMPTS {
            let row = self.directory.user(tenant, id).await?;
            let shadow = self.shadow(tenant, id).await?;
            match (row, shadow) {
                (None, None) => return Ok(Written::Missing),
                (Some(row), None) => {
                    if !self.knows_tenants {
                        return Ok(Written::Missing);
                    }
                    self.add_shadow(tenant, &row).await?;
                }
                (_, Some(shadow)) if shadow.stage == Stage::New => return Ok(Written::Missing),
                (Some(row), Some(shadow)) if shadow.stage == Stage::Live => {
                    if shadow.next.is_some() {
                        self.settle(tenant, &row, &shadow).await?;
                        continue;
                    }
                    if expected.is_some_and(|expected| expected != row.version) {
                        return Ok(Written::VersionChanged);
                    }
                    // From here on there is nobody, so the app and the trail hear of it here.
                    let gone = Shadow { stage: Stage::Gone, ..shadow };
                    if self.write_shadow(tenant, gone, effects.end_sessions()).await? != Written::Written {
                        continue;
                    }
                    let _ = self.directory.delete_user(tenant, id).await?;
                    return self.state.write(tenant, last, Effects::default()).await;
                }
                // Cut short before, or removed by the app.
                (row, Some(shadow)) => {
                    if row.is_some() {
                        let _ = self.directory.delete_user(tenant, id).await?;
                    }
                    let effects = if shadow.stage == Stage::Gone { Effects::default() } else { effects };
                    return self.state.write(tenant, last, effects).await;
                }
            }
        }
        Err(contended())
    }

    /// Whether nobody has the user name, or whoever had it was a rest and is out of the way.
    async fn frees_name(&self, tenant: &TenantId, user: &User) -> Result<bool, StoreError> {
        match self.directory.find_user(tenant, UserKey::UserName(user.user_name())).await? {
            Some(row) if row.id != user.id => self.reclaim(tenant, &row.id).await,
            _ => Ok(true),
        }
    }

    /// Whether what stood in the way of a reservation was a rest and is out of the way.
    async fn frees(&self, tenant: &TenantId, refused: Written, effects: Effects<'_>) -> Result<bool, StoreError> {
        let other = match (refused, effects.provisioned, effects.link) {
            (Written::NotUnique("externalId"), Some((connection, provisioned)), _) => {
                let external_id = provisioned.external_id.as_deref().unwrap_or_default();
                let id = self.state.find_provisioned(tenant, connection, "User", external_id).await?;
                id.map(|id| UserId::from(id.as_str()))
            }
            (Written::NotUnique("nameId"), _, Some(link)) => {
                self.state.linked_user(tenant, link.connection, link.name_id).await?
            }
            _ => return Ok(false),
        };
        match other {
            Some(other) => self.reclaim(tenant, &other).await,
            None => Ok(true),
        }
    }

    /// Frees what somebody holds who is no person: the rest of a write that was cut short, or of whom the app removed.
    /// Whether that was so.
    pub(super) async fn reclaim(&self, tenant: &TenantId, id: &UserId) -> Result<bool, StoreError> {
        let shadow = self.shadow(tenant, id).await?;
        let row = self.directory.user(tenant, id).await?;
        match (shadow, row) {
            (None, Some(_)) => Ok(false),
            (Some(shadow), Some(_)) if shadow.stage == Stage::Live => Ok(false),
            (Some(shadow), None) if shadow.stage == Stage::Live => {
                let now = shadow.modified_at;
                let gone = Change::DeleteUser { id, expected: Some(shadow.version), now };
                let _ = self.state.write(tenant, gone, Effects::default()).await?;
                Ok(true)
            }
            (shadow, row) => {
                if let Some(shadow) = shadow.filter(|shadow| shadow.stage == Stage::New) {
                    // Who still makes it finds this, and takes its row away. The shadow stays, so that a row which
                    // comes after all is known to be a rest.
                    let gone = Shadow { stage: Stage::Gone, ..shadow };
                    if self.write_shadow(tenant, gone, Effects::default()).await? != Written::Written {
                        return Ok(true);
                    }
                }
                self.state.forget_provisioned(tenant, "User", id.as_str()).await?;
                self.state.unlink_user(tenant, id).await?;
                if row.is_some() {
                    let _ = self.directory.delete_user(tenant, id).await?;
                }
                Ok(true)
            }
        }
    }
}

impl<D: Directory, S: Store> Store for Split<D, S> {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        let add;
        let change = match change {
            Change::CreateUser(user) => return self.create(tenant, user, effects).await,
            Change::ReplaceUser { user, expected } => return self.replace(tenant, user, expected, effects).await,
            Change::DeleteUser { id, expected, now } => {
                return self.delete(tenant, (id, expected, now), effects).await;
            }
            Change::CreateGroup { group, members } => {
                add = self.addable(tenant, members.add).await?;
                Change::CreateGroup { group, members: MemberChange { add: &add, ..members } }
            }
            Change::ReplaceGroup { group, expected, members } => {
                add = self.addable(tenant, members.add).await?;
                Change::ReplaceGroup { group, expected, members: MemberChange { add: &add, ..members } }
            }
            Change::Members { id, members, expected, now } => {
                add = self.addable(tenant, members.add).await?;
                Change::Members { id, members: MemberChange { add: &add, ..members }, expected, now }
            }
            Change::EndSessions(id) => {
                // A request that is sent again heals what a crash left of the first.
                if let (Some(row), Some(shadow)) =
                    (self.directory.user(tenant, id).await?, self.shadow(tenant, id).await?)
                    && shadow.stage == Stage::Live
                {
                    self.settle(tenant, &row, &shadow).await?;
                }
                Change::EndSessions(id)
            }
            other => other,
        };
        self.state.write(tenant, change, effects).await
    }

    async fn query_resources(
        &self,
        tenant: &TenantId,
        query: &Query<'_>,
    ) -> Result<Found<Listed<Resource>>, StoreError> {
        self.state.query_resources(tenant, query).await
    }
}
