//! Copying everything from one store to another, also out of a store of which a part cannot be read any more.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::connection::Connection;
use crate::model::emergency::EmergencyRecord;
use crate::model::event::QueuedEvent;
use crate::model::group::{Group, MemberId};
use crate::model::id::{ConnectionId, GroupId, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::login::PendingLogin;
use crate::model::resource::Resource;
use crate::model::session::SessionRecord;
use crate::model::tenant::Tenant;
use crate::model::user::User;

use super::{Provisioned, StoreError, StoreErrorKind};

/// How many records are under way at once.
const PAGE: usize = 1_000;

/// The parts of a store, each of records of one kind, in the order in which they are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Section {
    /// [`Record::Tenant`]
    Tenants,
    /// [`Record::Connection`]
    Connections,
    /// [`Record::User`]
    Users,
    /// [`Record::Group`]
    Groups,
    /// [`Record::Member`]
    Members,
    /// [`Record::Resource`]
    Resources,
    /// [`Record::Link`]
    Links,
    /// [`Record::Provisioned`]
    Provisioned,
    /// [`Record::Login`]
    Logins,
    /// [`Record::Assertion`]
    Assertions,
    /// [`Record::Emergency`]
    Emergency,
    /// [`Record::Session`]
    Sessions,
    /// [`Record::Audit`]
    Audit,
    /// [`Record::Event`]
    Events,
}

impl Section {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Tenants,
        Self::Connections,
        Self::Users,
        Self::Groups,
        Self::Members,
        Self::Resources,
        Self::Links,
        Self::Provisioned,
        Self::Logins,
        Self::Assertions,
        Self::Emergency,
        Self::Sessions,
        Self::Audit,
        Self::Events,
    ];
}

/// What it holds, in the plural, as a person reads it.
impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenants => "tenants",
            Self::Connections => "connections",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Members => "members of groups",
            Self::Resources => "resources",
            Self::Links => "linked NameIDs",
            Self::Provisioned => "provisioned resources",
            Self::Logins => "pending logins",
            Self::Assertions => "consumed assertions",
            Self::Emergency => "emergency links",
            Self::Sessions => "sessions",
            Self::Audit => "audit events",
            Self::Events => "events of the outbox",
        })
    }
}

/// One thing that a store holds, whole.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "records travel by the page, and each is moved once")]
pub enum Record {
    /// A tenant.
    Tenant(Tenant),
    /// A connection, with its tokens and when they were used last.
    Connection(Connection),
    /// A person.
    User(User),
    /// A group, without its members.
    Group(Group),
    /// That somebody is in a group.
    Member {
        /// The tenant.
        tenant: TenantId,
        /// The group.
        group: GroupId,
        /// Who is in it.
        member: MemberId,
    },
    /// A resource of a type that the app added.
    Resource(Resource),
    /// Which account a NameID means.
    Link {
        /// The tenant.
        tenant: TenantId,
        /// The connection.
        connection: ConnectionId,
        /// The NameID.
        name_id: NameId,
        /// The account.
        user: UserId,
    },
    /// What a connection knows of a resource.
    Provisioned {
        /// The tenant.
        tenant: TenantId,
        /// The connection.
        connection: ConnectionId,
        /// The name of the resource type.
        kind: String,
        /// The id of the resource.
        id: String,
        /// What is known.
        provisioned: Provisioned,
    },
    /// A login, used or not.
    Login {
        /// The tenant.
        tenant: TenantId,
        /// The login.
        login: PendingLogin,
    },
    /// An assertion that was consumed.
    Assertion {
        /// The tenant.
        tenant: TenantId,
        /// The connection.
        connection: ConnectionId,
        /// The assertion's `ID`.
        id: String,
        /// Until when it is remembered.
        until: Timestamp,
    },
    /// An emergency link, used or not.
    Emergency(EmergencyRecord),
    /// A session, with the time of its last use.
    Session(SessionRecord),
    /// An audit event.
    Audit(AuditEvent),
    /// An event of the outbox, with its attempts.
    Event(QueuedEvent),
}

impl Record {
    /// Where it belongs.
    #[must_use]
    pub const fn section(&self) -> Section {
        match self {
            Self::Tenant(_) => Section::Tenants,
            Self::Connection(_) => Section::Connections,
            Self::User(_) => Section::Users,
            Self::Group(_) => Section::Groups,
            Self::Member { .. } => Section::Members,
            Self::Resource(_) => Section::Resources,
            Self::Link { .. } => Section::Links,
            Self::Provisioned { .. } => Section::Provisioned,
            Self::Login { .. } => Section::Logins,
            Self::Assertion { .. } => Section::Assertions,
            Self::Emergency(_) => Section::Emergency,
            Self::Session(_) => Section::Sessions,
            Self::Audit(_) => Section::Audit,
            Self::Event(_) => Section::Events,
        }
    }
}

/// A place in a section, behind which the next page begins. What it says is its store's own matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// A place that the store will understand again.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What the store said.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some records of a section.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins; `None` at the end of the section. A page without records need not be the last one.
    pub next: Option<Place>,
    /// What could not be read on the way.
    pub lost: Vec<Lost>,
}

impl Page {
    /// A page on which nothing is lost.
    #[must_use]
    pub const fn new(records: Vec<Record>, next: Option<Place>) -> Self {
        Self { records, next, lost: Vec::new() }
    }
}

/// What could not be copied.
#[derive(Debug)]
#[non_exhaustive]
pub struct Lost {
    /// Of which section.
    pub section: Section,
    /// Which records, as far as the store can tell. It may name people.
    pub extent: Gap,
    /// Why.
    pub error: StoreError,
}

impl Lost {
    /// A loss.
    #[must_use]
    pub const fn new(section: Section, extent: Gap, error: StoreError) -> Self {
        Self { section, extent, error }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: ", self.section, self.extent)?;
        // The kind of failure alone tells the operator little.
        match std::error::Error::source(&self.error) {
            Some(source) => write!(f, "{source}"),
            None => write!(f, "{}", self.error),
        }
    }
}

/// How much is missing. Keys are as the store writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// One record, or a part of it.
    One(String),
    /// Everything, however much it was, behind one record and before another: from the beginning without the first, to
    /// the end without the second.
    Between(Option<String>, Option<String>),
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(key) => write!(f, "{key}"),
            Self::Between(None, None) => f.write_str("all"),
            Self::Between(Some(after), None) => write!(f, "all behind {after}"),
            Self::Between(None, Some(before)) => write!(f, "all before {before}"),
            Self::Between(Some(after), Some(before)) => write!(f, "all between {after} and {before}"),
        }
    }
}

/// A store that can be read out and filled as a whole, for [`copy()`].
pub trait Portable: fmt::Debug + Send + Sync + 'static {
    /// At most `limit` records, and at least one if there is one, of a section behind a place, in an order that is kept when they are
    /// [loaded](Self::load) in it: that of the making for what is listed in it, of the audit trail, of the outbox.
    ///
    /// What cannot be read is left out and [named](Page::lost), and the pages go on behind it: the call fails only if
    /// nothing can be said of what comes next.
    fn dump(
        &self,
        section: Section,
        after: Option<&Place>,
        limit: usize,
    ) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// Adds records as they are, with their versions, times and attempts, behind those that are there. What they refer
    /// to need not be there. All are added or none: a record whose key, or any name that has to be unique, is there
    /// fails the call as [corrupt](StoreErrorKind::Corrupt).
    fn load(&self, records: Vec<Record>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes what refers to a person, a group or another resource that is not there: their places in groups, their
    /// NameIDs, and what connections know of them, which would keep their names from whoever comes again. Says how much
    /// it was. [`copy()`] asks for it if any record of the section was lost.
    fn drop_orphans(&self, of: Section) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Whether there is no record of any section.
    fn is_empty(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What a copy came to.
#[derive(Debug, Default)]
#[must_use = "what was lost is said here alone"]
#[non_exhaustive]
pub struct Copied {
    /// How many records were copied of each section.
    pub counts: BTreeMap<Section, u64>,
    /// What could not be copied, the first [`Self::MAX_LOST`] of it.
    pub lost: Vec<Lost>,
    /// How many more losses there were.
    pub lost_more: u64,
    /// How many records were copied and then [left out](Portable::drop_orphans) again, since what they refer to was lost.
    pub orphans: u64,
}

impl Copied {
    /// How many losses are told one by one.
    pub const MAX_LOST: usize = 1_000;

    /// How many records were copied of a section.
    #[must_use]
    pub fn count(&self, section: Section) -> u64 {
        self.counts.get(&section).copied().unwrap_or(0)
    }

    /// Whether everything was copied.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.lost.is_empty()
    }

    fn losses(&self) -> u64 {
        self.lost_more.saturating_add(self.lost.len() as u64)
    }

    fn lose(&mut self, lost: Lost) {
        if self.lost.len() < Self::MAX_LOST {
            self.lost.push(lost);
        } else {
            self.lost_more = self.lost_more.saturating_add(1);
        }
    }
}

/// Why a copy was given up. The target then holds a part, and is to be thrown away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The target holds something. It was left as it is.
    #[error("the store to copy to is not empty; nothing was copied")]
    NotEmpty,
    /// The source cannot be read.
    #[error("the {section} cannot be read from the store to copy from")]
    From {
        /// What was being copied.
        section: Section,
        /// Why.
        source: StoreError,
    },
    /// The target cannot be written.
    #[error("the {section} cannot be written to the store to copy to")]
    To {
        /// What was being copied.
        section: Section,
        /// Why.
        source: StoreError,
    },
}

/// Copies everything that a store holds into an empty one: people, groups and connections, and all that is under way,
/// sessions, logins, consumed assertions and the outbox among it. Whoever is signed in stays so.
///
/// The source should be at rest, with no node that writes to it: it is read page by page, so what changes meanwhile may
/// be copied in part. The memory that it takes does not depend on how much there is. Audit events get new numbers: whoever
/// exports them by [`Admin::audit_log`](crate::Admin::audit_log) begins anew.
///
/// A record that cannot be read, or that the target refuses, is left out and told in [`Copied::lost`]. With a person, a
/// group or another resource go their places in groups, their NameIDs, and what connections know of them: whoever is
/// sent again is new.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use vestibule::store::{Memory, copy};
///
/// let copied = copy(&Memory::new(), &Memory::new()).await?;
/// assert!(copied.is_whole());
/// # Ok::<(), vestibule::store::CopyError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// [`CopyError::NotEmpty`] if the target holds anything; else if one of the two cannot be reached.
pub async fn copy(from: &impl Portable, to: &impl Portable) -> Result<Copied, CopyError> {
    let is_empty = to.is_empty().await.map_err(|source| CopyError::To { section: Section::Tenants, source })?;
    if !is_empty {
        return Err(CopyError::NotEmpty);
    }
    let mut copied = Copied::default();
    let mut incomplete = Vec::new();
    for section in Section::ALL.iter().copied() {
        let (mut after, losses) = (None, copied.losses());
        loop {
            let page = from.dump(section, after.as_ref(), PAGE).await;
            let page = page.map_err(|source| CopyError::From { section, source })?;
            page.lost.into_iter().for_each(|lost| copied.lose(lost));
            load(to, section, page.records, &mut copied).await.map_err(|source| CopyError::To { section, source })?;
            match page.next {
                Some(place) => after = Some(place),
                None => break,
            }
        }
        if copied.losses() > losses {
            incomplete.push(section);
        }
    }
    for section in incomplete {
        let orphans = to.drop_orphans(section).await.map_err(|source| CopyError::To { section, source })?;
        copied.orphans = copied.orphans.saturating_add(orphans);
    }
    Ok(copied)
}

/// Loads a page, if need be record by record, so that one that is refused takes no others with it.
async fn load(
    to: &impl Portable,
    section: Section,
    records: Vec<Record>,
    copied: &mut Copied,
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let count = records.len() as u64;
    // A page is a handful of megabytes, and the clone of a person is cheap.
    let mut done = match to.load(records.clone()).await {
        Ok(()) => count,
        Err(error) if error.kind() == StoreErrorKind::Corrupt => 0,
        Err(error) => return Err(error),
    };
    if done == 0 {
        for record in records {
            let what = name(&record);
            match to.load(vec![record]).await {
                Ok(()) => done = done.saturating_add(1),
                Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                    copied.lose(Lost::new(section, Gap::One(what), error));
                }
                Err(error) => return Err(error),
            }
        }
    }
    let count = copied.counts.entry(section).or_default();
    *count = count.saturating_add(done);
    Ok(())
}

/// What a record is called where it is reported.
fn name(record: &Record) -> String {
    match record {
        Record::Tenant(tenant) => tenant.id.to_string(),
        Record::Connection(connection) => connection.id.to_string(),
        Record::User(user) => format!("{}/{}", user.tenant, user.id),
        Record::Group(group) => format!("{}/{}", group.tenant, group.id),
        Record::Member { tenant, group, member } => format!("{tenant}/{group}/{}", member.as_str()),
        Record::Resource(resource) => format!("{}/{}/{}", resource.tenant, resource.kind, resource.id),
        Record::Link { tenant, connection, user, .. } => format!("{tenant}/{connection}/{user}"),
        Record::Provisioned { tenant, connection, kind, id, .. } => format!("{tenant}/{connection}/{kind}/{id}"),
        Record::Login { tenant, login } => format!("{tenant}/{}", login.id),
        Record::Assertion { tenant, connection, id, .. } => format!("{tenant}/{connection}/{id}"),
        Record::Emergency(link) => format!("{}/{}", link.tenant, link.user),
        Record::Session(session) => format!("{}/{}", session.tenant, session.user),
        Record::Audit(event) => event.correlation.to_string(),
        Record::Event(queued) => queued.event.id.to_string(),
    }
}
