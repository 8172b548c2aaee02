//! The SQL that a request cannot do without, with nothing round it: one thread, prepared statements, the same pragmas.

use std::cell::Cell;

use rusqlite::{Connection, params};
use vestibule::SecretHash;

use super::filled::Filled;
use super::shared::{attributes, external_id};

pub(crate) struct Bare {
    file: Connection,
    tenant: String,
    connection: String,
    token_key: String,
    next: Cell<usize>,
}

const PERSON: &str =
    "SELECT id, version, created_at, modified_at, attributes FROM person WHERE tenant = ?1 AND id = ?2";
const LISTED: &str = "SELECT person.id, person.version, person.created_at, person.modified_at, person.attributes, \
                      provisioned.external_id FROM person LEFT JOIN provisioned ON provisioned.tenant = ?1 \
                      AND provisioned.kind = 'User' AND provisioned.id = person.id AND provisioned.connection = ?2";

impl Bare {
    pub(crate) fn open(filled: &Filled) -> Self {
        let file = Connection::open(filled.folder.path().join("store.db")).unwrap();
        file.pragma_update(None, "synchronous", "FULL").unwrap();
        file.set_prepared_statement_cache_capacity(64);
        Self {
            file,
            tenant: filled.tenant.to_string(),
            connection: filled.connection.clone(),
            token_key: filled.token_key.clone(),
            next: Cell::new(0),
        }
    }

    fn rows(&self, sql: &str, parameters: impl rusqlite::Params) -> usize {
        let mut statement = self.file.prepare_cached(sql).unwrap();
        let mut rows = statement.query(parameters).unwrap();
        let mut count = 0;
        while let Some(row) = rows.next().unwrap() {
            for column in 0..row.as_ref().column_count() {
                std::hint::black_box(row.get_ref(column).unwrap());
            }
            count += 1;
        }
        count
    }

    fn run(&self, sql: &str, parameters: impl rusqlite::Params) {
        self.file.prepare_cached(sql).unwrap().execute(parameters).unwrap();
    }

    fn token(&self) {
        let sql = "SELECT record, last_used_at FROM connection_token JOIN connection \
                   ON connection.id = connection_token.connection WHERE key = ?1";
        assert_eq!(self.rows(sql, [&self.token_key]), 1);
    }

    fn groups(&self, id: &str) {
        let sql = "SELECT team.id, team.display_name FROM member JOIN team ON team.tenant = member.tenant \
                   AND team.id = member.team WHERE member.tenant = ?1 AND member.member = ?2 AND member.kind = 0";
        self.rows(sql, params![self.tenant, id]);
    }

    fn external_id(&self, id: &str) {
        let sql =
            "SELECT external_id FROM provisioned WHERE tenant = ?1 AND kind = 'User' AND id = ?2 AND connection = ?3";
        assert_eq!(self.rows(sql, params![self.tenant, id, self.connection]), 1);
    }

    pub(crate) fn get(&self, id: &str) {
        self.token();
        assert_eq!(self.rows(PERSON, params![self.tenant, id]), 1);
        self.external_id(id);
        self.groups(id);
    }

    pub(crate) fn by_user_name(&self, user_name: &str) {
        self.token();
        let sql = format!("{LISTED} WHERE person.tenant = ?1 AND person.user_name = ?3");
        assert_eq!(self.rows(&sql, params![self.tenant, self.connection, user_name]), 1);
    }

    pub(crate) fn by_external_id(&self, external_id: &str) {
        self.token();
        let sql = format!(
            "{LISTED} WHERE person.tenant = ?1 AND person.id = (SELECT id FROM provisioned WHERE tenant = ?1 \
             AND connection = ?2 AND kind = 'User' AND external_id = ?3)"
        );
        assert_eq!(self.rows(&sql, params![self.tenant, self.connection, external_id]), 1);
    }

    pub(crate) fn page(&self, after: i64) {
        self.token();
        self.rows("SELECT total FROM counter WHERE tenant = ?1 AND kind = 'User'", params![self.tenant]);
        let sql = format!("{LISTED} WHERE person.tenant = ?1 AND person.seq > ?3 ORDER BY person.seq LIMIT 100");
        assert_eq!(self.rows(&sql, params![self.tenant, self.connection, after]), 100);
    }

    /// What is written beside the resource.
    fn note(&self, id: &str) {
        let next = self.next.get();
        self.next.set(next + 1);
        let record =
            format!("{{\"at\":\"2026-11-25T12:00:00Z\",\"action\":\"resource-changed\",\"resource\":\"User/{id}\"}}");
        let audit = "INSERT INTO audit (tenant, connection, at, record) VALUES (?1, ?2, ?3, ?4)";
        self.run(audit, params![self.tenant, self.connection, 1_764_000_000_000_000_000_i64, record]);
    }

    fn transaction(&self, work: impl FnOnce()) {
        self.run("BEGIN IMMEDIATE", []);
        work();
        self.run("COMMIT", []);
    }

    pub(crate) fn change(&self, id: &str) {
        self.get(id);
        self.transaction(|| {
            let sql = "UPDATE person SET version = version + 1, modified_at = modified_at + 1, attributes = attributes \
                       WHERE tenant = ?1 AND id = ?2";
            self.run(sql, params![self.tenant, id]);
            self.note(id);
        });
    }

    pub(crate) fn create(&self, number: usize) {
        self.token();
        let (id, name) = (format!("bare-{number}"), format!("person.{number}@example.com"));
        let taken = "SELECT 1 FROM person WHERE tenant = ?1 AND user_name = ?2";
        assert_eq!(self.rows(taken, params![self.tenant, name]), 0);
        let attributes = serde_json::to_string(&attributes(number)).unwrap();
        self.transaction(|| {
            let sql = "INSERT INTO person (tenant, id, user_name, display_name, active, version, created_at, modified_at, \
                       attributes) VALUES (?1, ?2, ?3, ?4, 1, 1, 0, 0, ?5)";
            self.run(sql, params![self.tenant, id, name, name, attributes]);
            let sql = "INSERT INTO person_email (tenant, email, person) VALUES (?1, ?2, ?3)";
            self.run(sql, params![self.tenant, name, id]);
            let sql = "UPDATE counter SET total = total + 1 WHERE tenant = ?1 AND kind = 'User'";
            self.run(sql, params![self.tenant]);
            let sql = "INSERT INTO provisioned (tenant, kind, id, connection, external_id, by_scim) \
                       VALUES (?1, 'User', ?2, ?3, ?4, 1)";
            self.run(sql, params![self.tenant, id, self.connection, external_id(number)]);
            self.note(&id);
        });
    }

    pub(crate) fn add_member(&self, group: &str, id: &str) {
        self.token();
        let sql = "SELECT id, version, created_at, modified_at, attributes FROM team WHERE tenant = ?1 AND id = ?2";
        assert_eq!(self.rows(sql, params![self.tenant, group]), 1);
        assert_eq!(self.rows("SELECT 1 FROM person WHERE tenant = ?1 AND id = ?2", params![self.tenant, id]), 1);
        self.transaction(|| {
            let sql = "INSERT OR IGNORE INTO member (tenant, team, kind, member) VALUES (?1, ?2, 0, ?3)";
            self.run(sql, params![self.tenant, group, id]);
            let sql = "UPDATE team SET version = version + 1 WHERE tenant = ?1 AND id = ?2";
            self.run(sql, params![self.tenant, group]);
            self.note(group);
        });
    }

    pub(crate) fn session(&self, id: &str) {
        let sql = "SELECT session.record, person.attributes FROM session JOIN person ON person.tenant = session.tenant \
                   AND person.id = session.person WHERE session.key = ?1";
        assert_eq!(self.rows(sql, [SecretHash::of(id).as_bytes()]), 1);
    }
}
