//! A connection in the making, and what a connection must not be.

use crate::model::connection::{AttributeMapping, Connection, RequestBinding, SamlPolicy};
use crate::model::id::Slug;
use crate::model::policy::{Dangerous, MAX_CLOCK_SKEW};
use crate::model::provisioning::ScimPolicy;
use crate::model::roles::RoleMapping;
use crate::saml::metadata::{IdpMetadata, MAX_ENTITY_ID_CHARS, is_sso_url};

use super::AdminError;

/// A connection to be made: what is not said has a safe default.
///
/// ```no_run
/// # async fn example(sso: vestibule::Vestibule, metadata: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// use vestibule::NewConnection;
/// use vestibule::saml::metadata::IdpMetadata;
/// use vestibule::saml::xml::Limits;
///
/// let acme = sso.admin().create_tenant("Acme").await?;
/// let idp = IdpMetadata::parse(metadata, &Limits::METADATA)?;
/// let connection = sso.admin().create_connection(&acme.id, NewConnection::new(idp).domain("acme.example")).await?;
/// println!("give your administrator {}", sso.metadata_url(&connection.slug));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct NewConnection {
    pub(super) idp: IdpMetadata,
    pub(super) slug: Option<Slug>,
    pub(super) name: Option<String>,
    pub(super) domains: Vec<String>,
    pub(super) policy: SamlPolicy,
    pub(super) scim_policy: ScimPolicy,
    pub(super) roles: RoleMapping,
}

impl NewConnection {
    /// A connection to the identity provider that this metadata describes.
    pub fn new(idp: IdpMetadata) -> Self {
        Self {
            idp,
            slug: None,
            name: None,
            domains: Vec::new(),
            policy: SamlPolicy::default(),
            scim_policy: ScimPolicy::default(),
            roles: RoleMapping::default(),
        }
    }

    /// Its name in URLs; random by default, so that nobody lists the customers by guessing.
    pub fn slug(mut self, slug: Slug) -> Self {
        self.slug = Some(slug);
        self
    }

    /// Its name for people.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// An e-mail domain whose people sign in here. Only say it of domains that are the tenant's own.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// Takes responses that nobody asked for (IdP-initiated login: a click on the dashboard's tile).
    ///
    /// Such a login cannot be tied to the browser that it arrives in, so somebody can be signed in to an account that
    /// is not theirs without noticing.
    pub const fn allow_unsolicited(mut self) -> Self {
        self.policy.allow_unsolicited = true;
        self
    }

    /// Sets parts of the policy.
    ///
    /// ```
    /// # fn example(new: vestibule::NewConnection) -> vestibule::NewConnection {
    /// new.policy(|policy| policy.want_assertions_signed = true)
    /// # }
    /// ```
    pub fn policy(mut self, set: impl FnOnce(&mut SamlPolicy)) -> Self {
        set(&mut self.policy);
        self
    }

    /// Sets parts of what its provisioning may do.
    ///
    /// ```
    /// # fn example(new: vestibule::NewConnection) -> vestibule::NewConnection {
    /// // The customer's people have accounts already, and Okta is to take them over.
    /// new.scim_policy(|policy| policy.adopt_existing = true)
    /// # }
    /// ```
    pub fn scim_policy(mut self, set: impl FnOnce(&mut ScimPolicy)) -> Self {
        set(&mut self.scim_policy);
        self
    }

    /// Which roles its people have.
    ///
    /// ```
    /// # fn example(new: vestibule::NewConnection) -> vestibule::NewConnection {
    /// use vestibule::RoleMapping;
    ///
    /// new.roles(RoleMapping::new().attribute("groups").rule("Accounting", "editor"))
    /// # }
    /// ```
    pub fn roles(mut self, mapping: RoleMapping) -> Self {
        self.roles = mapping;
        self
    }

    /// Gives up checks that an old identity provider makes impossible. Read what each switch gives up; every use of
    /// one is audited.
    pub fn dangerous(mut self, set: impl FnOnce(&mut Dangerous)) -> Self {
        set(self.policy.dangerous());
        self
    }

    /// How the request travels.
    pub const fn request_binding(mut self, binding: RequestBinding) -> Self {
        self.policy.request_binding = binding;
        self
    }

    /// Which attributes fill an account.
    pub fn attributes(mut self, mapping: AttributeMapping) -> Self {
        self.policy.attributes = mapping;
        self
    }
}

/// What a connection must not be; domains are brought to lower case.
pub(super) fn check(connection: &mut Connection) -> Result<(), AdminError> {
    let policy = &connection.policy;
    if policy.clock_skew > MAX_CLOCK_SKEW {
        return Err(AdminError::Invalid {
            what: "clock skew",
            expected: "0 to 300 seconds",
            received: format!("{:?}", policy.clock_skew),
        });
    }
    if let Some(received) = policy.sp_entity_id.clone().filter(|id| id.is_empty() || id.chars().count() > 1024) {
        return Err(AdminError::Invalid { what: "entity id", expected: "1 to 1024 characters", received });
    }
    if policy.allow_unsolicited && policy.force_authn {
        return Err(AdminError::Invalid {
            what: "policy",
            expected: "force_authn or allow_unsolicited: nothing can be asked of a response that nobody asked for",
            received: "both".to_owned(),
        });
    }
    let idp = &connection.idp;
    if !(1..=MAX_ENTITY_ID_CHARS).contains(&idp.entity_id.chars().count()) {
        return Err(AdminError::Invalid {
            what: "entity id of the identity provider",
            expected: "1 to 1024 characters",
            received: idp.entity_id.clone(),
        });
    }
    let mut sso_urls = [&idp.sso_redirect, &idp.sso_post].into_iter().flatten().peekable();
    if sso_urls.peek().is_none() {
        return Err(AdminError::Invalid { what: "SSO URL", expected: "one at least", received: String::new() });
    }
    if let Some(url) = sso_urls.find(|url| !is_sso_url(url.as_str())) {
        return Err(AdminError::Invalid {
            what: "SSO URL",
            expected: "https, or http on this machine",
            received: url.to_string(),
        });
    }
    connection.idp.keys.require_usable(&policy.dangerous)?;
    for domain in &mut connection.domains {
        let lower = domain.trim().to_ascii_lowercase();
        let letters = lower.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        if lower.is_empty() || lower.len() > 253 || !letters || lower.starts_with('.') || lower.ends_with('.') {
            return Err(AdminError::Invalid {
                what: "domain",
                expected: "a domain such as example.com, international ones in their xn-- form",
                received: domain.clone(),
            });
        }
        *domain = lower;
    }
    connection.domains.sort();
    connection.domains.dedup();
    Ok(())
}
