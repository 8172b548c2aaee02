//! A group of 100,000 members.

use ::http::Method;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};
use vestibule::store::Directory;
use vestibule::{ScimMode, User, UserId};

use super::Scim;
use crate::stores::fresh_store;

const MEMBERS: usize = 100_000;

async fn a_group_of_100_000_is_written_in_one_body_and_read_as_a_stream() {
    let store = fresh_store().await;
    let scim = Scim::with(store.clone(), ScimMode::Okta, |builder| builder).await;
    let now = vestibule::Clock::now(&scim.clock);
    let ids: Vec<String> = (0..MEMBERS).map(|number| format!("{number:026}")).collect();
    // Many at once, since a store in a file writes them together.
    for some in ids.chunks(1_000) {
        futures_util::future::join_all(some.iter().map(async |id| {
            let user = User::new(scim.tenant.id.clone(), UserId::from(id.as_str()), format!("u{id}"), now);
            let _ = store.create_user(&scim.tenant.id, &user).await.unwrap();
        }))
        .await;
    }
    let team = scim.group("Everybody", &[]).await;
    let path = format!("/Groups/{team}");
    let put = scim.put(&format!("{path}?excludedAttributes=members"), &super::group("Everybody", &ids)).await.is(200);
    assert!(put.text.len() < 1_000, "{}", put.text.len());

    let app = service_fn(async |_| Ok::<_, std::convert::Infallible>(::http::Response::new(Full::<Bytes>::default())));
    let request = scim.request(Method::GET, &path).body(Full::<Bytes>::default()).unwrap();
    let response = scim.sso.layer().layer(app).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    let (mut text, mut longest) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        longest = longest.max(data.len());
        text.extend_from_slice(&data);
    }
    assert!(longest < 512 * 1024, "a chunk of {longest} octets");
    let group: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let members = group["members"].as_array().unwrap();
    let there: std::collections::BTreeSet<&str> = members.iter().map(|m| m["value"].as_str().unwrap()).collect();
    assert_eq!((members.len(), there.len()), (MEMBERS, MEMBERS));

    let operations = json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[500]) }]);
    scim.patch(&path, operations).await.is(204);
    let query = format!("/Groups?filter=members.value%20eq%20%22{}%22&excludedAttributes=members", ids[500]);
    assert!(scim.list(&query).await.is_empty());
    let query = query.replace(&ids[500], &ids[501]);
    assert_eq!(scim.list(&query).await.len(), 1);
    scim.delete(&path).await.is(204);
    assert_eq!(scim.get(&format!("/Users/{}", ids[501])).await.json().get("groups"), None);
}

crate::stores::on_every_store! {
    a_group_of_100_000_is_written_in_one_body_and_read_as_a_stream,
}
