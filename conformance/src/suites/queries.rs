//! Lists, pages and projection: RFC 7644, 3.4.2, 3.4.2.4, 3.4.2.5, 3.9 and 3.11.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::check::{Verdict, checks, ensure};
use crate::exchange::{Answer, ENTERPRISE, USER, encoded};
use crate::run::{Made, Run, with};

checks! {
    ($) scim_tests_queries;
    qry_01 "QRY-01" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.4" "startIndex begins at 1 and is 1 when below; a negative count is 0; count 0 gives the total alone";
    qry_02 "QRY-02" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.4" "the counters are integers, and pages come in a stable order";
    qry_04 "QRY-04" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.5, 3.9" "attributes and excludedAttributes work for GET, lists, POST, PUT and PATCH";
    qry_07 "QRY-07" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "all matches can be read, page by page; none is cut away in silence";
    qry_08 "QRY-08" Must [Rfc Okta Entra Strict] "RFC 7644, 3.11" "/Me is the user that the token stands for, or 501";
    qry_101 "QRY-101" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2, 3.4.2.4" "totalResults counts all matches, and itemsPerPage what is on this page";
    qry_102 "QRY-102" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2" "Resources is an array that holds what is on the page";
    qry_103 "QRY-103" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.4" "a page beyond the end is empty, with the true total";
    qry_104 "QRY-104" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.4" "a count above the maximum gives fewer, and one that is no integer 400";
    qry_107 "QRY-107" Must [Rfc Okta Entra Strict] "RFC 7643, 7; RFC 7644, 3.9" "what is returned always is there in any projection, and what is never returned in none";
    qry_108 "QRY-108" Must [Rfc Okta Entra Strict] "RFC 7644, 3.9, 3.10" "attributes gives the least set and what is named: attribute, sub-attribute, whole extension";
    qry_109 "QRY-109" Must [Rfc Okta Entra Strict] "RFC 7644, 3.9" "unknown names in a projection are ignored, and both parameters at once never a fault";
    qry_110 "QRY-110" Must [Rfc Okta Entra Strict] "RFC 7644, 3.9" "excludedAttributes=members leaves the members out, of one group and of a list";
}

async fn page(run: &Run, query: &str) -> Result<Answer, crate::check::Stop> {
    run.needs_filter().await?;
    run.get(format!("/Users?filter={}&{query}", encoded(&format!("userName sw \"{}\"", run.unique)))).await
}

/// A counter that may be left out (RFC 7644, 3.4.2), but not be wrong.
fn counter(answer: &Answer, name: &str, expected: u64) -> Verdict {
    let value = &answer.json[name];
    ensure(value.is_null() || *value == expected, format!("{expected} as {name}"), answer.told())
}

async fn qry_01(run: &Run) -> Verdict {
    run.users(3).await?;
    for start in ["0", "-5", "1"] {
        let answer = page(run, &format!("startIndex={start}&count=2")).await?;
        ensure(answer.list()?.resources.len() == 2, "the first page of two", answer.told())?;
        counter(&answer, "startIndex", 1)?;
    }
    for count in ["0", "-1"] {
        let answer = page(run, &format!("count={count}")).await?;
        let list = answer.list()?;
        ensure(list.total == 3 && list.resources.is_empty(), "the total of 3, and no resource", answer.told())?;
    }
    let answer = page(run, "startIndex=2&count=2").await?;
    ensure(answer.list()?.resources.len() == 2, "the second and the third", answer.told())?;
    counter(&answer, "startIndex", 2)
}

async fn qry_02(run: &Run) -> Verdict {
    let users = run.users(5).await?;
    let mut orders = Vec::new();
    for size in [1_usize, 2, 5] {
        let mut ids = Vec::new();
        for start in (1..=5).step_by(size) {
            let answer = page(run, &format!("startIndex={start}&count={size}")).await?;
            ids.extend(answer.list()?.ids().into_iter().map(str::to_owned));
        }
        orders.push(ids);
    }
    let all: BTreeSet<_> = users.iter().map(|user| user.id.clone()).collect();
    for order in &orders {
        let seen: BTreeSet<_> = order.iter().cloned().collect();
        ensure(order.len() == 5 && seen == all, "each user on exactly one page", format!("{order:?}"))?;
        ensure(Some(order) == orders.first(), "the same order for pages of any size", format!("{orders:?}"))?;
    }
    Ok(())
}

async fn qry_04(run: &Run) -> Verdict {
    let user = run.user().await?;
    let few = |answer: &Answer, resource: &Value| -> Verdict {
        let right = resource["userName"].is_string() && resource["id"].is_string();
        let right = right && resource["emails"].is_null() && resource["displayName"].is_null();
        answer.must(right, "id and userName, without emails and displayName").map(drop)
    };
    let answer = run.read(&format!("{}?attributes=userName", user.path)).await?;
    few(&answer, &answer.json)?;
    let answer = page(run, "attributes=userName").await?;
    answer.list()?;
    few(&answer, answer.at("/Resources/0"))?;
    let answer = run.post("/Users?attributes=userName", &run.user_body()).await?;
    few(answer.status(201)?, &answer.json)?;
    let answer = run.put(&format!("{}?attributes=userName", user.path), &user.body).await?;
    few(answer.status(200)?, &answer.json)?;
    if run.supports("patch").await {
        let operations = json!([{ "op": "replace", "path": "displayName", "value": "Bea" }]);
        let answer = run.patch(&format!("{}?attributes=userName", user.path), operations).await?;
        few(answer.status(200)?, &answer.json)?;
    }
    let answer = run.read(&format!("{}?excludedAttributes=emails,name.givenName", user.path)).await?;
    answer.absent("/emails")?.absent("/name/givenName")?.is("/name/familyName", "Lima")?.text("/userName")?;
    let answer = page(run, "excludedAttributes=emails").await?;
    answer.list()?;
    answer.absent("/Resources/0/emails")?.text("/Resources/0/userName")?;
    Ok(())
}

async fn qry_07(run: &Run) -> Verdict {
    let users = run.users(4).await?;
    let answer = page(run, "count=1").await?;
    if answer.status == 400 {
        answer.error(400, "tooMany")?;
        return Ok(());
    }
    ensure(answer.list()?.total == 4, "a total of 4 whatever the page", answer.told())?;
    let mut seen = BTreeSet::new();
    for start in 1..=4 {
        let answer = page(run, &format!("startIndex={start}&count=1")).await?;
        seen.extend(answer.list()?.ids().into_iter().map(str::to_owned));
    }
    ensure(seen.len() == users.len(), "all four users over the pages", format!("{seen:?}"))
}

/// Both ids ask the same of `/Me`.
async fn qry_08(run: &Run) -> Verdict {
    me(run).await
}

pub(super) async fn me(run: &Run) -> Verdict {
    let answer = run.get("/Me").await?;
    match answer.status {
        200 => {
            let location = answer.text("/meta/location")?;
            answer.schema(USER)?.must(!location.ends_with("/Me"), "the real location of the user")?;
        }
        307 | 308 => drop(answer.must(answer.header("location").is_some(), "a Location")?),
        _ => drop(answer.refused(&[501, 404, 403], &[])?),
    }
    Ok(())
}

async fn qry_101(run: &Run) -> Verdict {
    run.users(3).await?;
    for (query, start, items) in [("startIndex=1&count=2", 1, 2), ("startIndex=3&count=2", 3, 1), ("", 1, 3)] {
        let answer = page(run, query).await?;
        let list = answer.list()?;
        ensure(list.total == 3 && list.resources.len() as u64 == items, format!("{items} of 3"), answer.told())?;
        counter(&answer, "startIndex", start)?;
        counter(&answer, "itemsPerPage", items)?;
    }
    Ok(())
}

async fn qry_102(run: &Run) -> Verdict {
    let user = run.user().await?;
    let answer = page(run, "count=10").await?;
    answer.list()?.only(&user.id)?;
    answer.must(answer.at("/Resources").is_array(), "Resources as an array")?;
    answer.is("/Resources/0/userName", user.user_name())?.schema(crate::exchange::LIST)?;
    let nobody = run.query("/Users", &format!("userName eq \"{}-nobody\"", run.unique)).await?;
    nobody.list()?.empty()
}

async fn qry_103(run: &Run) -> Verdict {
    run.users(2).await?;
    for start in ["3", "101", "2147483647"] {
        let answer = page(run, &format!("startIndex={start}&count=100")).await?;
        let list = answer.list()?;
        ensure(list.total == 2 && list.resources.is_empty(), "no resource, and the total of 2", answer.told())?;
        counter(&answer, "itemsPerPage", 0)?;
    }
    Ok(())
}

async fn qry_104(run: &Run) -> Verdict {
    run.users(2).await?;
    for count in ["1000000", "100"] {
        let answer = page(run, &format!("count={count}")).await?;
        ensure(answer.list()?.resources.len() == 2, "both users", answer.told())?;
    }
    for query in ["count=ten", "startIndex=first", "count=1.5"] {
        page(run, query).await?.refused(&[400], &["invalidValue", "invalidSyntax"])?;
    }
    Ok(())
}

async fn qry_107(run: &Run) -> Verdict {
    let user = run.user_with(json!({ "password": format!("S3cret!{}", run.unique) })).await?;
    for query in ["attributes=displayName", "attributes=password", "excludedAttributes=id,schemas", "excludedAttributes=displayName"] {
        let answer = run.read(&format!("{}?{query}", user.path)).await?;
        answer.is("/id", user.id.clone())?.schema(USER)?.absent("/password")?;
    }
    Ok(())
}

async fn qry_108(run: &Run) -> Verdict {
    let user = run.user().await?;
    let keys = |answer: &Answer| -> BTreeSet<String> {
        let always = ["id", "schemas", "meta", "userName"];
        let keys = answer.json.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        keys.filter(|name| !always.contains(&name.as_str())).collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let answer = run.read(&format!("{}?attributes=displayName", user.path)).await?;
    answer.must(keys(&answer) == set(&["displayName"]), "the least set and displayName")?;
    let answer = run.read(&format!("{}?attributes=name.givenName,EMAILS.VALUE", user.path)).await?;
    answer.must(keys(&answer) == set(&["name", "emails"]), "the least set, name and emails")?;
    answer.is("/name", json!({ "givenName": "Ana" }))?.is("/emails", json!([{ "value": user.user_name() }]))?;
    let answer = run.read(&format!("{}?attributes={USER}:displayName", user.path)).await?;
    answer.must(keys(&answer) == set(&["displayName"]), "displayName by its URN")?;
    run.needs_attributes(&["enterprise:department", "enterprise:costcenter"]).await?;
    let extension = json!({ "department": "Sales", "costCenter": "7" });
    let user = run.user_with(json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: extension })).await?;
    let answer = run.read(&format!("{}?attributes={ENTERPRISE}", user.path)).await?;
    answer.must(answer.json[ENTERPRISE] == extension && keys(&answer) == set(&[ENTERPRISE]), "the whole extension")?;
    let answer = run.read(&format!("{}?attributes={ENTERPRISE}:department", user.path)).await?;
    answer.must(answer.json[ENTERPRISE] == json!({ "department": "Sales" }), "the department alone")?;
    Ok(())
}

async fn qry_109(run: &Run) -> Verdict {
    let user = run.user().await?;
    let answer = run.read(&format!("{}?attributes=displayName,nonsense", user.path)).await?;
    answer.is("/displayName", "Ana Lima")?.absent("/nonsense")?.absent("/emails")?;
    let answer = run.read(&format!("{}?excludedAttributes=nonsense", user.path)).await?;
    answer.is("/displayName", "Ana Lima")?;
    let both = run.get(format!("{}?attributes=displayName&excludedAttributes=name", user.path)).await?;
    if both.status != 200 {
        both.refused(&[400], &["invalidValue", "invalidSyntax"])?;
    }
    Ok(())
}

async fn qry_110(run: &Run) -> Verdict {
    let user = run.user().await?;
    let group = run.group(&[&user]).await?;
    let name = group.body["displayName"].as_str().unwrap_or_default();
    let answer = run.read(&format!("{}?excludedAttributes=members", group.path)).await?;
    answer.absent("/members")?.is("/displayName", name)?;
    let filter = encoded(&format!("displayName eq \"{name}\""));
    let answer = run.get(format!("/Groups?excludedAttributes=members&filter={filter}")).await?;
    answer.list()?.only(&group.id)?;
    answer.absent("/Resources/0/members")?.is("/Resources/0/displayName", name)?;
    let whole = run.read(&group.path).await?;
    whole.must(!whole.at("/members").is_null(), "members when nothing is excluded")?;
    let twin = with(run.group_body(&[&user]), json!({}));
    let answer = run.post("/Groups?excludedAttributes=members", &twin).await?;
    Made::of("/Groups", &answer)?;
    answer.absent("/members")?;
    Ok(())
}
