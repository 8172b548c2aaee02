//! The posts of a SAMLResponse in a HAR file, which is what a browser's network tab exports (HAR 1.2).

use serde::Deserialize;

use super::input::{InputError, form_value, unescaped};

/// A post that carried a SAMLResponse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HarPost {
    /// Where it went, without query.
    pub(super) url: String,
    /// When, as the browser's clock had it.
    pub(super) at: Option<String>,
    /// The value of SAMLResponse, or why that post has not one: the others in the file can still be looked at.
    pub(super) value: Result<String, InputError>,
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Option<String>,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: String,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct PostData {
    #[serde(default)]
    text: String,
    #[serde(default)]
    params: Vec<Param>,
}

#[derive(Deserialize)]
struct Param {
    name: String,
    #[serde(default)]
    value: String,
}

/// All posts of a SAMLResponse in the order of the file.
pub(super) fn posts(text: &str) -> Result<Vec<HarPost>, InputError> {
    let har: Har = serde_json::from_str(text).map_err(|error| InputError::Har(error.to_string()))?;
    let requests = har.log.entries.len();
    let mut found = Vec::new();
    for entry in har.log.entries {
        if !entry.request.method.eq_ignore_ascii_case("POST") {
            continue;
        }
        let Some(data) = entry.request.post_data else { continue };
        // Browsers disagree on whether params are decoded; the text is always the body as it was sent.
        let value = form_value(&data.text).transpose().or_else(|| {
            let param = data.params.into_iter().find(|param| param.name == "SAMLResponse");
            param.map(|param| Ok(unescaped(&param.value)))
        });
        if let Some(value) = value {
            let url = entry.request.url.split(['?', '#']).next().unwrap_or_default().to_owned();
            found.push(HarPost { url, at: entry.started_date_time, value });
        }
    }
    if found.is_empty() { Err(InputError::NoPost { requests }) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn entry(method: &str, data: &Value) -> Value {
        json!({
            "startedDateTime": "2026-11-25T12:00:00.000Z",
            "request": { "method": method, "url": "https://app.example.com/acs?x=1", "postData": data, "headers": [] },
            "response": { "content": { "text": "SAMLResponse=no" } },
        })
    }

    fn har(entries: &[Value]) -> String {
        json!({ "log": { "version": "1.2", "entries": entries } }).to_string()
    }

    #[test]
    fn the_text_of_the_body_and_params_are_read() {
        let text = json!({ "mimeType": "text/plain", "text": "RelayState=s&SAMLResponse=PGE%2BPC9hPg%3D%3D" });
        let raw = json!({ "params": [{ "name": "SAMLResponse", "value": "PGE%2BPC9hPg%3D%3D" }] });
        let decoded =
            json!({ "params": [{ "name": "RelayState" }, { "name": "SAMLResponse", "value": "PGE+PC9hPg==" }] });
        for data in [text, raw, decoded] {
            let found = posts(&har(&[entry("GET", &json!({})), entry("POST", &data)])).unwrap();
            let [post] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((post.value.as_deref(), post.url.as_str()), (Ok("PGE+PC9hPg=="), "https://app.example.com/acs"));
            assert_eq!(post.at.as_deref(), Some("2026-11-25T12:00:00.000Z"));
        }
    }

    #[test]
    fn what_has_no_post_of_a_response_says_so() {
        let data = json!({ "text": "SAMLResponse=PGE%2BPC9hPg%3D%3D" });
        assert_eq!(posts(&har(&[entry("POST", &data), entry("POST", &data)])).unwrap().len(), 2);
        for other in
            [entry("GET", &data), entry("POST", &json!({ "text": "SAMLRequest=a" })), entry("POST", &Value::Null)]
        {
            assert_eq!(posts(&har(&[other])), Err(InputError::NoPost { requests: 1 }));
        }
        assert!(matches!(posts("{\"log\": {}}"), Err(InputError::Har(_))));
        assert!(matches!(posts("{"), Err(InputError::Har(_))));
    }
}
