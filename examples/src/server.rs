//! How the example servers start and stop.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, SET_COOKIE};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use vestibule::saml::metadata::{IdpMetadata, MetadataError};
use vestibule::saml::xml::Limits;
use vestibule::store::{Memory, OpenError, Sqlite, Store};
use vestibule::{AddressPolicy, AdminError, BuildError, Builder, FetchMetadataError, Slug, Vestibule, fetch_metadata};

use crate::customer::{self, Customer};
use crate::kept::{Kept, Work, open};
use crate::options::Options;

/// The longest request body: 1 MiB. A SAML response at vestibule's own limit (256 KiB, in base64, percent-encoded) is
/// shorter, so that its error page is what a person sees.
pub const MAX_BODY: usize = 1024 * 1024;

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
    /// The store's file cannot be opened.
    #[error("cannot open {}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// Neither the options nor the store know the identity provider or a SCIM client.
    #[error("expected --idp-metadata with a file or a URL: {store} has no connection {slug}")]
    NoConnection {
        /// Where it was looked for.
        store: Kept,
        /// Its name.
        slug: Slug,
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
    customer: Customer,
    file: Option<Sqlite>,
}

impl Server {
    /// Reads the metadata, listens, and makes one tenant with one connection, or finds them in the store.
    ///
    /// # Errors
    /// [`StartError`], by what went wrong.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        match options.store.clone() {
            Kept::Memory => Self::start_over(options, async || Ok((Memory::new(), None)), |builder| builder).await,
            Kept::Sqlite(path) => {
                let open = async || open(&path).await.map(|store| (store.clone(), Some(store)));
                Self::start_over(options, open, |builder| builder).await
            }
        }
    }

    /// The same over a store of the caller's and with more configuration. The store is opened once everything else that may
    /// fail is done, so that no file is made for nothing; with it comes the file that is to be closed at the end.
    ///
    /// # Errors
    /// [`StartError`], by what went wrong.
    pub async fn start_over<S: Store>(
        options: Options,
        open: impl AsyncFnOnce() -> Result<(S, Option<Sqlite>), StartError>,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, StartError> {
        if !options.says_with_whom() && !options.store.is_there() {
            return Err(StartError::NoConnection { store: options.store, slug: options.connection });
        }
        let idp = match &options.idp_metadata {
            Some(from) => Some(idp_metadata(from).await?),
            None => None,
        };
        let listen = |source| StartError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let url = match &options.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{}", address.port()),
        };
        // Whether the address will do, too, is known without the store.
        Vestibule::builder(&url).store(Memory::new()).build()?;
        let (store, file) = open().await?;
        let known = customer::find(&store, &options).await?;
        let sso = configure(Vestibule::builder(&url).app_name("Reports").store(store)).build()?;
        let customer = customer::set_up(&sso, &options, idp, known).await?;
        Ok(Self { listener, sso, options, address, url, customer, file })
    }

    /// Starts what goes on beside the server.
    #[must_use = "at its end the store's file is made whole"]
    pub fn work(&self) -> Work {
        Work::start(&self.sso, self.file.clone())
    }

    /// Prints where it is. Programs may wait for the first line: from then on connections are taken.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn announce(&self) -> io::Result<()> {
        let (slug, connection) = (&self.options.connection, &self.customer.connection);
        let mut out = io::stdout().lock();
        writeln!(out, "Listening on {}", self.address)?;
        writeln!(out, "  open      {}", self.url)?;
        if customer::is_nobodys(&connection.idp) {
            writeln!(out, "  sign in   nobody can: there is no --idp-metadata")?;
        } else {
            writeln!(out, "  sign in   {}", self.sso.login_url(slug))?;
            writeln!(out, "  metadata  {}", self.sso.metadata_url(slug))?;
            writeln!(out, "  ACS       {}", self.sso.acs_url(slug))?;
        }
        match &self.options.store {
            Kept::Memory => writeln!(out, "  store     in memory: all of it is gone when this ends")?,
            Kept::Sqlite(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                writeln!(out, "  store     {}: a restart keeps everything", path.display())?;
            }
        }
        if self.customer.was_there {
            let changed = match self.customer.changed.as_slice() {
                [] => "as it was".to_owned(),
                changed => format!("with another {}", changed.join(", another ")),
            };
            writeln!(out, "  found     the connection {slug} of an earlier start, {changed}")?;
        }
        if connection.provisioning.is_some() {
            writeln!(out, "  SCIM      {}", self.sso.scim_url())?;
        }
        if self.options.scim_token.is_some() {
            writeln!(
                out,
                "  The token of --scim-token is for development only: whoever has it may change every account."
            )?;
        }
        out.flush()
    }
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
