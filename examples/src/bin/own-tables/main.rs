//! An axum app whose people are in a table of its own, and stay there: vestibule reads and writes it.
//!
//! `cargo run -p vestibule-examples --bin own-tables -- --idp-metadata https://…/sso/saml/metadata --database people.db`

mod people;

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tower_http::limit::RequestBodyLimitLayer;
use vestibule::store::{Memory, Split};
use vestibule::{Session, Vestibule};
use vestibule_examples::{Kept, MAX_BODY, Options, Server, StartError, Stop, log, shutdown};

use self::people::{People, TABLE};

const PROGRAM: &str = "own-tables";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.report(PROGRAM),
    }
}

async fn run() -> Result<(), Stop> {
    let options = Options::from_env(PROGRAM)?;
    log("info");
    let asked_to_end = shutdown()?;
    let (pool, people) = open(options.database.as_deref()).await.map_err(|error| StartError::Database(error.into()))?;
    // Both last equally long: whom one of them knows and the other does not is nobody.
    let server = match options.store.clone() {
        Kept::Memory => {
            let store = Split::without_tenants(People(pool), Memory::new());
            Server::start_over(options, async || Ok((store, None)), |builder| builder).await?
        }
        Kept::Sqlite(file) => {
            let open = async || {
                let file = vestibule_examples::open(&file).await?;
                Ok((Split::without_tenants(People(pool), file.clone()), Some(file)))
            };
            Server::start_over(options, open, |builder| builder).await?
        }
    };
    let work = server.work();
    server.announce()?;
    println!("  people    {people} in the table; those whom no connection made are nobody's here");
    let app = app(&server.sso).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(server.listener, app).with_graceful_shutdown(asked_to_end).await?;
    work.end(server.sso).await;
    Ok(())
}

/// The app's database, in memory unless it has a file, and how many people are in it.
async fn open(database: Option<&Path>) -> Result<(SqlitePool, i64), sqlx::Error> {
    let pool = match database {
        Some(file) => {
            let connect = SqliteConnectOptions::new().filename(file).create_if_missing(true);
            SqlitePoolOptions::new().connect_with(connect).await?
        }
        // Such a database is gone with its only connection, so that one is kept.
        None => {
            let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
            options.connect("sqlite::memory:").await?
        }
    };
    sqlx::query(TABLE).execute(&pool).await?;
    let people = sqlx::query_scalar("SELECT count(*) FROM people").fetch_one(&pool).await?;
    Ok((pool, people))
}

fn app(sso: &Vestibule) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/reports", get(reports).layer(sso.require_login()))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(sso.layer())
}

async fn home(who: Option<Session>) -> String {
    match who {
        Some(session) => format!("Hello, {}. Your reports are at /reports.\n", session.user().display_name()),
        None => "Nobody is signed in. Reports are at /reports.\n".to_owned(),
    }
}

async fn reports(session: Session) -> String {
    format!("Reports for {}\n", session.user().user_name())
}
