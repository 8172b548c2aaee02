//! Which checks run, against what.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tokio::sync::OnceCell;
use tower_service::Service;

use crate::check::{Check, Stop, Suite};
use crate::report::{Outcome, Report, Row};
use crate::run::{Run, Shared};
use crate::suites;
use crate::target::Target;

/// A run to be: which server, with which tokens, and which checks.
#[derive(Clone, Debug)]
pub struct Conformance {
    target: Target,
    token: String,
    second_token: Option<String>,
    suites: Vec<Suite>,
    only: Option<Vec<String>>,
}

impl Conformance {
    /// Against a service in this process. SCIM is expected under `/scim/v2`, see [`prefix`](Self::prefix).
    ///
    /// The service is cloned for each request, as a server clones it for each connection.
    #[must_use]
    pub fn scim<S, B>(service: S) -> Self
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        Self::against(Target::service(service))
    }

    /// Against a server at a base URL, such as `https://app.example.com/scim/v2`.
    ///
    /// # Errors
    ///
    /// [`TargetError::BaseUrl`](crate::TargetError::BaseUrl) when it is no http or https URL. Nothing is sent yet.
    #[cfg(feature = "network")]
    pub fn scim_url(base_url: &str) -> Result<Self, crate::TargetError> {
        Target::url(base_url).map(Self::against)
    }

    fn against(target: Target) -> Self {
        Self { target, token: String::new(), second_token: None, suites: Suite::ALL.to_vec(), only: None }
    }

    /// The bearer token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// The bearer token of another tenant, for the checks that look whether tenants are kept apart.
    #[must_use]
    pub fn second_token(mut self, token: impl Into<String>) -> Self {
        self.second_token = Some(token.into());
        self
    }

    /// The path of the SCIM endpoints; `/scim/v2` unless given.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.target = self.target.with_prefix(prefix);
        self
    }

    /// The suites to run; all unless given. A check that is in several runs once.
    #[must_use]
    pub fn suites(mut self, suites: impl IntoIterator<Item = Suite>) -> Self {
        self.suites = suites.into_iter().collect();
        self
    }

    /// Only the checks with these ids, out of any suite.
    #[must_use]
    pub fn only<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.only = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// The checks that [`run`](Self::run) would make, in order.
    #[must_use]
    pub fn checks(&self) -> Vec<&'static Check> {
        let chosen = |check: &&Check| match &self.only {
            Some(ids) => ids.iter().any(|id| id == check.id),
            None => check.suites.iter().any(|suite| self.suites.contains(suite)),
        };
        suites::all().filter(chosen).collect()
    }

    /// Of the checks that [`run`](Self::run) would make, those with these ids.
    #[must_use]
    pub fn narrow(self, ids: &[String]) -> Self {
        let chosen: Vec<_> = self.checks().into_iter().map(|check| check.id).collect();
        self.only(chosen.into_iter().filter(|id| ids.iter().any(|wanted| wanted == id)))
    }

    pub(crate) fn map_target(mut self, map: impl FnOnce(Target) -> Target) -> Self {
        self.target = map(self.target);
        self
    }

    /// Whether the server answers at all, and takes the token.
    ///
    /// # Errors
    ///
    /// Why there is no answer, or [`TargetError::Refused`](crate::TargetError::Refused).
    pub async fn reach(&self) -> Result<(), crate::TargetError> {
        let request = Request::get("/Users?count=1").header("authorization", format!("Bearer {}", self.token));
        let request = request.body(Full::default()).map_err(crate::TargetError::Request)?;
        let status = self.target.send(request).await?.status().as_u16();
        if matches!(status, 401 | 403 | 429) { Err(crate::TargetError::Refused(status)) } else { Ok(()) }
    }

    /// Makes the checks one after the other, and deletes what each one made before the next one begins.
    ///
    /// Needs a tokio runtime with time.
    pub async fn run(&self) -> Report {
        let shared = Arc::new(Shared {
            target: self.target.clone(),
            token: self.token.clone(),
            second_token: self.second_token.clone(),
            suites: self.suites.clone(),
            declared: OnceCell::new(),
        });
        let mut rows = Vec::new();
        for check in self.checks() {
            let run = Run::new(shared.clone());
            let verdict = (check.run)(&run).await;
            let exchanges = run.exchanges();
            run.clean_up().await;
            let outcome = match verdict {
                Ok(()) => Outcome::Passed,
                Err(Stop::Failed { expected, received }) => Outcome::Failed { expected, received },
                Err(Stop::Skipped(reason)) => Outcome::Skipped { reason },
            };
            rows.push(Row { check, outcome, exchanges, unique: run.unique });
        }
        Report { rows }
    }
}
