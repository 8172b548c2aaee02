//! What a connection's policies make of a login, and the roles of those who are in.

use axum::Router;
use axum::routing::get;
use mock_okta::Browser;
use serde_json::json;
use vestibule::store::{Change, Directory, Effects, Groups, MemberChange, Store, Written};
use vestibule::{
    Action, AdminError, CreateUsers, Group, GroupId, MemberId, NewConnection, ReasonCode, RoleMapping, ScimMode,
    ScimSecret, Session, User, Vestibule,
};

use crate::scim::{Scim, id, user};
use crate::support::{ADA, Plan, World, routes, signed_in};

async fn roles(session: Session) -> String {
    assert!(session.roles().iter().all(|role| session.has_role(role)) && !session.has_role("emperor"));
    session.roles().join(",")
}

fn router(sso: &Vestibule) -> Router {
    routes(sso).route("/roles", get(roles)).layer(sso.layer())
}

fn mapping() -> RoleMapping {
    RoleMapping::new().attribute("groups").rule("Sales", "seller").rule("Engineering", "builder")
}

async fn world(connect: impl Fn(NewConnection) -> NewConnection + 'static) -> World {
    let connect = move |new: NewConnection| connect(new.domain("example.com").roles(mapping()));
    World::with(Plan { router: Box::new(router), ..Plan::connect(connect) }).await
}

/// The app's SCIM client.
async fn scim(world: &World) -> Scim {
    let (tenant, connection, token) = (&world.tenant.id, &world.connection.id, ScimSecret::random().unwrap());
    world.sso.admin().enable_scim_with(tenant, connection, ScimMode::Okta, &token).await.unwrap();
    let (sso, clock) = (world.sso.clone(), world.clock.clone());
    Scim { sso, clock, tenant: world.tenant.clone(), connection: world.connection.clone(), token }
}

async fn in_browser(world: &World) -> Browser {
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    browser
}

async fn roles_of(world: &World, browser: &Browser) -> String {
    let page = browser.get_once(world.url("/roles")).await;
    assert_eq!(page.status(), 200, "{}", page.text());
    page.text()
}

async fn ada(world: &World) -> User {
    let mut all = world.store.users(&world.tenant.id, None, 10).await.unwrap();
    assert_eq!(all.len(), 1, "one account");
    all.remove(0)
}

async fn without_provisioning_the_assertion_and_the_directory_give_roles() {
    let world = world(|new| new).await;
    let browser = in_browser(&world).await;
    let named = world.okta.groups().into_iter().filter(|group| group.name == "Engineering").count();
    assert_eq!(named, 1, "the mock's people are engineers");
    assert_eq!(roles_of(&world, &browser).await, "builder");

    let member = [MemberId::User(ada(&world).await.id)];
    let sales = Group::new(world.tenant.id.clone(), GroupId::from("s"), "Sales", vestibule::Clock::now(&world.clock));
    let change = Change::CreateGroup { group: &sales, members: MemberChange::new(false, &[], &member) };
    assert_eq!(world.store.write(&world.tenant.id, change, Effects::default()).await.unwrap(), Written::Written);
    assert_eq!(roles_of(&world, &browser).await, "builder,seller");
}

async fn whom_scim_provisions_has_the_roles_of_the_directory_alone_and_loses_them_at_the_next_request() {
    let world = world(|new| new).await;
    let scim = scim(&world).await;
    let ada = scim.user(ADA).await;
    let browser = in_browser(&world).await;
    assert_eq!(roles_of(&world, &browser).await, "", "what the assertion says does not count");
    let sales = scim.group("Sales", std::slice::from_ref(&ada)).await;
    let other = scim.group("sales", std::slice::from_ref(&ada)).await;
    assert_eq!(roles_of(&world, &browser).await, "seller");
    scim.patch(&format!("/Groups/{sales}"), json!([{ "op": "replace", "value": { "displayName": "Engineering" } }]))
        .await
        .is(204);
    assert_eq!(roles_of(&world, &browser).await, "builder", "a group that is called otherwise is another one");
    let gone = json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }]);
    scim.patch(&format!("/Groups/{sales}"), gone).await.is(204);
    assert_eq!(roles_of(&world, &browser).await, "");
    scim.get(&format!("/Groups/{other}")).await.is(200);
}

async fn groups_in_groups_count_where_the_connection_says_so() {
    for (nested, expected) in [(true, "builder,seller"), (false, "builder")] {
        let world = world(move |new| new.scim_policy(|policy| policy.nested_groups = nested)).await;
        let scim = scim(&world).await;
        let ada = scim.user(ADA).await;
        let engineering = scim.group("Engineering", &[ada]).await;
        scim.group("Sales", &[engineering]).await;
        assert_eq!(roles_of(&world, &in_browser(&world).await).await, expected);
    }
}

async fn only_provisioned_people_where_the_connection_says_so() {
    let world = world(|new| new.policy(|policy| policy.only_provisioned = true)).await;
    let page = world.answer_with(|builder| builder).await;
    world.refused(&page, ReasonCode::UserUnknown).await;
    assert_eq!(world.store.users(&world.tenant.id, None, 10).await.unwrap(), [], "no account is made");

    // Somebody of the app's own, whom another login would link.
    let own = User::new(world.tenant.id.clone(), "7".into(), ADA, vestibule::Clock::now(&world.clock));
    assert_eq!(world.store.create_user(&world.tenant.id, &own).await.unwrap(), Written::Written);
    let page = world.answer_with(|builder| builder).await;
    world.refused(&page, ReasonCode::UserNotProvisioned).await;
    assert_eq!(world.store.delete_user(&world.tenant.id, &own.id).await.unwrap(), Written::Written);

    scim(&world).await.user(ADA).await;
    signed_in(&world.answer_with(|builder| builder).await);
}

async fn a_login_makes_accounts_until_scim_is_enabled_or_always_or_never() {
    for (policy, before, after) in [
        (CreateUsers::UntilProvisioned, true, false),
        (CreateUsers::Always, true, true),
        (CreateUsers::Never, false, false),
    ] {
        let world = world(move |new| new.policy(move |saml| saml.create_users = policy)).await;
        for (name, may) in [("one@example.com", before), ("two@example.com", after)] {
            if name.starts_with("two") {
                scim(&world).await;
            }
            let page = world.answer_with(|builder| builder.name_id_value(name)).await;
            match may {
                true => signed_in(&page),
                false => world.refused(&page, ReasonCode::UserUnknown).await,
            }
        }
    }
}

async fn a_provisioned_person_needs_no_domain_and_no_linking() {
    let plan = Plan::connect(|new| new.policy(|policy| policy.linking = vestibule::Linking::Never));
    let world = World::with(plan).await;
    let scim = scim(&world).await;
    let provisioned = scim.user(&ADA.to_uppercase()).await;
    signed_in(&world.answer_with(|builder| builder).await);
    assert_eq!(ada(&world).await.id.as_str(), provisioned, "user names have no case");
    // A second NameID that is the same name folds onto an account which has one.
    let page = world.answer_with(|builder| builder.name_id_value("Ada@Example.com")).await;
    world.refused(&page, ReasonCode::AccountConflict).await;
}

async fn a_link_to_somebody_who_is_gone_keeps_nobody_out() {
    let world = world(|new| new).await;
    let scim = scim(&world).await;
    let first = scim.user(ADA).await;
    signed_in(&world.answer_with(|builder| builder).await);
    // As a crash, or a race of a first login and a DELETE, leaves it.
    let _ = world.store.delete_user(&world.tenant.id, &first.as_str().into()).await.unwrap();
    let second = id(&scim.post("/Users", &user(ADA)).await.is(201));
    signed_in(&world.answer_with(|builder| builder).await);
    assert_eq!(ada(&world).await.id.as_str(), second);
}

async fn a_login_updates_the_profile_where_the_connection_says_so_and_scim_does_not_know_better() {
    for (update, by_scim, expected) in
        [(true, false, "Augusta King"), (false, false, "Ada Lovelace"), (true, true, "Ana Lima")]
    {
        let world = world(move |new| new.policy(move |policy| policy.update_profile = update)).await;
        if by_scim {
            scim(&world).await.user(ADA).await;
        }
        signed_in(&world.answer_with(|builder| builder).await);
        let before = ada(&world).await.version;
        world
            .okta
            .update_person(ADA, |person| {
                person.first_name = "Augusta".to_owned();
                person.last_name = "King".to_owned();
            })
            .unwrap();
        let browser = world.okta.browser(ADA);
        browser.open(world.url("/reports")).await;
        assert_eq!(ada(&world).await.display_name(), expected);
        let updated = world.events(Action::ProfileUpdated).await.len();
        assert_eq!((updated, ada(&world).await.version - before), if update && !by_scim { (1, 1) } else { (0, 0) });
        browser.open(format!("{}?force_authn=true", world.login_url())).await;
        assert_eq!(world.events(Action::ProfileUpdated).await.len(), updated, "the same again is no change");
    }
}

async fn a_login_updates_the_groups_that_have_a_rule_where_the_connection_says_so() {
    for update in [true, false] {
        let world = world(move |new| new.policy(move |policy| policy.update_groups = update)).await;
        let tenant = &world.tenant.id;
        for (id, name) in [("e", "Engineering"), ("s", "Sales"), ("o", "Everyone")] {
            let group = Group::new(tenant.clone(), GroupId::from(id), name, vestibule::Clock::now(&world.clock));
            assert_eq!(world.store.create_group(tenant, &group).await.unwrap(), Written::Written);
        }
        signed_in(&world.answer_with(|builder| builder).await);
        let member = MemberId::User(ada(&world).await.id);
        let put = [member.clone()];
        for id in ["s", "o"] {
            let change = MemberChange::new(false, &[], &put);
            let now = vestibule::Clock::now(&world.clock);
            let _ = world.store.change_members(tenant, &GroupId::from(id), change, None, now).await.unwrap();
        }
        signed_in(&world.answer_with(|builder| builder).await);
        let groups = world.store.groups_of(tenant, &member, None, 10).await.unwrap();
        let names: Vec<&str> = groups.iter().map(Group::display_name).collect();
        let expected = if update { vec!["Engineering", "Everyone"] } else { vec!["Everyone", "Sales"] };
        assert_eq!(names, expected, "what has no rule is left alone");
        assert_eq!(world.events(Action::MembersChanged).await.len(), if update { 2 } else { 0 });
    }
}

async fn a_renamed_person_is_matched_anew_in_whatever_case_the_identity_provider_writes() {
    let world = world(|new| new).await;
    let scim = scim(&world).await;
    let ada = scim.user(ADA).await;
    let login = async |name: &str| world.answer_with(|builder| builder.name_id_value(name)).await;
    signed_in(&login("Ada@Example.com").await);
    let rename = async |name: &str| {
        let body = json!([{ "op": "replace", "path": "userName", "value": name }]);
        scim.patch(&format!("/Users/{ada}"), body).await.is(200);
    };
    rename("ADA@example.com").await;
    signed_in(&login("Ada@Example.com").await);
    rename("ada.king@example.com").await;
    let page = login("Ada@Example.com").await;
    world.refused(&page, ReasonCode::UserUnknown).await;
    signed_in(&login("Ada.King@Example.com").await);
    assert_eq!(self::ada(&world).await.id.as_str(), ada);
}

async fn a_leaver_does_not_come_back_as_somebody_else_though_the_record_is_renamed() {
    let world = world(|new| new.policy(|policy| policy.create_users = CreateUsers::Always)).await;
    let scim = scim(&world).await;
    let path = format!("/Users/{}", scim.user(ADA).await);
    signed_in(&world.answer_with(|builder| builder).await);
    let replace = async |value: serde_json::Value| {
        scim.patch(&path, json!([{ "op": "replace", "value": value }])).await.is(200);
    };
    replace(json!({ "active": false })).await;
    // As Entra ID does with somebody whom it deletes softly.
    replace(json!({ "userName": "0123abcd-ada@example.com" })).await;
    let page = world.answer_with(|builder| builder).await;
    world.refused(&page, ReasonCode::UserInactive).await;
    assert_eq!(ada(&world).await.user_name(), "0123abcd-ada@example.com");

    // Back under a third name: that one signs in, and the first is nobody's again.
    replace(json!({ "userName": "ada.king@example.com" })).await;
    replace(json!({ "active": true })).await;
    signed_in(&world.answer_with(|builder| builder.name_id_value("Ada.King@example.com")).await);
    assert_eq!(ada(&world).await.user_name(), "ada.king@example.com");
}

async fn another_identity_provider_has_to_be_tested_anew() {
    let world = world(|new| new).await;
    signed_in(&world.answer_with(|builder| builder).await);
    let admin = world.sso.admin();
    let (tenant, id) = (&world.tenant.id, &world.connection.id);
    let mut connection = admin.activate(tenant, id).await.unwrap();
    connection.name = "Acme, the same".to_owned();
    let mut connection = admin.update_connection(connection).await.unwrap();
    assert!(connection.milestones.activated_at.is_some());
    connection.idp.entity_id = "https://another.example".to_owned();
    admin.update_connection(connection).await.unwrap();
    assert!(matches!(admin.enable_scim(tenant, id, ScimMode::Okta).await, Err(AdminError::NotActivated)));
    assert!(matches!(admin.activate(tenant, id).await, Err(AdminError::NotTested)));
}

async fn what_a_login_gave_is_not_kept_for_ever_by_provisioning() {
    let world = world(|new| new.policy(|policy| policy.update_groups = true)).await;
    let engineering =
        Group::new(world.tenant.id.clone(), GroupId::from("e"), "Engineering", vestibule::Clock::now(&world.clock));
    assert_eq!(world.store.create_group(&world.tenant.id, &engineering).await.unwrap(), Written::Written);
    let browser = in_browser(&world).await;
    assert_eq!(roles_of(&world, &browser).await, "builder");
    let scim = scim(&world).await;
    let path = format!("/Users/{}", ada(&world).await.id);
    scim.patch(&path, json!([{ "op": "replace", "value": { "externalId": "00u1" } }])).await.is(200);
    assert_eq!(world.events(Action::UserAdopted).await.len(), 1);
    world.tile.configure(|settings| settings.attribute_statements.clear());
    signed_in(&world.answer_with(|builder| builder).await);
    assert_eq!(roles_of(&world, &browser).await, "");
}

async fn a_name_that_is_given_on_is_its_new_owners() {
    let world = world(|new| new).await;
    let scim = scim(&world).await;
    let leaver = scim.user(ADA).await;
    let login = async |name: &str| world.answer_with(|builder| builder.name_id_value(name)).await;
    signed_in(&login(ADA).await);
    let path = format!("/Users/{leaver}");
    let gone = json!([{ "op": "replace", "value": { "active": false, "userName": "gone-ada@example.com" } }]);
    scim.patch(&path, gone).await.is(200);
    let page = login(ADA).await;
    world.refused(&page, ReasonCode::UserInactive).await;
    let hired = scim.user(ADA).await;
    signed_in(&login(ADA).await);
    assert_eq!(world.last_event().await.user.unwrap().as_str(), hired);
    // The leaver comes back by another name, and is who they were.
    let back = json!([{ "op": "replace", "value": { "active": true, "userName": "ada.two@example.com" } }]);
    scim.patch(&path, back).await.is(200);
    signed_in(&login("ada.two@example.com").await);
    assert_eq!(world.last_event().await.user.unwrap().as_str(), leaver);
}

async fn whom_another_connection_provisions_is_not_taken_over_by_a_login() {
    let world = World::with(Plan::connect(|new| new)).await;
    let other = NewConnection::new(vestibule::testing::nobodys_metadata());
    let other = world.sso.admin().create_connection(&world.tenant.id, other).await.unwrap();
    let token = ScimSecret::random().unwrap();
    world.sso.admin().enable_scim_with(&world.tenant.id, &other.id, ScimMode::Okta, &token).await.unwrap();
    let (sso, clock) = (world.sso.clone(), world.clock.clone());
    let scim = Scim { sso, clock, tenant: world.tenant.clone(), connection: other, token };
    scim.user("ada").await;
    let page = world.answer_with(|builder| builder.name_id_value("ada")).await;
    world.refused(&page, ReasonCode::AccountConflict).await;
    // Nobody provisions this one.
    let own = User::new(world.tenant.id.clone(), "7".into(), "bob", vestibule::Clock::now(&world.clock));
    assert_eq!(world.store.create_user(&world.tenant.id, &own).await.unwrap(), Written::Written);
    signed_in(&world.answer_with(|builder| builder.name_id_value("bob")).await);
}

async fn a_group_that_provisioning_has_changed_is_left_alone_by_logins() {
    let world = world(|new| new.policy(|policy| policy.update_groups = true)).await;
    let now = vestibule::Clock::now(&world.clock);
    let engineering = Group::new(world.tenant.id.clone(), GroupId::from("e"), "Engineering", now);
    assert_eq!(world.store.create_group(&world.tenant.id, &engineering).await.unwrap(), Written::Written);
    let scim = scim(&world).await;
    let ada = scim.user(ADA).await;
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]);
    scim.patch("/Groups/e", add).await.is(204);
    world.tile.configure(|settings| settings.attribute_statements.clear());
    let browser = in_browser(&world).await;
    assert_eq!(roles_of(&world, &browser).await, "builder");
}

crate::stores::on_every_store! {
    without_provisioning_the_assertion_and_the_directory_give_roles,
    whom_scim_provisions_has_the_roles_of_the_directory_alone_and_loses_them_at_the_next_request,
    groups_in_groups_count_where_the_connection_says_so,
    only_provisioned_people_where_the_connection_says_so,
    a_login_makes_accounts_until_scim_is_enabled_or_always_or_never,
    a_provisioned_person_needs_no_domain_and_no_linking,
    a_link_to_somebody_who_is_gone_keeps_nobody_out,
    a_login_updates_the_profile_where_the_connection_says_so_and_scim_does_not_know_better,
    a_login_updates_the_groups_that_have_a_rule_where_the_connection_says_so,
    a_renamed_person_is_matched_anew_in_whatever_case_the_identity_provider_writes,
    a_leaver_does_not_come_back_as_somebody_else_though_the_record_is_renamed,
    another_identity_provider_has_to_be_tested_anew,
    what_a_login_gave_is_not_kept_for_ever_by_provisioning,
    a_name_that_is_given_on_is_its_new_owners,
    whom_another_connection_provisions_is_not_taken_over_by_a_login,
    a_group_that_provisioning_has_changed_is_left_alone_by_logins,
}
