//! What a login brings to an account that is there already: names, address and groups, where the connection wants it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::audit::Action;
use crate::model::connection::{AttributeMapping, Connection};
use crate::model::event::EventKind;
use crate::model::group::MemberId;
use crate::model::id::{GroupId, UserId};
use crate::model::identity::Attributes;
use crate::model::session::Identity;
use crate::model::user::User;
use crate::store::{Change, Effects, MemberChange, StoreError, Written};

use super::provision::{differing, membership};
use super::refusal::Stop;
use super::{Caller, Core};

/// How many groups of one name are looked at.
const NAMESAKES: usize = 100;

impl Core {
    /// The account, brought to what the identity provider says if the connection wants that. What the connection's SCIM
    /// provisions stays as it is.
    pub(super) async fn refresh(
        &self,
        connection: &Connection,
        user: &User,
        identity: &Identity,
        by_scim: bool,
        at: (&Caller, Timestamp),
    ) -> Result<User, Stop> {
        if by_scim {
            // The directory knows better, but what an earlier login gave is not kept against the Assertion.
            self.refresh_groups(connection, &user.id, identity, false, at).await?;
            return Ok(user.clone());
        }
        let user = match connection.policy.update_profile {
            true => self.refresh_profile(connection, user.clone(), identity, at).await?,
            false => user.clone(),
        };
        self.refresh_groups(connection, &user.id, identity, true, at).await?;
        Ok(user)
    }

    async fn refresh_profile(
        &self,
        connection: &Connection,
        mut user: User,
        identity: &Identity,
        (caller, now): (&Caller, Timestamp),
    ) -> Result<User, Stop> {
        let tenant = &connection.tenant;
        for _ in 0..3 {
            let mut next = user.clone();
            fill(&mut next, &identity.attributes, &connection.policy.attributes);
            if next.attributes() == user.attributes() {
                return Ok(user);
            }
            (next.version, next.modified_at) = (user.version.saturating_add(1), user.modified_at.max(now));
            let mut noted = self.event(now, Action::ProfileUpdated, caller, Some(connection));
            noted.user = Some(user.id.clone());
            let audit = [noted];
            let changed = differing(user.attributes(), next.attributes());
            let changed = changed.into_iter().map(str::to_owned).collect();
            let told = EventKind::UserUpdated { user: user.id.clone(), changed };
            let told = self.event_for_app(tenant, told, now)?;
            let change = Change::ReplaceUser { user: &next, expected: user.version };
            let effects = Effects::default().audit(&audit).events(told.as_slice());
            match self.store.write(tenant, change, effects).await? {
                Written::VersionChanged => {}
                Written::Written | Written::AtVersion(_) => {
                    audit.iter().for_each(super::log);
                    self.committed(told.as_slice()).await;
                    return Ok(next);
                }
                // Whether there is an account is asked again before the login is done.
                Written::Missing | Written::NotUnique(_) => return Ok(user),
            }
            match self.store.user(tenant, &user.id).await? {
                // It may be provisioning that was faster, which knows better.
                Some(now) if !self.is_provisioned(connection, &now.id).await? => user = now,
                Some(now) => return Ok(now),
                None => return Ok(user),
            }
        }
        Err(StoreError::unavailable("the account changed three times while a login updated it").into())
    }

    /// Puts the person into the groups that the attribute names, if it may, and takes them out of the others for which
    /// there is a rule.
    pub(super) async fn refresh_groups(
        &self,
        connection: &Connection,
        user: &UserId,
        identity: &Identity,
        may_add: bool,
        (caller, now): (&Caller, Timestamp),
    ) -> Result<(), Stop> {
        let (tenant, mapping) = (&connection.tenant, &connection.roles);
        if !connection.policy.update_groups || mapping.attribute.is_none() {
            return Ok(());
        }
        let member = [MemberId::User(user.clone())];
        let [who] = &member;
        let asserted = mapping.asserted(&identity.attributes);
        let is_in: BTreeSet<GroupId> =
            self.store.memberships(tenant, who, false).await?.into_iter().map(|known| known.group.id).collect();
        let named: BTreeSet<&str> = mapping.rules.iter().map(|rule| rule.group.as_str()).collect();
        for name in named {
            let wanted = asserted.iter().any(|asserted| asserted == name);
            let found = self.store.groups_named(tenant, name, NAMESAKES).await?;
            for group in found.into_iter().filter(|group| group.display_name() == name) {
                let is_pushed = self.store.provisioned(tenant, &connection.id, "Group", group.id.as_str()).await?;
                if is_pushed.is_some() || is_in.contains(&group.id) == wanted || (wanted && !may_add) {
                    continue;
                }
                let change = match wanted {
                    true => MemberChange::new(false, &[], &member),
                    false => MemberChange::new(false, &member, &[]),
                };
                let mut noted = self.event(now, Action::MembersChanged, caller, Some(connection));
                noted.user = Some(user.clone());
                noted.resource = Some(format!("Group/{}", group.id));
                let audit = [noted];
                let told = match membership(&group.id, change) {
                    Some(told) => self.event_for_app(tenant, told, now)?,
                    None => None,
                };
                let change = Change::Members { id: &group.id, members: change, expected: None, now };
                let effects = Effects::default().audit(&audit).events(told.as_slice());
                if let Written::AtVersion(_) = self.store.write(tenant, change, effects).await? {
                    audit.iter().for_each(super::log);
                    self.committed(told.as_slice()).await;
                }
            }
        }
        Ok(())
    }
}

/// Fills the fields of an account from attributes; empty values count as missing.
pub(super) fn fill(user: &mut User, attributes: &Attributes, mapping: &AttributeMapping) {
    let first = |names: &[String]| {
        let mut values = names.iter().filter_map(|name| attributes.first(name));
        values.find(|value| !value.is_empty()).map(str::to_owned)
    };
    // An account may have more addresses; they stay as long as this one is the one that counts.
    if let Some(email) = first(&mapping.email).filter(|email| user.email() != Some(email)) {
        user.set_email(email);
    }
    if let Some(name) = first(&mapping.given_name) {
        user.set_given_name(name);
    }
    if let Some(name) = first(&mapping.family_name) {
        user.set_family_name(name);
    }
    if let Some(name) = first(&mapping.display_name) {
        user.set_display_name(name);
    }
}
