//! Whose an account is: what a connection's client may write to, and whom it may give an account to.

use serde_json::Value;

use crate::model::audit::Action;
use crate::model::id::UserId;
use crate::model::object::{Object, text};
use crate::model::reason::ReasonCode;
use crate::scim::error::{ScimError, ScimType, quoted};
use crate::scim::schema::ResourceType;
use crate::store::{Provisioned, Renamed, UserKey};

use super::stored::{Shelf, Stored};
use super::{Provisioner, Stopped};

/// Where a resource comes from, as seen by one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The connection's client made it or took it over.
    Client,
    /// A login of the connection made it.
    Login,
    /// It was there before, or another connection made it.
    Elsewhere,
}

impl Origin {
    pub(super) fn of(known: Option<&Provisioned>) -> Self {
        match known {
            Some(known) if known.by_scim => Self::Client,
            Some(_) => Self::Login,
            None => Self::Elsewhere,
        }
    }
}

impl Provisioner<'_> {
    /// Refuses to write to an account that was there before, unless the app allows it.
    pub(super) async fn may_write(&self, kind: &ResourceType, stored: &Stored) -> Result<(), Stopped> {
        let foreign = Shelf::of(kind) == Shelf::Users && stored.origin == Origin::Elsewhere;
        if !foreign || self.connection.scim_policy.adopt_existing {
            return Ok(());
        }
        let event = self.noted(Action::AdoptionRefused, kind, &stored.id);
        let expected = "an account that this connection made, or `adopt_existing`";
        self.core.note(&event.because(ReasonCode::NotAdopted, Some(expected), None)).await;
        let detail = "this account was there before this connection, which may not write to it; the app can allow that \
                      with `adopt_existing` in the connection's SCIM policy";
        Err(ScimError::plain(403, detail).into())
    }

    /// What the request that takes an account over may make of it: the names by which its person is known stay.
    pub(super) fn adopted(&self, kind: &ResourceType, old: &Stored, mut attributes: Object) -> Result<Object, Stopped> {
        if Shelf::of(kind) != Shelf::Users || old.origin != Origin::Elsewhere {
            return Ok(attributes);
        }
        let name = |attributes| text(attributes, "userName").unwrap_or_default().to_owned();
        if name(&attributes) != name(&old.attributes) {
            let detail = "userName: an account that was there before is taken over as it is; change its user name with \
                          another request afterwards";
            return Err(ScimError::new(ScimType::Mutability, detail).into());
        }
        match old.attributes.get("emails") {
            Some(emails) => attributes.insert("emails".into(), emails.clone()),
            None => attributes.remove("emails"),
        };
        Ok(attributes)
    }

    /// What becomes of the NameID of a person who is renamed. That of somebody who left stays with the account, so that
    /// no login under it makes another one; it is looked at when they come back.
    pub(super) fn renamed<'a>(&'a self, kind: &ResourceType, old: &'a Stored, next: &'a Stored) -> Option<Renamed<'a>> {
        if Shelf::of(kind) != Shelf::Users || next.is_inactive() {
            return None;
        }
        let name = |stored: &'a Stored| text(&stored.attributes, "userName").unwrap_or_default();
        let (from, to) = (name(old), name(next));
        if old.is_inactive() {
            return Some(Renamed::new(self.connection_id(), None, to));
        }
        (from != to).then(|| Renamed::new(self.connection_id(), Some(from), to))
    }

    /// Whether an account changes hands: it is that of somebody who left, and the client activates it as that of somebody
    /// whom it calls something else. That is refused unless the app allows it.
    pub(super) async fn changes_hands(
        &self,
        kind: &ResourceType,
        old: &Stored,
        (attributes, external_id): (&Object, Option<&str>),
    ) -> Result<bool, Stopped> {
        let same = old.external_id.is_none() || external_id.is_none() || old.external_id.as_deref() == external_id;
        let comes_back = old.is_inactive() && attributes.get("active").and_then(Value::as_bool) == Some(true);
        if Shelf::of(kind) != Shelf::Users || !comes_back || same {
            return Ok(false);
        }
        if self.connection.scim_policy.reassign_accounts {
            return Ok(true);
        }
        Err(self.not_reassigned(kind, old, external_id).await)
    }

    /// The account that a POST would take the user name of: that of somebody who left, under another `externalId`.
    pub(super) async fn left_behind(
        &self,
        kind: &ResourceType,
        user_name: &str,
        external_id: Option<&str>,
    ) -> Result<Option<Stored>, Stopped> {
        if Shelf::of(kind) != Shelf::Users || external_id.is_none() {
            return Ok(None);
        }
        let key = UserKey::UserName(user_name);
        let Some(user) = self.core.store.find_user(&self.connection.tenant, key).await? else { return Ok(None) };
        let stored = self.load(kind, user.id.as_str()).await?;
        let is_other = |stored: &Stored| {
            stored.origin != Origin::Elsewhere
                && stored.is_inactive()
                && stored.external_id.is_some()
                && stored.external_id.as_deref() != external_id
        };
        Ok(stored.filter(is_other))
    }

    /// The answer when somebody else would get the account of somebody who left.
    pub(super) async fn not_reassigned(&self, kind: &ResourceType, old: &Stored, external_id: Option<&str>) -> Stopped {
        let mut event = self.noted(Action::ReassignmentRefused, kind, &old.id);
        event.user = Some(UserId::from(old.id.as_str()));
        let event = event.because(ReasonCode::OtherExternalId, old.external_id.as_deref(), external_id);
        self.core.note(&event).await;
        let detail = format!(
            "userName: {} belongs to the inactive account of somebody whom the client calls by another externalId; delete \
             that account, give the person another user name, or let the app allow `reassign_accounts` in the \
             connection's SCIM policy",
            quoted(text(&old.attributes, "userName").unwrap_or_default())
        );
        ScimError::new(ScimType::Uniqueness, detail).into()
    }
}
