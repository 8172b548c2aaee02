//! The emergency way in: a link from code, a button, one session.

use std::time::Duration;

use crate::model::audit::Action;
use crate::model::emergency::{EmergencyLink, EmergencyRecord, MAX_EMERGENCY_LIFETIME};
use crate::model::id::{TenantId, UserId, random_text};
use crate::model::identity::NameId;
use crate::model::reason::ReasonCode;
use crate::model::secret::{SecretHash, random_token};
use crate::model::session::{Identity, SessionRecord};
use crate::model::tenant::Status;
use crate::store::Redeemed;

use super::refusal::Stop;
use super::{Admin, AdminError, Caller, Core, Finished, Refusal, Refused};

impl Admin<'_> {
    /// Makes a link that signs one active person in once, for the day on which the tenant's single sign-on is broken
    /// and its administrator has to get in to mend it. Only code can make one.
    ///
    /// It lasts for `lifetime`, up to 15 minutes ([`MAX_EMERGENCY_LIFETIME`]). The link opens a page with a button,
    /// since programs that look into mail open links too; the button uses the link up and makes a session of the usual
    /// length, without a [connection](crate::Session::connection). Nothing else changes: no password comes into being,
    /// and single sign-on stays as it is. It works while the connection is disabled, but not while the tenant is. Making,
    /// using and refusing are audited.
    ///
    /// An app that answers logins with sessions of its own has no use for it: it makes such a session itself.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`] without the account in the [directory](crate::store::Directory), [`AdminError::Invalid`]
    /// for an account that is not active or for another lifetime, or when the store fails.
    ///
    /// ```no_run
    /// # async fn example(sso: vestibule::Vestibule, tenant: vestibule::TenantId, user: vestibule::UserId)
    /// #     -> Result<(), vestibule::AdminError> {
    /// let link = sso.admin().emergency_link(&tenant, &user, vestibule::MAX_EMERGENCY_LIFETIME).await?;
    /// println!("for your eyes only: {}", link.expose());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn emergency_link(
        &self,
        tenant: &TenantId,
        user: &UserId,
        lifetime: Duration,
    ) -> Result<EmergencyLink, AdminError> {
        if lifetime.is_zero() || lifetime > MAX_EMERGENCY_LIFETIME {
            return Err(AdminError::Invalid {
                what: "lifetime",
                expected: "more than nothing, and at most 15 minutes",
                received: format!("{lifetime:?}"),
            });
        }
        let account = self.core.store.user(tenant, user).await?.ok_or(AdminError::Missing)?;
        if !account.active() {
            let (what, expected) = ("account", "an active account");
            return Err(AdminError::Invalid { what, expected, received: "an inactive one".to_owned() });
        }
        let now = self.core.clock.now();
        let expires_at = now.saturating_add(lifetime).unwrap_or(jiff::Timestamp::MAX);
        let code = random_text::<32>()?;
        let whose = (tenant.clone(), user.clone());
        let record = EmergencyRecord::new(SecretHash::of(&code), whose, now, expires_at);
        self.core.store.add_emergency(tenant, &record).await?;
        let caller = self.core.caller(None)?;
        self.core.note_emergency(Action::EmergencyIssued, None, Some(&record), &caller).await;
        Ok(EmergencyLink::new(format!("{}?code={code}", self.core.emergency_url())))
    }
}

impl Core {
    /// Where emergency links lead.
    pub(crate) fn emergency_url(&self) -> String {
        self.config.base.below(&format!("{}/emergency", self.config.prefix))
    }

    /// Uses an emergency link up and makes its session.
    pub(crate) async fn redeem(&self, code: &str, caller: Caller) -> Result<Finished, Refused> {
        let refused = |reason| Err(Refusal::new(reason).into());
        let (record, result) = match self.store.redeem_emergency(&SecretHash::of(code), self.clock.now()).await {
            Ok(Redeemed::Redeemed(record)) => {
                let entered = self.enter(&record).await;
                (Some(record), entered)
            }
            Ok(Redeemed::UsedBefore(record)) => (Some(record), refused(ReasonCode::UsedLink)),
            Ok(Redeemed::Expired(record)) => (Some(record), refused(ReasonCode::ExpiredLink)),
            Ok(Redeemed::Unknown) => (None, refused(ReasonCode::UnknownLink)),
            Err(error) => return Err(self.unavailable(error, caller)),
        };
        match result {
            Ok(finished) => {
                self.note_emergency(Action::EmergencyUsed, None, record.as_ref(), &caller).await;
                Ok(finished)
            }
            Err(Stop::Refusal(refusal)) => Err(self.refuse_emergency(refusal.reason, record.as_ref(), caller).await),
            Err(Stop::Trouble(trouble)) => Err(self.trouble(&trouble, caller)),
        }
    }

    /// Makes the session, and only then asks whether the person may have it: see the end of a login.
    async fn enter(&self, record: &EmergencyRecord) -> Result<Finished, Stop> {
        let user = self.store.user(&record.tenant, &record.user).await?;
        let Some(user) = user else { return Err(Refusal::new(ReasonCode::UserUnknown).into()) };
        let now = self.clock.now();
        let token = random_token::<32>()?;
        let key = SecretHash::of(&token);
        let name_id =
            NameId { value: user.user_name().to_owned(), format: None, name_qualifier: None, sp_name_qualifier: None };
        let place = (record.tenant.clone(), None, record.user.clone());
        let expires_at = self.session_end(now, None);
        let session = SessionRecord::new(key, place, Identity::new(name_id), now, expires_at);
        self.store.create_session(&record.tenant, &session).await?;
        let active = self.store.user(&record.tenant, &record.user).await?.is_some_and(|user| user.active());
        let tenant = self.store.tenant(&record.tenant).await?;
        let open = tenant.is_some_and(|tenant| tenant.status == Status::Active);
        if !active || !open {
            self.store.end_session(&key).await?;
            let reason = if active { ReasonCode::TenantDisabled } else { ReasonCode::UserInactive };
            return Err(Refusal::new(reason).into());
        }
        let lifetime = Duration::try_from(expires_at.duration_since(now)).unwrap_or_default();
        Ok(Finished::SignedIn { token, lifetime, target: self.target(None) })
    }

    /// Notes that an emergency link, or what was taken for one, was refused.
    pub(crate) async fn refuse_emergency(
        &self,
        reason: ReasonCode,
        record: Option<&EmergencyRecord>,
        caller: Caller,
    ) -> Refused {
        self.note_emergency(Action::EmergencyRefused, Some(reason), record, &caller).await;
        Refused::Failed(caller.correlation)
    }

    async fn note_emergency(
        &self,
        action: Action,
        reason: Option<ReasonCode>,
        record: Option<&EmergencyRecord>,
        caller: &Caller,
    ) {
        let mut event = self.event(self.clock.now(), action, caller, None);
        event.reason = reason;
        event.tenant = record.map(|record| record.tenant.clone());
        event.user = record.map(|record| record.user.clone());
        self.note(&event).await;
    }
}
