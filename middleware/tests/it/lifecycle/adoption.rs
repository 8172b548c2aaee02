//! Accounts that were there before the client: those that logins made, and the app's own.

use ::http::Method;
use serde_json::json;
use vestibule::store::Directory as _;
use vestibule::{Action, ReasonCode, User, UserId};

use super::Stage;
use super::client::{Client, Person};
use crate::scim::{id, patch_op, user};
use crate::support::ADA;

async fn whom_a_login_made_is_found_and_stays_one_account() {
    for client in Client::ALL {
        let mut stage = Stage::unprovisioned(client).await;
        let (browser, me) = stage.lets_in(ADA).await;
        assert_eq!(stage.how_often(Action::UserCreated).await, 1);
        stage.enable_scim().await;
        let found = stage.find("userName", ADA).await.expect("the client finds them");
        assert_eq!(found["id"], me.id);

        let changes = [("externalId", json!("00u-ada")), ("displayName", json!("Ada King")), ("active", json!(true))];
        let reply = stage.change(&me.id, &changes).await.is(200).json();
        assert_eq!((&reply["id"], &reply["externalId"]), (&json!(me.id), &json!("00u-ada")));
        assert_eq!(stage.how_often(Action::UserAdopted).await, 1);
        let seen = stage.click(&browser).await.expect("the session stays");
        assert_eq!((seen.id.as_str(), seen.name.as_str()), (me.id.as_str(), "Ada King"));
        assert_eq!(stage.lets_in(ADA).await.1, seen);
        assert_eq!(stage.accounts().await, 1);

        stage.deactivate(&me.id).await;
        assert_eq!(stage.click(&browser).await, None);
        stage.turns_away(ADA, ReasonCode::UserInactive).await;
        assert_eq!(stage.how_often(Action::UserAdopted).await, 1, "once");
        stage.is_as_seen("adopted-login");
    }
}

async fn an_account_of_the_app_is_not_the_clients_unless_the_app_says_so() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let (tenant, now) = (stage.world.tenant.id.clone(), vestibule::Clock::now(&stage.world.clock));
        let mut own = User::new(tenant.clone(), UserId::from("own-7"), ADA, now);
        own.set_email("ada@home.example");
        own.set_display_name("Ada L.");
        let _ = stage.world.store.create_user(&tenant, &own).await.unwrap();
        let stored = async |stage: &Stage| stage.world.store.user(&tenant, &own.id).await.unwrap().unwrap();
        stage.transcript.meet("user", "own-7");
        stage.transcript.line("app: makes own-7, user name ada@example.com");
        // The person may be signed in by a connection that speaks for their domain; that gives its client nothing.
        let (browser, me) = stage.lets_in(ADA).await;
        assert_eq!(me.id, "own-7");

        let found = stage.find("userName", ADA).await.expect("it can be read");
        let path = "/Users/own-7";
        let mut put = user(ADA);
        put["displayName"] = json!("Mallory");
        let patch = patch_op(&json!([{ "op": "replace", "path": "displayName", "value": "Mallory" }]));
        for (method, body) in [(Method::PUT, Some(&put)), (Method::PATCH, Some(&patch)), (Method::DELETE, None)] {
            let refused = stage.call(method, path, body).await.refused(403, None).json();
            assert!(refused["detail"].as_str().unwrap().contains("adopt_existing"), "{refused}");
        }
        stage.change("own-7", &[("active", json!(false))]).await.refused(403, None);
        stage.post(Person::ADA).await.refused(409, Some("uniqueness"));
        assert_eq!(stage.how_often(Action::AdoptionRefused).await, 4);
        assert_eq!(stage.how_often(Action::UserAdopted).await, 0);
        assert_eq!(stored(&stage).await, own, "nothing has changed");
        assert_eq!(stage.find("userName", ADA).await, Some(found));
        assert_eq!(stage.click(&browser).await, Some(me));

        stage.set("adopt_existing = true", |connection| connection.scim_policy.adopt_existing = true).await;
        let renamed = [("userName", json!("ada.king@example.com")), ("displayName", json!("Ada King"))];
        stage.change("own-7", &renamed).await.refused(400, Some("mutability"));
        assert_eq!(stored(&stage).await, own, "nothing is half done");
        let changes = [("displayName", json!("Ada King")), ("email", json!("mallory@evil.example"))];
        stage.change("own-7", &changes).await.is(200);
        let taken = stored(&stage).await;
        assert_eq!((taken.display_name().as_str(), taken.email()), ("Ada King", Some("ada@home.example")));
        assert_eq!(stage.how_often(Action::UserAdopted).await, 1);
        assert_eq!(stage.click(&browser).await.unwrap().name, "Ada King");

        let changes = [("userName", json!("ada.king@example.com")), ("email", json!("ada.king@example.com"))];
        stage.change("own-7", &changes).await.is(200);
        let taken = stored(&stage).await;
        assert_eq!((taken.user_name(), taken.email()), ("ada.king@example.com", Some("ada.king@example.com")));
        assert_eq!(stage.how_often(Action::UserAdopted).await, 1);
        stage.renamed_at_okta(ADA, "ada.king@example.com").await;
        assert_eq!(stage.lets_in("ada.king@example.com").await.1.id, "own-7");
        stage.turns_away(ADA, ReasonCode::UserUnknown).await;
        stage.deactivate("own-7").await;
        assert_eq!(stage.click(&browser).await, None);
        stage.is_as_seen("adopted-own");
    }
}

async fn a_post_does_not_bring_back_whom_the_app_shut_out() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let (tenant, now) = (stage.world.tenant.id.clone(), vestibule::Clock::now(&stage.world.clock));
        let mut own = User::new(tenant.clone(), UserId::from("own-7"), ADA, now);
        own.set_active(false);
        let _ = stage.world.store.create_user(&tenant, &own).await.unwrap();
        stage.transcript.meet("user", "own-7");
        stage.transcript.line("app: makes own-7, user name ada@example.com, inactive");
        // Whom neither side calls anything is brought back by their user name, if the client left them inactive.
        let mut unnamed = Person::ADA.body(client);
        unnamed.as_object_mut().unwrap().remove("externalId");
        for reassign in [false, true] {
            let what = format!("reassign_accounts = {reassign}");
            stage.set(&what, |connection| connection.scim_policy.reassign_accounts = reassign).await;
            stage.post(Person::ADA).await.refused(409, Some("uniqueness"));
            stage.call(Method::POST, "/Users", Some(&unnamed)).await.refused(409, Some("uniqueness"));
            stage.change("own-7", &[("active", json!(true))]).await.refused(403, None);
        }
        assert_eq!(stage.world.store.user(&tenant, &own.id).await.unwrap(), Some(own));
        stage.turns_away(ADA, ReasonCode::UserInactive).await;
        // The control: whom the client made and deactivated itself.
        let mut grace = user("grace@example.com");
        grace["externalId"] = json!("00u-grace");
        let id = id(&stage.call(Method::POST, "/Users", Some(&grace)).await.is(201));
        stage.deactivate(&id).await;
        let status = if client == Client::Strict { 409 } else { 201 };
        stage.call(Method::POST, "/Users", Some(&grace)).await.is(status);
        stage.is_as_seen("shut-out-by-the-app");
    }
}

crate::stores::on_every_store! {
    whom_a_login_made_is_found_and_stays_one_account,
    an_account_of_the_app_is_not_the_clients_unless_the_app_says_so,
    a_post_does_not_bring_back_whom_the_app_shut_out,
}
