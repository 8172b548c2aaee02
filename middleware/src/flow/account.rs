//! Whose login it is: the account behind a NameID, found, linked or made.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use crate::model::audit::Action;
use crate::model::connection::{Connection, Linking};
use crate::model::event::EventKind;
use crate::model::id::UserId;
use crate::model::reason::ReasonCode;
use crate::model::session::Identity;
use crate::model::user::User;
use crate::store::{Alone, Change, Effects, Link, Provisioned, StoreError, UserKey, Written};

use super::hooks::Decision;
use super::refresh;
use super::refusal::Stop;
use super::{Caller, Core, Login, Refusal};

/// Whom a verified identity lets in.
pub(super) enum Outcome {
    /// This account, with what the app added to the identity.
    Account(Box<(User, Identity)>),
    /// The app takes over. The account is the one that the directory knew already.
    Answered(Box<Response<Bytes>>, Option<UserId>),
}

/// What the directory knows of a NameID.
enum Known {
    /// It is linked to this account.
    Linked(User),
    /// It is nobody's yet, but this account has it as its user name.
    Named(User),
    /// Nobody.
    Nobody,
}

impl Core {
    /// Whom a verified identity lets in; `return_to` is where the login leads.
    pub(super) async fn account(
        &self,
        connection: &Connection,
        identity: Identity,
        return_to: &str,
        (caller, now): (&Caller, Timestamp),
    ) -> Result<Outcome, Stop> {
        // Two first logins of one person may run at once; the loser of that race finds what the winner made.
        let (mut asked_about, mut last) = (None, None);
        let mut allowed = identity.clone();
        for _ in 0..3 {
            let known = self.known(connection, &identity).await?;
            let user = match &known {
                Known::Linked(user) | Known::Named(user) => Some(user),
                Known::Nobody => None,
            };
            if let Some(user) = user.filter(|user| !user.active()) {
                return Err(Refusal::new(ReasonCode::UserInactive).of(user.id.clone()).into());
            }
            let by_scim = match user {
                Some(user) => self.is_provisioned(connection, &user.id).await?,
                None => false,
            };
            if let Some(user) = user.filter(|_| connection.policy.only_provisioned && !by_scim) {
                return Err(Refusal::new(ReasonCode::UserNotProvisioned)
                    .expected("somebody whom this connection's SCIM provisions")
                    .of(user.id.clone())
                    .into());
            }
            // The app decides on the account that the person gets, so on another one it is asked again.
            let about = Some(user.map(|user| user.id.clone()));
            if asked_about != about {
                allowed = match self.ask_the_app(connection, identity.clone(), user.cloned(), return_to).await {
                    Decision::Accept(identity) => *identity,
                    Decision::Answer(response) => {
                        return Ok(Outcome::Answered(response, user.map(|user| user.id.clone())));
                    }
                    Decision::Refuse(why) => {
                        let mut refusal = Refusal::new(ReasonCode::RefusedByApp).received(why);
                        refusal.user = user.map(|user| user.id.clone());
                        return Err(refusal.into());
                    }
                };
                asked_about = about;
            }
            let written = match &known {
                Known::Linked(user) => {
                    let user = self.refresh(connection, user, &allowed, by_scim, (caller, now)).await?;
                    return Ok(Outcome::Account(Box::new((user, allowed))));
                }
                Known::Named(user) => {
                    let link = self.link(connection, &allowed, (user, by_scim), caller, now).await?;
                    match link {
                        Written::Written => {
                            let user = self.refresh(connection, user, &allowed, by_scim, (caller, now)).await?;
                            return Ok(Outcome::Account(Box::new((user, allowed))));
                        }
                        Written::NotUnique("user") => {
                            return Err(Refusal::new(ReasonCode::AccountConflict)
                                .expected("an account that is not linked to another NameID")
                                .of(user.id.clone())
                                .into());
                        }
                        other => other,
                    }
                }
                Known::Nobody if connection.creates_users() => {
                    match self.create(connection, &allowed, caller, now).await? {
                        Ok(user) => {
                            self.refresh_groups(connection, &user.id, &allowed, true, (caller, now)).await?;
                            return Ok(Outcome::Account(Box::new((user, allowed))));
                        }
                        Err(written) => written,
                    }
                }
                Known::Nobody => return Err(Refusal::new(ReasonCode::UserUnknown).into()),
            };
            tracing::debug!(?written, "another login of this person was faster");
            last = Some(written);
        }
        // A directory may have names of people who are none of the tenant's.
        if last == Some(Written::NotUnique("userName")) {
            let expected = "a NameID that is nobody's user name outside the tenant";
            return Err(Refusal::new(ReasonCode::AccountConflict).expected(expected).into());
        }
        Err(StoreError::unavailable("the account changed three times while it was looked up").into())
    }

    /// Whether the directory has given the name of somebody who left to somebody else.
    async fn is_given_on(&self, connection: &Connection, identity: &Identity, left: &User) -> Result<bool, Stop> {
        let key = UserKey::UserName(&identity.name_id.value);
        let named = self.store.find_user(&connection.tenant, key).await?;
        let named = named.filter(|user| user.id != left.id && user.active());
        Ok(match named {
            Some(user) => self.is_provisioned(connection, &user.id).await?,
            None => false,
        })
    }

    /// Whether the connection's SCIM made this person or took them over.
    pub(super) async fn is_provisioned(&self, connection: &Connection, user: &UserId) -> Result<bool, StoreError> {
        let known = self.store.provisioned(&connection.tenant, &connection.id, "User", user.as_str()).await?;
        Ok(known.is_some_and(|known| known.by_scim))
    }

    async fn known(&self, connection: &Connection, identity: &Identity) -> Result<Known, Stop> {
        let tenant = &connection.tenant;
        if let Some(id) = self.store.linked_user(tenant, &connection.id, &identity.name_id).await? {
            match self.store.user(tenant, &id).await? {
                // Somebody who left and was renamed keeps the NameID, so that no login makes another account of it;
                // but the directory may have given the name to somebody else.
                Some(user) if !user.active() && self.is_given_on(connection, identity, &user).await? => {}
                Some(user) => return Ok(Known::Linked(user)),
                // A first login may have linked somebody while they were deleted; the NameID is nobody's again.
                None => {}
            }
            self.store.unlink_user(tenant, &id).await?;
        }
        let named = self.store.find_user(tenant, UserKey::UserName(&identity.name_id.value)).await?;
        match named {
            // A directory may fold the case of all letters, and some of other scripts fold onto ASCII ones. Such a
            // name may not be taken by anybody else, but it is not the same person.
            Some(user) if !user.user_name().eq_ignore_ascii_case(&identity.name_id.value) => {
                Err(Refusal::new(ReasonCode::AccountConflict)
                    .expected("a NameID that is a user name but for the case of ASCII letters")
                    .of(user.id)
                    .into())
            }
            Some(user) => Ok(Known::Named(user)),
            None => Ok(Known::Nobody),
        }
    }

    async fn ask_the_app(
        &self,
        connection: &Connection,
        identity: Identity,
        user: Option<User>,
        return_to: &str,
    ) -> Decision {
        let Some(on_login) = &self.hooks.on_login else { return Decision::Accept(Box::new(identity)) };
        let login = Login {
            tenant: connection.tenant.clone(),
            connection: connection.id.clone(),
            slug: connection.slug.clone(),
            identity,
            user,
            return_to: return_to.to_owned(),
        };
        on_login(login).await.0
    }

    async fn link(
        &self,
        connection: &Connection,
        identity: &Identity,
        (user, by_scim): (&User, bool),
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Written, Stop> {
        if !by_scim && !speaks_for(connection, &identity.name_id.value) {
            return Err(Refusal::new(ReasonCode::AccountConflict)
                .expected("an account whose e-mail domain is one of the connection's")
                .of(user.id.clone())
                .into());
        }
        let alone = match connection.policy.linking {
            // The account is the connection's own.
            _ if by_scim => Alone::AtConnection,
            Linking::Unlinked => Alone::InTenant,
            Linking::OfOtherConnections => Alone::AtConnection,
            Linking::Never => {
                return Err(Refusal::new(ReasonCode::AccountConflict)
                    .expected("a NameID that is linked to an account, or that is nobody's user name")
                    .of(user.id.clone())
                    .into());
            }
        };
        let (tenant, name_id) = (&connection.tenant, &identity.name_id);
        let linked = self.store.link(tenant, &connection.id, name_id, &user.id, alone).await?;
        if linked == Written::Written {
            let mut event = self.event(now, Action::IdentityLinked, caller, Some(connection));
            event.user = Some(user.id.clone());
            self.note(&event).await;
        }
        Ok(linked)
    }

    /// Makes the account, its link, the audit event and the event for the app, all or nothing.
    async fn create(
        &self,
        connection: &Connection,
        identity: &Identity,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Result<User, Written>, Stop> {
        let tenant = &connection.tenant;
        let mut user = User::new(tenant.clone(), UserId::random()?, &identity.name_id.value, now);
        refresh::fill(&mut user, &identity.attributes, &connection.policy.attributes);
        let mut noted = self.event(now, Action::UserCreated, caller, Some(connection));
        noted.user = Some(user.id.clone());
        let told = self.event_for_app(tenant, EventKind::UserCreated(user.id.clone()), now)?;
        let audit = [noted];
        let link = Link::new(&connection.id, &identity.name_id);
        let made = Provisioned::by_login();
        let effects = Effects::default().link(link).provisioned(&connection.id, &made);
        let effects = effects.audit(&audit).events(told.as_slice());
        let written = self.store.write(tenant, Change::CreateUser(&user), effects).await?;
        if written != Written::Written {
            return Ok(Err(written));
        }
        audit.iter().for_each(super::log);
        self.committed(told.as_slice()).await;
        Ok(Ok(user))
    }
}

/// What a user name is as an e-mail address.
#[derive(Debug, PartialEq, Eq)]
enum Address {
    /// None.
    No,
    /// A plain one, at this domain in lower case.
    At(String),
    /// One that two readers may split in two ways: quoted, encoded, with several `@`.
    Odd,
}

fn address(user_name: &str) -> Address {
    let Some((local, domain)) = user_name.rsplit_once('@') else { return Address::No };
    // RFC 5322 3.2.3 without what starts an encoded word (RFC 2047).
    let plain = |c: char| c.is_alphanumeric() || ".!#$%&'*+/^_`{|}~-".contains(c);
    let host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if !local.is_empty() && local.chars().all(plain) && !domain.is_empty() && domain.chars().all(host) {
        Address::At(domain.to_ascii_lowercase())
    } else {
        Address::Odd
    }
}

/// Whether a connection may link somebody with this user name to an account that is there already.
fn speaks_for(connection: &Connection, user_name: &str) -> bool {
    match address(user_name) {
        Address::No => true,
        Address::At(domain) => connection.domains.contains(&domain),
        Address::Odd => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sem_23_addresses_that_can_be_split_in_one_way_only() {
        assert_eq!(address("ada"), Address::No);
        assert_eq!(address("ada+work@Example.COM"), Address::At("example.com".into()));
        assert_eq!(address("zoë.o'neill@example.com"), Address::At("example.com".into()));
        for odd in [
            "ada@example.com@evil.test",
            "\"ada@evil.test\"@example.com",
            "\"ada\"@example.com",
            "=?utf-8?q?ada?=@example.com",
            "ada@",
            "@example.com",
            "ada @example.com",
            "ada@exam ple.com",
            "ada@example.com\u{200b}",
        ] {
            assert_eq!(address(odd), Address::Odd, "{odd}");
        }
    }
}
