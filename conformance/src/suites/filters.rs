//! Filters: RFC 7644, 3.4.2.2 and 3.10.

use serde_json::json;

use crate::check::{Stop, Verdict, checks};
use crate::exchange::{ENTERPRISE, USER};
use crate::run::{Made, Run};

checks! {
    ($) scim_tests_filters;
    flt_01 "FLT-01" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "all operators, and, or, not and grouping, without regard to the case of names";
    flt_02 "FLT-02" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2; RFC 7643, 2.2" "texts compare by caseExact: userName and emails without case, id and externalId exactly";
    flt_03 "FLT-03" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "gt, ge, lt and le compare dates as instants, and booleans not at all";
    flt_04 "FLT-04" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "a value path asks one and the same element, and two comparisons may meet different ones";
    flt_05 "FLT-05" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "a sub-attribute of a multi-valued attribute matches if any element does";
    flt_06 "FLT-06" Must [Rfc Okta Entra Strict] "RFC 7644, 3.10" "attributes may be named by their URN, also in extensions";
    flt_07 "FLT-07" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "pr is false for what is absent, null or an empty array";
    flt_08 "FLT-08" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.1, 3.4.2.2" "an unknown attribute matches nothing or is refused; schemas and meta can be asked for";
    flt_09 "FLT-09" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2; RFC 8259, 7" "values are JSON: escapes in texts, true and false, null";
    flt_10 "FLT-10" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2, 3.12" "a filter that is none is 400 invalidFilter, and depth or length never break the server";
    flt_12 "FLT-12" Must [Rfc Okta Entra Strict] "RFC 7644, 7.5.2" "a filter on the password is refused";
    flt_101 "FLT-101" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "not takes parentheses, and spaces between tokens may be several";
    flt_102 "FLT-102" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "and binds tighter than or, and not tighter than both";
    flt_103 "FLT-103" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "attribute names, operators and connectives ignore case";
    flt_104 "FLT-104" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "a text without quotes is no value";
    flt_105 "FLT-105" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "ne on a multi-valued attribute is true when some value differs, and not (eq) when none equals";
    flt_106 "FLT-106" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "the conditions in brackets bind to one element";
    flt_107 "FLT-107" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "booleans and binaries have no order: 400 invalidFilter";
    flt_108 "FLT-108" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "pr of a complex attribute is true when it has a value";
    flt_109 "FLT-109" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.1" "an unknown attribute is one thing throughout: no match, or 400 invalidFilter";
    flt_110 "FLT-110" Must [Rfc Okta Entra Strict] "RFC 7644, 3.10" "URNs compare without case, with sub-attributes behind them";
    flt_111 "FLT-111" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "a complex attribute without a sub-attribute stands for its value";
    flt_112 "FLT-112" Must [Rfc Okta Entra Strict] "RFC 7644, 7.5.2" "what is never returned cannot be found out by filters either";
    flt_113 "FLT-113" Should [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.1" "meta, schemas, id and externalId can be filtered on";
    flt_114 "FLT-114" Should [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.2" "a filter is answered or refused, and never passed over";
    flt_115 "FLT-115" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "an empty or unfinished filter and trailing text are 400 invalidFilter";
    flt_116 "FLT-116" Must [Rfc Okta Entra Strict] "RFC 7643, 2.2, 7" "filter, uniqueness and path compare an attribute in the same way";
    flt_117 "FLT-117" Should [Rfc Okta Entra Strict] "RFC 7643, 2.3.1; RFC 8265" "case is folded beyond ASCII";
}

/// Alpha and Beta, who differ in everything but what the server makes.
async fn two(run: &Run) -> Result<(Made, Made), Stop> {
    run.needs_filter().await?;
    let alpha = json!({
        "displayName": "Alpha", "externalId": format!("Ext{}", run.unique), "active": true,
        "name": { "givenName": "Ana", "familyName": "Lima" },
        "emails": [
            { "value": format!("{}.a@work.example", run.unique), "type": "work", "primary": true },
            { "value": format!("{}.a@home.example", run.unique), "type": "home" },
        ],
    });
    let beta = json!({
        "displayName": "Beta", "active": false, "name": { "givenName": "Bea" },
        "emails": [{ "value": format!("{}.b@home.example", run.unique), "type": "home", "primary": true }],
    });
    Ok((run.user_with(alpha).await?, run.user_with(beta).await?))
}

/// Each filter, and which of the two it finds.
async fn find(run: &Run, filters: &[(&str, bool, bool)]) -> Verdict {
    let (alpha, beta) = two(run).await?;
    for (filter, first, second) in filters {
        let mut ids = Vec::new();
        ids.extend(first.then_some(alpha.id.as_str()));
        ids.extend(second.then_some(beta.id.as_str()));
        run.hits(&filter.replace("UNIQUE", &run.unique), &ids).await?;
    }
    Ok(())
}

async fn refused(run: &Run, filters: &[&str]) -> Verdict {
    for filter in filters {
        run.query("/Users", filter).await?.error(400, "invalidFilter")?;
    }
    Ok(())
}

async fn flt_01(run: &Run) -> Verdict {
    let filters = [
        (r#"displayName eq "Alpha""#, true, false),
        (r#"displayName ne "Alpha""#, false, true),
        (r#"displayName co "lph""#, true, false),
        (r#"displayName sw "Al""#, true, false),
        (r#"displayName ew "ta""#, false, true),
        (r#"displayName gt "Alpha""#, false, true),
        (r#"displayName ge "Alpha""#, true, true),
        (r#"displayName lt "Beta""#, true, false),
        (r#"displayName le "Beta""#, true, true),
        (r#"name.familyName pr"#, true, false),
        (r#"DisplayName EQ "Alpha""#, true, false),
        (r#"displayName eq "Alpha" and active eq true"#, true, false),
        (r#"displayName eq "Alpha" or displayName eq "Beta""#, true, true),
        (r#"not (displayName eq "Alpha")"#, false, true),
        (r#"(displayName eq "Alpha" or displayName eq "Beta") and active eq false"#, false, true),
    ];
    find(run, &filters).await
}

async fn flt_02(run: &Run) -> Verdict {
    let (alpha, beta) = two(run).await?;
    let upper = alpha.user_name().to_uppercase();
    run.query("/Users", &format!("userName eq \"{upper}\"")).await?.list()?.only(&alpha.id)?;
    run.hits(&format!("emails.value eq \"{}.B@HOME.EXAMPLE\"", run.unique), &[&beta.id]).await?;
    run.hits(&format!("externalId eq \"Ext{}\"", run.unique), &[&alpha.id]).await?;
    run.hits(&format!("externalId eq \"eXT{}\"", run.unique), &[]).await?;
    run.hits(&format!("id eq \"{}\"", alpha.id), &[&alpha.id]).await?;
    let swapped = if alpha.id.chars().any(char::is_lowercase) { alpha.id.to_uppercase() } else { alpha.id.to_lowercase() };
    if swapped != alpha.id {
        run.hits(&format!("id eq \"{swapped}\""), &[]).await?;
    }
    Ok(())
}

async fn flt_03(run: &Run) -> Verdict {
    run.needs_filter().await?;
    let user = run.user().await?;
    let answer = run.read(&user.path).await?;
    let created = answer.text("/meta/created")?;
    let seconds = created.get(..19).ok_or_else(|| answer.fails("a dateTime as meta.created"))?;
    let found = [
        format!("meta.created lt \"{seconds}-12:00\""),
        format!("meta.created gt \"{seconds}+12:00\""),
        format!("meta.created ge \"{created}\""),
        format!("meta.created le \"{created}\""),
        "meta.created gt \"2001-01-01T00:00:00Z\"".to_owned(),
    ];
    for filter in &found {
        run.hits(filter, &[&user.id]).await?;
    }
    run.hits(&format!("meta.created gt \"{created}\""), &[]).await?;
    run.hits(&format!("meta.created gt \"{seconds}-12:00\""), &[]).await?;
    refused(run, &["active gt true", "active le false"]).await
}

async fn flt_04(run: &Run) -> Verdict {
    let filters = [
        (r#"emails[type eq "work" and value co "work.example"]"#, true, false),
        (r#"emails[type eq "work" and value co "home.example"]"#, false, false),
        (r#"emails.type eq "work" and emails.value co "home.example""#, true, false),
        (r#"emails[type eq "home"]"#, true, true),
    ];
    find(run, &filters).await
}

async fn flt_05(run: &Run) -> Verdict {
    let filters = [
        (r#"emails.type eq "work""#, true, false),
        (r#"emails.type eq "home""#, true, true),
        (r#"emails.value ew "b@home.example""#, false, true),
        (r#"emails co "a@home.example""#, true, false),
    ];
    find(run, &filters).await
}

async fn flt_06(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department", "enterprise:employeenumber"]).await?;
    let user = run
        .user_with(json!({
            "schemas": [USER, ENTERPRISE],
            ENTERPRISE: { "department": "Sales", "employeeNumber": "701984" },
        }))
        .await?;
    run.user().await?;
    run.hits(&format!("{USER}:userName eq \"{}\"", user.user_name()), &[&user.id]).await?;
    run.hits(&format!("{ENTERPRISE}:department eq \"Sales\""), &[&user.id]).await?;
    run.hits(&format!("{ENTERPRISE}:employeeNumber eq \"701984\""), &[&user.id]).await?;
    run.hits(&format!("{ENTERPRISE}:department eq \"Support\""), &[]).await
}

async fn flt_07(run: &Run) -> Verdict {
    run.needs_attributes(&["phonenumbers", "nickname", "title"]).await?;
    let (none, some) = (
        run.user_with(json!({ "phoneNumbers": [], "externalId": null })).await?,
        run.user_with(json!({ "nickName": "Nan", "phoneNumbers": [{ "value": "+1 5", "type": "work" }] })).await?,
    );
    run.hits("nickName pr", &[&some.id]).await?;
    run.hits("phoneNumbers pr", &[&some.id]).await?;
    run.hits("title pr", &[]).await?;
    run.hits("not (nickName pr)", &[&none.id]).await?;
    run.hits("userName pr", &[&none.id, &some.id]).await
}

async fn flt_08(run: &Run) -> Verdict {
    let user = run.user().await?;
    let answer = run.query("/Users", "shoeSizeOfTheCat eq \"7\"").await?;
    if answer.status == 200 {
        answer.list()?.empty()?;
    } else {
        answer.error(400, "invalidFilter")?;
    }
    run.hits(&format!("schemas eq \"{USER}\""), &[&user.id]).await?;
    run.hits("meta.resourceType eq \"User\"", &[&user.id]).await?;
    run.hits("meta.lastModified gt \"2001-01-01T00:00:00Z\"", &[&user.id]).await
}

async fn flt_09(run: &Run) -> Verdict {
    run.needs_filter().await?;
    let user = run.user_with(json!({ "displayName": "say \"hé\" \\ back", "active": true })).await?;
    let filters = [
        r#"displayName eq "say \"hé\" \\ back""#,
        r#"displayName eq "say \u0022h\u00e9\u0022 \u005c back""#,
        "active eq true",
        "nickName eq null",
    ];
    for filter in filters {
        run.hits(filter, &[&user.id]).await?;
    }
    run.hits("active eq false", &[]).await
}

async fn flt_10(run: &Run) -> Verdict {
    let bad = [
        "userName",
        "userName eq",
        "userName xx \"a\"",
        "eq \"a\"",
        "userName eq \"a",
        "(userName eq \"a\"",
        "userName eq \"a\")",
        "userName eq \"a\" and",
        "emails[type eq \"work\"",
    ];
    refused(run, &bad).await?;
    let deep = format!("{}userName eq \"a\"{}", "(".repeat(2_000), ")".repeat(2_000));
    let negated = format!("{}userName eq \"a\"{}", "not (".repeat(500), ")".repeat(500));
    let long = format!("userName eq \"{}\"", "a".repeat(12_000));
    for filter in [deep, negated, long] {
        let answer = run.query("/Users", &filter).await?;
        answer.must(matches!(answer.status, 200 | 400 | 403 | 413 | 414 | 431), "an answer or a refusal, but no fault")?;
    }
    run.query("/Users", &format!("userName eq \"{}\"", run.unique)).await?.list()?.empty()
}

async fn flt_12(run: &Run) -> Verdict {
    for filter in ["password eq \"a\"", "password pr", "userName pr and password sw \"a\""] {
        run.query("/Users", filter).await?.refused(&[400, 403], &["invalidFilter", "sensitive"])?;
    }
    Ok(())
}

async fn flt_101(run: &Run) -> Verdict {
    let filters = [
        (r#"displayName   eq   "Alpha"   and   active   eq   true"#, true, false),
        (r#"not (displayName eq "Alpha") or not (active eq true)"#, false, true),
        (r#"((displayName eq "Alpha"))"#, true, false),
        (r#"not (emails[type eq "work"])"#, false, true),
    ];
    find(run, &filters).await?;
    refused(run, &["not userName eq \"a\"", "not"]).await
}

async fn flt_102(run: &Run) -> Verdict {
    let filters = [
        (r#"displayName eq "Alpha" or displayName eq "Beta" and active eq true"#, true, false),
        (r#"active eq true and displayName eq "Beta" or displayName eq "Alpha""#, true, false),
        (r#"not (displayName eq "Alpha") and active eq false"#, false, true),
        (r#"not (active eq true) or displayName eq "Alpha""#, true, true),
        (r#"(displayName eq "Alpha" or displayName eq "Beta") and active eq true"#, true, false),
        (r#"displayName eq "Beta" or active eq false and displayName eq "Gamma""#, false, true),
    ];
    find(run, &filters).await
}

async fn flt_103(run: &Run) -> Verdict {
    let filters = [
        (r#"DISPLAYNAME Eq "Alpha""#, true, false),
        (r#"displayname eq "Alpha" AND ACTIVE eq true"#, true, false),
        (r#"displayName EQ "Alpha" Or displayName eQ "Beta""#, true, true),
        (r#"NOT (displayName eq "Alpha")"#, false, true),
        (r#"NAME.FAMILYNAME PR"#, true, false),
    ];
    find(run, &filters).await
}

async fn flt_104(run: &Run) -> Verdict {
    let filters = [("active eq true", true, false), ("active eq false", false, true), ("name.familyName eq null", false, true)];
    find(run, &filters).await?;
    refused(run, &["userName eq ana", "userName eq 'ana'", "userName eq {}"]).await
}

async fn flt_105(run: &Run) -> Verdict {
    let filters = [
        (r#"emails.type ne "work""#, true, true),
        (r#"not (emails.type eq "work")"#, false, true),
        (r#"emails.type ne "home""#, true, false),
    ];
    find(run, &filters).await
}

async fn flt_106(run: &Run) -> Verdict {
    let filters = [
        (r#"emails[type eq "home" and primary eq true]"#, false, true),
        (r#"emails.type eq "home" and emails.primary eq true"#, true, true),
        (r#"emails[type eq "work" or type eq "home"]"#, true, true),
        (r#"emails[not (type eq "home")]"#, true, false),
        (r#"emails[type eq "work"] and displayName eq "Alpha""#, true, false),
    ];
    find(run, &filters).await
}

async fn flt_107(run: &Run) -> Verdict {
    for operator in ["gt", "ge", "lt", "le"] {
        refused(run, &[&format!("active {operator} true")]).await?;
    }
    run.needs_attributes(&["x509certificates.value"]).await?;
    refused(run, &["x509Certificates.value gt \"AAAA\""]).await
}

async fn flt_108(run: &Run) -> Verdict {
    let named = run.user().await?;
    let nameless = run.user_with(json!({ "name": null })).await?;
    run.hits("name pr", &[&named.id]).await?;
    run.hits("not (name pr)", &[&nameless.id]).await?;
    run.hits("emails pr", &[&named.id, &nameless.id]).await
}

async fn flt_109(run: &Run) -> Verdict {
    let user = run.user().await?;
    let collections: &[&str] = if run.needs_groups().await.is_ok() { &["/Users", "/Groups"] } else { &["/Users"] };
    for collection in collections {
        for filter in ["nonsense eq \"a\"", "nonsense pr", "nonsense.deeper sw \"a\"", "urn:example:none:thing eq \"a\""] {
            let answer = run.query(collection, filter).await?;
            if answer.status == 200 {
                answer.list()?.empty()?;
            } else {
                answer.error(400, "invalidFilter")?;
            }
        }
    }
    run.hits("displayName pr", &[&user.id]).await
}

async fn flt_110(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:manager.value"]).await?;
    let boss = run.user().await?;
    let extension = json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "manager": { "value": boss.id } } });
    let user = run.user_with(extension).await?;
    let (user_urn, extension) = (USER.to_uppercase(), ENTERPRISE.to_uppercase());
    run.hits(&format!("{user_urn}:name.givenName eq \"Ana\""), &[&boss.id, &user.id]).await?;
    run.hits(&format!("{extension}:manager.value eq \"{}\"", boss.id), &[&user.id]).await?;
    run.hits(&format!("{USER}:emails[type eq \"work\"]"), &[&boss.id, &user.id]).await
}

async fn flt_111(run: &Run) -> Verdict {
    let (first, second) = (run.user().await?, run.user().await?);
    run.hits(&format!("emails eq \"{}\"", first.user_name()), &[&first.id]).await?;
    if let Ok(group) = run.group(&[&first]).await {
        let by_member = |id: &str| format!("id eq \"{}\" and members eq \"{id}\"", group.id);
        run.query("/Groups", &by_member(&first.id)).await?.list()?.only(&group.id)?;
        run.query("/Groups", &by_member(&second.id)).await?.list()?.empty()?;
    }
    Ok(())
}

async fn flt_112(run: &Run) -> Verdict {
    let secret = format!("S3cret!{}", run.unique);
    let user = run.user_with(json!({ "password": secret })).await?;
    let guesses = [format!("password eq \"{secret}\""), "password sw \"S\"".to_owned(), "password ne \"a\"".to_owned()];
    for guess in &guesses {
        let filter = format!("userName eq \"{}\" and {guess}", user.user_name());
        run.query("/Users", &filter).await?.refused(&[400, 403], &["invalidFilter", "sensitive"])?;
        let filter = format!("userName eq \"{}\" and not ({guess})", user.user_name());
        run.query("/Users", &filter).await?.refused(&[400, 403], &["invalidFilter", "sensitive"])?;
    }
    Ok(())
}

async fn flt_113(run: &Run) -> Verdict {
    let external = format!("ext{}", run.unique);
    let user = run.user_with(json!({ "externalId": external })).await?;
    let filters = [
        format!("id eq \"{}\"", user.id),
        format!("externalId eq \"{external}\""),
        format!("schemas eq \"{USER}\""),
        "meta.resourceType eq \"User\"".to_owned(),
        "meta.created pr".to_owned(),
    ];
    for filter in &filters {
        run.hits(filter, &[&user.id]).await?;
    }
    run.hits("meta.resourceType eq \"Group\"", &[]).await
}

async fn flt_114(run: &Run) -> Verdict {
    run.user().await?;
    let filters = ["displayName eq", "emails.value eq", "name.formatted eq", "profileUrl co", "meta.location eq", "locale sw", "ims.value ew"];
    for filter in filters {
        let answer = run.query("/Users", &format!("{filter} \"{}-nobody\"", run.unique)).await?;
        if answer.status == 200 {
            answer.list()?.empty()?;
        } else {
            answer.refused(&[400, 403, 501], &["invalidFilter", "tooMany"])?;
        }
    }
    if let Ok(group) = run.group(&[]).await {
        let answer = run.query("/Groups", &format!("externalId eq \"{}-nobody\"", run.unique)).await?;
        answer.must(!answer.list()?.has(&group.id), "no group that does not match")?;
    }
    Ok(())
}

async fn flt_115(run: &Run) -> Verdict {
    refused(run, &["", " ", "emails[", "emails[]", "userName eq \"a\" \"b\"", "userName eq \"a\" x", "userName like \"a\"", "and", "()", "userName eq \"a\" or or active eq true"]).await
}

async fn flt_116(run: &Run) -> Verdict {
    let user = run.user().await?;
    let upper = user.user_name().to_uppercase();
    run.query("/Users", &format!("userName eq \"{upper}\"")).await?.list()?.only(&user.id)?;
    let twin = crate::run::with(run.user_body(), json!({ "userName": upper }));
    run.post("/Users", &twin).await?.error(409, "uniqueness")?;
    run.hits(&format!("emails[value eq \"{upper}\"]"), &[&user.id]).await?;
    let path = format!("emails[value eq \"{upper}\"].type");
    let answer = run.patched(&user.path, json!([{ "op": "replace", "path": path, "value": "home" }])).await?;
    answer.is("/emails/0/type", "home")?;
    Ok(())
}

async fn flt_117(run: &Run) -> Verdict {
    let name = format!("{}-éö@example.com", run.name());
    let user = run.user_with(json!({ "userName": name })).await?;
    run.query("/Users", &format!("userName eq \"{}\"", name.to_uppercase())).await?.list()?.only(&user.id)?;
    for odd in ["İ", "ß", "ﬁ", "e\u{301}", "\u{1f600}"] {
        run.query("/Users", &format!("userName eq \"{}{odd}\"", run.name())).await?.list()?.empty()?;
    }
    Ok(())
}
