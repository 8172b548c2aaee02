//! The User schema (RFC 7643, 4.1; characteristics of 8.7.1).

use super::{Attribute, ResourceType, Schema, USER, enterprise};

impl ResourceType {
    /// Users at `/Users`, with the Enterprise extension.
    #[must_use]
    pub fn user() -> Self {
        Self::new("User", "/Users", schema()).described("A person with an account.").extended_by(enterprise::schema())
    }
}

fn schema() -> Schema {
    let text = |name: &str, description: &str| Attribute::text(name).described(description);
    let name = [
        text("formatted", "The whole name, as it is shown."),
        text("familyName", "The family name, or last name."),
        text("givenName", "The given name, or first name."),
        text("middleName", "The middle names."),
        text("honorificPrefix", "What stands before the name, as `Dr.` does."),
        text("honorificSuffix", "What stands after the name, as `III` does."),
    ];
    let address = [
        text("formatted", "The whole address, with line breaks."),
        text("streetAddress", "Street, number, and what else is needed to find the door."),
        text("locality", "The city or town."),
        text("region", "The state or region."),
        text("postalCode", "The postal code."),
        text("country", "The country, by its code of two letters (ISO 3166-1)."),
        kind(["work", "home", "other"]),
        // Not in the listing of 8.7.1; every multi-valued attribute may have it (2.4), and the example of 8.2 does.
        primary(),
    ];
    Schema::new(USER, "User")
        .described("User Account")
        .with(text("userName", "The name that the user is known by at the service.").required().unique())
        .with(Attribute::complex("name", name).described("The parts of the person's name."))
        .with(text("displayName", "The name that others see."))
        .with(text("nickName", "What the person is called in everyday life."))
        .with(Attribute::reference("profileUrl", ["external"]).described("Where the person's profile is."))
        .with(text("title", "What the person's position is called."))
        .with(text("userType", "How the person is tied to the organization, as `Employee` says."))
        .with(text("preferredLanguage", "The languages that the person reads, as in the header Accept-Language."))
        .with(text("locale", "Where the person is, for currency, dates and numbers, as `en-US` says."))
        .with(text("timezone", "The person's time zone, as `Europe/Lisbon` says."))
        .with(Attribute::boolean("active").described("Whether the account may be used.").kept())
        .with(text("password", "A password. It is not stored, and never returned.").write_only().kept())
        .with(plural("emails", "Addresses for e-mail.", Attribute::text("value"), kind(["work", "home", "other"])))
        .with(plural(
            "phoneNumbers",
            "Numbers of phones.",
            Attribute::text("value"),
            kind(["work", "home", "mobile", "fax", "pager", "other"]),
        ))
        .with(plural(
            "ims",
            "Addresses for instant messages.",
            Attribute::text("value"),
            kind(["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
        ))
        .with(plural(
            "photos",
            "Pictures of the person.",
            Attribute::reference("value", ["external"]),
            kind(["photo", "thumbnail"]),
        ))
        .with(Attribute::complex("addresses", address).many().described("Addresses for letters and parcels."))
        .with(groups())
        .with(plural("entitlements", "Things that the person may do or have.", Attribute::text("value"), kind([])))
        .with(plural("roles", "What the person is, as `Student` says.", Attribute::text("value"), kind([])))
        .with(plural("x509Certificates", "Certificates of the person.", Attribute::binary("value"), kind([])))
}

/// A multi-valued attribute of the usual form (RFC 7643, 2.4).
fn plural(name: &str, description: &str, value: Attribute, kind: Attribute) -> Attribute {
    let display = Attribute::text("display").described("The value as people see it.");
    let value = value.described("The value.");
    Attribute::complex(name, [value, display, kind, primary()]).many().described(description)
}

fn kind<const N: usize>(usual: [&str; N]) -> Attribute {
    Attribute::text("type").usually(usual).described("What the value is for.")
}

fn primary() -> Attribute {
    Attribute::boolean("primary").described("Whether this value goes before the others. One at most does.")
}

fn groups() -> Attribute {
    let parts = [
        // An id, as in a group's members.
        Attribute::text("value").exact().read_only().described("The group's id."),
        Attribute::reference("$ref", ["User", "Group"]).read_only().described("Where the group is."),
        Attribute::text("display").read_only().described("The group's name."),
        Attribute::text("type")
            .usually(["direct", "indirect"])
            .read_only()
            .described("Whether the user is a member of the group itself, or of a group in it."),
    ];
    Attribute::complex("groups", parts).many().read_only().described("The groups that the user is in.")
}
