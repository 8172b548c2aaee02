//! How the example servers start and stop.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, SET_COOKIE};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use vestibule::saml::metadata::{IdpMetadata, MetadataError};
use vestibule::saml::xml::Limits;
use vestibule::store::{Memory, Store};
use vestibule::{
    AddressPolicy, AdminError, BuildError, Builder, ConnectionId, FetchMetadataError, NewConnection, ScimMode,
    ScimOptions, TenantId, Vestibule, fetch_metadata,
};

use crate::options::Options;

/// The longest request body: 1 MiB. A SAML response at vestibule's own limit (256 KiB, in base64, percent-encoded) is
/// shorter, so that its error page is what a person sees.
pub const MAX_BODY: usize = 1024 * 1024;

/// How many requests a second a client with the token for development may make.
const DEVELOPMENT_RATE: u32 = 10_000;
/// How long that token is good where it has to expire.
const DEVELOPMENT_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Headers whose values never stand in a trace.
pub const SENSITIVE: [HeaderName; 3] = [COOKIE, SET_COOKIE, AUTHORIZATION];

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The metadata URL gives no metadata.
    #[error("cannot use {url} as the identity provider's metadata")]
    Fetch {
        /// The URL.
        url: String,
        /// Why.
        source: FetchMetadataError,
    },
    /// The metadata file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The metadata file holds no metadata.
    #[error("cannot use {path} as the identity provider's metadata")]
    Metadata {
        /// The file.
        path: String,
        /// Why.
        source: MetadataError,
    },
    /// The app's database cannot be opened.
    #[error("cannot open the database")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The configuration is refused.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The connection is refused.
    #[error(transparent)]
    Admin(#[from] AdminError),
}

/// A server that listens and knows its identity provider, with nobody to answer yet.
#[derive(Debug)]
#[non_exhaustive]
pub struct Server {
    /// Where browsers' connections arrive.
    pub listener: TcpListener,
    /// Sign-in.
    pub sso: Vestibule,
    options: Options,
    address: SocketAddr,
    url: String,
}

impl Server {
    /// Reads the metadata, listens, and makes one tenant with one connection.
    ///
    /// # Errors
    /// [`StartError`], by what went wrong.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        Self::start_with(options, |builder| builder).await
    }

    /// The same with more configuration.
    ///
    /// # Errors
    /// [`StartError`], by what went wrong.
    pub async fn start_with(options: Options, configure: impl FnOnce(Builder) -> Builder) -> Result<Self, StartError> {
        Self::start_over(options, Memory::new(), configure).await
    }

    /// The same over another store than one in memory.
    ///
    /// # Errors
    /// [`StartError`], by what went wrong.
    pub async fn start_over(
        options: Options,
        store: impl Store,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, StartError> {
        let idp = match &options.idp_metadata {
            Some(from) => idp_metadata(from).await?,
            None => vestibule::testing::nobodys_metadata(),
        };
        let listen = |source| StartError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let url = match &options.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{}", address.port()),
        };
        let sso = configure(Vestibule::builder(&url).app_name("Reports").store(store)).build()?;
        let tenant = sso.admin().create_tenant(options.connection.to_string()).await?;
        let mut connection = NewConnection::new(idp).slug(options.connection.clone());
        if options.allow_unsolicited {
            connection = connection.allow_unsolicited();
        }
        let connection = sso.admin().create_connection(&tenant.id, connection).await?;
        if let Some(token) = &options.scim_token {
            let mut scim = ScimOptions::from(options.scim_mode);
            if options.scim_mode == ScimMode::Strict {
                scim = scim.token_lifetime(DEVELOPMENT_LIFETIME);
            }
            sso.admin().enable_scim_with(&tenant.id, &connection.id, scim, token).await?;
            // A suite sends as fast as it can.
            limit(&sso, &tenant.id, &connection.id, options.scim_rate.unwrap_or(DEVELOPMENT_RATE)).await?;
        }
        Ok(Self { listener, sso, options, address, url })
    }

    /// Prints where it is. Programs may wait for the first line: from then on connections are taken.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn announce(&self) -> io::Result<()> {
        let slug = &self.options.connection;
        let mut out = io::stdout().lock();
        writeln!(out, "Listening on {}", self.address)?;
        writeln!(out, "  open      {}", self.url)?;
        if self.options.idp_metadata.is_some() {
            writeln!(out, "  sign in   {}", self.sso.login_url(slug))?;
            writeln!(out, "  metadata  {}", self.sso.metadata_url(slug))?;
            writeln!(out, "  ACS       {}", self.sso.acs_url(slug))?;
        } else {
            writeln!(out, "  sign in   nobody can: there is no --idp-metadata")?;
        }
        if self.options.scim_token.is_some() {
            writeln!(out, "  SCIM      {}", self.sso.scim_url())?;
            writeln!(
                out,
                "  The token of --scim-token is for development only: whoever has it may change every account."
            )?;
        }
        out.flush()
    }
}

/// Sets how many requests a second a connection's SCIM client may send.
async fn limit(sso: &Vestibule, tenant: &TenantId, connection: &ConnectionId, rate: u32) -> Result<(), AdminError> {
    let Some(mut connection) = sso.admin().connection(tenant, connection).await? else { return Ok(()) };
    connection.scim_policy.requests_per_second = rate;
    sso.admin().update_connection(connection).await.map(drop)
}

async fn idp_metadata(from: &str) -> Result<IdpMetadata, StartError> {
    if from.starts_with("https://") || from.starts_with("http://") {
        // The operator of this example types the address in, and mock Okta is on the same machine. Where customers
        // type it in, it has to be `AddressPolicy::Public`.
        let fetched = fetch_metadata(from, AddressPolicy::PublicOrLoopback).await;
        return fetched.map_err(|source| StartError::Fetch { url: from.to_owned(), source });
    }
    let read = |source| StartError::Read { path: from.to_owned(), source };
    let path = from.to_owned();
    let octets = tokio::task::spawn_blocking(move || {
        let mut octets = Vec::new();
        // One octet more than the limit is enough for the parser to refuse it.
        File::open(path)?.take(Limits::METADATA.bytes as u64 + 1).read_to_end(&mut octets)?;
        Ok(octets)
    });
    let octets = octets.await.map_err(|error| read(io::Error::other(error)))?.map_err(read)?;
    IdpMetadata::parse(&octets, &Limits::METADATA)
        .map_err(|source| StartError::Metadata { path: from.to_owned(), source })
}

/// Writes what `RUST_LOG` says, or else `default`, to standard error.
pub fn log(default: &str) {
    use std::io::IsTerminal as _;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}

/// Ends when the process is asked to end: Ctrl-C, or SIGTERM where there is such a thing. It listens from the call on,
/// not from the first poll.
///
/// # Errors
/// When the process cannot listen to signals.
#[cfg(unix)]
pub fn shutdown() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when the process is asked to end by Ctrl-C.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn shutdown() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
