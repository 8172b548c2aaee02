//! Rules of copies: everything arrives as it was, and goes on from there.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{at, connection, name_id, secret, tenant, user, written};
use crate::model::audit::{Action, AuditEvent};
use crate::model::connection::Connection;
use crate::model::emergency::EmergencyRecord;
use crate::model::event::{ClaimedEvent, Event, EventKind};
use crate::model::group::{Group, MemberId};
use crate::model::id::{CorrelationId, EventId, GroupId, LoginId, ResourceId, TenantId, UserId};
use crate::model::login::PendingLogin;
use crate::model::provisioning::{Provisioning, ScimMode, ScimToken};
use crate::model::resource::Resource;
use crate::model::session::{Identity, SessionRecord};
use crate::model::tenant::{Status, Tenant};
use crate::model::user::User;
use crate::scim::schema::ResourceType;
use crate::store::query::{Found, Query};
use crate::store::{
    Alone, Change, Consumed, CopyError, Effects, LoginCaps, MemberChange, Memory, Portable, Provisioned, Record,
    Redeemed, Section, Store, StoreErrorKind, Use, Written, copy,
};

const LEASE: Duration = Duration::from_secs(10);

/// Runs the rules for a store that can be copied; `fresh` gives an empty one each time.
///
/// # Panics
///
/// At the first rule that the store breaks, with the rule.
pub async fn check_copy<S, F, Fut>(fresh: F)
where
    S: Store + Portable,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    let (first, own) = (Memory::new(), fresh().await);
    fill(&first).await;
    fill(&own).await;
    same(&first, &own, "what was done with both is in both").await;

    let (there, back, again) = (fresh().await, Memory::new(), fresh().await);
    whole(&first, &there).await;
    same(&first, &there, "it is copied there").await;
    whole(&there, &back).await;
    same(&first, &back, "and back").await;
    whole(&back, &again).await;
    same(&first, &again, "and there again").await;
    let from_own = fresh().await;
    whole(&own, &from_own).await;
    same(&own, &from_own, "and from there to another of its kind").await;

    lists_are_in_order(&first, &again).await;
    all_goes_on(&again).await;
    all_goes_on(&from_own).await;
    all_goes_on(&back).await;
    only_into_empty_ones(&first, &fresh().await).await;
    nothing_refers_to_the_lost(&first, &fresh().await).await;
}

async fn whole(from: &impl Portable, to: &impl Portable) {
    let copied = copy(from, to).await.expect("is copied");
    assert!(copied.is_whole(), "nothing is lost: {:?}", copied.lost);
    for section in Section::ALL.iter().copied() {
        let count = dump(from, section, 1_000).await.len();
        assert!(count > 0, "there is one of everything, {section} too");
        assert_eq!(copied.count(section), count as u64, "{section} are counted");
    }
}

/// All of a section, read by pages of some size.
async fn dump(store: &impl Portable, section: Section, size: usize) -> Vec<Record> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.dump(section, after.as_ref(), size).await.expect("answers");
        assert!(page.lost.is_empty(), "{:?}", page.lost);
        assert!(page.records.len() <= size, "no page is longer than asked");
        all.extend(page.records);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

/// The tenant of what is listed in the order of its making.
fn lane(record: &Record) -> Option<&TenantId> {
    match record {
        Record::User(user) => Some(&user.tenant),
        Record::Group(group) => Some(&group.tenant),
        _ => None,
    }
}

async fn same(one: &impl Portable, other: &impl Portable, why: &str) {
    for section in Section::ALL.iter().copied() {
        let mut ones = dump(one, section, 1_000).await;
        for size in [1_000, 3, 1] {
            let mut others = dump(other, section, size).await;
            assert_eq!(ones.len(), others.len(), "{why}: as many {section} by {size}");
            match section {
                Section::Audit | Section::Events => assert_eq!(ones, others, "{why}: {section}"),
                Section::Users | Section::Groups => {
                    // The order of two tenants' people says nothing.
                    ones.sort_by(|a, b| lane(a).cmp(&lane(b)));
                    others.sort_by(|a, b| lane(a).cmp(&lane(b)));
                    assert_eq!(ones, others, "{why}: {section}");
                }
                _ => {
                    let missing: Vec<_> = ones.iter().filter(|one| !others.contains(one)).collect();
                    assert!(missing.is_empty(), "{why}: {section} {missing:?} are not among {others:?}");
                }
            }
        }
    }
}

/// Somebody with everything that may be hard to keep.
fn odd(tenant: &Tenant) -> User {
    let mut odd = User::new(tenant.id.clone(), UserId::from("\u{1F511}/'\"\\%_"), "O\u{0}dd\u{1F600}\u{E000}", at(0));
    odd.set_display_name("\u{FEFF} \u{202E}\u{10FFFF}\n");
    odd.set_email("\u{DF}\u{130}@\u{1F600}.example");
    odd.attributes_mut().insert("numbers".into(), json!([i64::MIN, u64::MAX, 1e300, -0.0, 0.1, null, true]));
    odd.attributes_mut().insert(String::new(), json!({ "": [], "\u{0}": {} }));
    odd.version = u64::MAX;
    odd.created_at = Timestamp::MIN;
    odd.modified_at = Timestamp::MAX;
    odd
}

fn tokened(acme: &Tenant) -> Connection {
    let mut connection = connection(acme, "acme");
    let token = |key: &str| ScimToken::new(key.into(), secret(key), key.into(), at(0));
    let mut provisioning = Provisioning::new(ScimMode::Okta, token("k1"));
    provisioning.second_token = Some(token("k2"));
    connection.provisioning = Some(provisioning);
    connection.domains = vec!["acme.example".into(), "acme.test".into()];
    connection
}

/// Puts one of everything into a store, by the calls of every day.
async fn fill(store: &impl Store) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    for tenant in [&acme, &other] {
        written(store.create_tenant(tenant).await);
    }
    let okta = tokened(&acme);
    written(store.create_connection(&acme.id, &okta).await);
    written(store.create_connection(&other.id, &connection(&other, "other")).await);
    store.touch_token(&acme.id, &okta.id, "k1", at(60)).await.expect("answers");

    // In no order of ids or names, and one of them has gone.
    for number in [7, 3, 9, 1, 5, 8, 2] {
        let name = format!("ada{number}");
        written(store.create_user(&acme.id, &user(&acme, &name)).await);
        written(store.create_user(&other.id, &user(&other, &name)).await);
    }
    written(store.delete_user(&acme.id, &UserId::from("id-ada1")).await);
    let mut renamed = user(&acme, "Zoe");
    renamed.id = UserId::from("id-ada9");
    renamed.version = 2;
    renamed.set_active(false);
    written(store.replace_user(&acme.id, &renamed, 1).await);
    written(store.create_user(&acme.id, &odd(&acme)).await);
    let ada = UserId::from("id-ada7");

    let id = |name: &str| MemberId::User(UserId::from(name));
    for (name, members) in [("z", vec![id("id-ada7"), id("id-ada3")]), ("a", vec![id("id-ada7")])] {
        let mut group = Group::new(acme.id.clone(), GroupId::from(name), format!("Group {name}"), at(0));
        group.attributes.insert("x".into(), json!(1));
        let change = MemberChange { add: &members, ..MemberChange::default() };
        let change = Change::CreateGroup { group: &group, members: change };
        let known = Provisioned::new(Some(format!("ext-{name}")));
        written(store.write(&acme.id, change, Effects::default().provisioned(&okta.id, &known)).await);
    }
    let nested = [MemberId::Group(GroupId::from("a"))];
    let change = MemberChange { add: &nested, ..MemberChange::default() };
    let done = store.change_members(&acme.id, &GroupId::from("z"), change, None, at(5)).await;
    assert_eq!(done.expect("answers"), Written::AtVersion(2));
    let group = Group::new(other.id.clone(), GroupId::from("z"), "Other", at(0));
    written(store.create_group(&other.id, &group).await);
    let object = serde_json::from_value(json!({ "name": "printer" })).expect("an object");
    let resource = Resource::new(acme.id.clone(), ResourceId::from("r"), "Device", object, at(0));
    written(store.create_resource(&acme.id, &resource).await);

    written(store.link(&acme.id, &okta.id, &name_id("Ada\u{0}"), &ada, Alone::InTenant).await);
    let known = Provisioned::new(Some("ext-ada".into()));
    written(store.set_provisioned(&acme.id, &okta.id, "User", ada.as_str(), &known).await);
    written(store.set_provisioned(&acme.id, &okta.id, "User", "id-ada3", &Provisioned::by_login()).await);

    for login in ["used", "waits"] {
        let login = PendingLogin::new(LoginId::from(login), okta.id.clone(), login, secret("cookie"), at(0), at(600));
        let _ = store.begin(&acme.id, &login, LoginCaps::default(), at(0)).await.expect("answers");
    }
    let id = LoginId::from("used");
    let used = Use::new(Some(&id), "assertion", at(900), secret("session"));
    assert_eq!(store.consume(&acme.id, &okta.id, used, at(1)).await.expect("answers"), Consumed::Consumed);
    for code in ["used", "unused"] {
        let whose = (acme.id.clone(), ada.clone());
        let link = EmergencyRecord::new(secret(code), whose, at(0), at(600));
        store.add_emergency(&acme.id, &link).await.expect("answers");
    }
    let _ = store.redeem_emergency(&secret("used"), at(5)).await.expect("answers");
    let place = (acme.id.clone(), okta.id.clone(), ada.clone());
    let session = SessionRecord::new(secret("session"), place, Identity::new(name_id("Ada")), at(0), at(3_600));
    store.create_session(&acme.id, &session).await.expect("answers");
    store.touch_session(&session.key, at(120)).await.expect("answers");

    for (number, of) in [Some(&acme), None, Some(&other), None].into_iter().enumerate() {
        let mut event = AuditEvent::new(at(0), Action::LoginRefused, CorrelationId::from(number.to_string()));
        event.tenant = of.map(|tenant| tenant.id.clone());
        store.record(&event).await.expect("answers");
    }
    outbox(store, &acme).await;
    written(store.set_tenant_status(&other.id, Status::Disabled).await);
}

/// `z1` backs off before `y2` of the same lane, `x3` is given up, `w4` is somebody's, `v5` waits, `u6` waits behind it.
async fn outbox(store: &impl Store, acme: &Tenant) {
    for (id, person) in [("z1", "ada"), ("y2", "ada"), ("x3", "ben"), ("w4", "eva"), ("v5", "fay"), ("u6", "fay")] {
        let change = Change::EndSessions(&UserId::from("somebody"));
        written(store.write(&acme.id, change, Effects::default().events(&[event(acme, id, person)])).await);
    }
    let claim = async |id: &str| store.claim_event(&EventId::from(id), LEASE, at(0)).await.expect("answers");
    for id in ["z1", "x3", "w4"] {
        assert!(claim(id).await.is_some());
    }
    store.event_failed(&EventId::from("z1"), 1, at(50)).await.expect("answers");
    store.event_dead(&EventId::from("x3"), 1, at(3)).await.expect("answers");
}

fn event(tenant: &Tenant, id: &str, person: &str) -> Event {
    let kind = EventKind::UserUpdated { user: UserId::from(person), changed: vec!["name".into()] };
    Event::new(EventId::from(id), tenant.id.clone(), at(0), kind)
}

/// A page of a tenant's people, and how many there are.
async fn people(store: &impl Store, tenant: &str, skip: usize, count: usize) -> (usize, Vec<String>) {
    let (kind, okta) = (ResourceType::user(), connection(&super::tenant("acme"), "acme").id);
    let query = Query::new(&okta, &kind).page(skip, count);
    match store.query_users(&TenantId::from(tenant), &query).await.expect("answers") {
        Found::Page { total, items } => (total, items.into_iter().map(|item| item.resource.id.to_string()).collect()),
        _ => panic!("expected a page"),
    }
}

async fn lists_are_in_order(first: &impl Store, copied: &impl Store) {
    for tenant in ["acme", "other"] {
        for (skip, count) in [(0, 100), (2, 3), (5, 1)] {
            assert_eq!(people(first, tenant, skip, count).await, people(copied, tenant, skip, count).await);
        }
    }
    let (total, ids) = people(copied, "acme", 0, 2).await;
    assert_eq!((total, ids), (7, vec!["id-ada7".to_owned(), "id-ada3".to_owned()]), "in the order of their making");
}

/// What a copy can still do, and what it can no longer.
async fn all_goes_on(store: &impl Store) {
    let (acme, okta) = (tenant("acme"), tokened(&tenant("acme")));
    let live = store.live_session(&secret("session"), at(200)).await.expect("answers").expect("is signed in");
    assert_eq!((live.session.seen_at, live.user.id.as_str()), (at(120), "id-ada7"));
    let user_id = store.linked_user(&acme.id, &okta.id, &name_id("Ada\u{0}")).await.expect("answers");
    assert_eq!(user_id, Some(UserId::from("id-ada7")));

    let consume = async |login: Option<&str>, assertion: &str| {
        let login = login.map(LoginId::from);
        let used = Use::new(login.as_ref(), assertion, at(900), secret("new"));
        store.consume(&acme.id, &okta.id, used, at(10)).await.expect("answers")
    };
    assert_eq!(consume(None, "assertion").await, Consumed::UsedBefore, "what was consumed stays so");
    assert_eq!(consume(Some("used"), "new").await, Consumed::UsedBefore);
    assert_eq!(consume(Some("waits"), "new").await, Consumed::Consumed, "who is under way arrives");
    assert_eq!(consume(Some("waits"), "newer").await, Consumed::UsedBefore);
    let redeem = async |code: &str| store.redeem_emergency(&secret(code), at(10)).await.expect("answers");
    assert!(matches!(redeem("used").await, Redeemed::UsedBefore(_)));
    assert!(matches!(redeem("unused").await, Redeemed::Redeemed(_)));

    let found = store.connection_by_token("k2").await.expect("answers").expect("is known");
    let used = found.provisioning.map(|known| known.tokens().map(|token| token.last_used_at).collect::<Vec<_>>());
    assert_eq!(used, Some(vec![Some(at(60)), None]));
    assert!(store.connection_by_domain("acme.test").await.expect("answers").is_some());
    let emails = store.users_with_email(&acme.id, "\u{DF}\u{130}@\u{1F600}.EXAMPLE", 9).await.expect("answers");
    assert_eq!(emails, [odd(&acme)]);

    // Names that have to be unique are taken.
    let mut again = user(&acme, "ADA7");
    again.id = UserId::from("new");
    assert_eq!(store.create_user(&acme.id, &again).await.expect("answers"), Written::NotUnique("userName"));
    let known = Provisioned::new(Some("ext-ada".into()));
    let taken = store.set_provisioned(&acme.id, &okta.id, "User", "id-ada3", &known).await.expect("answers");
    assert_eq!(taken, Written::NotUnique("externalId"));
    let mut second = connection(&acme, "second");
    second.domains = vec!["acme.example".into()];
    let taken = store.create_connection(&acme.id, &second).await.expect("answers");
    assert_eq!(taken, Written::NotUnique("domain"));
    written(store.create_user(&acme.id, &user(&acme, "new")).await);
    assert_eq!(people(store, "acme", 7, 9).await, (8, vec!["id-new".to_owned()]), "who is new is counted, and last");

    let claim = async |now| {
        let claimed = store.claim_events(9, LEASE, at(now)).await.expect("answers");
        let ids = claimed.iter().map(|ClaimedEvent { event, attempts, .. }| (event.id.to_string(), *attempts));
        ids.collect::<Vec<_>>()
    };
    let is = |id: &str, attempts| (id.to_owned(), attempts);
    assert_eq!(claim(9).await, [is("v5", 1)], "the others back off, are somebody's or wait behind these");
    assert_eq!(claim(10).await, [is("w4", 2)]);
    assert_eq!(claim(50).await, [is("z1", 2), is("w4", 3), is("v5", 2)]);
    let dead = store.dead_events(None, None, 9).await.expect("answers");
    let dead: Vec<_> = dead.iter().map(|dead| (dead.event.id.as_str(), dead.attempts, dead.dead_at)).collect();
    assert_eq!(dead, [("x3", 1, at(3))]);
    written(store.retry_event(&EventId::from("x3")).await);
    store.event_delivered(&EventId::from("z1")).await.expect("answers");
    assert_eq!(claim(51).await, [is("y2", 1), is("x3", 1)]);

    let group = store.group(&acme.id, &GroupId::from("z")).await.expect("answers").expect("is there");
    assert_eq!((group.version, group.modified_at), (2, at(5)), "a group has its version still");
    written(
        store
            .write(
                &acme.id,
                Change::DeleteUser { id: &UserId::from("id-ada7"), expected: None, now: at(60) },
                Effects::default(),
            )
            .await,
    );
    let left = store.members(&acme.id, &GroupId::from("z"), None, 9).await.expect("answers");
    assert_eq!(left.len(), 2, "places in groups are found by their person");
    assert_eq!(store.live_session(&secret("session"), at(200)).await.expect("answers"), None);
}

async fn only_into_empty_ones<S: Store + Portable>(first: &Memory, fresh: &S) {
    let acme = tenant("acme");
    assert!(fresh.is_empty().await.expect("answers"));
    fresh.load(vec![Record::Tenant(acme.clone())]).await.expect("is loaded");
    assert!(!fresh.is_empty().await.expect("answers"));
    let refused = copy(first, fresh).await.expect_err("it is not empty");
    assert!(matches!(refused, CopyError::NotEmpty), "{refused:?}");

    // A page is loaded whole or not at all, whatever its last record is.
    for section in Section::ALL.iter().copied() {
        let mut records = dump(first, section, 1_000).await;
        if section != Section::Tenants {
            fresh.load(records.clone()).await.expect("is loaded");
        }
        let before = dump(fresh, section, 1_000).await;
        let last = records.last().cloned().expect("there is one of everything");
        let mut new = tenant("new");
        new.name = section.to_string();
        records =
            vec![Record::Tenant(new), if section == Section::Tenants { Record::Tenant(acme.clone()) } else { last }];
        if section != Section::Audit {
            let refused = fresh.load(records).await.expect_err("it is there");
            assert_eq!(refused.kind(), StoreErrorKind::Corrupt, "{section}");
        }
        assert_eq!(dump(fresh, section, 1_000).await, before, "{section}");
        assert_eq!(fresh.tenant(&TenantId::from("new")).await.expect("answers"), None, "{section}");
        if section == Section::Tenants {
            fresh.load(vec![Record::Tenant(tenant("other"))]).await.expect("is loaded");
        }
    }
}

async fn nothing_refers_to_the_lost(first: &Memory, fresh: &(impl Store + Portable)) {
    let lost = |record: &Record| match record {
        Record::User(user) => user.id.as_str() == "id-ada7",
        Record::Group(group) => group.id.as_str() == "a",
        Record::Member { group, .. } => group.as_str() == "a",
        _ => false,
    };
    for section in Section::ALL.iter().copied() {
        let records = dump(first, section, 1_000).await;
        fresh.load(records.into_iter().filter(|record| !lost(record)).collect()).await.expect("is loaded");
    }
    let counts = [(Section::Users, 3), (Section::Groups, 2), (Section::Resources, 0), (Section::Audit, 0)];
    for (section, count) in counts {
        let dropped = fresh.drop_orphans(section).await.expect("answers");
        assert_eq!(dropped, count, "places in groups, NameIDs and externalIds of lost {section}");
        assert_eq!(fresh.drop_orphans(section).await.expect("answers"), 0);
    }
    let (acme, okta) = (tenant("acme"), tokened(&tenant("acme")));
    let members = fresh.members(&acme.id, &GroupId::from("z"), None, 9).await.expect("answers");
    let members: Vec<_> = members.iter().map(|member| member.id.as_str()).collect();
    assert_eq!(members, ["id-ada3"], "who is there keeps their place");
    let by_name = fresh.linked_user(&acme.id, &okta.id, &name_id("Ada\u{0}")).await.expect("answers");
    assert_eq!(by_name, None);
    let known = Provisioned::new(Some("ext-ada".into()));
    written(fresh.set_provisioned(&acme.id, &okta.id, "User", "id-ada8", &known).await);
    let kept = fresh.provisioned(&acme.id, &okta.id, "User", "id-ada3").await.expect("answers");
    assert_eq!(kept, Some(Provisioned::by_login()));
}
