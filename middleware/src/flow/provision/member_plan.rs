//! What becomes of a group's members, from what a request says of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::group::{Member, MemberId};
use crate::model::id::GroupId;
use crate::scim::error::{ScimError, ScimType, quoted};
use crate::scim::leniency::skip_unknown_members;
use crate::scim::patch::{MemberPlan, MemberStep};
use crate::store::{MemberChange, StoreError};

use super::{Provisioner, Stopped};

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// What becomes of a group's members, with the ids looked up.
#[derive(Debug, Default)]
pub(super) struct Members {
    clear: bool,
    remove: Vec<MemberId>,
    add: Vec<MemberId>,
    /// The ids that are nobody's and were passed over, for the audit.
    pub(super) skipped: Option<String>,
}

impl Members {
    pub(super) fn change(&self) -> MemberChange<'_> {
        MemberChange::new(self.clear, &self.remove, &self.add)
    }

    /// Whether it can change nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.change().is_empty()
    }
}

impl Provisioner<'_> {
    /// These and no others taken out: the members of a new group.
    pub(super) async fn named(&self, ids: &[String]) -> Result<Members, Stopped> {
        let (add, skipped) = self.known(ids).await?;
        Ok(Members { add, skipped, ..Members::default() })
    }

    /// These and nobody else, as the difference to those who are there.
    pub(super) async fn exactly(&self, group: &str, ids: &[String]) -> Result<Members, Stopped> {
        let (wanted, skipped) = self.known(ids).await?;
        let there = self.all_members(group).await?;
        Ok(Members { skipped, ..difference(&there, wanted) })
    }

    /// What a PATCH says. The flag tells whether it depends on who was there.
    pub(super) async fn planned(&self, group: &str, plan: &MemberPlan) -> Result<(Members, bool), Stopped> {
        if plan.is_empty() {
            return Ok((Members::default(), false));
        }
        if let Some(delta) = plan.as_delta() {
            let present: Vec<String> = delta.present().map(str::to_owned).collect();
            let absent: Vec<String> = delta.absent().map(str::to_owned).collect();
            let (add, skipped) = self.known(&present).await?;
            // Who does not exist is no member either.
            let remove = self.core.store.known_members(&self.connection.tenant, &absent).await?;
            let remove = remove.into_iter().flatten().collect();
            return Ok((Members { clear: delta.clear(), remove, add, skipped }, false));
        }
        self.walked(group, plan).await.map(|members| (members, true))
    }

    /// A plan that has to look at the members.
    async fn walked(&self, group: &str, plan: &MemberPlan) -> Result<Members, Stopped> {
        let there = self.all_members(group).await?;
        let mut now: BTreeMap<MemberId, Value> =
            there.iter().map(|member| (member.id.clone(), as_element(member))).collect();
        let mut skipped = Vec::new();
        for step in plan.steps() {
            match step {
                MemberStep::Delta(delta) => {
                    if delta.clear() {
                        now.clear();
                    }
                    now.retain(|id, _| !delta.absent().any(|absent| absent == id.as_str()));
                    let present: Vec<String> = delta.present().map(str::to_owned).collect();
                    let (known, more) = self.known(&present).await?;
                    skipped.extend(more);
                    now.extend(known.into_iter().map(|id| (id.clone(), as_element(&Member::new(id, "")))));
                }
                MemberStep::RemoveMatching(filter) => now.retain(|_, element| !filter.matches(element)),
                MemberStep::ReplaceMatching { filter, path, id } => {
                    let before = now.len();
                    now.retain(|_, element| !filter.matches(element));
                    if now.len() == before {
                        let detail = format!("the path {} meets no member of the group", quoted(path));
                        return Err(ScimError::new(ScimType::NoTarget, detail).into());
                    }
                    let (known, more) = self.known(std::slice::from_ref(id)).await?;
                    skipped.extend(more);
                    now.extend(known.into_iter().map(|id| (id.clone(), as_element(&Member::new(id, "")))));
                }
            }
        }
        let skipped = (!skipped.is_empty()).then(|| skipped.join(", "));
        Ok(Members { skipped, ..difference(&there, now.into_keys().collect()) })
    }

    /// All members of a group, for requests that name all of them anyway.
    async fn all_members(&self, group: &str) -> Result<Vec<Member>, StoreError> {
        let (store, tenant, group) = (&self.core.store, &self.connection.tenant, GroupId::from(group));
        let mut all: Vec<Member> = Vec::new();
        loop {
            let page = store.members(tenant, &group, all.last().map(|member| &member.id), PAGE).await?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Who is meant by the ids of a request, and which are passed over. Unknown ones are refused by name, unless the
    /// connection's client would not get over it.
    async fn known(&self, ids: &[String]) -> Result<(Vec<MemberId>, Option<String>), Stopped> {
        if ids.is_empty() {
            return Ok((Vec::new(), None));
        }
        let known = self.core.store.known_members(&self.connection.tenant, ids).await?;
        let (known, unknown) = skip_unknown_members::split(ids, &known);
        let skipped = (!unknown.is_empty()).then(|| listed(&unknown));
        match skipped {
            Some(named) if !self.leniencies().skip_unknown_members => {
                let detail = format!("members: expected ids of users or groups that exist, received {named}");
                Err(ScimError::new(ScimType::InvalidValue, detail).into())
            }
            skipped => Ok((known, skipped)),
        }
    }
}

fn difference(there: &[Member], wanted: Vec<MemberId>) -> Members {
    let there: std::collections::BTreeSet<&MemberId> = there.iter().map(|member| &member.id).collect();
    let wanted: std::collections::BTreeSet<MemberId> = wanted.into_iter().collect();
    let remove = there.iter().filter(|id| !wanted.contains(**id)).map(|id| (*id).clone()).collect();
    let add = wanted.iter().filter(|id| !there.contains(id)).cloned().collect();
    Members { clear: false, remove, add, skipped: None }
}

/// A member as a filter sees it.
fn as_element(member: &Member) -> Value {
    let kind = match member.id {
        MemberId::User(_) => "User",
        MemberId::Group(_) => "Group",
    };
    json!({ "value": member.id.as_str(), "display": member.display, "type": kind })
}

/// The first of many names, for a person.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 20;
    let shown = names.iter().take(SHOWN).map(|name| quoted(name));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
