//! What the app is told of a change: one event for each thing that happened, from what was and what is.

use std::collections::BTreeSet;

use crate::model::event::{Event, EventKind, MemberIds};
use crate::model::id::{GroupId, UserId};
use crate::model::object::Object;
use crate::model::secret::NoRandomness;
use crate::scim::schema::ResourceType;
use crate::store::MemberChange;

use super::Provisioner;
use super::stored::{Shelf, Stored};

impl Provisioner<'_> {
    /// Events for the outbox, of what the app wants to hear.
    pub(super) fn told(&self, kinds: impl IntoIterator<Item = EventKind>) -> Result<Vec<Event>, NoRandomness> {
        let event = |kind| self.core.event_for_app(&self.connection.tenant, kind, self.now).transpose();
        kinds.into_iter().filter_map(event).collect()
    }
}

/// A resource was made, with these members.
pub(super) fn created(kind: &ResourceType, id: &str, members: MemberChange<'_>) -> Vec<EventKind> {
    match Shelf::of(kind) {
        Shelf::Users => vec![EventKind::UserCreated(UserId::from(id))],
        Shelf::Groups => {
            let made = EventKind::GroupCreated(GroupId::from(id));
            std::iter::once(made).chain(membership(&GroupId::from(id), members)).collect()
        }
        Shelf::Others => Vec::new(),
    }
}

/// A resource was replaced by its next version, and its members changed.
pub(super) fn changed(kind: &ResourceType, old: &Stored, next: &Stored, members: MemberChange<'_>) -> Vec<EventKind> {
    let mut changed = differing(&old.attributes, &next.attributes);
    if old.external_id != next.external_id {
        changed.insert("externalId");
    }
    let changed: Vec<String> = changed.into_iter().map(str::to_owned).collect();
    match Shelf::of(kind) {
        Shelf::Users => {
            let user = UserId::from(next.id.as_str());
            let revoked = next.is_inactive().then(|| EventKind::SessionsRevoked(user.clone()));
            let updated = match (old.is_inactive(), next.is_inactive()) {
                (false, true) => EventKind::UserDeactivated { user, changed },
                (true, false) => EventKind::UserReactivated { user, changed },
                _ => EventKind::UserUpdated { user, changed },
            };
            std::iter::once(updated).chain(revoked).collect()
        }
        Shelf::Groups => {
            let group = GroupId::from(next.id.as_str());
            let members = membership(&group, members);
            let updated = (!changed.is_empty()).then_some(EventKind::GroupUpdated { group, changed });
            updated.into_iter().chain(members).collect()
        }
        Shelf::Others => Vec::new(),
    }
}

/// The members of a group changed, if this is a change.
pub(in crate::flow) fn membership(group: &GroupId, members: MemberChange<'_>) -> Option<EventKind> {
    (!members.is_empty()).then(|| EventKind::MembersChanged {
        group: group.clone(),
        cleared: members.clear,
        added: MemberIds::of(members.add),
        removed: MemberIds::of(members.remove),
    })
}

/// A resource was removed.
pub(super) fn removed(kind: &ResourceType, id: &str) -> Vec<EventKind> {
    match Shelf::of(kind) {
        Shelf::Users => {
            let user = UserId::from(id);
            vec![EventKind::UserDeleted(user.clone()), EventKind::SessionsRevoked(user)]
        }
        Shelf::Groups => vec![EventKind::GroupDeleted(GroupId::from(id))],
        Shelf::Others => Vec::new(),
    }
}

/// The names of the attributes that two objects do not agree on.
pub(in crate::flow) fn differing<'a>(old: &'a Object, new: &'a Object) -> BTreeSet<&'a str> {
    old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name)).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::super::ownership::Origin;
    use super::*;
    use crate::model::group::MemberId;
    use crate::scim::schema::Schemas;

    const NOBODY: MemberChange<'static> = MemberChange::new(false, &[], &[]);

    fn stored(attributes: &Value, external_id: Option<&str>) -> Stored {
        Stored {
            id: "7".into(),
            attributes: attributes.as_object().unwrap().clone(),
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            modified_at: Timestamp::UNIX_EPOCH,
            external_id: external_id.map(str::to_owned),
            origin: Origin::Client,
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn one_event_for_what_happened_to_a_person() {
        let types = Schemas::default();
        let user = || UserId::from("7");
        let before = stored(&json!({ "userName": "ana", "active": true, "title": "x", "nickName": "a" }), None);
        let told =
            |attributes: &Value, external_id| changed(types.user(), &before, &stored(attributes, external_id), NOBODY);
        assert_eq!(
            told(&json!({ "userName": "ana", "active": true, "title": "y", "locale": "pt" }), Some("1")),
            [EventKind::UserUpdated { user: user(), changed: names(&["externalId", "locale", "nickName", "title"]) }]
        );
        let off = json!({ "userName": "ana.l", "active": false, "title": "x", "nickName": "a" });
        let away = EventKind::UserDeactivated { user: user(), changed: names(&["active", "userName"]) };
        assert_eq!(told(&off, None), [away, EventKind::SessionsRevoked(user())]);
        let off = stored(&off, None);
        let back = EventKind::UserReactivated { user: user(), changed: names(&["active", "userName"]) };
        assert_eq!(changed(types.user(), &off, &before, NOBODY), [back]);
        let renamed = stored(&json!({ "userName": "a", "active": false, "title": "x", "nickName": "a" }), None);
        assert_eq!(
            changed(types.user(), &off, &renamed, NOBODY),
            [
                EventKind::UserUpdated { user: user(), changed: names(&["userName"]) },
                EventKind::SessionsRevoked(user())
            ]
        );
        assert_eq!(removed(types.user(), "7"), [EventKind::UserDeleted(user()), EventKind::SessionsRevoked(user())]);
        assert_eq!(created(types.user(), "7", NOBODY), [EventKind::UserCreated(user())]);
    }

    #[test]
    fn a_group_and_its_members_are_told_apart() {
        let types = Schemas::default();
        let group = || GroupId::from("7");
        let (ana, ben) = (MemberId::User("ana".into()), MemberId::User("ben".into()));
        let members = MemberChange::new(true, std::slice::from_ref(&ana), std::slice::from_ref(&ben));
        let of_members = EventKind::MembersChanged {
            group: group(),
            cleared: true,
            added: MemberIds::These(vec![ben.clone()]),
            removed: MemberIds::These(vec![ana.clone()]),
        };
        let (one, two) =
            (stored(&json!({ "displayName": "One" }), None), stored(&json!({ "displayName": "Two" }), None));
        let renamed = EventKind::GroupUpdated { group: group(), changed: names(&["displayName"]) };
        assert_eq!(changed(types.group(), &one, &two, NOBODY), std::slice::from_ref(&renamed));
        assert_eq!(changed(types.group(), &one, &one, members), std::slice::from_ref(&of_members));
        assert_eq!(changed(types.group(), &one, &two, members), [renamed, of_members.clone()]);
        assert_eq!(created(types.group(), "7", NOBODY), [EventKind::GroupCreated(group())]);
        assert_eq!(created(types.group(), "7", members), [EventKind::GroupCreated(group()), of_members]);
        assert_eq!(removed(types.group(), "7"), [EventKind::GroupDeleted(group())]);
    }
}
