//! The app at http://localhost and mock Okta at http://127.0.0.1, told of each other: two sites, two cookie jars.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mock_okta::{App, AttributeStatement, GroupFilter, MockOkta};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vestibule::store::{Connections as _, Sqlite, StoreError};
use vestibule::{
    AddressPolicy, AdminError, BuildError, FetchMetadataError, NewConnection, RoleMapping, Slug, SlugError, TenantId,
    Vestibule, fetch_metadata,
};
use vestibule_examples::{StartError, replace_idp};

use crate::app;
use crate::data::Data;
use crate::options::{Options, Port};
use crate::provisioning::{Provisioning, ProvisioningError};
use crate::saved::Saved;

/// What the app is called.
pub(crate) const APP: &str = "Ledgerline";
/// The customer whose people sign in.
pub(crate) const TENANT: &str = "Analytical Engines Ltd";
/// The connection's name in URLs.
const SLUG: &str = "analytical";
/// Who has no access to the app.
pub(crate) const UNASSIGNED: &str = "soren@example.com";
/// Who is in these groups of Okta has these roles in the app.
pub(crate) const ROLES: [(&str, &str); 2] = [("Engineering", "editor"), (LEADERS, "approver")];
/// The group of those who decide.
pub(crate) const LEADERS: &str = "Leadership";

/// How long exchanges may go on when the demo ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WorldError {
    #[error("cannot listen on port {port}")]
    Listen { port: u16, source: io::Error },
    #[error("cannot use {} as the folder of the demo's state", folder.display())]
    Data { folder: PathBuf, source: io::Error },
    #[error("{} is not what a demo wrote; another --data begins anew", path.display())]
    Saved { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Provisioning(#[from] ProvisioningError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("mock Okta cannot be set up: {0}")]
    Okta(#[from] mock_okta::Error),
    #[error("mock Okta's metadata cannot be read")]
    Metadata(#[from] FetchMetadataError),
    #[error(transparent)]
    Slug(#[from] SlugError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Admin(#[from] AdminError),
}

/// Both servers, running.
pub(crate) struct World {
    pub(crate) okta: MockOkta,
    pub(crate) tile: App,
    pub(crate) sso: Vestibule,
    store: Sqlite,
    pub(crate) data: Data,
    /// What mock Okta knew at the end of the last run.
    saved: Option<Saved>,
    pub(crate) slug: Slug,
    pub(crate) app_url: String,
    /// Ports that were taken, each with the one that is used instead.
    pub(crate) moved: Vec<(u16, u16)>,
    /// Where the app listens, until it serves.
    sockets: Vec<TcpListener>,
    /// The app at work.
    work: JoinSet<()>,
    /// Dropped when the app is to end.
    stop: watch::Sender<()>,
}

/// Somebody who can try to sign in.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) groups: String,
    pub(crate) assigned: bool,
}

impl World {
    /// Opens both ports. From then on browsers may come; the app answers them once [`connect`](Self::connect) is done.
    pub(crate) async fn open(options: &Options) -> Result<Self, WorldError> {
        let data = Data::open(options.data.as_deref());
        let data = data.map_err(|source| WorldError::Data {
            folder: options.data.clone().unwrap_or_else(std::env::temp_dir),
            source,
        })?;
        Self::open_in(data, options).await
    }

    async fn open_in(data: Data, options: &Options) -> Result<Self, WorldError> {
        let saved = Saved::read(&data.okta())?;
        let mut moved = Vec::new();
        let (sockets, port) = listen(options.app_port).await?;
        note(&mut moved, options.app_port, port);
        let (okta, okta_port) = start_okta(options.okta_port, saved.as_ref()).await?;
        note(&mut moved, options.okta_port, okta_port);
        let tile = match okta.apps().pop() {
            Some(tile) => tile,
            None => okta.add_app(APP).await,
        };
        if let Some(saved) = &saved {
            saved.fill(&okta)?;
        }
        tile.try_configure(|settings| {
            settings.attribute_statements = vec![
                AttributeStatement::expression("email", "user.email"),
                AttributeStatement::expression("firstName", "user.firstName"),
                AttributeStatement::expression("lastName", "user.lastName"),
                AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
            ];
        })?;
        let app_url = format!("http://localhost:{port}");
        let store = vestibule_examples::open(&data.store()).await?;
        let sso = Vestibule::builder(&app_url).app_name(APP).store(store.clone()).build()?;
        let mut work = JoinSet::new();
        let stop = watch::Sender::new(());
        let (mut stopped, background) = (stop.subscribe(), sso.background());
        work.spawn(async move {
            tokio::select! {
                () = background => {}
                _ = stopped.changed() => {}
            }
        });
        let slug = SLUG.parse()?;
        Ok(Self { okta, tile, sso, store, data, saved, slug, app_url, moved, sockets, work, stop })
    }

    /// Does what an administrator does in two consoles, Okta's metadata to the app and the app's to Okta, and serves.
    ///
    /// Provisioning waits for the first login, which proves both sides. Mock Okta makes its key when it is first asked for the metadata, which takes up to a second.
    pub(crate) async fn connect(&mut self) -> Result<Arc<Provisioning>, WorldError> {
        let tenant = self.connection().await?;
        let saved = self.saved.take();
        let provisioning = Arc::new(Provisioning::new(
            (self.okta.clone(), self.tile.clone()),
            (self.sso.clone(), self.store.clone()),
            (tenant, self.slug.clone()),
            self.data.okta(),
            saved,
        ));
        // Before anybody can be told what a later start would not know.
        provisioning.save().await?;
        let router = app::router(self, &provisioning);
        for listener in self.sockets.drain(..) {
            let app = router.clone().into_make_service_with_connect_info::<SocketAddr>();
            let mut stopped = self.stop.subscribe();
            self.work.spawn(async move {
                let stopped = async move { drop(stopped.changed().await) };
                if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stopped).await {
                    tracing::error!(%error, "the app stopped");
                }
            });
        }
        self.trust(&provisioning).await?;
        Ok(provisioning)
    }

    /// Makes the connection, or tells the one that is there what mock Okta's key is now; gives its tenant.
    async fn connection(&self) -> Result<TenantId, WorldError> {
        let idp = fetch_metadata(&self.tile.metadata_url(), AddressPolicy::PublicOrLoopback).await?;
        if let Some(mut known) = self.store.connection_by_slug(&self.slug).await? {
            let tenant = known.tenant.clone();
            if replace_idp(&mut known, idp)? {
                self.sso.admin().update_connection(known).await?;
            }
            return Ok(tenant);
        }
        let tenant = self.sso.admin().create_tenant(TENANT).await?;
        let connection = NewConnection::new(idp)
            .slug(self.slug.clone())
            .name(TENANT)
            .domain("example.com")
            .roles(
                ROLES
                    .iter()
                    .fold(RoleMapping::new().attribute("groups"), |roles, (group, role)| roles.rule(*group, *role)),
            )
            // So that the tile on Okta's dashboard can be tried; the front page says what it costs.
            .allow_unsolicited();
        self.sso.admin().create_connection(&tenant.id, connection).await?;
        Ok(tenant.id)
    }

    async fn trust(&self, provisioning: &Provisioning) -> Result<App, mock_okta::Error> {
        let state = provisioning.state().await;
        let mut change = self.tile.trust(self.sso.metadata_url(&self.slug));
        let assigned = |person: &mock_okta::Person| person.login != UNASSIGNED || state.account(person).is_some();
        for person in self.okta.people().into_iter().filter(assigned) {
            change = change.assign(person.login);
        }
        change.run().await
    }

    /// Ends both servers, as the process would, and gives the folder.
    pub(crate) async fn stop(self) -> Data {
        let Self { okta, tile, sso, store, data, mut work, stop, .. } = self;
        drop((stop, tile, sso));
        let ended = async {
            while work.join_next().await.is_some() {}
            okta.shut_down().await;
        };
        // A browser may hold a connection open without a word; it is cut off.
        let _ = tokio::time::timeout(PATIENCE, ended).await;
        store.close().await;
        data
    }

    /// Ends everything and begins again with what was kept, at the same addresses.
    pub(crate) async fn restart(self) -> Result<(Self, Arc<Provisioning>), WorldError> {
        let port = |url: &str| Port::Exactly(url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0));
        let (app_port, okta_port) = (port(&self.app_url), port(self.okta.url()));
        let options = Options { app_port, okta_port, data: None, check: true };
        let data = self.stop().await;
        let mut world = Self::open_in(data, &options).await?;
        let provisioning = world.connect().await?;
        Ok((world, provisioning))
    }

    /// Whether there is something from an earlier run.
    pub(crate) const fn goes_on(&self) -> bool {
        self.saved.is_some()
    }

    pub(crate) fn people(&self) -> Vec<Sample> {
        people(&self.okta)
    }
}

/// Everybody at mock Okta; whoever was hired since the demo began is not yet marked as assigned.
pub(crate) fn people(okta: &MockOkta) -> Vec<Sample> {
    let groups = okta.groups();
    let people = okta.people().into_iter().map(|person| {
        let of = groups.iter().filter(|group| group.members.contains(&person.id));
        let of: Vec<&str> = of.map(|group| group.name.as_str()).collect();
        Sample {
            name: person.display_name(),
            groups: of.join(", "),
            assigned: person.login != UNASSIGNED,
            login: person.login,
            password: person.password,
        }
    });
    people.collect()
}

fn note(moved: &mut Vec<(u16, u16)>, wanted: Port, got: u16) {
    if let Port::Rather(wanted) = wanted
        && wanted != got
    {
        moved.push((wanted, got));
    }
}

/// Listens on both addresses that `localhost` may mean: a browser may try IPv6 first and meet somebody else there.
async fn listen(port: Port) -> Result<(Vec<TcpListener>, u16), WorldError> {
    let failed = |source| WorldError::Listen { port: port.number(), source };
    match both(port.number()).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && matches!(port, Port::Rather(_)) => {
            both(0).await.map_err(failed)
        }
        result => result.map_err(failed),
    }
}

async fn both(port: u16) -> io::Result<(Vec<TcpListener>, u16)> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let actual = v4.local_addr()?.port();
    let mut sockets = vec![v4];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, actual)).await {
        Ok(v6) => sockets.push(v6),
        // A free port is free for IPv4; that somebody has it for IPv6 is so rare that it only costs that address.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => return Err(error),
        // This machine has no IPv6.
        Err(_) => {}
    }
    Ok((sockets, actual))
}

async fn start_okta(port: Port, saved: Option<&Saved>) -> Result<(MockOkta, u16), WorldError> {
    let builder = match saved {
        Some(saved) => MockOkta::builder().seed(saved.seed()?),
        None => MockOkta::builder(),
    };
    let start = |port| builder.clone().port(port).start();
    let okta = match start(port.number()).await {
        Err(mock_okta::Error::Listen { source, .. })
            if source.kind() == io::ErrorKind::AddrInUse && matches!(port, Port::Rather(_)) =>
        {
            start(0).await?
        }
        result => result?,
    };
    let number = okta.url().rsplit(':').next().and_then(|port| port.parse().ok());
    Ok((okta, number.unwrap_or_default()))
}
