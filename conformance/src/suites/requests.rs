//! Requests whatever they are about: paths, methods, media types, locations: RFC 7644, 3.1, 3.8, 3.12.

use http::Method;
use serde_json::json;
use crate::check::{Verdict, checks};
use crate::exchange::{Call, Credential, encoded};
use crate::run::{Made, Run};

checks! {
    ($) scim_tests_requests;
    res_16 "RES-16" Must [Rfc Okta Entra Strict] "RFC 7644, 3.1, 8.1" "application/scim+json out; in: that or application/json, with charset or without; other media types are refused";
    res_17 "RES-17" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "an unknown path is 404, a known path with a wrong method 405 or 501, both with Error bodies";
    res_18 "RES-18" Must [Rfc Okta Entra Strict] "RFC 7644, 3.1" "UTF-8 in values, and reserved characters in user names and ids, survive the round trip";
    res_19 "RES-19" Must [Rfc Okta Entra Strict] "RFC 9110, 9.3.2" "HEAD is GET without a body, and OPTIONS gives no other site a right";
    res_106 "RES-106" Must [Rfc Okta Entra Strict] "RFC 7644, 3.1, 3.3" "Location and meta.location are equal, absolute, and lead to the resource";
    res_107 "RES-107" Must [Rfc Okta Entra Strict] "RFC 7644, 3.8, 8.1" "every usual Accept gets an answer as application/scim+json";
    res_110 "RES-110" Must [Rfc Okta Entra Strict] "RFC 7644, 3.6" "after DELETE every method answers 404";
    res_112 "RES-112" Must [Rfc Okta Entra Strict] "RFC 7643, 3.1" "ids compare with case, and an id of any form that is unknown is 404";
}

async fn res_16(run: &Run) -> Verdict {
    let taken = [
        "application/scim+json",
        "application/json",
        "application/scim+json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/SCIM+JSON; charset=\"utf-8\"",
    ];
    for media_type in taken {
        let answer = run.send(Call::post("/Users", &run.user_body()).header("content-type", media_type)).await?;
        answer.must(answer.status == 201, format!("201 for Content-Type {media_type}"))?;
        answer.must(scim_json(answer.header("content-type")), "Content-Type application/scim+json")?;
    }
    for media_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let answer = run.send(Call::post("/Users", &run.user_body()).header("content-type", media_type)).await?;
        answer.refused(&[415, 400], &["invalidSyntax", "invalidValue"])?;
    }
    Ok(())
}

async fn res_17(run: &Run) -> Verdict {
    run.get(format!("/{}", run.unique)).await?.refused(&[404], &[])?;
    run.get(format!("/Users/{}/emails", run.unique)).await?.refused(&[404], &[])?;
    for (method, path) in [(Method::DELETE, "/Users"), (Method::PUT, "/Users"), (Method::POST, "/ServiceProviderConfig")] {
        let answer = run.send(Call::new(method.clone(), path).json(&run.user_body())).await?;
        answer.refused(&[405, 501], &[])?;
        answer.must(answer.status == 501 || answer.header("allow").is_some(), "Allow beside 405")?;
    }
    Ok(())
}

async fn res_18(run: &Run) -> Verdict {
    let name = format!("{} a/b?c#d%e+f&g=h \"q\" \\ ü 漢😀", run.name());
    let user = run.user_with(json!({ "userName": name, "displayName": "Łukasz Ōe 漢字 😀" })).await?;
    let answer = run.read(&user.path).await?;
    answer.is("/userName", name.clone())?.is("/displayName", "Łukasz Ōe 漢字 😀")?;
    run.query("/Users", &format!("userName eq {}", json!(name))).await?.list()?.only(&user.id)?;
    for id in ["a/b", "a?b", "a#b", "a%b", "a+b", "a b"] {
        run.get(format!("/Users/{}", encoded(&format!("{}{id}", run.unique)))).await?.refused(&[404], &[])?;
    }
    Ok(())
}

async fn res_19(run: &Run) -> Verdict {
    let user = run.user().await?;
    let get = run.read(&user.path).await?;
    let head = run.send(Call::new(Method::HEAD, &user.path)).await?;
    head.must(head.status == get.status && head.body.is_empty(), "the status of GET, without a body")?;
    head.must(head.header("content-type") == get.header("content-type"), "the Content-Type of GET")?;
    let unknown = run.send(Call::new(Method::HEAD, format!("/Users/{}", run.unique))).await?;
    unknown.must(unknown.status == 404 && unknown.body.is_empty(), "404 without a body")?;
    let options = Call::new(Method::OPTIONS, "/Users").by(Credential::None);
    let options = options.header("origin", "https://elsewhere.example").header("access-control-request-method", "POST");
    for answer in [run.send(options).await?, run.send(Call::get(&user.path).header("origin", "https://elsewhere.example")).await?] {
        let allowed = answer.header("access-control-allow-origin");
        let open = allowed.is_some_and(|origin| origin == "*" || origin == "https://elsewhere.example");
        answer.must(!open, "no right for any other site")?;
    }
    Ok(())
}

async fn res_106(run: &Run) -> Verdict {
    let answer = run.post("/Users", &run.user_body()).await?;
    let user = Made::of("/Users", &answer)?;
    let location = answer.header("location").ok_or_else(|| answer.fails("a Location"))?;
    answer.is("/meta/location", location)?;
    let url = url::Url::parse(location).map_err(|_| answer.fails("an absolute Location"))?;
    answer.must(url.path() == format!("{}{}", run.prefix(), user.path), "a Location that leads to the resource")?;
    run.read(&user.path).await?.is("/meta/location", location)?;
    let listed = run.query("/Users", &format!("userName eq \"{}\"", user.user_name())).await?;
    listed.is("/Resources/0/meta/location", location)?;
    Ok(())
}

async fn res_107(run: &Run) -> Verdict {
    let user = run.user().await?;
    for accept in ["application/scim+json", "application/json", "*/*", "", "application/scim+json; charset=utf-8", "application/json, text/plain, */*"] {
        let call = Call::get(&user.path).header("accept", accept).header("accept-charset", "utf-8");
        let answer = run.send(call).await?;
        answer.must(answer.status == 200, format!("200 for Accept {accept:?}"))?;
        answer.must(scim_json(answer.header("content-type")), "Content-Type application/scim+json")?;
    }
    let error = run.get(format!("/Users/{}", run.unique)).await?;
    error.must(scim_json(error.header("content-type")), "Content-Type application/scim+json for errors")?;
    Ok(())
}

async fn res_110(run: &Run) -> Verdict {
    let user = run.user().await?;
    run.delete(&user.path).await?.status(204)?;
    run.get(&user.path).await?.refused(&[404], &[])?;
    run.put(&user.path, &run.user_body()).await?.refused(&[404], &[])?;
    if run.supports("patch").await {
        let operations = json!([{ "op": "replace", "path": "active", "value": true }]);
        run.patch(&user.path, operations).await?.refused(&[404], &[])?;
    }
    run.delete(&user.path).await?.refused(&[404], &[])?;
    Ok(())
}

async fn res_112(run: &Run) -> Verdict {
    let user = run.user().await?;
    let swapped: String = user.id.chars().map(swap_case).collect();
    if swapped != user.id {
        run.get(format!("/Users/{}", encoded(&swapped))).await?.refused(&[404], &[])?;
    }
    let long = "x".repeat(300);
    for id in ["0", "-1", "00919288221112222", "null", "é漢", "a'b\"c", long.as_str()] {
        run.get(format!("/Users/{}{}", encoded(id), run.unique)).await?.refused(&[404], &[])?;
    }
    Ok(())
}

/// Whether the media type is SCIM's, with UTF-8 or without a charset.
fn scim_json(value: Option<&str>) -> bool {
    let value = value.unwrap_or_default().to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let charset = |part: &str| part.trim_start_matches("charset=").trim_matches('"') == "utf-8";
    parts.next() == Some("application/scim+json") && parts.all(charset)
}

fn swap_case(character: char) -> char {
    if character.is_ascii_uppercase() { character.to_ascii_lowercase() } else { character.to_ascii_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::scim_json;

    #[test]
    fn the_media_type_may_name_utf_8_only() {
        assert!(scim_json(Some("application/scim+json")) && scim_json(Some("application/scim+json;charset=UTF-8")));
        assert!(!scim_json(Some("application/json+scim")) && !scim_json(Some("application/scim+json; charset=latin1")));
        assert!(!scim_json(None));
    }
}
