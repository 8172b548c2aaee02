//! The builder: configuration, store, clock and hooks in, and everything checked before there is an instance.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::config::{BuildError, Config, PublicBase, is_prefix};
use crate::flow::{Cached, Core, Hooks, Login, LoginDecision, Revoked, Throttle, note_after};
use crate::http::{ClientAddress, CookieNames, Shared};
use crate::model::event::Event;
use crate::model::provisioning::ScimMode;
use crate::saml::xml::Limits;
use crate::scim::leniency::Leniencies;
use crate::scim::leniency::hook::LeniencyHook;
use crate::scim::schema::Schemas;
use crate::store::{DynStore, LoginCaps, Store};

use super::Vestibule;

/// In seconds.
const DAY: u64 = 24 * 60 * 60;

/// A configuration in the making. Made by [`Vestibule::builder`], checked by [`Self::build`].
#[must_use]
pub struct Builder {
    public_url: String,
    app_name: String,
    prefix: String,
    scim_prefix: String,
    scim_types: Schemas,
    scim_leniencies: LeniencyHook,
    interop_profile: bool,
    default_target: String,
    session_lifetime: Duration,
    idle_limit: Option<Duration>,
    session_cache: Option<Duration>,
    audit_retention: Duration,
    dead_event_retention: Duration,
    caps: LoginCaps,
    limits: Limits,
    store: Option<Arc<dyn DynStore>>,
    clock: Arc<dyn Clock>,
    hooks: Hooks,
    client_address: ClientAddress,
}

impl Builder {
    pub(super) fn new(public_url: String) -> Self {
        Self {
            public_url,
            app_name: "vestibule".to_owned(),
            prefix: "/sso".to_owned(),
            scim_prefix: "/scim/v2".to_owned(),
            scim_types: Schemas::default(),
            scim_leniencies: LeniencyHook::default(),
            interop_profile: false,
            default_target: "/".to_owned(),
            session_lifetime: Duration::from_secs(12 * 60 * 60),
            idle_limit: None,
            session_cache: None,
            audit_retention: Duration::from_secs(400 * DAY),
            dead_event_retention: Duration::from_secs(90 * DAY),
            caps: LoginCaps::default(),
            limits: Limits::MESSAGE,
            store: None,
            clock: Arc::new(SystemClock),
            hooks: Hooks::default(),
            client_address: ClientAddress::default(),
        }
    }

    /// Where everything is remembered. Required.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// The app's name, on pages and in the names of cookies: 1 to 32 letters, digits and hyphens; `vestibule` by
    /// default. Two apps on one host need two names, since cookies do not tell ports apart.
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = name.into();
        self
    }

    /// The prefix of our paths, below the public URL's own path; `/sso` by default.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The prefix of the SCIM endpoints, below the public URL's own path; `/scim/v2` by default.
    pub fn scim_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.scim_prefix = prefix.into();
        self
    }

    /// The resource types that SCIM serves: people and groups by default, with the Enterprise User extension.
    pub fn scim_types(mut self, types: Schemas) -> Self {
        self.scim_types = types;
        self
    }

    /// Changes which leniencies a mode turns on, for clients that are like one of the known ones but for a detail.
    ///
    /// ```
    /// # use vestibule::{ScimMode, Vestibule, store::Memory};
    /// let sso = Vestibule::builder("https://app.example.com")
    ///     .store(Memory::new())
    ///     .scim_leniencies(|_mode, mut leniencies| {
    ///         // Unknown members are to be refused by name, in Okta's mode, too.
    ///         leniencies.skip_unknown_members = false;
    ///         leniencies
    ///     })
    ///     .build()?;
    /// # Ok::<(), vestibule::BuildError>(())
    /// ```
    pub fn scim_leniencies<F>(mut self, change: F) -> Self
    where
        F: Fn(ScimMode, Leniencies) -> Leniencies + Send + Sync + 'static,
    {
        self.scim_leniencies = LeniencyHook::new(change);
        self
    }

    /// Says in `/ServiceProviderConfig`, to connections in [`ScimMode::Strict`], that the whole interop profile is held
    /// (`interopProfileConformant`). Only the app can know that: TLS 1.3, tokens that expire and no other way to manage
    /// the accounts are a part of it.
    pub fn interop_profile_conformant(mut self) -> Self {
        self.interop_profile = true;
        self
    }

    /// Where a login leads that was not asked for a place: a path; `/` by default.
    pub fn default_target(mut self, path: impl Into<String>) -> Self {
        self.default_target = path.into();
        self
    }

    /// How long a session lasts at most: 12 hours by default, a minute to a year. It ends earlier at the identity
    /// provider's `SessionNotOnOrAfter`.
    pub const fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_lifetime = lifetime;
        self
    }

    /// Ends a session that was not used for so long: a minute to a year. Off by default; it costs a write a minute
    /// and session.
    pub const fn idle_limit(mut self, limit: Duration) -> Self {
        self.idle_limit = Some(limit);
        self
    }

    /// Remembers sessions that were looked up in this process, with their people and roles, for so long: a second to a
    /// minute. Off by default: then each request that asks for its session reads the store.
    ///
    /// It gives up that news is everywhere at once. A session that ended, a person who was deactivated, and a role that
    /// was lost may be honoured for so long by other nodes than the one that did it, and by this one if the app writes
    /// to its own [`Directory`](crate::store::Directory) or to the store past the layer. What this instance does takes
    /// effect on it at once: logout, [`Vestibule::sign_out_everywhere`], SCIM and the admin API. Each such
    /// write empties the cache, so an import over SCIM leaves little of its use. [Expiry](Self::session_lifetime) and the
    /// [idle limit](Self::idle_limit) hold at each request as before.
    ///
    /// At most 10,000 sessions are remembered, and none that is not valid.
    pub const fn session_cache(mut self, period: Duration) -> Self {
        self.session_cache = Some(period);
        self
    }

    /// How long audit events are kept: 400 days by default, an hour to ten years. [`Vestibule::background`] removes older
    /// ones, those of no tenant included; [`Admin::audit_log`](crate::Admin::audit_log) exports them before.
    pub const fn audit_retention(mut self, kept: Duration) -> Self {
        self.audit_retention = kept;
        self
    }

    /// How long events are kept that the app did not take and that were [given up](Self::on_event), from then on: 90 days
    /// by default, an hour to ten years. [`Vestibule::background`] removes older ones; what waits to be told is never
    /// removed.
    pub const fn dead_event_retention(mut self, kept: Duration) -> Self {
        self.dead_event_retention = kept;
        self
    }

    /// How many logins may be under way at one connection (10,000 by default) and from one client (200). Over a cap a
    /// start gets 503 with `Retry-After`.
    ///
    /// The cap per client holds only where the client's address is known, and is worth something only where each
    /// client has its own: see [`Self::client_address`].
    pub const fn login_caps(mut self, per_connection: usize, per_client: usize) -> Self {
        self.caps.per_connection = per_connection;
        self.caps.per_client = per_client;
        self
    }

    /// The limits on messages: 256 KiB, depth 64 and 10,000 nodes by default.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where the time comes from; the operating system by default.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Asks the app at each login, after everything verified and before there is an account or a session. It may turn
    /// the person away, set attributes, or [answer](Login::answer) with a response and a session of the app's own.
    ///
    /// ```
    /// # use vestibule::{Vestibule, store::Memory};
    /// let sso = Vestibule::builder("https://app.example.com")
    ///     .store(Memory::new())
    ///     .on_login(|mut login| async move {
    ///         if login.name_id().value.ends_with("@contractor.example") {
    ///             return login.refuse("contractors use the other door");
    ///         }
    ///         login.set_attribute("plan", "enterprise");
    ///         login.accept()
    ///     })
    ///     .build()?;
    /// # Ok::<(), vestibule::BuildError>(())
    /// ```
    pub fn on_login<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Login) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = LoginDecision> + Send + 'static,
    {
        self.hooks.set_on_login(hook);
        self
    }

    /// Tells the app whose sessions were ended, so that it ends its own and the person's API keys: at once, before the
    /// call or the request that ended them is answered, and again from [`Vestibule::background`] as often as it fails,
    /// with the back-off, the 30 s and the end that [`Self::on_event`] has. It may be told twice.
    ///
    /// Disabling or deleting a tenant or a connection tells nobody here: see
    /// [`Admin::disable_tenant`](crate::Admin::disable_tenant).
    ///
    /// ```
    /// # use vestibule::{Vestibule, store::Memory};
    /// # async fn delete_sessions(_: &vestibule::UserId) -> Result<(), std::io::Error> { Ok(()) }
    /// let sso = Vestibule::builder("https://app.example.com")
    ///     .store(Memory::new())
    ///     .on_revoked(|revoked| async move { delete_sessions(&revoked.user).await })
    ///     .build()?;
    /// # Ok::<(), vestibule::BuildError>(())
    /// ```
    pub fn on_revoked<F, Fut, E>(mut self, hook: F) -> Self
    where
        F: Fn(Revoked) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.hooks.set_on_revoked(hook);
        self
    }

    /// Tells the app what becomes of accounts and groups, from [`Vestibule::background`]: see [`EventKind`]. An event is
    /// stored in one step with the change that it reports and told after that, at least once, so a crash loses nothing;
    /// whoever is told twice knows it by [`Event::id`]. A change that changes nothing tells nothing.
    ///
    /// - **Order.** Of one account, and of one group, it is told in the order of the changes. Everything else goes side by
    ///   side, up to 16 at once on each node.
    /// - **Failure.** An error, a panic, more than 30 s, and the end of the process are failures. It is told again after 5 s,
    ///   then after twice as long each time, up to an hour; the later events of that account or group wait, those of others do
    ///   not. After 12 attempts, about two and a half hours, it is given up and logged as an error with its ids, and the
    ///   later ones go on. [`Admin::dead_events`] lists what was given up, [`Admin::retry_event`] tells it again and
    ///   [`Admin::discard_event`] forgets it.
    /// - **Not told** are changes that the app makes in its own directory, and what disabling or removing a tenant or a
    ///   connection does.
    ///
    /// ```
    /// # use vestibule::{EventKind, Vestibule, store::Memory};
    /// # async fn close(_: &vestibule::UserId) -> Result<(), std::io::Error> { Ok(()) }
    /// let sso = Vestibule::builder("https://app.example.com")
    ///     .store(Memory::new())
    ///     .on_event(|event| async move {
    ///         match &event.kind {
    ///             EventKind::UserDeactivated { user, .. } | EventKind::UserDeleted(user) => close(user).await,
    ///             _ => Ok(()),
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), vestibule::BuildError>(())
    /// ```
    ///
    /// [`Admin::dead_events`]: crate::Admin::dead_events
    /// [`Admin::retry_event`]: crate::Admin::retry_event
    /// [`Admin::discard_event`]: crate::Admin::discard_event
    /// [`EventKind`]: crate::EventKind
    pub fn on_event<F, Fut, E>(mut self, hook: F) -> Self
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.hooks.set_on_event(hook);
        self
    }

    /// Says where the caller's address comes from, for caps and the audit. By default it is the peer: axum's
    /// `ConnectInfo<SocketAddr>` or a `SocketAddr` in the request's extensions. Forwarded headers are not trusted
    /// unless this function reads them, which is right behind a proxy that sets them; without it, everybody behind a
    /// proxy is one client.
    ///
    /// ```
    /// # use vestibule::{Vestibule, store::Memory};
    /// let sso = Vestibule::builder("https://app.example.com")
    ///     .store(Memory::new())
    ///     .client_address(|request| request.headers.get("x-real-ip")?.to_str().ok()?.parse().ok())
    ///     .build()?;
    /// # Ok::<(), vestibule::BuildError>(())
    /// ```
    pub fn client_address(
        mut self,
        from: impl Fn(&::http::request::Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.client_address = ClientAddress::new(from);
        self
    }

    fn check_durations(&self) -> Result<(), BuildError> {
        let year = ("a minute and a year", 60..=366 * DAY);
        let minute = ("a second and a minute", 1..=60);
        let decade = ("an hour and ten years", 60 * 60..=3_660 * DAY);
        for (what, duration, (expected, seconds)) in [
            ("the session's lifetime", Some(self.session_lifetime), &year),
            ("the idle limit", self.idle_limit, &year),
            ("the period of the session cache", self.session_cache, &minute),
            ("the retention of audit events", Some(self.audit_retention), &decade),
            ("the retention of dead events", Some(self.dead_event_retention), &decade),
        ] {
            let allowed = Duration::from_secs(*seconds.start())..=Duration::from_secs(*seconds.end());
            if let Some(received) = duration.filter(|duration| !allowed.contains(duration)) {
                return Err(BuildError::Duration { what, expected, received });
            }
        }
        Ok(())
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// [`BuildError`] with what was expected.
    pub fn build(self) -> Result<Vestibule, BuildError> {
        let base = PublicBase::parse(&self.public_url)?;
        let name = &self.app_name;
        if !(1..=32).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(BuildError::AppName { received: name.clone() });
        }
        for prefix in [&self.prefix, &self.scim_prefix] {
            if !is_prefix(prefix) {
                return Err(BuildError::Prefix { received: prefix.clone() });
            }
        }
        let below = |one: &str, other: &str| format!("{one}/").starts_with(&format!("{other}/"));
        if below(&self.prefix, &self.scim_prefix) || below(&self.scim_prefix, &self.prefix) {
            return Err(BuildError::SamePrefix { saml: self.prefix, scim: self.scim_prefix });
        }
        if !self.default_target.starts_with('/') || base.target(&self.default_target).is_none() {
            return Err(BuildError::DefaultTarget { received: self.default_target });
        }
        self.check_durations()?;
        let config = Config {
            base,
            app_name: self.app_name,
            prefix: self.prefix,
            scim_prefix: self.scim_prefix,
            scim_types: self.scim_types,
            scim_leniencies: self.scim_leniencies,
            interop_profile: self.interop_profile,
            default_target: self.default_target,
            session_lifetime: self.session_lifetime,
            idle_limit: self.idle_limit,
            audit_retention: self.audit_retention,
            dead_event_retention: self.dead_event_retention,
            caps: self.caps,
            limits: self.limits,
        };
        let cookies = CookieNames::new(&config);
        let mut store = self.store.ok_or(BuildError::NoStore)?;
        if let Some(period) = self.session_cache {
            store = Arc::new(Cached::new(store, period, config.idle_limit.map(note_after)));
        }
        let core = Arc::new(Core {
            config,
            store,
            clock: self.clock,
            hooks: self.hooks,
            throttle: Throttle::default(),
            wake: tokio::sync::Notify::new(),
            no_address: std::sync::Once::new(),
        });
        Ok(Vestibule { shared: Arc::new(Shared { core, cookies, client_address: self.client_address }) })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;

    fn builder() -> Builder {
        Vestibule::builder("https://app.example.com").store(Memory::new())
    }

    #[test]
    fn what_cannot_be_is_refused_when_it_is_built() {
        assert!(builder().build().is_ok());
        let no_store = Vestibule::builder("https://app.example.com").build();
        assert_eq!(no_store.unwrap_err(), BuildError::NoStore);
        assert!(matches!(builder().app_name("my app").build(), Err(BuildError::AppName { .. })));
        assert!(matches!(builder().prefix("/my_sso").build(), Err(BuildError::Prefix { .. })));
        assert!(matches!(builder().prefix("sso").build(), Err(BuildError::Prefix { .. })));
        assert!(matches!(builder().default_target("//evil").build(), Err(BuildError::DefaultTarget { .. })));
        assert!(matches!(builder().idle_limit(Duration::from_secs(59)).build(), Err(BuildError::Duration { .. })));
        assert!(builder().idle_limit(Duration::from_secs(60)).build().is_ok());
        for (period, fits) in [(999, false), (1_000, true), (60_000, true), (60_001, false)] {
            let built = builder().session_cache(Duration::from_millis(period)).build();
            assert_eq!(built.is_ok(), fits, "{period} ms");
        }
        let (hour, ten_years) = (Duration::from_secs(60 * 60), Duration::from_secs(3_660 * DAY));
        let moment = Duration::from_nanos(1);
        for retention in [Builder::audit_retention, Builder::dead_event_retention] {
            for fits in [hour, ten_years] {
                assert!(retention(builder(), fits).build().is_ok());
            }
            for off in [hour - moment, ten_years + moment] {
                assert!(matches!(retention(builder(), off).build(), Err(BuildError::Duration { .. })));
            }
        }
    }
}
