//! The calls that are measured, in batches of prepared requests.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, Service as _, service_fn};
use vestibule::ResponseBody;

use super::directory::Directory;
use super::shared::person;

pub(crate) type App = BoxCloneSyncService<Request<Full<Bytes>>, Response<ResponseBody<Full<Bytes>>>, Infallible>;
pub(crate) type Requests = Vec<Request<Full<Bytes>>>;
pub(crate) type Answers = Vec<(u16, Bytes)>;
/// Has a batch answered by [`counted_calls`], and measures that.
pub(crate) type Measure<'a> = &'a mut dyn FnMut(Step, &mut App, Requests) -> Answers;

/// What one batch consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Get,
    UserNameEq,
    FirstPage,
    MiddlePage,
    Deactivate,
    Create,
    /// One member more, in a group of so many.
    Add(usize),
    /// One member less, in a group of so many.
    Remove(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get => f.write_str("get"),
            Self::UserNameEq => f.write_str("userName eq"),
            Self::FirstPage => f.write_str("first page of 100"),
            Self::MiddlePage => f.write_str("middle page of 100"),
            Self::Deactivate => f.write_str("deactivate"),
            Self::Create => f.write_str("create"),
            Self::Add(members) => write!(f, "add a member to {members}"),
            Self::Remove(members) => write!(f, "remove a member of {members}"),
        }
    }
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// Enough for a median of times.
    Long,
    /// Enough where each count is exact.
    Short,
}

/// One call after the other. The only function whose instructions are counted: so it stands alone in the program, and
/// has no closures, whose names would be like its own.
#[inline(never)]
pub(crate) fn counted_calls(app: &mut App, requests: Requests) -> Answers {
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        let Ok(response) = app.call(request).now_or_never().expect("memory never waits");
        let status = response.status().as_u16();
        let body = response.into_body().collect().now_or_never().expect("memory never waits");
        answers.push((status, body.expect("a whole body").to_bytes()));
    }
    answers
}

/// Fills a directory and hands over each step, batch by batch.
pub(crate) fn all(size: usize, run: Run, measure: Measure<'_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let directory = runtime.block_on(Directory::with(size));
    let layer = directory.sso.layer();
    let app = layer.layer(service_fn(async |_: Request<Full<Bytes>>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let mut app = BoxCloneSyncService::new(app);
    let _entered = runtime.enter();
    let client = Client { token: &directory.token };
    let (batches, calls) = match run {
        Run::Long => (40, 10),
        Run::Short => (5, 8),
    };
    let mut step = |step, status: u16, requests: Requests| -> Answers {
        let answers = measure(step, &mut app, requests);
        for (received, body) in &answers {
            assert_eq!(*received, status, "{step}: {}", String::from_utf8_lossy(body));
        }
        answers
    };

    // Everybody is somebody else, from all over the directory.
    let stride = size / (batches * calls);
    let whom = |batch: usize| (0..calls).map(move |call| (batch * calls + call) * stride + stride / 2);
    let path_of = |number: usize| format!("/Users/{}", directory.people[number]);
    for batch in 0..batches {
        step(Step::Get, 200, whom(batch).map(|number| client.get(&path_of(number))).collect());
    }
    for batch in 0..batches {
        let eq = |number| format!("/Users?filter=userName%20eq%20%22person.{number}%40example.com%22");
        let answers = step(Step::UserNameEq, 200, whom(batch).map(|number| client.get(&eq(number))).collect());
        assert!(answers.iter().all(|(_, body)| json_of(body)["totalResults"] == 1));
    }
    for (page, start) in [(Step::FirstPage, 1), (Step::MiddlePage, size / 2)] {
        for _ in 0..batches {
            let answers = step(page, 200, vec![client.get(&format!("/Users?startIndex={start}&count=100")); 2]);
            assert!(answers.iter().all(|(_, body)| json_of(body)["itemsPerPage"] == 100));
        }
    }
    for batch in 0..batches {
        let off = json!([{ "op": "replace", "value": { "active": false } }]);
        step(Step::Deactivate, 200, whom(batch).map(|number| client.patch(&path_of(number), &off)).collect());
    }
    let mut newcomers = Vec::new();
    for batch in 0..batches {
        let new = (0..calls).map(|call| person(size + batch * calls + call));
        let answers = step(Step::Create, 201, new.map(|body| client.send(Method::POST, "/Users", &body)).collect());
        newcomers.extend(answers.iter().map(|(_, body)| json_of(body)["id"].as_str().unwrap().to_owned()));
    }
    // Few at a time, so that a group of 10 remains one.
    for newcomers in newcomers.chunks(4) {
        for (members, group) in &directory.groups {
            let path = format!("/Groups/{group}");
            let add = |id: &String| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
            let remove = |id: &String| json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
            step(Step::Add(*members), 204, newcomers.iter().map(|id| client.patch(&path, &add(id))).collect());
            step(Step::Remove(*members), 204, newcomers.iter().map(|id| client.patch(&path, &remove(id))).collect());
        }
    }
}

fn json_of(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap()
}

struct Client<'a> {
    token: &'a str,
}

impl Client<'_> {
    fn request(&self, method: Method, path: &str, body: Full<Bytes>) -> Request<Full<Bytes>> {
        let request = Request::builder().method(method).uri(format!("/scim/v2{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let request = request.header("accept", "application/scim+json").header("content-type", "application/scim+json");
        request.body(body).unwrap()
    }

    fn get(&self, path: &str) -> Request<Full<Bytes>> {
        self.request(Method::GET, path, Full::default())
    }

    fn send(&self, method: Method, path: &str, body: &Value) -> Request<Full<Bytes>> {
        self.request(method, path, body.to_string().into())
    }

    fn patch(&self, path: &str, operations: &Value) -> Request<Full<Bytes>> {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        self.send(Method::PATCH, path, &json!({ "schemas": schemas, "Operations": operations }))
    }
}
