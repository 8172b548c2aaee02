//! Events for the app that outlive a crash: written with the change that they report, delivered later.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::group::MemberId;
use super::id::{EventId, GroupId, TenantId, UserId};

/// What happened.
///
/// `changed` are the names of the top-level attributes that are not as they were, as the schema spells them and in the
/// order of the alphabet, `externalId` among them; no event holds what anybody is called. Whoever needs the values reads
/// the resource, which may have changed again by then.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EventKind {
    /// Provisioning or a first login made this account.
    UserCreated(UserId),
    /// Something about this account is different.
    UserUpdated {
        /// The account.
        user: UserId,
        /// What is different.
        changed: Vec<String>,
    },
    /// This person may no longer sign in.
    UserDeactivated {
        /// The account.
        user: UserId,
        /// What is different, `active` among it.
        changed: Vec<String>,
    },
    /// This person may sign in again.
    UserReactivated {
        /// The account, which is the one from before.
        user: UserId,
        /// What is different, `active` among it.
        changed: Vec<String>,
    },
    /// This account is gone, and its places in groups with it, of which no group tells.
    UserDeleted(UserId),
    /// This group was made; [`Self::MembersChanged`] follows if it has members.
    GroupCreated(GroupId),
    /// Something about this group is different, beside its members.
    GroupUpdated {
        /// The group.
        group: GroupId,
        /// What is different.
        changed: Vec<String>,
    },
    /// This group is gone, and its places in other groups with it, of which these do not tell.
    GroupDeleted(GroupId),
    /// The members of this group are not who they were: what was asked for, so somebody may be named who was in it, or
    /// out of it, already.
    MembersChanged {
        /// The group.
        group: GroupId,
        /// Whether all were taken out first.
        cleared: bool,
        /// Who was put in, after that.
        added: MemberIds,
        /// Who was taken out.
        removed: MemberIds,
    },
    /// Every session of this account was ended.
    SessionsRevoked(UserId),
}

impl EventKind {
    /// What the app hears of in order: the type and the id of a resource, or `sessions` and the id of an account, whose
    /// news does not wait behind anything else. Two tenants have no lane in common.
    ///
    /// ```
    /// use vestibule::{EventKind, UserId};
    ///
    /// let user = UserId::from("7");
    /// assert_eq!(EventKind::UserDeleted(user.clone()).lane(), "User/7");
    /// assert_eq!(EventKind::SessionsRevoked(user).lane(), "sessions/7");
    /// ```
    #[must_use]
    pub fn lane(&self) -> String {
        match self {
            Self::UserCreated(user)
            | Self::UserUpdated { user, .. }
            | Self::UserDeactivated { user, .. }
            | Self::UserReactivated { user, .. }
            | Self::UserDeleted(user) => format!("User/{user}"),
            Self::GroupCreated(group)
            | Self::GroupUpdated { group, .. }
            | Self::GroupDeleted(group)
            | Self::MembersChanged { group, .. } => format!("Group/{group}"),
            Self::SessionsRevoked(user) => format!("sessions/{user}"),
        }
    }
}

/// Whom a change of members names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MemberIds {
    /// These, [`Self::MAX`] at most.
    These(Vec<MemberId>),
    /// More than [`Self::MAX`]: read the group.
    Many,
}

impl MemberIds {
    /// How many are named.
    pub const MAX: usize = 1_000;

    /// These, or [`Self::Many`].
    #[must_use]
    pub fn of(ids: &[MemberId]) -> Self {
        if ids.len() > Self::MAX { Self::Many } else { Self::These(ids.to_vec()) }
    }
}

/// An event that waits in the outbox. As JSON it is what a store keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Its id: an app that is told twice recognises it.
    pub id: EventId,
    /// The tenant in which it happened.
    pub tenant: TenantId,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// An event.
    #[must_use]
    pub const fn new(id: EventId, tenant: TenantId, at: Timestamp, kind: EventKind) -> Self {
        Self { id, tenant, at, kind }
    }
}

/// An event that the outbox handed out to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedEvent {
    /// The event.
    pub event: Event,
    /// How often it was handed out, this time included: 1 the first time.
    pub attempts: u32,
}

impl ClaimedEvent {
    /// An event that is handed out for the `attempts`th time. For stores.
    #[must_use]
    pub const fn new(event: Event, attempts: u32) -> Self {
        Self { event, attempts }
    }
}

/// An event as it stands in the outbox. As JSON it is a line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QueuedEvent {
    /// The event.
    pub event: Event,
    /// How often it was handed out.
    pub attempts: u32,
    /// Until when it is somebody's or backs off. `None`: it is free, waits behind another of its lane, or was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// When it was given up. `None`: it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_at: Option<Timestamp>,
}

impl QueuedEvent {
    /// An event that waits and was never handed out. For stores.
    #[must_use]
    pub const fn new(event: Event) -> Self {
        Self { event, attempts: 0, not_before: None, dead_at: None }
    }
}

/// An event that the app failed to take as often as it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadEvent {
    /// The event.
    pub event: Event,
    /// How often it was handed out.
    pub attempts: u32,
    /// When it was given up.
    pub dead_at: Timestamp,
}

impl DeadEvent {
    /// An event that was given up. For stores.
    #[must_use]
    pub const fn new(event: Event, attempts: u32, dead_at: Timestamp) -> Self {
        Self { event, attempts, dead_at }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn member(number: usize) -> MemberId {
        MemberId::User(UserId::from(number.to_string()))
    }

    #[test]
    fn so_many_members_are_named_and_no_more() {
        let all: Vec<MemberId> = (0..=MemberIds::MAX).map(member).collect();
        assert_eq!(MemberIds::of(&all[1..]), MemberIds::These(all[1..].to_vec()));
        assert_eq!(MemberIds::of(&all), MemberIds::Many);
    }

    #[test]
    fn as_json_it_stays_readable() {
        let event = |kind| Event::new(EventId::from("e"), TenantId::from("acme"), Timestamp::UNIX_EPOCH, kind);
        let changed = || vec!["active".to_owned(), "name".to_owned()];
        let (user, group) = (UserId::from("7"), GroupId::from("8"));
        let members = EventKind::MembersChanged {
            group: group.clone(),
            cleared: true,
            added: MemberIds::These(vec![member(1), MemberId::Group(group.clone())]),
            removed: MemberIds::Many,
        };
        let kinds = [
            (EventKind::UserCreated(user.clone()), json!({ "userCreated": "7" })),
            (
                EventKind::UserUpdated { user: user.clone(), changed: changed() },
                json!({ "userUpdated": { "user": "7", "changed": ["active", "name"] } }),
            ),
            (
                EventKind::UserDeactivated { user: user.clone(), changed: changed() },
                json!({ "userDeactivated": { "user": "7", "changed": ["active", "name"] } }),
            ),
            (
                EventKind::UserReactivated { user: user.clone(), changed: changed() },
                json!({ "userReactivated": { "user": "7", "changed": ["active", "name"] } }),
            ),
            (EventKind::UserDeleted(user.clone()), json!({ "userDeleted": "7" })),
            (EventKind::GroupCreated(group.clone()), json!({ "groupCreated": "8" })),
            (
                EventKind::GroupUpdated { group: group.clone(), changed: changed() },
                json!({ "groupUpdated": { "group": "8", "changed": ["active", "name"] } }),
            ),
            (EventKind::GroupDeleted(group), json!({ "groupDeleted": "8" })),
            (
                members,
                json!({ "membersChanged": {
                    "group": "8",
                    "cleared": true,
                    "added": { "these": [{ "user": "1" }, { "group": "8" }] },
                    "removed": "many",
                } }),
            ),
            (EventKind::SessionsRevoked(user), json!({ "sessionsRevoked": "7" })),
        ];
        for (kind, expected) in kinds {
            let event = event(kind);
            let stored = serde_json::to_value(&event).unwrap();
            let whole = json!({ "id": "e", "tenant": "acme", "at": "1970-01-01T00:00:00Z", "kind": expected });
            assert_eq!(stored, whole);
            assert_eq!(serde_json::from_value::<Event>(stored).unwrap(), event);
        }
    }
}
