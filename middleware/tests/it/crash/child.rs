//! What the process that is killed does: three clients write by SCIM and one person after the other signs in, each
//! acknowledged on standard output as soon as the answer is there.

use serde_json::{Value, json};
use vestibule::store::{Durability, Sqlite};
use vestibule::{Builder, ScimMode, ScimSecret};

use crate::scim::{Scim, user};
use crate::stores::Kind;
use crate::support::{ADA, Plan, World, base64, signed_in};

use super::leaky::Leaky;
use super::{FILE, LEAKY};

fn say(what: &str) {
    println!("@ {what}");
}

fn person(tenant: &str, id: &str, resource: &Value) -> String {
    let version = resource["meta"]["version"].as_str().unwrap();
    let version: String = version.chars().filter(char::is_ascii_digit).collect();
    format!("person {tenant} {id} {version} {}", resource["displayName"].as_str().unwrap())
}

async fn client(scim: &Scim, number: usize) {
    let tenant = scim.tenant.id.as_str();
    let group = scim.group(&format!("Group {number}"), &[]).await;
    for round in 0.. {
        let name = format!("p{number}-{round}@example.com");
        let mut body = user(&name);
        body["displayName"] = format!("P{number}-{round}").into();
        body["externalId"] = name.clone().into();
        let made = scim.post("/Users", &body).await.is(201).json();
        let id = made["id"].as_str().unwrap();
        say(&person(tenant, id, &made));
        for change in 0..3 {
            say(&format!("changing {id}"));
            let set =
                json!([{ "op": "replace", "path": "displayName", "value": format!("P{number}-{round}-{change}") }]);
            let changed = scim.patch(&format!("/Users/{id}"), set).await.is(200).json();
            say(&person(tenant, id, &changed));
        }
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
        scim.patch(&format!("/Groups/{group}"), add).await.is(204);
        say(&format!("member {group} {id}"));
        if round % 3 == 2 {
            say(&format!("changing {id}"));
            scim.delete(&format!("/Users/{id}")).await.is(204);
            say(&format!("deleted {id}"));
        }
    }
}

async fn logins(world: &World) {
    let (tenant, connection) = (world.tenant.id.as_str(), world.connection.id.as_str());
    loop {
        let started = world.started().await;
        let response = world.tile.response_for(ADA).in_response_to(&started.request_id).build().unwrap();
        let xml = response.xml();
        let assertion = xml.split_once(":Assertion").unwrap().1.split_once(" ID=\"").unwrap().1;
        let assertion = assertion.split_once('"').unwrap().0.to_owned();
        let page = world.post(&started, &base64(&xml)).await;
        signed_in(&page);
        let token = page.header("set-cookie").unwrap().split_once('=').unwrap().1.split_once(';').unwrap().0;
        say(&format!("login {tenant} {connection} {assertion} {token}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the crash tests, as a process of its own"]
async fn writes_until_it_is_killed() {
    let Ok(file) = std::env::var(FILE) else { return };
    let store = Sqlite::options(&file).durability(Durability::Full).open().await.unwrap();
    let leaky = std::env::var(LEAKY).is_ok();
    let slug = format!("run-{}", std::process::id());
    let plan = Plan {
        configure: Box::new(move |builder: Builder| {
            let builder = builder.on_event(async |_| Ok::<_, std::convert::Infallible>(()));
            if leaky { builder.store(Leaky(store)) } else { builder.store(store) }
        }),
        connect: Box::new(move |new| new.slug(slug.parse().unwrap())),
        ..Plan::default()
    };
    let world = Kind::Memory.run(World::with(plan)).await;
    // Ada is made by her own login, before there is any provisioning.
    let started = world.started().await;
    let first = world.tile.response_for(ADA).in_response_to(&started.request_id).build().unwrap();
    signed_in(&world.post(&started, &first.base64()).await);
    let token = ScimSecret::random().unwrap();
    let (tenant, connection) = (world.tenant.clone(), world.connection.clone());
    let admin = world.sso.admin();
    admin.enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
    let mut connection = admin.connection(&tenant.id, &connection.id).await.unwrap().unwrap();
    connection.scim_policy.requests_per_second = 1_000_000;
    admin.update_connection(connection.clone()).await.unwrap();
    let scim = Scim { sso: world.sso.clone(), clock: world.clock.clone(), tenant, connection, token };
    tokio::join!(client(&scim, 0), client(&scim, 1), client(&scim, 2), logins(&world));
}
