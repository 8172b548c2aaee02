//! How SQLite means to answer each look-up: by an index, never by reading a table through.

use std::fmt::Write as _;

use crate::model::group::MemberId;
use crate::model::id::{ConnectionId, GroupId, LoginId};
use crate::model::secret::SecretHash;
use crate::scim::filter::{Filter, Options};
use crate::scim::schema::ResourceType;
use crate::store::query::Query;
use crate::store::testing::name_id;
use crate::store::{
    Change, Connections as _, Directory as _, Effects, Groups as _, Identities as _, Logins as _, Outbox as _,
    Provisioned, Sessions as _, Store as _, UserKey, Written,
};

use super::*;

/// The filters by which clients look up, as they are recorded of Okta and Entra ID.
const PEOPLE: &[&str] = &[
    r#"userName eq "ana@example.com""#,
    r#"externalId eq "00u1""#,
    r#"emails[type eq "work"].value eq "ana@example.com""#,
    r#"emails.value eq "ana@example.com""#,
    r#"id eq "1""#,
    r#"id eq "1" and active eq true"#,
    r#"userName sw "ana""#,
    r#"userName eq "ana@example.com" and active eq true"#,
    r#"userName eq "ana@example.com" or externalId eq "00u1""#,
    r#"groups.value eq "1""#,
    r#"meta.lastModified gt "2026-11-24T10:00:00Z""#,
];
const GROUPS: &[&str] = &[
    r#"displayName eq "Sales""#,
    r#"externalId eq "00g1""#,
    r#"id eq "1" and members eq "2""#,
    r#"members.value eq "2""#,
    r#"displayName sw "Sal""#,
];

struct Plans {
    store: Sqlite,
    path: String,
    text: String,
}

impl Plans {
    /// Writes down how the statements of a call are answered.
    async fn of<T>(&mut self, name: &str, call: impl Future<Output = Result<T, StoreError>>) {
        seen::take(&self.path);
        call.await.map(drop).unwrap();
        let statements = seen::take(&self.path);
        assert!(!statements.is_empty(), "{name}");
        writeln!(self.text, "{name}").unwrap();
        for sql in statements {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let lines = self.store.read(move |connection| {
                let mut statement = connection.prepare(&explain)?;
                let nothing = vec![rusqlite::types::Value::Null; statement.parameter_count()];
                let mut rows = statement.query(rusqlite::params_from_iter(nothing))?;
                let mut lines: Vec<String> = Vec::new();
                while let Some(row) = rows.next()? {
                    lines.push(row.get(3)?);
                }
                Ok(lines)
            });
            writeln!(self.text, "  {sql}").unwrap();
            for line in lines.await.unwrap() {
                // What a statement has put together itself is read through; it is no table. An index of what is ready
                // holds nothing else, and is read from its start.
                let own = [
                    "SCAN up",
                    "SCAN of",
                    "SCAN (subquery",
                    "SCAN CONSTANT ROW",
                    "SCAN outbox USING INDEX outbox_ready",
                ];
                let is_own = own.iter().any(|own| line.starts_with(own));
                assert!(is_own || !line.contains("SCAN"), "{name}: {line}\n{sql}");
                // Nor everybody of a tenant, but where a page is counted to.
                assert!(name.ends_with("any page") || !line.ends_with("(tenant=?)"), "{name}: {line}\n{sql}");
                writeln!(self.text, "    {line}").unwrap();
            }
        }
    }
}

#[tokio::test]
async fn no_look_up_reads_a_table_through() {
    let (folder, store) = fresh().await;
    let path = std::fs::canonicalize(folder.path()).unwrap().join("store.db").to_str().unwrap().to_owned();
    let mut plans = Plans { store: store.clone(), path, text: String::new() };
    let (tenant, at, now) = (acme(), ConnectionId::from("okta"), Timestamp::UNIX_EPOCH);
    let (people, groups) = (ResourceType::user(), ResourceType::group());
    // Pages are only asked for where there is somebody.
    for number in 0..9 {
        let mut user = person(&number.to_string());
        user.set_email("ana@example.com");
        let called = Provisioned::new(Some(format!("00u{number}")));
        let effects = Effects::default().provisioned(&at, &called);
        assert_eq!(store.write(&tenant, Change::CreateUser(&user), effects).await.unwrap(), Written::Written);
    }
    for text in PEOPLE {
        let filter = Filter::parse(text, &people, Options::default()).unwrap();
        plans
            .of(&format!("people: {text}"), store.query_users(&tenant, &Query::new(&at, &people).filter(&filter)))
            .await;
    }
    for text in GROUPS {
        let filter = Filter::parse(text, &groups, Options::default()).unwrap();
        plans
            .of(&format!("groups: {text}"), store.query_groups(&tenant, &Query::new(&at, &groups).filter(&filter)))
            .await;
    }
    plans.of("people: the first page", store.query_users(&tenant, &Query::new(&at, &people).page(0, 3))).await;
    plans.of("people: the next page", store.query_users(&tenant, &Query::new(&at, &people).page(3, 3))).await;
    plans.of("people: any page", store.query_users(&tenant, &Query::new(&at, &people).page(5, 3))).await;

    let (user, group, login) = (UserId::from("id-1"), GroupId::from("1"), LoginId::from("1"));
    let (member, key) = (MemberId::User(user.clone()), SecretHash::of("secret"));
    plans.of("one person", store.user(&tenant, &user)).await;
    plans.of("a user name", store.find_user(&tenant, UserKey::UserName("ana"))).await;
    plans.of("an e-mail address", store.users_with_email(&tenant, "ana@example.com", 9)).await;
    plans.of("a group", store.group(&tenant, &group)).await;
    plans.of("a name of groups", store.groups_named(&tenant, "Sales", 9)).await;
    plans.of("members", store.members(&tenant, &group, Some(&member), 9)).await;
    plans.of("groups of somebody", store.groups_of(&tenant, &member, None, 9)).await;
    plans.of("groups of somebody, nested", store.memberships(&tenant, &member, true)).await;
    plans.of("known members", store.known_members(&tenant, &["1".to_owned()])).await;
    plans.of("a NameID", store.linked_user(&tenant, &at, &name_id("ana"))).await;
    plans.of("what a client calls somebody", store.provisioned(&tenant, &at, "User", "1")).await;
    plans.of("whom a client calls so", store.find_provisioned(&tenant, &at, "User", "00u1")).await;
    plans.of("a token", store.connection_by_token("key")).await;
    plans.of("a connection", store.connection(&tenant, &at)).await;
    plans.of("a connection's name", store.connection_by_slug(&"acme".parse().unwrap())).await;
    plans.of("a domain", store.connection_by_domain("example.com")).await;
    plans.of("a pending login", store.pending(&tenant, &at, &login)).await;
    plans.of("a session", store.session(&key, now)).await;
    plans.of("a session with person and roles", store.live_session(&key, now)).await;
    plans.of("the end of somebody's sessions", store.end_sessions_of(&tenant, &user)).await;
    plans.of("a claim of events", store.claim_events(9, std::time::Duration::ZERO, now)).await;
    plans.of("what logins have expired", store.sweep_logins(now)).await;
    plans.of("what sessions have expired", store.sweep_sessions(now)).await;
    insta::assert_snapshot!("plans", plans.text);
}
