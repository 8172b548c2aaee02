//! User names and who they mean: renamed people, people who come back under another name, and others under the same name.

use ::http::Method;
use serde_json::json;
use vestibule::{Action, ReasonCode};

use super::Stage;
use super::client::{Client, Person};
use crate::support::ADA;

const KING: &str = "ada.king@example.com";

async fn who_is_renamed_keeps_the_account_and_the_old_name_is_nobodys() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let ada = stage.provision(Person::ADA).await;
        let (browser, _) = stage.lets_in(ADA).await;
        stage.renamed_at_okta(ADA, KING).await;
        stage.turns_away(KING, ReasonCode::UserUnknown).await;

        let changes = [("userName", json!(KING)), ("email", json!(KING))];
        let reply = stage.change(&ada, &changes).await.is(200).json();
        assert_eq!((&reply["id"], &reply["userName"]), (&json!(ada), &json!(KING)));
        let me = stage.click(&browser).await.expect("an open session stays");
        assert_eq!((me.id.as_str(), me.user_name.as_str()), (ada.as_str(), KING));
        let (_, me) = stage.lets_in(KING).await;
        assert_eq!((me.id.as_str(), me.user_name.as_str()), (ada.as_str(), KING));
        stage.turns_away(ADA, ReasonCode::UserUnknown).await;
        assert_eq!(stage.find("userName", ADA).await, None);
        assert_eq!(stage.accounts().await, 1);
        stage.is_as_seen("rename");
    }
}

async fn who_comes_back_under_a_new_user_name_gets_the_old_account() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let ada = stage.provision(Person::ADA).await;
        let (browser, _) = stage.lets_in(ADA).await;
        stage.deactivate(&ada).await;
        stage.renamed_at_okta(ADA, KING).await;
        stage.turns_away(KING, ReasonCode::UserUnknown).await;

        assert_eq!(stage.find("userName", KING).await, None);
        let reply = stage.post(Person::ADA.called(KING)).await;
        if client == Client::Strict {
            let detail = reply.refused(409, Some("uniqueness")).json()["detail"].clone();
            assert!(detail.as_str().unwrap().starts_with("externalId"), "{detail}");
            assert_eq!(stage.find("userName", KING).await, None, "nothing is half done");
            let found = stage.find("externalId", Person::ADA.external_id).await.expect("it can be found");
            assert_eq!((&found["id"], &found["active"]), (&json!(ada), &json!(false)));
            let changes = [("userName", json!(KING)), ("email", json!(KING)), ("active", json!(true))];
            stage.change(&ada, &changes).await.is(200);
        } else {
            let back = reply.is(201).json();
            assert_eq!((&back["id"], &back["userName"], &back["active"]), (&json!(ada), &json!(KING), &json!(true)));
        }
        assert_eq!(stage.how_often(Action::UserRevived).await, usize::from(client != Client::Strict));
        assert_eq!(stage.click(&browser).await, None);
        let (_, me) = stage.lets_in(KING).await;
        assert_eq!((me.id.as_str(), me.user_name.as_str()), (ada.as_str(), KING));
        stage.turns_away(ADA, ReasonCode::UserUnknown).await;
        assert_eq!(stage.accounts().await, 1);
        stage.is_as_seen("return-renamed");
    }
}

async fn somebody_else_with_the_same_user_name_gets_nothing_unless_the_app_says_so() {
    let byron = Person { external_id: "00u-byron", family_name: "Byron", ..Person::ADA };
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let ada = stage.provision(Person::ADA).await;
        let (browser, _) = stage.lets_in(ADA).await;
        stage.deactivate(&ada).await;
        stage.renamed_at_okta(ADA, "left@example.com").await;
        let before = stage.read(&format!("/Users/{ada}")).await.is(200);

        let detail = stage.post(byron).await.refused(409, Some("uniqueness")).json()["detail"].clone();
        assert!(detail.as_str().unwrap().starts_with("userName"), "{detail}");
        let theirs = [("externalId", json!(byron.external_id)), ("active", json!(true))];
        stage.change(&ada, &theirs).await.refused(409, Some("uniqueness"));
        let put = byron.body(client);
        stage.call(Method::PUT, &format!("/Users/{ada}"), Some(&put)).await.refused(409, Some("uniqueness"));
        let refused = stage.world.events(Action::ReassignmentRefused).await;
        assert_eq!(refused.len(), 3);
        for event in refused {
            assert_eq!(event.reason, Some(ReasonCode::OtherExternalId));
            assert_eq!((event.expected.as_deref(), event.received.as_deref()), (Some("00u-ada"), Some("00u-byron")));
        }
        let after = stage.read(&format!("/Users/{ada}")).await.is(200);
        assert_eq!(after.json(), before.json(), "nothing is half done");
        stage.turns_away(ADA, ReasonCode::UserInactive).await;

        let allow = "reassign_accounts = true";
        stage.set(allow, |connection| connection.scim_policy.reassign_accounts = true).await;
        if client == Client::Strict {
            // The standard has POST make a resource, whatever the app allows: a conflict like any other.
            let detail = stage.post(byron).await.refused(409, Some("uniqueness")).json()["detail"].clone();
            assert!(!detail.as_str().unwrap().contains("reassign_accounts"), "it is on already: {detail}");
            stage.change(&ada, &theirs).await.is(200);
        } else {
            let given = stage.post(byron).await.is(201).json();
            assert_eq!((&given["id"], &given["externalId"]), (&json!(ada), &json!("00u-byron")));
        }
        assert_eq!(stage.how_often(Action::UserReassigned).await, 1);
        assert_eq!(stage.how_often(Action::ReassignmentRefused).await, 3, "no more than before");
        assert_eq!(stage.click(&browser).await, None, "the sessions of who left stay dead");
        assert_eq!(stage.lets_in(ADA).await.1.id, ada);
        assert_eq!(stage.accounts().await, 1);
        stage.is_as_seen("another-external-id");
    }
}

crate::stores::on_every_store! {
    who_is_renamed_keeps_the_account_and_the_old_name_is_nobodys,
    who_comes_back_under_a_new_user_name_gets_the_old_account,
    somebody_else_with_the_same_user_name_gets_nothing_unless_the_app_says_so,
}
