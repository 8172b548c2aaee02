//! POST, PUT and PATCH (RFC 7644, 3.3 and 3.5): each is load, check, apply, store with the version that was read.

use serde_json::Value;

use crate::model::audit::{Action, AuditEvent};
use crate::model::event::EventKind;
use crate::model::id::{GroupId, UserId, random_text};
use crate::model::object::{Object, text};
use crate::scim::error::{ScimError, ScimType, quoted};
use crate::scim::leniency::revive_inactive;
use crate::scim::patch::{self, Patch};
use crate::scim::project::Projection;
use crate::scim::resource::{self, Purpose};
use crate::scim::schema::ResourceType;
use crate::scim::version;
use crate::store::{Change, Effects, Provisioned, UserKey, Written};

use super::member_plan::Members;
use super::ownership::Origin;
use super::remove::precondition;
use super::stored::{Shelf, Stored};
use super::{ATTEMPTS, Answered, Provisioner, Stopped, contended, no_such, told};

/// What a resource is to become.
struct Edit {
    attributes: Object,
    external_id: Option<String>,
    members: Members,
    /// The unknown attributes that were passed over.
    ignored: Vec<String>,
}

impl Provisioner<'_> {
    /// POST: makes a resource.
    pub(crate) async fn create(
        &self,
        kind: &ResourceType,
        body: &Value,
        projection: &Projection<'_>,
    ) -> Result<Answered, Stopped> {
        let mut input = resource::read(body, kind, Purpose::Create, &self.leniencies()).map_err(ScimError::from)?;
        if Shelf::of(kind) == Shelf::Users {
            input.attributes.entry("active").or_insert(Value::Bool(true));
        }
        for _ in 0..ATTEMPTS {
            let external_id = input.external_id.clone();
            if let Some(old) = self.revivable(kind, &input.attributes, external_id.as_deref()).await? {
                let edit = Edit {
                    attributes: input.attributes.clone(),
                    external_id,
                    members: Members::default(),
                    ignored: input.ignored.names().to_vec(),
                };
                match self.change(kind, &old, edit, Some(Action::UserRevived)).await? {
                    Some(stored) => return self.answered(201, kind, &stored, projection).await,
                    None => continue,
                }
            }
            let stored = Stored {
                id: random_text::<26>()?,
                attributes: input.attributes.clone(),
                version: 1,
                created_at: self.now,
                modified_at: self.now,
                external_id,
                origin: Origin::Client,
            };
            let members = self.named(input.members.as_deref().unwrap_or_default()).await?;
            let audit = self.audit(Action::ResourceCreated, kind, &stored.id, (input.ignored.names(), &members));
            let told = self.told(told::created(kind, &stored.id, members.change()))?;
            let effects = Effects::default().audit(&audit).events(&told);
            match self.store(kind, &stored, None, members.change(), effects).await? {
                Written::NotUnique("id") | Written::VersionChanged | Written::Missing => {}
                Written::NotUnique(attribute) => {
                    let (name, external_id) = (text(&stored.attributes, "userName"), stored.external_id.as_deref());
                    // Where the app allows it, this is a conflict like any other: `strict` gives nobody anything by POST.
                    if let ("userName", Some(name)) = (attribute, name)
                        && !self.connection.scim_policy.reassign_accounts
                        && let Some(old) = self.left_behind(kind, name, external_id).await?
                    {
                        return Err(self.not_reassigned(kind, &old, external_id).await);
                    }
                    return Err(taken(kind, attribute, &stored));
                }
                Written::Written | Written::AtVersion(_) => {
                    audit.iter().for_each(super::super::log);
                    self.core.committed(&told).await;
                    return self.answered(201, kind, &stored, projection).await;
                }
            }
        }
        Err(contended())
    }

    /// The record that a POST brings back: somebody whom this connection deactivated and whom its client calls the
    /// same, or, where neither has a name of the client's, who has the same user name.
    async fn revivable(
        &self,
        kind: &ResourceType,
        attributes: &Object,
        external_id: Option<&str>,
    ) -> Result<Option<Stored>, Stopped> {
        if Shelf::of(kind) != Shelf::Users || !self.leniencies().revive_inactive {
            return Ok(None);
        }
        let (store, tenant) = (&self.core.store, &self.connection.tenant);
        let user_name = text(attributes, "userName").unwrap_or_default();
        let id = match external_id {
            Some(external_id) => store.find_provisioned(tenant, self.connection_id(), &kind.name, external_id).await?,
            None => {
                let user = store.find_user(tenant, UserKey::UserName(user_name)).await?;
                user.map(|user| user.id.as_str().to_owned())
            }
        };
        let stored = match id {
            Some(id) => self.load(kind, &id).await?,
            // Nobody has this externalId, but somebody who left may have had the user name.
            None if self.connection.scim_policy.reassign_accounts => {
                return self.left_behind(kind, user_name, external_id).await;
            }
            None => None,
        };
        let is_meant = |stored: &Stored| {
            stored.origin != Origin::Elsewhere
                && revive_inactive::is_meant(stored.is_inactive(), stored.external_id.as_deref(), external_id)
        };
        Ok(stored.filter(is_meant))
    }

    /// PUT: replaces a resource that meets `If-Match`, if there is one.
    pub(crate) async fn replace(
        &self,
        kind: &ResourceType,
        id: &str,
        body: &Value,
        (projection, if_match): (&Projection<'_>, Option<&str>),
    ) -> Result<Answered, Stopped> {
        let mut origin = None;
        for _ in 0..ATTEMPTS {
            let mut old = self.load(kind, id).await?.ok_or_else(|| no_such(kind, id))?;
            // Whose it was when the request came, whatever another attempt has done since.
            old.origin = *origin.get_or_insert(old.origin);
            self.may_write(kind, &old).await?;
            precondition(if_match, old.version)?;
            let input = resource::read(body, kind, Purpose::Replace(&old.attributes), &self.leniencies());
            let input = input.map_err(ScimError::from)?;
            let members = match Shelf::of(kind) {
                Shelf::Groups => self.exactly(id, input.members.as_deref().unwrap_or_default()).await?,
                _ => Members::default(),
            };
            let edit = Edit {
                attributes: input.attributes,
                // One that is absent stays: Okta's PUT of a group has none.
                external_id: input.external_id.or_else(|| old.external_id.clone()),
                members,
                ignored: input.ignored.names().to_vec(),
            };
            if let Some(stored) = self.change(kind, &old, edit, None).await? {
                return self.answered(200, kind, &stored, projection).await;
            }
        }
        Err(contended())
    }

    /// PATCH: changes a resource that meets `If-Match`, if there is one, by all operations or by none.
    pub(crate) async fn patch(
        &self,
        kind: &ResourceType,
        id: &str,
        body: &Value,
        (projection, if_match): (&Projection<'_>, Option<&str>),
    ) -> Result<Answered, Stopped> {
        let leniencies = self.leniencies();
        let patch = Patch::parse(body, kind, &leniencies).map_err(ScimError::from)?;
        let mut origin = None;
        for _ in 0..ATTEMPTS {
            let mut old = self.load(kind, id).await?.ok_or_else(|| no_such(kind, id))?;
            old.origin = *origin.get_or_insert(old.origin);
            self.may_write(kind, &old).await?;
            precondition(if_match, old.version)?;
            let stored =
                patch::Stored { id: &old.id, external_id: old.external_id.as_deref(), attributes: &old.attributes };
            let patched = patch.apply(stored).map_err(ScimError::from)?;
            let (members, were_read) = self.planned(id, &patched.members).await?;
            let edit = Edit {
                attributes: patched.attributes,
                external_id: match patched.external_id {
                    patch::Change::Keep => old.external_id.clone(),
                    patch::Change::Set(external_id) => Some(external_id),
                    patch::Change::Remove => None,
                },
                members,
                ignored: patched.ignored,
            };
            let is_group = Shelf::of(kind) == Shelf::Groups;
            let only_members = edit.attributes == old.attributes && edit.external_id == old.external_id;
            let stored = if is_group && only_members {
                // Of two that change the members alone neither needs to know of the other, unless what is asked for
                // depends on who is there.
                let expected = (if_match.is_some() || were_read).then_some(old.version);
                self.change_members(kind, &old, edit, expected).await?
            } else {
                self.change(kind, &old, edit, None).await?
            };
            let Some(stored) = stored else { continue };
            return if is_group && !projection.is_chosen() {
                Ok(Answered::nothing(Some(version::tag(stored.version))))
            } else {
                self.answered(200, kind, &stored, projection).await
            };
        }
        Err(contended())
    }

    /// Writes what a resource is to become. `None`: somebody else was faster.
    async fn change(
        &self,
        kind: &ResourceType,
        old: &Stored,
        mut edit: Edit,
        action: Option<Action>,
    ) -> Result<Option<Stored>, Stopped> {
        edit.attributes = self.adopted(kind, old, edit.attributes)?;
        let action = match self.changes_hands(kind, old, (&edit.attributes, edit.external_id.as_deref())).await? {
            true => Some(Action::UserReassigned),
            false => action,
        };
        let notes = (edit.ignored.as_slice(), &edit.members);
        // What is taken over is written even if nothing else changes.
        let is_ours = Shelf::of(kind) != Shelf::Users || old.origin == Origin::Client;
        let is_same = edit.attributes == old.attributes && edit.external_id == old.external_id;
        if is_ours && is_same && edit.members.is_empty() {
            if Shelf::of(kind) == Shelf::Users && old.is_inactive() {
                self.end_sessions(kind, &old.id).await?;
            }
            for event in self.notes(kind, &old.id, notes) {
                self.core.note(&event).await;
            }
            return Ok(Some(old.clone()));
        }
        let next = old.next(edit.attributes, edit.external_id, self.now);
        let action = action.unwrap_or(match (old.is_inactive(), next.is_inactive()) {
            (false, true) => Action::UserDeactivated,
            (true, false) => Action::UserReactivated,
            _ => Action::ResourceChanged,
        });
        let mut audit = self.audit(action, kind, &next.id, notes);
        if !is_ours {
            audit.push(self.noted(Action::UserAdopted, kind, &next.id));
        }
        let told = self.told(told::changed(kind, old, &next, edit.members.change()))?;
        let mut effects = Effects::default().audit(&audit).events(&told);
        // At a return, too: a crash may have left some of before.
        if Shelf::of(kind) == Shelf::Users && (old.is_inactive() || next.is_inactive()) {
            effects = effects.end_sessions();
        }
        if let Some(renamed) = self.renamed(kind, old, &next) {
            effects = effects.renamed(renamed);
        }
        match self.store(kind, &next, Some(old.version), edit.members.change(), effects).await? {
            Written::VersionChanged => Ok(None),
            Written::Missing => Err(no_such(kind, &old.id)),
            Written::NotUnique(attribute) => Err(taken(kind, attribute, &next)),
            Written::Written | Written::AtVersion(_) => {
                audit.iter().for_each(super::super::log);
                self.core.committed(&told).await;
                Ok(Some(next))
            }
        }
    }

    /// Writes what becomes of a group's members. `None`: somebody else was faster.
    async fn change_members(
        &self,
        kind: &ResourceType,
        old: &Stored,
        edit: Edit,
        expected: Option<u64>,
    ) -> Result<Option<Stored>, Stopped> {
        let notes = (edit.ignored.as_slice(), &edit.members);
        if edit.members.is_empty() {
            for event in self.notes(kind, &old.id, notes) {
                self.core.note(&event).await;
            }
            return Ok(Some(old.clone()));
        }
        let audit = self.audit(Action::MembersChanged, kind, &old.id, notes);
        let id = GroupId::from(old.id.as_str());
        let change = Change::Members { id: &id, members: edit.members.change(), expected, now: self.now };
        let told = self.told(told::membership(&id, edit.members.change()))?;
        // From now on the group is one that this connection's client keeps.
        let provisioned = Provisioned::new(old.external_id.clone());
        let effects = Effects::default().audit(&audit).events(&told).provisioned(self.connection_id(), &provisioned);
        match self.core.store.write(&self.connection.tenant, change, effects).await? {
            Written::VersionChanged => Ok(None),
            Written::AtVersion(version) => {
                if version != old.version {
                    audit.iter().for_each(super::super::log);
                    self.core.committed(&told).await;
                }
                let mut stored = old.clone();
                if version != old.version {
                    stored.version = version;
                    stored.modified_at = old.modified_at.max(self.now);
                }
                Ok(Some(stored))
            }
            Written::Missing | Written::NotUnique(_) | Written::Written => Err(no_such(kind, &old.id)),
        }
    }

    /// Ends the sessions of somebody who is inactive already: a request that is sent again heals a crash in between.
    async fn end_sessions(&self, kind: &ResourceType, id: &str) -> Result<(), Stopped> {
        let user = UserId::from(id);
        let audit = [self.noted(Action::SessionsRevoked, kind, id)];
        let told = self.told([EventKind::SessionsRevoked(user.clone())])?;
        let effects = Effects::default().audit(&audit).events(&told);
        let _ = self.core.store.write(&self.connection.tenant, Change::EndSessions(&user), effects).await?;
        audit.iter().for_each(super::super::log);
        self.core.committed(&told).await;
        Ok(())
    }

    /// The audit events of a change: itself, and what was passed over.
    fn audit(&self, action: Action, kind: &ResourceType, id: &str, notes: (&[String], &Members)) -> Vec<AuditEvent> {
        let mut events = vec![self.noted(action, kind, id)];
        events.extend(self.notes(kind, id, notes));
        events
    }

    fn notes(&self, kind: &ResourceType, id: &str, (ignored, members): (&[String], &Members)) -> Vec<AuditEvent> {
        let note = |action, names: &str| {
            let mut event = self.noted(action, kind, id);
            event.received = Some(names.chars().take(AuditEvent::MAX_DETAIL).collect());
            event
        };
        let ignored = (!ignored.is_empty()).then(|| note(Action::AttributesIgnored, &ignored.join(", ")));
        let skipped = members.skipped.as_deref().map(|names| note(Action::MembersSkipped, names));
        ignored.into_iter().chain(skipped).collect()
    }
}

/// The answer when another resource of the tenant has a value that has to be unique.
fn taken(kind: &ResourceType, attribute: &'static str, stored: &Stored) -> Stopped {
    let value = match attribute {
        "externalId" => stored.external_id.as_deref(),
        name => text(&stored.attributes, name),
    };
    let value = quoted(value.unwrap_or_default());
    let detail = format!("{attribute}: another {} already has {value}", kind.name);
    ScimError::new(ScimType::Uniqueness, detail).into()
}
