//! All resource types of an app: Users, Groups, and what the app adds (RFC 7643, 3.3, 6 and 7).

use super::check::{self, SchemaError};
use super::{Extension, ResourceType, Schema};

/// The resource types that an app serves, and through them all schemas. Always has Users and Groups.
///
/// An extension of User with two attributes, and a type of its own at `/Roles`:
/// ```
/// use vestibule::scim::schema::{Attribute, ResourceType, Schema, Schemas};
///
/// let badge = Schema::new("urn:example:params:scim:schemas:Badge", "Badge")
///     .with(Attribute::text("costCode").required())
///     .with(Attribute::date_time("validUntil"));
/// let role = Schema::new("urn:example:params:scim:schemas:Role", "Role")
///     .with(Attribute::text("displayName").required())
///     .with(Attribute::complex("permissions", [Attribute::text("value"), Attribute::text("type")]).many());
///
/// let schemas = Schemas::builder()
///     .extend("User", badge)
///     .resource_type(ResourceType::new("Role", "/Roles", role))
///     .build()?;
/// assert!(schemas.at("/Roles").is_some());
/// assert!(schemas.schema("urn:example:params:scim:schemas:badge").is_some());
/// # Ok::<(), vestibule::scim::schema::SchemaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schemas {
    user: ResourceType,
    group: ResourceType,
    others: Vec<ResourceType>,
}

impl Default for Schemas {
    /// Users with the Enterprise extension, and Groups.
    fn default() -> Self {
        Self { user: ResourceType::user(), group: ResourceType::group(), others: Vec::new() }
    }
}

impl Schemas {
    /// Starts from Users with the Enterprise extension, and Groups.
    #[must_use]
    pub fn builder() -> SchemasBuilder {
        SchemasBuilder { schemas: Self::default(), unmet: None }
    }

    /// Users.
    #[must_use]
    pub fn user(&self) -> &ResourceType {
        &self.user
    }

    /// Groups.
    #[must_use]
    pub fn group(&self) -> &ResourceType {
        &self.group
    }

    /// All types: Users, Groups, and the app's own in the order that it added them.
    pub fn types(&self) -> impl Iterator<Item = &ResourceType> {
        [&self.user, &self.group].into_iter().chain(&self.others)
    }

    /// The type of this name, as `meta.resourceType` spells it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&ResourceType> {
        self.types().find(|of| of.name == name)
    }

    /// The type at this path below the prefix, with the slash in front.
    #[must_use]
    pub fn at(&self, endpoint: &str) -> Option<&ResourceType> {
        self.types().find(|of| of.endpoint == endpoint)
    }

    /// All schemas, each once, even if it extends several types.
    #[must_use]
    pub fn schemas(&self) -> Vec<&Schema> {
        let mut schemas: Vec<&Schema> = Vec::new();
        for of in self.types() {
            for schema in std::iter::once(&of.schema).chain(of.extensions.iter().map(|extension| &extension.schema)) {
                if !schemas.iter().any(|known| known.id.eq_ignore_ascii_case(&schema.id)) {
                    schemas.push(schema);
                }
            }
        }
        schemas
    }

    /// The schema of this URN, without regard to case.
    #[must_use]
    pub fn schema(&self, urn: &str) -> Option<&Schema> {
        self.schemas().into_iter().find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }
}

/// Makes [`Schemas`].
#[derive(Clone, Debug)]
pub struct SchemasBuilder {
    schemas: Schemas,
    unmet: Option<String>,
}

impl SchemasBuilder {
    /// An extension that resources of this type may have. The type is `User`, `Group`, or one that was added before.
    #[must_use]
    pub fn extend(self, resource_type: &str, schema: Schema) -> Self {
        self.extended(resource_type, Extension { schema, required: false })
    }

    /// An extension that each resource of this type must have.
    #[must_use]
    pub fn require(self, resource_type: &str, schema: Schema) -> Self {
        self.extended(resource_type, Extension { schema, required: true })
    }

    fn extended(mut self, name: &str, extension: Extension) -> Self {
        let Schemas { user, group, others } = &mut self.schemas;
        match [user, group].into_iter().chain(others).find(|of| of.name == name) {
            Some(of) => of.extensions.push(extension),
            None => {
                self.unmet.get_or_insert_with(|| name.into());
            }
        }
        self
    }

    /// One more type, at an endpoint of its own.
    #[must_use]
    pub fn resource_type(mut self, of: ResourceType) -> Self {
        self.schemas.others.push(of);
        self
    }

    /// All types, after a check of every name.
    ///
    /// # Errors
    /// [`SchemaError`], with the first name that cannot stand.
    pub fn build(self) -> Result<Schemas, SchemaError> {
        if let Some(name) = self.unmet {
            return Err(SchemaError::UnknownType { name });
        }
        check::types(&self.schemas)?;
        Ok(self.schemas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{Attribute, ENTERPRISE_USER, GROUP, Mutability, Returned, USER};

    const BADGE: &str = "urn:example:Badge";

    fn badge() -> Schema {
        Schema::new(BADGE, "Badge").with(Attribute::text("costCode"))
    }

    fn role() -> ResourceType {
        ResourceType::new("Role", "/Roles", Schema::new("urn:example:Role", "Role").with(Attribute::text("title")))
    }

    fn with_attribute(attribute: Attribute) -> Result<Schemas, SchemaError> {
        Schemas::builder().extend("User", badge().with(attribute)).build()
    }

    #[test]
    fn dis_03_what_the_app_adds_is_there() {
        let schemas =
            Schemas::builder().extend("User", badge()).resource_type(role()).require("Role", badge()).build().unwrap();
        assert_eq!(schemas.types().map(|of| &*of.name).collect::<Vec<_>>(), ["User", "Group", "Role"]);
        let urns: Vec<_> = schemas.schemas().into_iter().map(|schema| &*schema.id).collect();
        assert_eq!(urns, [USER, ENTERPRISE_USER, BADGE, GROUP, "urn:example:Role"]);
        assert_eq!(schemas.named("Role"), schemas.at("/Roles"));
        assert_eq!(schemas.named("role"), None);
        assert!(schemas.schema(&BADGE.to_uppercase()).is_some());
        assert!(schemas.named("Role").unwrap().extensions[0].required);
    }

    #[test]
    fn the_built_in_types_pass_the_checks_of_the_apps_own() {
        assert_eq!(Schemas::builder().build(), Ok(Schemas::default()));
    }

    #[test]
    fn a_name_or_endpoint_is_taken_once() {
        let build = |of: ResourceType| Schemas::builder().resource_type(of).build();
        assert!(build(role()).is_ok());
        for (name, endpoint) in [
            ("user", "/Roles"),
            ("", "/Roles"),
            ("My Role", "/Roles"),
            ("Role", "/users"),
            ("Role", "Roles"),
            ("Role", "/"),
            ("Role", "/a/b"),
            ("Role", "/a?b"),
            ("Role", "/Bulk"),
            ("Role", "/me"),
            ("Role", "/Schemas"),
            ("Role", "/.search"),
        ] {
            let of = ResourceType::new(name, endpoint, role().schema);
            assert!(build(of).is_err(), "{name} {endpoint}");
        }
        assert!(Schemas::builder().resource_type(role()).resource_type(role()).build().is_err());
        let unmet = Schemas::builder().extend("Role", badge()).build();
        assert_eq!(unmet, Err(SchemaError::UnknownType { name: "Role".into() }));
    }

    #[test]
    fn a_urn_names_one_schema() {
        assert!(Schemas::builder().extend("User", badge()).extend("Group", badge()).build().is_ok());
        let other = || Schema::new(BADGE.to_uppercase(), "Other").with(Attribute::text("x"));
        for builder in [
            Schemas::builder().extend("User", badge()).extend("User", badge()),
            Schemas::builder().extend("User", badge()).extend("Group", other()),
            Schemas::builder().extend("User", Schema { id: USER.into(), ..badge() }),
        ] {
            assert!(matches!(builder.build(), Err(SchemaError::UrnTaken { .. })));
        }
        for bad in [
            "",
            "Badge",
            "urn:",
            "urn:example",
            "urn:example:",
            "urn:example:a b",
            "urn:example:a[b",
            "https://a.example/b",
        ] {
            let built = Schemas::builder().extend("User", Schema { id: bad.into(), ..badge() }).build();
            assert!(matches!(built, Err(SchemaError::BadUrn { .. })), "{bad}");
        }
        let empty = Schemas::builder().extend("User", Schema::new(BADGE, "Badge")).build();
        assert!(matches!(empty, Err(SchemaError::NoAttributes { .. })));
    }

    #[test]
    fn names_of_attributes_are_words_and_not_taken() {
        for good in ["a", "shoeSize", "a-b_c9", "name", "group"] {
            assert!(with_attribute(Attribute::text(good)).is_ok(), "{good}");
        }
        for bad in
            ["", "9a", "a b", "a.b", "a:b", "é", "$ref", "costcode", "groups", "ID", "meta", "schemas", "externalId"]
        {
            assert!(with_attribute(Attribute::text(bad)).is_err(), "{bad}");
        }
        let own = Schema::new("urn:example:Role", "Role").with(Attribute::text("groups"));
        assert!(Schemas::builder().resource_type(ResourceType::new("Role", "/Roles", own)).build().is_err());
    }

    #[test]
    fn complex_attributes_do_not_nest() {
        let flat = || Attribute::complex("a", [Attribute::text("b"), Attribute::reference("$ref", ["User"])]);
        assert!(with_attribute(flat()).is_ok());
        assert!(with_attribute(Attribute::complex("c", [flat()])).is_err());
        assert!(with_attribute(Attribute::complex("c", [])).is_err());
        assert!(with_attribute(Attribute::complex("c", [Attribute::text("b"), Attribute::text("B")])).is_err());
        assert!(
            with_attribute(Attribute { sub_attributes: vec![Attribute::text("b")], ..Attribute::text("c") }).is_err()
        );
    }

    #[test]
    fn what_is_only_written_is_never_returned() {
        assert!(with_attribute(Attribute::text("secret").write_only()).is_ok());
        let leaking =
            Attribute { mutability: Mutability::WriteOnly, returned: Returned::Request, ..Attribute::text("a") };
        assert!(with_attribute(leaking).is_err());
        assert!(with_attribute(Attribute::text("code").unique()).is_err());
    }
}
