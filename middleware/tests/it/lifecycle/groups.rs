//! Who leaves a group, leaves, comes back, and joins the group again.

use vestibule::ReasonCode;

use super::Stage;
use super::client::{Client, Person};
use crate::support::ADA;

async fn roles_come_and_go_with_the_group() {
    for client in Client::ALL {
        let mut stage = Stage::new(client).await;
        let ada = stage.provision(Person::ADA).await;
        let bob =
            Person { user_name: "bob@example.com", external_id: "00u-bob", given_name: "Bob", family_name: "Lima" };
        let bob = stage.provision(bob).await;
        let group = stage.push("Sales").await;
        let sales = (group.as_str(), "Sales");
        let (browser, me) = stage.lets_in(ADA).await;
        assert!(me.roles.is_empty(), "the control");
        stage.member(sales, (&ada, ADA), true).await;
        stage.member(sales, (&bob, "bob@example.com"), true).await;
        assert_eq!(stage.click(&browser).await.unwrap().roles, ["seller"]);

        stage.member(sales, (&ada, ADA), false).await;
        assert!(stage.click(&browser).await.unwrap().roles.is_empty());
        assert_eq!(stage.members(&group).await, std::slice::from_ref(&bob), "only the one who is named goes");
        stage.deactivate(&ada).await;
        assert_eq!(stage.click(&browser).await, None);
        stage.turns_away(ADA, ReasonCode::UserInactive).await;
        stage.reactivate(&ada, ADA).await;
        let (browser, me) = stage.lets_in(ADA).await;
        assert_eq!((me.id.as_str(), me.roles.len()), (ada.as_str(), 0), "coming back is not joining again");
        stage.member(sales, (&ada, ADA), true).await;
        assert_eq!(stage.click(&browser).await.unwrap().roles, ["seller"]);
        let mut members = stage.members(&group).await;
        members.sort_unstable_by_key(|id| *id != ada);
        assert_eq!(members, [ada, bob]);
        stage.is_as_seen("rejoin");
    }
}

crate::stores::on_every_store! {
    roles_come_and_go_with_the_group,
}
