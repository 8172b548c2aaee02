//! What connections' clients call resources, tokens, and queries.

use super::{at, connection, tenant, user, with_connection, written};
use crate::model::group::{Group, MemberId};
use crate::model::id::GroupId;
use crate::model::provisioning::{Provisioning, ScimMode, ScimToken};
use crate::model::secret::SecretHash;
use crate::model::user::User;
use crate::scim::filter::{Filter, Options};
use crate::scim::schema::ResourceType;
use crate::store::query::{Found, Query};
use crate::store::{Change, Effects, MemberChange, Provisioned, Store, UserKey, Written};

pub(super) async fn tokens(store: &impl Store) {
    let (acme, mut one) = with_connection(store, "acme").await;
    let token = |key: &str| ScimToken::new(key.into(), SecretHash::of(key), key.into(), at(0));
    one.provisioning = Some(Provisioning::new(ScimMode::Okta, token("k")));
    one.version = 2;
    assert_eq!(store.connection_by_token("k").await.expect("answers"), None);
    written(store.replace_connection(&acme.id, &one, 1).await);
    assert_eq!(store.connection_by_token("k").await.expect("answers"), Some(one.clone()));

    // Uses are noted beside the versions, and never turned back.
    let used = async |key: &str| {
        let found = store.connection_by_token(key).await.expect("answers");
        found.and_then(|found| found.provisioning?.token(key)?.last_used_at)
    };
    store.touch_token(&acme.id, &one.id, "k", at(60)).await.expect("answers");
    store.touch_token(&acme.id, &one.id, "k", at(30)).await.expect("answers");
    store.touch_token(&acme.id, &one.id, "other", at(90)).await.expect("answers");
    assert_eq!(used("k").await, Some(at(60)));

    // A second one beside it; whoever writes the connection has not to know of the last use.
    if let Some(provisioning) = &mut one.provisioning {
        provisioning.second_token = Some(token("second"));
    }
    one.version = 3;
    written(store.replace_connection(&acme.id, &one, 2).await);
    assert_eq!((used("k").await, used("second").await), (Some(at(60)), None));
    assert!(store.connection_by_token("second").await.expect("answers").is_some());

    let mut two = connection(&acme, "two");
    two.domains.clear();
    two.provisioning = Some(Provisioning::new(ScimMode::Okta, token("second")));
    assert_eq!(
        store.create_connection(&acme.id, &two).await.expect("answers"),
        Written::NotUnique("token"),
        "nor is the second one's"
    );
    two.provisioning = Some(Provisioning::new(ScimMode::Okta, token("k")));
    assert_eq!(
        store.create_connection(&acme.id, &two).await.expect("answers"),
        Written::NotUnique("token"),
        "a token's key is one connection's"
    );
    one.provisioning = None;
    one.version = 4;
    written(store.replace_connection(&acme.id, &one, 3).await);
    assert_eq!(store.connection_by_token("second").await.expect("answers"), None);
    assert_eq!(store.connection_by_token("k").await.expect("answers"), None, "a token that is taken away is dead");
}

pub(super) async fn names_of_clients(store: &impl Store) {
    let (acme, one) = with_connection(store, "acme").await;
    let mut two = connection(&acme, "two");
    two.domains.clear();
    written(store.create_connection(&acme.id, &two).await);
    let called = |name: &str| Provisioned::new(Some(name.into()));
    written(store.set_provisioned(&acme.id, &one.id, "User", "ada", &called("X")).await);
    assert_eq!(
        store.set_provisioned(&acme.id, &one.id, "User", "bob", &called("X")).await.expect("answers"),
        Written::NotUnique("externalId")
    );
    written(store.set_provisioned(&acme.id, &one.id, "User", "bob", &called("x")).await);
    written(store.set_provisioned(&acme.id, &one.id, "Group", "sales", &called("X")).await);
    written(store.set_provisioned(&acme.id, &two.id, "User", "bob", &called("X")).await);
    let find =
        async |connection, kind, name| store.find_provisioned(&acme.id, connection, kind, name).await.expect("answers");
    assert_eq!(find(&one.id, "User", "X").await.as_deref(), Some("ada"));
    assert_eq!(find(&one.id, "User", "x").await.as_deref(), Some("bob"), "compared exactly");
    assert_eq!(find(&one.id, "Group", "X").await.as_deref(), Some("sales"), "each type has its own");
    assert_eq!(find(&two.id, "User", "X").await.as_deref(), Some("bob"), "each client has its own");
    assert_eq!(store.provisioned(&acme.id, &two.id, "User", "ada").await.expect("answers"), None);

    written(store.set_provisioned(&acme.id, &one.id, "User", "ada", &Provisioned::new(None)).await);
    assert_eq!(find(&one.id, "User", "X").await, None, "an old name is free again");
    assert_eq!(
        store.provisioned(&acme.id, &one.id, "User", "ada").await.expect("answers"),
        Some(Provisioned::new(None)),
        "known without a name"
    );
    store.forget_provisioned(&acme.id, "User", "bob").await.expect("answers");
    assert_eq!((find(&one.id, "User", "x").await, find(&two.id, "User", "X").await), (None, None));

    // With a change, all or nothing; and gone with the resource.
    let (ada, bob) = (user(&acme, "ada"), user(&acme, "bob"));
    let name = called("Y");
    let effects = Effects::default().provisioned(&one.id, &name);
    written(store.write(&acme.id, Change::CreateUser(&ada), effects).await);
    assert_eq!(find(&one.id, "User", "Y").await.as_deref(), Some("id-ada"));
    assert_eq!(
        store.write(&acme.id, Change::CreateUser(&bob), effects).await.expect("answers"),
        Written::NotUnique("externalId")
    );
    assert_eq!(store.user(&acme.id, &bob.id).await.expect("answers"), None);
    let delete = Change::DeleteUser { id: &ada.id, expected: Some(1), now: at(1) };
    written(store.write(&acme.id, delete, Effects::default()).await);
    assert_eq!(find(&one.id, "User", "Y").await, None);
}

pub(super) async fn queries(store: &impl Store) {
    let (acme, one) = with_connection(store, "acme").await;
    let other = tenant("other");
    written(store.create_tenant(&other).await);
    written(store.create_user(&other.id, &user(&other, "stranger")).await);
    for name in ["Ada", "bob", "cyd", "dan"] {
        let mut person = user(&acme, name);
        person.set_email(format!("{name}@example.com"));
        person.set_active(name != "dan");
        let called = Provisioned::new(Some(format!("00u{name}")));
        let effects = Effects::default().provisioned(&one.id, &called);
        written(store.write(&acme.id, Change::CreateUser(&person), effects).await);
    }
    let sales = Group::new(acme.id.clone(), GroupId::from("sales"), "Sales", at(0));
    let ada = [MemberId::User(user(&acme, "Ada").id)];
    let create = Change::CreateGroup { group: &sales, members: MemberChange::new(false, &[], &ada) };
    written(store.write(&acme.id, create, Effects::default()).await);

    let (users, groups) = (ResourceType::user(), ResourceType::group());
    let people = async |text: Option<&str>, skip, count| {
        let filter = text.map(|text| Filter::parse(text, &users, Options::default()).expect("a filter"));
        let mut query = Query::new(&one.id, &users).page(skip, count);
        query.filter = filter.as_ref();
        match store.query_users(&acme.id, &query).await.expect("answers") {
            Found::Page { total, items } => {
                for listed in &items {
                    let name = format!("00u{}", listed.resource.user_name());
                    assert_eq!(listed.external_id, Some(name), "with what the client calls it");
                }
                let names = items.iter().map(|listed| listed.resource.user_name().to_ascii_lowercase());
                (total, names.collect::<Vec<_>>())
            }
            Found::TooMany => panic!("four are not too many"),
        }
    };
    let (total, mut all) = people(None, 0, 100).await;
    assert_eq!(total, 4);
    let (_, first) = people(None, 0, 3).await;
    let (_, rest) = people(None, 3, 3).await;
    assert_eq!([first, rest].concat(), all, "pages follow one another without gap or overlap");
    assert_eq!(people(None, 9, 3).await, (4, vec![]));
    assert_eq!(people(None, 0, 0).await, (4, vec![]));
    all.sort();
    assert_eq!(all, ["ada", "bob", "cyd", "dan"]);
    for (filter, expected) in [
        (r#"userName eq "ADA""#, vec!["ada"]),
        (r#"id eq "id-Ada""#, vec!["ada"]),
        (r#"id eq "ID-ADA""#, vec![]),
        (r#"externalId eq "00uAda""#, vec!["ada"]),
        (r#"externalId eq "00uada""#, vec![]),
        (r#"emails[type eq "work" and value eq "BOB@example.com"]"#, vec!["bob"]),
        (r#"emails eq "bob@example.com" and active eq false"#, vec![]),
        (r#"active eq false"#, vec!["dan"]),
        (r#"groups eq "sales""#, vec!["ada"]),
        (r#"userName eq "ada" or userName eq "dan""#, vec!["ada", "dan"]),
        (r#"userName eq "stranger""#, vec![]),
        (r#"userName eq " ada""#, vec![]),
    ] {
        let (total, mut found) = people(Some(filter), 0, 100).await;
        found.sort();
        assert_eq!((total, found), (expected.len(), expected.iter().map(ToString::to_string).collect()), "{filter}");
    }

    let found = async |text: &str| {
        let filter = Filter::parse(text, &groups, Options::default()).expect("a filter");
        match store.query_groups(&acme.id, &Query::new(&one.id, &groups).filter(&filter)).await.expect("answers") {
            Found::Page { total, items } => (total, items.len()),
            Found::TooMany => panic!("one is not too many"),
        }
    };
    for (filter, expected) in [
        (r#"displayName eq "SALES""#, 1),
        (r#"displayName eq "Sales EMEA""#, 0),
        (r#"members eq "id-Ada""#, 1),
        (r#"id eq "sales" and members eq "id-Ada""#, 1),
        (r#"id eq "sales" and members eq "id-bob""#, 0),
        (r#"members[value eq "id-Ada" and type eq "User"]"#, 1),
        (r#"not (members eq "id-Ada")"#, 0),
        (r#"members pr"#, 1),
    ] {
        assert_eq!(found(filter).await, (expected, expected), "{filter}");
    }
    let stranger = store.find_user(&acme.id, UserKey::UserName("stranger")).await.expect("answers");
    assert_eq!(stranger, None);
    let mail = store.users_with_email(&acme.id, "ADA@example.com", 10).await.expect("answers");
    assert_eq!(mail.iter().map(User::active).collect::<Vec<_>>(), [true]);
}
