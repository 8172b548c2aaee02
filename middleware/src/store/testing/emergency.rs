//! Rules of emergency links: used once, by one, in time.

use futures_util::future::join_all;

use super::{at, secret, tenant, user, written};
use crate::model::emergency::EmergencyRecord;
use crate::store::{Extent, Redeemed, Store};

pub(super) async fn exactly_one_redeems(store: &impl Store) {
    let acme = tenant("acme");
    written(store.create_tenant(&acme).await);
    let link = |code: &str| {
        let whose = (acme.id.clone(), user(&acme, "ada").id);
        EmergencyRecord::new(secret(code), whose, at(0), at(60))
    };
    for code in ["used", "late", "swept", "orphan"] {
        store.add_emergency(&acme.id, &link(code)).await.expect("answers");
    }
    let used = secret("used");
    let calls = (0..50).map(|_| store.redeem_emergency(&used, at(59)));
    let results: Vec<_> = join_all(calls).await.into_iter().map(|result| result.expect("answers")).collect();
    let marked = EmergencyRecord { used_at: Some(at(59)), ..link("used") };
    let first = results.iter().filter(|result| **result == Redeemed::Redeemed(marked.clone())).count();
    let later = results.iter().filter(|result| **result == Redeemed::UsedBefore(marked.clone())).count();
    assert_eq!((first, later), (1, 49), "exactly one of fifty at once");

    let redeem = |code: &str, now| {
        let key = secret(code);
        async move { store.redeem_emergency(&key, at(now)).await.expect("answers") }
    };
    assert_eq!(redeem("used", 60).await, Redeemed::UsedBefore(marked), "what was used stays used");
    assert_eq!(redeem("late", 60).await, Redeemed::Expired(link("late")));
    assert_eq!(redeem("late", 59).await, Redeemed::Redeemed(EmergencyRecord { used_at: Some(at(59)), ..link("late") }));
    assert_eq!(redeem("other", 1).await, Redeemed::Unknown);

    assert_eq!(store.sweep_logins(at(119)).await.expect("answers"), 0);
    assert_eq!(redeem("swept", 119).await, Redeemed::Expired(link("swept")), "it is kept as long again");
    written(store.remove_tenant(&acme.id, Extent::Delete).await);
    assert_eq!(redeem("orphan", 1).await, Redeemed::Unknown, "it goes with its tenant");

    written(store.create_tenant(&acme).await);
    store.add_emergency(&acme.id, &link("swept")).await.expect("answers");
    assert_eq!(store.sweep_logins(at(120)).await.expect("answers"), 1);
    assert_eq!(redeem("swept", 120).await, Redeemed::Unknown);
}
