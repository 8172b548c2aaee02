//! Joiner, mover, leaver, and who comes back.

use serde_json::json;
use vestibule::{Action, CreateUsers, ReasonCode};

use super::Stage;
use super::client::{Client, Person};
use crate::support::ADA;

async fn a_joiner_is_one_account_from_the_first_login_on() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        stage.world.tile.assign("grace@example.com").await;
        // NameID and userName are the same but for the case of letters.
        let ada = stage.provision(Person::ADA.called("Ada@Example.com")).await;
        let (browser, me) = stage.lets_in(ADA).await;
        assert_eq!((me.id.as_str(), me.roles.len()), (ada.as_str(), 0));
        assert_eq!(stage.click(&browser).await.unwrap().id, ada);
        let (_, again) = stage.lets_in(ADA).await;
        assert_eq!(again.id, ada);
        // Grace is assigned to the tile but was never provisioned.
        stage.turns_away("grace@example.com", ReasonCode::UserUnknown).await;
        assert_eq!(stage.accounts().await, 1);
        assert_eq!(stage.how_often(Action::UserCreated).await, 0, "logins make nobody");
        stage.is_as_seen("joiner");
    }
}

async fn a_mover_is_seen_at_the_next_request() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let ada = stage.provision(Person::ADA).await;
        let sales = stage.push("Sales").await;
        stage.member((&sales, "Sales"), (&ada, ADA), true).await;
        let (browser, me) = stage.lets_in(ADA).await;
        assert_eq!((me.name.as_str(), me.roles.as_slice()), ("Ada Lovelace", &["seller".to_owned()][..]));

        let changes = [("name.familyName", json!("King")), ("displayName", json!("Ada King"))];
        let changed = stage.change(&ada, &changes).await.is(200).json();
        assert_eq!(changed["name"], json!({ "givenName": "Ada", "familyName": "King" }), "what is not named stays");
        let me = stage.click(&browser).await.unwrap();
        assert_eq!((me.id.as_str(), me.name.as_str(), me.roles.len()), (ada.as_str(), "Ada King", 1));

        let managers = stage.push("Managers").await;
        stage.member((&managers, "Managers"), (&ada, ADA), true).await;
        assert_eq!(stage.click(&browser).await.unwrap().roles, ["manager", "seller"]);
        stage.member((&sales, "Sales"), (&ada, ADA), false).await;
        assert_eq!(stage.click(&browser).await.unwrap().roles, ["manager"]);
        assert!(stage.members(&sales).await.is_empty());
        assert_eq!(stage.members(&managers).await, [ada]);
        stage.is_as_seen("mover");
    }
}

async fn a_leaver_is_out_at_the_next_click_and_no_login_brings_them_back() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        stage.world.tile.assign("grace@example.com").await;
        let ada = stage.provision(Person::ADA).await;
        let sales = stage.push("Sales").await;
        stage.member((&sales, "Sales"), (&ada, ADA), true).await;
        let (laptop, _) = stage.lets_in(ADA).await;
        let (phone, _) = stage.lets_in(ADA).await;
        assert!(stage.click(&laptop).await.is_some() && stage.click(&phone).await.is_some(), "the control");

        stage.deactivate(&ada).await;
        assert_eq!(stage.click(&laptop).await, None);
        assert_eq!(stage.click(&phone).await, None);
        stage.turns_away(ADA, ReasonCode::UserInactive).await;

        let found = stage.find("userName", ADA).await.expect("who left is found");
        assert_eq!((&found["id"], &found["active"]), (&json!(ada), &json!(false)));
        let read = stage.read(&format!("/Users/{ada}")).await.is(200).json();
        assert_eq!(read["active"], false);
        assert_eq!(stage.members(&sales).await, std::slice::from_ref(&ada), "memberships stay");

        stage.set("create_users = Always", |connection| connection.policy.create_users = CreateUsers::Always).await;
        stage.turns_away(ADA, ReasonCode::UserInactive).await;
        let (_, grace) = stage.lets_in("grace@example.com").await;
        assert_ne!(grace.id, ada, "the control: logins make accounts again, but not that of somebody who left");
        let read = stage.read(&format!("/Users/{ada}")).await.is(200).json();
        assert_eq!(read["active"], false);
        assert_eq!(stage.accounts().await, 2);
        assert_eq!(stage.how_often(Action::UserDeactivated).await, 1);
        stage.is_as_seen("leaver");
    }
}

async fn who_comes_back_is_who_they_were_but_for_the_cookies() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let ada = stage.provision(Person::ADA).await;
        let (laptop, _) = stage.lets_in(ADA).await;
        let (phone, _) = stage.lets_in(ADA).await;
        assert!(stage.click(&laptop).await.is_some() && stage.click(&phone).await.is_some(), "the control");

        stage.deactivate(&ada).await;
        assert_eq!(stage.click(&laptop).await, None);
        stage.turns_away(ADA, ReasonCode::UserInactive).await;
        stage.reactivate(&ada, ADA).await;
        // The phone was off all the time.
        assert_eq!(stage.click(&laptop).await, None);
        assert_eq!(stage.click(&phone).await, None);
        let (browser, me) = stage.lets_in(ADA).await;
        assert_eq!(me.id, ada);
        assert!(stage.click(&browser).await.is_some());

        // They leave again, and the client has lost its link to the record when they come back (F-07).
        stage.deactivate(&ada).await;
        let reply = stage.post(Person::ADA).await;
        if client == Client::Strict {
            reply.refused(409, Some("uniqueness"));
            stage.turns_away(ADA, ReasonCode::UserInactive).await;
            stage.reactivate(&ada, ADA).await;
        } else {
            let back = reply.is(201).json();
            assert_eq!((&back["id"], &back["active"]), (&json!(ada), &json!(true)));
        }
        assert_eq!(stage.how_often(Action::UserRevived).await, usize::from(client != Client::Strict));
        assert_eq!(stage.click(&browser).await, None);
        assert_eq!(stage.lets_in(ADA).await.1.id, ada);
        assert_eq!(stage.accounts().await, 1);
        stage.is_as_seen("leave-and-return");
    }
}

crate::stores::on_every_store! {
    a_joiner_is_one_account_from_the_first_login_on,
    a_mover_is_seen_at_the_next_request,
    a_leaver_is_out_at_the_next_click_and_no_login_brings_them_back,
    who_comes_back_is_who_they_were_but_for_the_cookies,
}
