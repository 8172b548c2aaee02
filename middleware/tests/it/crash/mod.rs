//! A process that dies at any moment: what it acknowledged is there, nothing is half there, and the file opens at once.
//! `VESTIBULE_CRASHES=200 cargo test -p vestibule --all-features --test it crash -- --nocapture` kills it 200 times.

mod child;
mod leaky;
mod writers;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use rusqlite::Connection;
use serde_json::Value;
use vestibule::store::{Consumed, Directory as _, Logins as _, Sessions as _, Sqlite, Use, UserKey};
use vestibule::{Clock as _, ConnectionId, SecretHash, TenantId, UserId};

use crate::support::TestClock;

/// What leads a child to its file.
pub(crate) const FILE: &str = "VESTIBULE_CRASH_FILE";
/// Set for a child whose outbox is written outside the transaction.
const LEAKY: &str = "VESTIBULE_CRASH_LEAKY";
/// How many crashes are asked for.
const CRASHES: &str = "VESTIBULE_CRASHES";

/// This test binary again, as a process of its own that runs one test.
pub(crate) fn child(test: &str, file: &Path, variables: &[(&str, &str)]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads", "1"])
        .env(FILE, file)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// What a child says, line by line.
pub(crate) fn lines(output: ChildStdout) -> impl Iterator<Item = String> {
    BufReader::new(output).lines().map_while(Result::ok).filter_map(|line| {
        // The test runner may have begun the line.
        line.split_once("@ ").map(|(_, said)| said.to_owned())
    })
}

/// Numbers that differ from run to run, told in the output.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Self(now.as_nanos() as u64 | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What was acknowledged, of all the children so far.
#[derive(Default)]
struct Acknowledged {
    /// Of people: their tenant, and their version and name as last acknowledged.
    people: BTreeMap<String, (String, u64, String)>,
    /// Whoever was about to be changed when the process died: the change may have happened.
    changing: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// Group and member.
    members: BTreeSet<(String, String)>,
    /// Tenant, connection, Assertion, token of the session.
    logins: Vec<(String, String, String, String)>,
}

impl Acknowledged {
    fn note(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["person", tenant, id, version, name] => {
                self.changing.remove(id);
                self.people.insert(id.to_owned(), (tenant.to_owned(), version.parse().unwrap(), name.to_owned()));
            }
            ["changing", id] => drop(self.changing.insert(id.to_owned())),
            ["deleted", id] => {
                self.people.remove(id);
                self.members.retain(|(_, member)| member != id);
                self.deleted.insert(id.to_owned());
            }
            ["member", group, id] => drop(self.members.insert((group.to_owned(), id.to_owned()))),
            ["login", tenant, connection, assertion, token] => {
                let [tenant, connection, assertion, token] = [tenant, connection, assertion, token].map(str::to_owned);
                self.logins.push((tenant, connection, assertion, token));
            }
            _ => panic!("{line}"),
        }
    }
}

/// Starts a child, kills it after so many acknowledgements, and takes down what it acknowledged.
fn crash(file: &Path, leaky: bool, after: u64, known: &mut Acknowledged) {
    let variables: &[_] = if leaky { &[(LEAKY, "1")] } else { &[] };
    let mut child = child("crash::child::writes_until_it_is_killed", file, variables);
    let mut said = 0;
    for line in lines(child.stdout.take().unwrap()) {
        known.note(&line);
        if !line.starts_with("changing") {
            said += 1;
        }
        if said == after {
            // What it said before it died is still in the pipe, and read on.
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(said >= after, "the child ended by itself: {status}");
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
}

/// What is wrong with the file.
async fn faults(file: &Path, known: &Acknowledged) -> Vec<String> {
    let mut faults = Vec::new();
    let start = Instant::now();
    let store = Sqlite::open(file).await.unwrap();
    let tenants = known.people.values().map(|(tenant, ..)| tenant.clone()).collect::<BTreeSet<_>>();
    println!("opened in {} ms", start.elapsed().as_millis());
    for (id, (tenant, version, name)) in &known.people {
        let user = store.user(&TenantId::from(tenant.as_str()), &UserId::from(id.as_str())).await.unwrap();
        let may_differ = known.changing.contains(id);
        match user {
            None if !may_differ => faults.push(format!("{id} is gone")),
            Some(user) if user.version < *version => faults.push(format!("{id} is of an older version")),
            Some(user) if !may_differ && (user.version != *version || user.display_name() != *name) => {
                faults.push(format!("{id} is not what was acknowledged"));
            }
            _ => {}
        }
    }
    for tenant in tenants.iter().map(|tenant| TenantId::from(tenant.as_str())) {
        // Indexes and resources agree.
        for user in store.users(&tenant, None, usize::MAX).await.unwrap() {
            let key = UserKey::UserName(user.user_name());
            let by_name = store.find_user(&tenant, key).await.unwrap();
            let by_email = store.users_with_email(&tenant, user.email().unwrap_or_default(), 9).await.unwrap();
            if by_name.as_ref() != Some(&user) || !by_email.contains(&user) {
                faults.push(format!("{} is not where its indexes say", user.id));
            }
        }
    }
    let now = TestClock::new().now();
    for (tenant, connection, assertion, token) in &known.logins {
        let (tenant, key) = (TenantId::from(tenant.as_str()), SecretHash::of(token));
        let until = now.checked_add(std::time::Duration::from_secs(60)).unwrap();
        let again = Use::new(None, assertion, until, SecretHash::of("again"));
        let consumed = store.consume(&tenant, &ConnectionId::from(connection.as_str()), again, now).await.unwrap();
        if consumed != Consumed::UsedBefore {
            faults.push(format!("the Assertion {assertion} can be used again"));
        }
        if store.session(&key, now).await.unwrap().is_none() {
            faults.push("a session is gone".to_owned());
        }
    }
    faults.extend(rows(&Connection::open(file).unwrap(), known));
    faults
}

/// What the tables say of each other.
fn rows(file: &Connection, known: &Acknowledged) -> Vec<String> {
    let mut faults = Vec::new();
    let text = |sql: &str| file.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let number = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    if text("PRAGMA integrity_check") != "ok" {
        faults.push("the file is not sound".to_owned());
    }
    for (what, sql) in [
        (
            "people are not counted right",
            "SELECT count(*) FROM (SELECT tenant, count(*) AS n FROM person GROUP BY tenant) AS p \
             LEFT JOIN counter ON counter.tenant = p.tenant AND counter.kind = 'User' WHERE n IS NOT total",
        ),
        (
            "groups are not counted right",
            "SELECT count(*) FROM counter WHERE kind = 'Group' AND total <> \
             (SELECT count(*) FROM team WHERE team.tenant = counter.tenant)",
        ),
        (
            "addresses of nobody",
            "SELECT count(*) FROM person_email WHERE NOT EXISTS \
             (SELECT 1 FROM person WHERE person.tenant = person_email.tenant AND person.id = person_email.person)",
        ),
        (
            "members that are nobody",
            "SELECT count(*) FROM member WHERE kind = 0 AND NOT EXISTS \
             (SELECT 1 FROM person WHERE person.tenant = member.tenant AND person.id = member.member)",
        ),
        (
            "names of nobody",
            "SELECT count(*) FROM provisioned WHERE kind = 'User' AND NOT EXISTS \
             (SELECT 1 FROM person WHERE person.tenant = provisioned.tenant AND person.id = provisioned.id)",
        ),
        (
            "people whom nobody provisioned",
            "SELECT count(*) FROM person WHERE NOT EXISTS (SELECT 1 FROM provisioned \
             WHERE provisioned.tenant = person.tenant AND provisioned.kind = 'User' AND provisioned.id = person.id)",
        ),
        (
            "changes of which the app would never hear, or that never were",
            "SELECT count(*) FROM person WHERE version <> (SELECT count(*) FROM outbox \
             WHERE outbox.tenant = person.tenant AND outbox.lane = 'User/' || person.id)",
        ),
        (
            "changes without a trail",
            "SELECT count(*) FROM person WHERE NOT EXISTS (SELECT 1 FROM audit \
             WHERE audit.tenant = person.tenant AND instr(audit.record, person.id) > 0)",
        ),
        (
            "sessions of nobody",
            "SELECT count(*) FROM session WHERE NOT EXISTS \
             (SELECT 1 FROM person WHERE person.tenant = session.tenant AND person.id = session.person)",
        ),
    ] {
        match number(sql) {
            0 => {}
            count => faults.push(format!("{what}: {count}")),
        }
    }
    for (group, member) in &known.members {
        let is_in = "SELECT count(*) FROM member WHERE team = ?1 AND member = ?2";
        let is_in: i64 = file.query_row(is_in, [group, member], |row| row.get(0)).unwrap();
        if is_in == 0 && !known.changing.contains(member) {
            faults.push(format!("{member} is not in {group}"));
        }
    }
    for id in &known.deleted {
        let is_there = file.query_row("SELECT count(*) FROM person WHERE id = ?1", [id], |row| row.get::<_, i64>(0));
        if is_there.unwrap() > 0 {
            faults.push(format!("{id} is back"));
        }
        let told: i64 =
            file.query_row("SELECT count(*) FROM outbox WHERE lane = 'User/' || ?1", [id], |row| row.get(0)).unwrap();
        let last = "SELECT event FROM outbox WHERE lane = 'User/' || ?1 ORDER BY seq DESC LIMIT 1";
        let last: Option<String> = file.query_row(last, [id], |row| row.get(0)).ok();
        let last: Option<Value> = last.map(|last| serde_json::from_str(&last).unwrap());
        if told < 2 || last.is_none_or(|last| last["kind"]["userDeleted"] != id.as_str()) {
            faults.push(format!("the app would not hear that {id} was deleted"));
        }
    }
    faults
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill_at_any_moment() {
    let crashes: u64 = std::env::var(CRASHES).map_or(20, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crash.db");
    let (mut known, mut dice) = (Acknowledged::default(), Dice::new());
    for _ in 0..crashes {
        crash(&file, false, 1 + dice.below(60), &mut known);
        assert_eq!(faults(&file, &known).await, Vec::<String>::new());
    }
    println!(
        "{crashes} crashes: {} people, {} deleted, {} places in groups, {} logins acknowledged, none lost",
        known.people.len(),
        known.deleted.len(),
        known.members.len(),
        known.logins.len()
    );
    assert!(!known.logins.is_empty() && !known.deleted.is_empty() && !known.members.is_empty());
}

#[tokio::test]
async fn an_outbox_outside_the_transaction_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new();
    for number in 0..40 {
        let file = folder.path().join(format!("{number}.db"));
        let mut known = Acknowledged::default();
        crash(&file, true, 1 + dice.below(30), &mut known);
        let faults = faults(&file, &known).await;
        if faults.iter().any(|fault| fault.contains("the app would never hear")) {
            println!("found out at crash {}", number + 1);
            return;
        }
    }
    panic!("forty crashes, and nothing was found");
}
