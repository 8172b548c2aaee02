//! A person who is signed in without any identity provider, for tests of handlers.

use http::Request;
use jiff::Timestamp;

use crate::flow::Session;
use crate::model::id::{ConnectionId, Slug};
use crate::model::identity::{Attribute, NameId};
use crate::model::secret::SecretHash;
use crate::model::session::{Identity, SessionRecord};
use crate::model::user::User;

use super::lookup::Handle;

/// A person who is signed in, to be put on requests. Made by [`signed_in`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SignedIn {
    user: User,
    slug: String,
    identity: Identity,
    roles: Vec<String>,
}

/// A person who is signed in: the NameID is the user name, the connection is called `test`, and there are no attributes.
pub fn signed_in(user: User) -> SignedIn {
    let name_id =
        NameId { value: user.user_name().to_owned(), format: None, name_qualifier: None, sp_name_qualifier: None };
    SignedIn { user, slug: "test".to_owned(), identity: Identity::new(name_id), roles: Vec::new() }
}

impl SignedIn {
    /// With a value of an attribute.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, values) = (name.into(), vec![value.into()]);
        self.identity.attributes.add(Attribute { name, name_format: None, values });
        self
    }

    /// With a role.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self.roles.sort();
        self.roles.dedup();
        self
    }

    /// With this NameID.
    pub fn name_id(mut self, name_id: NameId) -> Self {
        self.identity.name_id = name_id;
        self
    }

    /// By the connection with this name in URLs.
    pub fn connection(mut self, slug: &Slug) -> Self {
        self.slug = slug.to_string();
        self
    }

    /// The request, as it comes from this person's browser.
    #[must_use]
    pub fn on<B>(&self, mut request: Request<B>) -> Request<B> {
        let session = Session::new(self.record(), self.user.clone(), self.roles.clone());
        let handle = Handle::with_session(session, request.uri());
        request.extensions_mut().insert(handle);
        request
    }

    fn record(&self) -> SessionRecord {
        let place = (self.user.tenant.clone(), ConnectionId::from(self.slug.as_str()), self.user.id.clone());
        // No token has this hash, and nothing is stored.
        let key = SecretHash::from_bytes([0; 32]);
        let mut record = SessionRecord::new(key, place, self.identity.clone(), self.user.created_at, Timestamp::MAX);
        record.slug.clone_from(&self.slug);
        record
    }
}
