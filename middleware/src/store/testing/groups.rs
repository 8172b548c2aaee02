//! Rules of `Groups` and `Resources`.

use super::{at, tenant, user, with_connection, written};
use crate::model::audit::{Action, AuditEvent};
use crate::model::group::{Group, MemberId};
use crate::model::id::{ConnectionId, CorrelationId, GroupId, ResourceId};
use crate::model::object::Object;
use crate::model::resource::Resource;
use crate::model::tenant::Tenant;
use crate::scim::schema::{ResourceType, Schema};
use crate::store::query::{Found, Query};
use crate::store::{Change, Effects, MemberChange, Store, Written};

fn group(tenant: &Tenant, name: &str) -> Group {
    Group::new(tenant.id.clone(), GroupId::from(format!("id-{name}")), name, at(0))
}

async fn members(store: &impl Store, tenant: &Tenant, group: &Group) -> Vec<String> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = store.members(&tenant.id, &group.id, after.as_ref(), 2).await.expect("answers");
        let Some(last) = page.last() else { return all };
        after = Some(last.id.clone());
        all.extend(page.iter().map(|member| member.display.clone()));
    }
}

async fn change(
    store: &impl Store,
    tenant: &Tenant,
    group: &Group,
    change: MemberChange<'_>,
    expected: Option<u64>,
) -> Written {
    store.change_members(&tenant.id, &group.id, change, expected, at(1)).await.expect("answers")
}

pub(super) async fn groups(store: &impl Store) {
    let acme = tenant("acme");
    written(store.create_tenant(&acme).await);
    let sales = group(&acme, "Sales");
    written(store.create_group(&acme.id, &sales).await);
    assert_eq!(store.create_group(&acme.id, &sales).await.expect("answers"), Written::NotUnique("id"));
    let mut twin = group(&acme, "twin");
    twin.set_display_name("SALES");
    written(store.create_group(&acme.id, &twin).await);
    let named = store.groups_named(&acme.id, "sales", 10).await.expect("answers");
    assert_eq!(named, [sales.clone(), twin.clone()], "two groups may have one name, and its case does not count");
    assert_eq!(store.groups_named(&acme.id, "sales", 1).await.expect("answers"), std::slice::from_ref(&sales));

    let mut renamed = sales.clone();
    renamed.set_display_name("Field");
    renamed.version = 2;
    written(store.replace_group(&acme.id, &renamed, 1).await);
    assert_eq!(
        store.replace_group(&acme.id, &renamed, 1).await.expect("answers"),
        Written::VersionChanged,
        "a writer that read an older version changes nothing"
    );
    assert_eq!(store.groups_named(&acme.id, "sales", 10).await.expect("answers"), [twin.clone()]);
    assert_eq!(store.group(&acme.id, &sales.id).await.expect("answers"), Some(renamed.clone()));

    written(store.create_group(&acme.id, &group(&acme, "z")).await);
    let first = store.groups(&acme.id, None, 2).await.expect("answers");
    let rest = store.groups(&acme.id, first.last().map(|group| &group.id), 2).await.expect("answers");
    assert_eq!((first.len(), rest.len()), (2, 1), "pages follow one another without gap or overlap");

    written(store.delete_group(&acme.id, &sales.id, at(2)).await);
    assert_eq!(store.delete_group(&acme.id, &sales.id, at(2)).await.expect("answers"), Written::Missing);
    assert_eq!(store.group(&acme.id, &sales.id).await.expect("answers"), None);
    assert_eq!(store.groups_named(&acme.id, "field", 10).await.expect("answers"), []);
    how_many(store, &acme).await;
}

pub(super) async fn membership(store: &impl Store) {
    let acme = tenant("acme");
    written(store.create_tenant(&acme).await);
    let people = ["ada", "bob", "cyd"].map(|name| MemberId::User(user(&acme, name).id));
    let [ada, bob, _] = &people;
    let only_ada = std::slice::from_ref(ada);
    for name in ["ada", "bob", "cyd"] {
        written(store.create_user(&acme.id, &user(&acme, name)).await);
    }
    let (sales, all) = (group(&acme, "sales"), group(&acme, "all"));
    written(store.create_group(&acme.id, &sales).await);
    written(store.create_group(&acme.id, &all).await);

    let add = MemberChange::new(false, &[], &people);
    assert_eq!(change(store, &acme, &sales, add, None).await, Written::AtVersion(2));
    assert_eq!(
        change(store, &acme, &sales, add, None).await,
        Written::AtVersion(2),
        "who is in stays in: no new version"
    );
    assert_eq!(members(store, &acme, &sales).await, ["ada", "bob", "cyd"]);
    assert_eq!(
        change(store, &acme, &sales, MemberChange::new(false, &people, &[]), Some(1)).await,
        Written::VersionChanged,
        "a writer that read an older version changes nothing"
    );
    let known = store.group(&acme.id, &sales.id).await.expect("answers").expect("is there");
    assert_eq!((known.version, known.modified_at), (2, at(1)));

    let nobody = [MemberId::User("nobody".into())];
    let unknown = MemberChange::new(false, &nobody, &nobody);
    assert_eq!(change(store, &acme, &sales, unknown, Some(2)).await, Written::AtVersion(2), "who does not exist");
    let one = std::slice::from_ref(bob);
    let swap = MemberChange::new(false, only_ada, one);
    assert_eq!(change(store, &acme, &sales, swap, None).await, Written::AtVersion(3));
    assert_eq!(members(store, &acme, &sales).await, ["bob", "cyd"]);
    let set = MemberChange::new(true, &[], only_ada);
    assert_eq!(change(store, &acme, &sales, set, None).await, Written::AtVersion(4));
    assert_eq!(members(store, &acme, &sales).await, ["ada"]);
    assert_eq!(change(store, &acme, &sales, set, None).await, Written::AtVersion(4), "the same set is no change");
    let gone = group(&acme, "gone");
    assert_eq!(change(store, &acme, &gone, set, None).await, Written::Missing);

    // Both ways, nested ones too.
    let inner = MemberId::Group(sales.id.clone());
    let nested = std::slice::from_ref(&inner);
    assert_eq!(change(store, &acme, &all, MemberChange::new(false, &[], nested), None).await, Written::AtVersion(2));
    assert_eq!(change(store, &acme, &all, MemberChange::new(false, &[], only_ada), None).await, Written::AtVersion(3));
    let of_ada = store.groups_of(&acme.id, ada, None, 10).await.expect("answers");
    assert_eq!(of_ada.iter().map(|group| group.display_name()).collect::<Vec<_>>(), ["all", "sales"]);
    let behind = store.groups_of(&acme.id, ada, of_ada.first().map(|group| &group.id), 10).await;
    assert_eq!(behind.expect("answers").len(), 1);
    assert_eq!(store.groups_of(&acme.id, &inner, None, 10).await.expect("answers").len(), 1);
    let ids = ["id-ada", "nobody", "id-sales"].map(str::to_owned);
    assert_eq!(
        store.known_members(&acme.id, &ids).await.expect("answers"),
        [Some(ada.clone()), None, Some(inner.clone())]
    );

    // Who goes leaves every group, whose version rises.
    let MemberId::User(ada) = ada else { panic!("a person") };
    let delete = Change::DeleteUser { id: ada, expected: None, now: at(3) };
    written(store.write(&acme.id, delete, Effects::default()).await);
    assert_eq!(members(store, &acme, &sales).await, Vec::<String>::new());
    let known = store.group(&acme.id, &sales.id).await.expect("answers").expect("is there");
    assert_eq!((known.version, known.modified_at), (5, at(3)));
    written(store.delete_group(&acme.id, &sales.id, at(4)).await);
    assert_eq!(members(store, &acme, &all).await, Vec::<String>::new());
}

pub(super) async fn writes_of_groups(store: &impl Store) {
    let (acme, _) = with_connection(store, "acme").await;
    written(store.create_user(&acme.id, &user(&acme, "ada")).await);
    let ada = [MemberId::User(user(&acme, "ada").id)];
    let sales = group(&acme, "sales");
    let noted = [AuditEvent::new(at(1), Action::MembersChanged, CorrelationId::from("c"))];
    let effects = Effects::default().audit(&noted);
    let add = MemberChange::new(false, &[], &ada);

    written(store.write(&acme.id, Change::CreateGroup { group: &sales, members: add }, effects).await);
    assert_eq!(members(store, &acme, &sales).await, ["ada"], "a group begins with its members");
    assert_eq!(store.audit_events(None, 10).await.expect("answers").len(), 1);
    let again = Change::Members { id: &sales.id, members: add, expected: None, now: at(1) };
    assert_eq!(store.write(&acme.id, again, effects).await.expect("answers"), Written::AtVersion(1));
    assert_eq!(store.audit_events(None, 10).await.expect("answers").len(), 1, "no change, no event");

    let mut renamed = sales.clone();
    renamed.set_display_name("field");
    renamed.version = 2;
    let clear = MemberChange::new(true, &[], &[]);
    let replace = |expected| Change::ReplaceGroup { group: &renamed, expected, members: clear };
    assert_eq!(store.write(&acme.id, replace(7), effects).await.expect("answers"), Written::VersionChanged);
    assert_eq!(members(store, &acme, &sales).await, ["ada"]);
    written(store.write(&acme.id, replace(1), effects).await);
    assert_eq!(members(store, &acme, &sales).await, Vec::<String>::new());
    let delete = |expected| Change::DeleteGroup { id: &sales.id, expected, now: at(2) };
    assert_eq!(store.write(&acme.id, delete(Some(1)), effects).await.expect("answers"), Written::VersionChanged);
    written(store.write(&acme.id, delete(Some(2)), effects).await);
    assert_eq!(store.write(&acme.id, delete(None), effects).await.expect("answers"), Written::Missing);
}

pub(super) async fn resources(store: &impl Store) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    for tenant in [&acme, &other] {
        written(store.create_tenant(tenant).await);
    }
    let role = |id: &str| Resource::new(acme.id.clone(), ResourceId::from(id), "Role", Object::new(), at(0));
    let one = role("one");
    written(store.create_resource(&acme.id, &one).await);
    assert_eq!(store.create_resource(&acme.id, &one).await.expect("answers"), Written::NotUnique("id"));
    assert_eq!(store.resource(&acme.id, "Role", &one.id).await.expect("answers"), Some(one.clone()));
    assert_eq!(store.resource(&acme.id, "Device", &one.id).await.expect("answers"), None, "of this type alone");
    assert_eq!(store.resource(&other.id, "Role", &one.id).await.expect("answers"), None, "of this tenant alone");
    let mut next = one.clone();
    next.version = 2;
    written(store.replace_resource(&acme.id, &next, 1).await);
    assert_eq!(store.replace_resource(&acme.id, &next, 1).await.expect("answers"), Written::VersionChanged);
    for id in ["three", "two"] {
        written(store.create_resource(&acme.id, &role(id)).await);
    }
    let first = store.resources(&acme.id, "Role", None, 2).await.expect("answers");
    let rest = store.resources(&acme.id, "Role", first.last().map(|role| &role.id), 2).await.expect("answers");
    assert_eq!((first.len(), rest.len()), (2, 1), "pages follow one another without gap or overlap");
    let roles = ResourceType::new("Role", "/Roles", Schema::new("urn:example:Role", "Role"));
    let of = with_connection(store, "third").await;
    let query = Query::new(&of.1.id, &roles).page(1, 5);
    let Found::Page { total, items } = store.query_resources(&acme.id, &query).await.expect("answers") else {
        panic!("three are not too many")
    };
    assert_eq!((total, items.len()), (3, 2));
    let none = store.query_resources(&other.id, &query).await.expect("answers");
    assert!(matches!(none, Found::Page { total: 0, .. }), "of this tenant alone");
    written(store.delete_resource(&acme.id, "Role", &one.id).await);
    assert_eq!(store.delete_resource(&acme.id, "Role", &one.id).await.expect("answers"), Written::Missing);
    let left = store.query_resources(&acme.id, &query).await.expect("answers");
    assert!(matches!(left, Found::Page { total: 2, .. }), "what has gone is not counted");
}

/// The number of groups and of people that a list gives is right after each of them has come and gone.
async fn how_many(store: &impl Store, acme: &Tenant) {
    let (connection, kind, people) = (ConnectionId::from("okta"), ResourceType::group(), ResourceType::user());
    let total = async || {
        let groups = store.query_groups(&acme.id, &Query::new(&connection, &kind)).await.expect("answers");
        let users = store.query_users(&acme.id, &Query::new(&connection, &people)).await.expect("answers");
        match (groups, users) {
            (Found::Page { total: groups, .. }, Found::Page { total: users, .. }) => (groups, users),
            _ => panic!("a handful is not too many"),
        }
    };
    let (groups, users) = total().await;
    let (group, user) = (group(acme, "passing"), user(acme, "passing"));
    written(
        store
            .write(
                &acme.id,
                Change::CreateGroup { group: &group, members: MemberChange::default() },
                Effects::default(),
            )
            .await,
    );
    written(store.write(&acme.id, Change::CreateUser(&user), Effects::default()).await);
    assert_eq!(total().await, (groups + 1, users + 1), "who has come is counted");
    let delete = Change::DeleteGroup { id: &group.id, expected: None, now: at(2) };
    written(store.write(&acme.id, delete, Effects::default()).await);
    let delete = Change::DeleteUser { id: &user.id, expected: None, now: at(2) };
    written(store.write(&acme.id, delete, Effects::default()).await);
    assert_eq!(total().await, (groups, users), "who has gone is not counted");
}
