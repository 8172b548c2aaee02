//! An axum app that keeps its own users and its own sessions (tower-sessions), and takes over each SAML login.
//!
//! `cargo run -p vestibule-examples --bin own-sessions -- --idp-metadata https://…/sso/saml/metadata`

mod people;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer};
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tower_sessions::cookie::{Cookie, SameSite};
use tower_sessions::session::Error;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, SessionStore as _};
use vestibule::store::Memory;
use vestibule::{Login, LoginDecision, Revoked, UserId, Vestibule};
use vestibule_examples::{MAX_BODY, Options, SENSITIVE, Server, Stop, log, shutdown};

use self::people::{People, Person};

const PROGRAM: &str = "own-sessions";
const COOKIE: &str = "own-session";
/// Under which key a session holds its person.
const PERSON: &str = "person";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.report(PROGRAM),
    }
}

async fn run() -> Result<(), Stop> {
    let options = Options::from_env(PROGRAM)?;
    if options.scim_token.is_some() {
        let text =
            "--scim-token: the people of this app are in its own table, which SCIM does not reach; axum-app takes it";
        return Err(Stop::Usage(text.to_owned()));
    }
    log("info");
    let https = options.public_url.as_ref().is_some_and(|url| url.starts_with("https:"));
    let own = Own { people: People::default(), sessions: MemoryStore::default(), https };
    let (at_login, at_revocation) = (own.clone(), own.clone());
    // The people and sessions of this app end with the process, so what vestibule knows of them may, too.
    let server = Server::start_over(
        options,
        async || Ok((Memory::new(), None)),
        |builder| {
            builder
                .on_login(move |login| at_login.clone().take_over(login))
                .on_revoked(move |revoked| at_revocation.clone().revoke(revoked))
        },
    );
    let asked_to_end = shutdown()?;
    let server = server.await?;
    tokio::spawn(server.sso.background());
    server.announce()?;
    let app = app(&server.sso, &own).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(server.listener, app).with_graceful_shutdown(asked_to_end).await?;
    Ok(())
}

/// What the app has of its own.
#[derive(Clone, Debug)]
struct Own {
    people: People,
    sessions: MemoryStore,
    https: bool,
}

impl Own {
    /// Answers a login that verified: with a new session of ours, and to where the person wanted to go.
    async fn take_over(self, login: Login) -> LoginDecision {
        let person = self.people.of(&login);
        let cookie = match self.sign_in(&person).await {
            Ok(cookie) => cookie,
            Err(error) => {
                tracing::error!(%error, "no session could be made");
                return login.refuse("the app's sessions are not available");
            }
        };
        let response = axum::http::Response::builder()
            .status(StatusCode::SEE_OTHER)
            .header(header::LOCATION, login.return_to())
            .header(header::SET_COOKIE, cookie)
            .body(Bytes::new());
        match response {
            Ok(response) => login.answer(response),
            Err(_) => login.refuse("a header of the app's answer cannot be one"),
        }
    }

    /// Makes a session under a new id, so that one from before the login is worth nothing, and gives its cookie.
    async fn sign_in(&self, person: &Person) -> Result<String, Error> {
        let session = Session::new(None, Arc::new(self.sessions.clone()), None);
        session.insert(PERSON, person).await?;
        session.save().await?;
        let id = session.id().unwrap_or_default();
        self.people.add_session(person, id);
        // The layer below writes the same cookie for sessions that handlers change.
        let cookie = Cookie::build((COOKIE, id.to_string()))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.https)
            .build();
        Ok(cookie.to_string())
    }

    /// Ends the sessions of a person, whom vestibule knows by our id.
    async fn revoke(self, revoked: Revoked) -> Result<(), tower_sessions::session_store::Error> {
        for session in self.people.sessions(&revoked.tenant, &revoked.user) {
            self.sessions.delete(&session).await?;
            self.people.forget_session(&revoked.tenant, &revoked.user, &session);
        }
        Ok(())
    }
}

fn app(sso: &Vestibule, own: &Own) -> Router {
    let sessions = SessionManagerLayer::new(own.sessions.clone())
        .with_name(COOKIE)
        .with_same_site(SameSite::Lax)
        .with_secure(own.https);
    // As in `axum-app`: requests are marked before the trace sees them, and so are responses, which come from below.
    let around = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new(SENSITIVE))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().include_headers(true))
                .on_response(DefaultOnResponse::new().include_headers(true)),
        )
        .layer(SetSensitiveResponseHeadersLayer::new(SENSITIVE));
    Router::new()
        .route("/", get(home))
        .route("/reports", get(reports))
        .route("/whoami", get(whoami))
        .route("/sign-out-everywhere", post(sign_out_everywhere))
        .with_state(sso.clone())
        .layer(sessions)
        // The app's own limit; vestibule has its own, and a page for what is over it.
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(sso.layer())
        .layer(around)
}

/// Why a handler has nothing to show.
enum Failed {
    Session(Error),
    SignOut(vestibule::AdminError),
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::Session(error) => tracing::error!(%error, "no session could be read"),
            Self::SignOut(error) => tracing::error!(%error, "nobody was signed out"),
        }
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

async fn person(session: &Session) -> Result<Option<Person>, Failed> {
    session.get(PERSON).await.map_err(Failed::Session)
}

async fn home(session: Session) -> Result<String, Failed> {
    Ok(match person(&session).await? {
        Some(person) => format!("Hello, {}. Your reports are at /reports.\n", person.user_name),
        None => "Nobody is signed in. Reports are at /reports.\n".to_owned(),
    })
}

async fn reports(session: Session) -> Result<Response, Failed> {
    Ok(match person(&session).await? {
        Some(person) => format!("Reports for {}\n", person.user_name).into_response(),
        None => Redirect::to("/sso/login?return_to=/reports").into_response(),
    })
}

async fn whoami(session: Session) -> Result<Response, Failed> {
    Ok(match person(&session).await? {
        Some(person) => ([(header::CACHE_CONTROL, "no-store")], Json(person)).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    })
}

/// A button for whoever left a browser open somewhere. The cookie is `SameSite=Lax`, so no other site presses it.
async fn sign_out_everywhere(State(sso): State<Vestibule>, session: Session) -> Result<Response, Failed> {
    let Some(person) = person(&session).await? else { return Ok(StatusCode::UNAUTHORIZED.into_response()) };
    let (tenant, user) = (person.tenant.as_str().into(), UserId::from(person.id));
    sso.sign_out_everywhere(&tenant, &user).await.map_err(Failed::SignOut)?;
    Ok(Redirect::to("/").into_response())
}
