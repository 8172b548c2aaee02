//! The app at http://localhost and mock Okta at http://127.0.0.1, told of each other: two sites, two cookie jars.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use mock_okta::{App, AttributeStatement, GroupFilter, MockOkta};
use tokio::net::TcpListener;
use vestibule::store::Memory;
use vestibule::{
    AddressPolicy, AdminError, BuildError, FetchMetadataError, NewConnection, RoleMapping, Slug, SlugError, Vestibule,
    fetch_metadata,
};

use crate::app;
use crate::options::{Options, Port};
use crate::provisioning::Provisioning;

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

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WorldError {
    #[error("cannot listen on port {port}")]
    Listen { port: u16, source: io::Error },
    #[error("mock Okta cannot be started")]
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
    store: Memory,
    pub(crate) slug: Slug,
    pub(crate) app_url: String,
    /// Ports that were taken, each with the one that is used instead.
    pub(crate) moved: Vec<(u16, u16)>,
    /// Where the app listens, until it serves.
    sockets: Vec<TcpListener>,
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
        let mut moved = Vec::new();
        let (sockets, port) = listen(options.app_port).await?;
        note(&mut moved, options.app_port, port);
        let (okta, okta_port) = start_okta(options.okta_port).await?;
        note(&mut moved, options.okta_port, okta_port);
        let tile = okta.add_app(APP).await;
        tile.try_configure(|settings| {
            settings.attribute_statements = vec![
                AttributeStatement::expression("email", "user.email"),
                AttributeStatement::expression("firstName", "user.firstName"),
                AttributeStatement::expression("lastName", "user.lastName"),
                AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
            ];
        })?;
        let app_url = format!("http://localhost:{port}");
        let store = Memory::new();
        let sso = Vestibule::builder(&app_url).app_name(APP).store(store.clone()).build()?;
        tokio::spawn(sso.background());
        Ok(Self { okta, tile, sso, store, slug: SLUG.parse()?, app_url, moved, sockets })
    }

    /// Does what an administrator does in two consoles, Okta's metadata to the app and the app's to Okta, and serves.
    ///
    /// Provisioning waits for the first login, which proves both sides. Mock Okta makes its key when it is first asked for the metadata, which takes up to a second.
    pub(crate) async fn connect(&mut self) -> Result<Arc<Provisioning>, WorldError> {
        let tenant = self.sso.admin().create_tenant(TENANT).await?;
        let idp = fetch_metadata(&self.tile.metadata_url(), AddressPolicy::PublicOrLoopback).await?;
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
        let provisioning = Arc::new(Provisioning::new(
            (self.okta.clone(), self.tile.clone()),
            (self.sso.clone(), self.store.clone()),
            (tenant.id.clone(), self.slug.clone()),
        ));
        let router = app::router(self, &provisioning);
        for listener in self.sockets.drain(..) {
            let app = router.clone().into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move {
                if let Err(error) = axum::serve(listener, app).await {
                    tracing::error!(%error, "the app stopped");
                }
            });
        }
        self.trust().await?;
        Ok(provisioning)
    }

    async fn trust(&self) -> Result<App, mock_okta::Error> {
        let mut change = self.tile.trust(self.sso.metadata_url(&self.slug));
        for person in self.okta.people().into_iter().filter(|person| person.login != UNASSIGNED) {
            change = change.assign(person.login);
        }
        change.run().await
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

async fn start_okta(port: Port) -> Result<(MockOkta, u16), WorldError> {
    let start = |port| MockOkta::builder().port(port).start();
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
