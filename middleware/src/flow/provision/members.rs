//! Members of groups: who belongs where, page by page, and what becomes of those whom a request names.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::group::{Member, MemberId};
use crate::model::id::{GroupId, TenantId};
use crate::model::object::Object;
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::store::{DynStore, Membership, StoreError};

use super::{Provisioner, escaped, location};

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// The members of a group, a page at a time, as they are answered (RFC 7643, 4.2).
#[derive(Debug)]
pub(crate) struct MemberPages {
    store: Arc<dyn DynStore>,
    tenant: TenantId,
    group: GroupId,
    /// Where a person's and a group's resources are.
    bases: (String, String),
    /// Which sub-attributes are part of the answer.
    wanted: Vec<&'static str>,
    after: Option<MemberId>,
    done: bool,
}

impl MemberPages {
    /// The next members; `None` behind the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Value>>, StoreError> {
        if self.done {
            return Ok(None);
        }
        let page = self.store.members(&self.tenant, &self.group, self.after.as_ref(), PAGE).await?;
        self.done = page.len() < PAGE;
        self.after = page.last().map(|member| member.id.clone());
        Ok(Some(page.iter().map(|member| self.rendered(member)).collect()))
    }

    /// Whether there are no more.
    pub(crate) const fn is_done(&self) -> bool {
        self.done
    }

    fn rendered(&self, member: &Member) -> Value {
        let (base, kind) = match member.id {
            MemberId::User(_) => (&self.bases.0, "User"),
            MemberId::Group(_) => (&self.bases.1, "Group"),
        };
        let id = member.id.as_str();
        let value = |name: &&str| match *name {
            "value" => Value::from(id),
            "display" => Value::from(member.display.as_str()),
            "type" => Value::from(kind),
            _ => Value::from(format!("{base}{}", escaped(id))),
        };
        self.wanted.iter().map(|name| ((*name).to_owned(), value(name))).collect::<Object>().into()
    }
}

impl Provisioner<'_> {
    pub(super) fn member_pages(&self, group: &str, projection: &Projection<'_>) -> MemberPages {
        let is_wanted = |name: &&str| projection.wants(&format!("members.{name}"));
        let base = |kind: &ResourceType| location(&self.core.scim_url(), kind, "");
        let types = &self.core.config.scim_types;
        MemberPages {
            store: self.core.store.clone(),
            tenant: self.connection.tenant.clone(),
            group: GroupId::from(group),
            bases: (base(types.user()), base(types.group())),
            wanted: ["value", "$ref", "type", "display"].into_iter().filter(is_wanted).collect(),
            after: None,
            done: false,
        }
    }

    /// The `groups` of a person (RFC 7643, 4.1.2): direct ones, and with nested groups on the indirect ones behind them.
    pub(super) fn groups(&self, groups: &[Membership]) -> Vec<Value> {
        let rendered = groups.iter().map(|Membership { group, direct, .. }| {
            json!({
                "value": group.id.as_str(),
                "display": group.display_name(),
                "type": if *direct { "direct" } else { "indirect" },
                "$ref": self.location(self.core.config.scim_types.group(), group.id.as_str()),
            })
        });
        rendered.collect()
    }
}
