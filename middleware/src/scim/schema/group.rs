//! The Group schema (RFC 7643, 4.2; characteristics of 8.7.1).

use super::{Attribute, GROUP, ResourceType, Returned, Schema};

impl ResourceType {
    /// Groups at `/Groups`.
    #[must_use]
    pub fn group() -> Self {
        let members = [
            // An id, and ids differ by case (RFC 7643, 3.1), though the listing of 8.7.1 says otherwise of this one.
            Attribute::text("value").exact().immutable().described("The member's id."),
            Attribute::reference("$ref", ["User", "Group"]).immutable().described("Where the member is."),
            Attribute::text("type").usually(["User", "Group"]).immutable().described("What the member is."),
            // RFC 7643 knows no such sub-attribute; it is there for who asks, and a group of 100,000 is shorter without.
            Attribute {
                returned: Returned::Request,
                ..Attribute::text("display").read_only().described("The member's name, as the server knows it.")
            },
        ];
        // 4.2 requires the name, which the listing of 8.7.1 does not say.
        let name = Attribute::text("displayName").required().described("The group's name.");
        let schema = Schema::new(GROUP, "Group")
            .described("Group")
            .with(name)
            .with(Attribute::complex("members", members).many().described("Who is in the group."));
        Self::new("Group", "/Groups", schema).described("People, and groups of people.")
    }
}
