//! The one customer of an example server: made at the first start with a store, found again at the next.

use std::time::Duration;

use vestibule::saml::metadata::IdpMetadata;
use vestibule::store::Connections;
use vestibule::{
    AdminError, Connection, IdentityProvider, NewConnection, ScimMode, ScimOptions, ScimSecret, SecretHash, Timestamp,
    Vestibule,
};

use crate::options::Options;
use crate::server::StartError;

/// How many requests a second a client with the token for development may make.
const DEVELOPMENT_RATE: u32 = 10_000;
/// How long that token is good where it has to expire.
const DEVELOPMENT_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The customer's connection, and what of it there was before.
#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) connection: Connection,
    /// Whether an earlier run made it.
    pub(crate) was_there: bool,
    /// What this run changed of what was there, as a person calls it.
    pub(crate) changed: Vec<&'static str>,
}

/// The connection of the name in the options, as the store has it.
pub(crate) async fn find(store: &impl Connections, options: &Options) -> Result<Option<Connection>, StartError> {
    let found = store.connection_by_slug(&options.connection).await.map_err(AdminError::from)?;
    match found {
        None if !options.says_with_whom() => {
            Err(StartError::NoConnection { store: options.store.clone(), slug: options.connection.clone() })
        }
        found => Ok(found),
    }
}

/// Makes the connection unless it is there, and brings it to what the options say.
pub(crate) async fn set_up(
    sso: &Vestibule,
    options: &Options,
    idp: Option<IdpMetadata>,
    known: Option<Connection>,
) -> Result<Customer, AdminError> {
    let mut customer = match known {
        Some(connection) => bring(sso, options, idp, connection).await?,
        None => make(sso, options, idp).await?,
    };
    if let Some(token) = &options.scim_token {
        take(sso, options, token, &mut customer).await?;
    }
    Ok(customer)
}

async fn make(sso: &Vestibule, options: &Options, idp: Option<IdpMetadata>) -> Result<Customer, AdminError> {
    let tenant = sso.admin().create_tenant(options.connection.to_string()).await?;
    let idp = idp.unwrap_or_else(vestibule::testing::nobodys_metadata);
    let mut new = NewConnection::new(idp).slug(options.connection.clone());
    if options.allow_unsolicited {
        new = new.allow_unsolicited();
    }
    match sso.admin().create_connection(&tenant.id, new).await {
        Ok(connection) => Ok(Customer { connection, was_there: false, changed: Vec::new() }),
        Err(error) => {
            // Nobody's tenant would be left behind, also when another process has just made this connection.
            sso.admin().delete_tenant(&tenant.id).await?;
            Err(error)
        }
    }
}

async fn bring(
    sso: &Vestibule,
    options: &Options,
    idp: Option<IdpMetadata>,
    mut connection: Connection,
) -> Result<Customer, AdminError> {
    let mut changed = Vec::new();
    if let Some(idp) = idp
        && replace_idp(&mut connection, idp)?
    {
        changed.push("identity provider");
    }
    if connection.policy.allow_unsolicited != options.allow_unsolicited {
        connection.policy.allow_unsolicited = options.allow_unsolicited;
        changed.push("rule for unsolicited logins");
    }
    if !changed.is_empty() {
        connection = sso.admin().update_connection(connection).await?;
    }
    Ok(Customer { connection, was_there: true, changed })
}

/// Takes over what metadata says of the identity provider, and tells whether that is news.
///
/// # Errors
/// An address in it is no URL.
pub fn replace_idp(connection: &mut Connection, metadata: IdpMetadata) -> Result<bool, AdminError> {
    let before = connection.idp.clone();
    let idp = &mut connection.idp;
    (idp.entity_id, idp.keys) = (metadata.entity_id, metadata.keys);
    for (place, url) in [(&mut idp.sso_redirect, metadata.sso_redirect), (&mut idp.sso_post, metadata.sso_post)] {
        *place = match url {
            Some(received) => match received.parse() {
                Ok(url) => Some(url),
                Err(_) => {
                    return Err(AdminError::Invalid { what: "SSO URL", expected: "an absolute URL", received });
                }
            },
            None => None,
        };
    }
    Ok(connection.idp != before)
}

/// Whether nobody can sign in through it: it was made for a SCIM client alone.
pub(crate) fn is_nobodys(idp: &IdentityProvider) -> bool {
    idp.entity_id == vestibule::testing::nobodys_metadata().entity_id
}

/// Has the connection take this token, unless it does already.
async fn take(
    sso: &Vestibule,
    options: &Options,
    token: &ScimSecret,
    customer: &mut Customer,
) -> Result<(), AdminError> {
    let (tenant, id) = (customer.connection.tenant.clone(), customer.connection.id.clone());
    if !takes(&customer.connection, token, options.scim_mode) {
        let mut scim = ScimOptions::from(options.scim_mode);
        if options.scim_mode == ScimMode::Strict {
            scim = scim.token_lifetime(DEVELOPMENT_LIFETIME);
        }
        sso.admin().enable_scim_with(&tenant, &id, scim, token).await?;
        customer.changed.push("SCIM token");
    }
    let Some(mut connection) = sso.admin().connection(&tenant, &id).await? else { return Err(AdminError::Missing) };
    // A suite sends as fast as it can.
    let rate = options.scim_rate.unwrap_or(DEVELOPMENT_RATE);
    if connection.scim_policy.requests_per_second != rate {
        connection.scim_policy.requests_per_second = rate;
        connection = sso.admin().update_connection(connection).await?;
    }
    customer.connection = connection;
    Ok(())
}

fn takes(connection: &Connection, token: &ScimSecret, mode: ScimMode) -> bool {
    let (hash, now) = (SecretHash::of(token.expose()), Timestamp::now());
    connection.provisioning.as_ref().is_some_and(|provisioning| {
        provisioning.mode == mode
            && provisioning.tokens().any(|known| known.hash.matches(&hash) && !known.is_expired(now))
    })
}
