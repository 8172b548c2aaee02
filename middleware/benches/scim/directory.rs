//! A directory in memory with so many people, who are all signed in and all in one group.

use serde_json::{Value, json};
use vestibule::store::{Change, Effects, MemberChange, Memory, Provisioned, Sessions as _, Store as _, Written};
use vestibule::{
    Connection, ConnectionId, Group, GroupId, Identity, MemberId, NameId, NewConnection, ScimMode, ScimSecret,
    SecretHash, SessionRecord, TenantId, Timestamp, User, UserId, Vestibule,
};

/// An app with its directory, and what a client needs to call it.
pub(crate) struct Directory {
    pub(crate) sso: Vestibule,
    pub(crate) token: String,
    pub(crate) people: Vec<String>,
    /// Groups by the number of their members.
    pub(crate) groups: Vec<(usize, String)>,
}

/// Ids as short and as mixed as those that the store of a server gives.
struct Ids(u64);

impl Ids {
    fn next(&mut self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let letter = |_| {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            char::from(LETTERS[(self.0 >> 59) as usize])
        };
        (0..26).map(letter).collect()
    }
}

/// A person as Okta makes one.
pub(crate) fn person(number: usize) -> Value {
    let user_name = format!("person.{number}@example.com");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": { "givenName": "Ana", "familyName": format!("Lima {number}") },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }],
        "displayName": format!("Ana Lima {number}"),
        "locale": "en-US",
        "externalId": external_id(number),
        "active": true
    })
}

fn external_id(number: usize) -> String {
    format!("00u{number:017}")
}

impl Directory {
    pub(crate) async fn with(size: usize) -> Self {
        let store = Memory::new();
        let sso = Vestibule::builder("https://app.example.com").store(store.clone()).build().unwrap();
        let admin = sso.admin();
        let tenant = admin.create_tenant("acme").await.unwrap();
        let new = NewConnection::new(vestibule::testing::nobodys_metadata()).slug("acme".parse().unwrap());
        let connection = admin.create_connection(&tenant.id, new).await.unwrap();
        let token = ScimSecret::random().unwrap();
        admin.enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
        let mut connection: Connection = admin.connection(&tenant.id, &connection.id).await.unwrap().unwrap();
        // As good as no limit: what is measured is the work.
        connection.scim_policy.requests_per_second = u32::MAX;
        let connection = admin.update_connection(connection).await.unwrap();

        let mut filling = Filling {
            store,
            tenant: tenant.id,
            connection: connection.id,
            now: Timestamp::now(),
            ids: Ids(88_172_645_463_325_252),
        };
        let mut people = Vec::with_capacity(size);
        for number in 0..size {
            people.push(filling.person(number).await);
        }
        // From the end, so that whoever is on the pages that are read is in one group at each size.
        let mut groups = Vec::new();
        for members in [10, 1_000, size] {
            if members <= size && groups.iter().all(|(known, _)| *known != members) {
                groups.push((members, filling.group(&people[size - members..]).await));
            }
        }
        Self { sso, token: token.expose().to_owned(), people, groups }
    }
}

/// Straight into the store: under valgrind a request for each would take minutes.
struct Filling {
    store: Memory,
    tenant: TenantId,
    connection: ConnectionId,
    now: Timestamp,
    ids: Ids,
}

impl Filling {
    async fn person(&mut self, number: usize) -> String {
        let id = self.ids.next();
        let Value::Object(mut attributes) = person(number) else { panic!("an object") };
        attributes.remove("schemas");
        attributes.remove("externalId");
        let user = User::from_attributes(self.tenant.clone(), UserId::from(id.as_str()), attributes, self.now);
        let provisioned = Provisioned::new(Some(external_id(number)));
        let effects = Effects::default().provisioned(&self.connection, &provisioned);
        let written = self.store.write(&self.tenant, Change::CreateUser(&user), effects).await.unwrap();
        assert_eq!(written, Written::Written);
        self.session(&user).await;
        id
    }

    async fn session(&self, user: &User) {
        let name_id = NameId {
            value: user.user_name().to_owned(),
            format: Some(NameId::EMAIL.to_owned()),
            name_qualifier: None,
            sp_name_qualifier: None,
        };
        let place = (self.tenant.clone(), self.connection.clone(), user.id.clone());
        let ends = self.now.checked_add(jiff::SignedDuration::from_hours(12)).unwrap();
        let key = SecretHash::of(user.id.as_str());
        let session = SessionRecord::new(key, place, Identity::new(name_id), self.now, ends);
        self.store.create_session(&self.tenant, &session).await.unwrap();
    }

    async fn group(&mut self, members: &[String]) -> String {
        let id = self.ids.next();
        let Value::Object(attributes) = json!({ "displayName": format!("Group of {}", members.len()) }) else {
            panic!("an object")
        };
        let group = Group::from_attributes(self.tenant.clone(), GroupId::from(id.as_str()), attributes, self.now);
        let members: Vec<MemberId> = members.iter().map(|id| MemberId::User(UserId::from(id.as_str()))).collect();
        let change = Change::CreateGroup { group: &group, members: MemberChange::new(false, &[], &members) };
        let written = self.store.write(&self.tenant, change, Effects::default()).await.unwrap();
        assert_eq!(written, Written::Written);
        id
    }
}
