//! The Enterprise User extension (RFC 7643, 4.3; characteristics of 8.7.1).

use super::{Attribute, ENTERPRISE_USER, Schema};

pub(super) fn schema() -> Schema {
    let text = |name: &str, description: &str| Attribute::text(name).described(description);
    let manager = [
        // An id, as in a group's members.
        text("value", "The manager's id.").exact(),
        Attribute::reference("$ref", ["User"]).described("Where the manager is."),
        text("displayName", "The manager's name.").read_only(),
    ];
    Schema::new(ENTERPRISE_USER, "EnterpriseUser")
        .described("Enterprise User")
        .with(text("employeeNumber", "What the organization counts the person by."))
        .with(text("costCenter", "The cost center."))
        .with(text("organization", "The organization."))
        .with(text("division", "The division."))
        .with(text("department", "The department."))
        .with(Attribute::complex("manager", manager).described("The person's manager."))
}
