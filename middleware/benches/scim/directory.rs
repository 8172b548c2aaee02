//! A directory in memory with so many people, who are all signed in and all in one group.

use serde_json::{Value, json};
use vestibule::store::{Change, Effects, MemberChange, Memory, Provisioned, Sessions as _, Store as _, Written};
use vestibule::{Connection, Group, GroupId, MemberId, Timestamp, User, UserId, Vestibule};

use super::shared::{app, attributes, external_id, session};

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

impl Directory {
    pub(crate) async fn with(size: usize) -> Self {
        let store = Memory::new();
        let (sso, connection, token) = app(store.clone()).await;
        let mut filling = Filling { store, connection, now: Timestamp::now(), ids: Ids(88_172_645_463_325_252) };
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
        Self { sso, token, people, groups }
    }
}

/// Straight into the store: under valgrind a request for each would take minutes.
struct Filling {
    store: Memory,
    connection: Connection,
    now: Timestamp,
    ids: Ids,
}

impl Filling {
    async fn person(&mut self, number: usize) -> String {
        let id = self.ids.next();
        let tenant = &self.connection.tenant;
        let user = User::from_attributes(tenant.clone(), UserId::from(id.as_str()), attributes(number), self.now);
        let provisioned = Provisioned::new(Some(external_id(number)));
        let effects = Effects::default().provisioned(&self.connection.id, &provisioned);
        let written = self.store.write(tenant, Change::CreateUser(&user), effects).await.unwrap();
        assert_eq!(written, Written::Written);
        let session = session(&self.connection, &user, self.now);
        self.store.create_session(tenant, &session).await.unwrap();
        id
    }

    async fn group(&mut self, members: &[String]) -> String {
        let id = self.ids.next();
        let Value::Object(attributes) = json!({ "displayName": format!("Group of {}", members.len()) }) else {
            panic!("an object")
        };
        let group =
            Group::from_attributes(self.connection.tenant.clone(), GroupId::from(id.as_str()), attributes, self.now);
        let members: Vec<MemberId> = members.iter().map(|id| MemberId::User(UserId::from(id.as_str()))).collect();
        let change = Change::CreateGroup { group: &group, members: MemberChange::new(false, &[], &members) };
        let written = self.store.write(&self.connection.tenant, change, Effects::default()).await.unwrap();
        assert_eq!(written, Written::Written);
        id
    }
}
