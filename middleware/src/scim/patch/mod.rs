//! Modifying with PATCH (RFC 7644, 3.5.2).
//!
//! [`Patch::parse`] brings what came, dialects included, into operations of one plain form; [`Patch::apply`] carries them
//! out on a copy, all or none. Where the standard leaves a choice:
//!
//! - `replace` at a singular complex attribute sets the sub-attributes that are given and leaves the others (PAT-103).
//! - Elements with equal `value` and `type` are one; adding it again merges its other sub-attributes. The order of
//!   elements means nothing.
//! - A value that is null, `""` or `[]` unassigns; `{}` gives nothing, and leaves what is there.
//! - `remove` at what is not there succeeds; `replace` by a filter that meets nothing is `noTarget` (PAT-05, PAT-106).
//! - What was missing before is not held against a patch, so that a record of older rules can be deactivated.
//!
//! The dialects are in [`leniency`](super::leniency).

mod body;
mod draft;
mod elements;
mod error;
mod members;
mod operation;
mod value;

#[cfg(test)]
mod tests;

pub use body::{MAX_OPERATIONS, PATCH_OP};
pub use draft::MAX_COMPARED;
pub use error::{Fault, PatchError};
pub use members::{MemberDelta, MemberPlan, MemberStep};

use super::{Object, leniency::Leniencies, resource, schema::ResourceType};
use draft::Draft;
use operation::Operations;
use serde_json::Value;

/// A PATCH request that was understood. It can be applied again, when somebody else was faster.
#[derive(Debug)]
pub struct Patch<'a> {
    of: &'a ResourceType,
    leniencies: Leniencies,
    operations: Operations<'a>,
}

/// What a PATCH is applied to.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The id of the resource.
    pub id: &'a str,
    /// The external id that the client of this request gave it.
    pub external_id: Option<&'a str>,
    /// Its attributes, as they are stored: without `id`, `externalId`, `meta`, `schemas` and members.
    pub attributes: &'a Object,
}

/// What came of a PATCH.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Patched {
    /// The attributes afterwards.
    pub attributes: Object,
    /// Whether they or the external id differ from before; the members are not looked at (PAT-03, PAT-123).
    pub changed: bool,
    /// What becomes of the external id.
    pub external_id: Change<String>,
    /// What becomes of the members of a group.
    pub members: MemberPlan,
    /// The unknown attributes that were passed over, for the audit: the first hundred names.
    pub ignored: Vec<String>,
}

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays.
    Keep,
    /// It is this one now.
    Set(T),
    /// It goes.
    Remove,
}

impl<'a> Patch<'a> {
    /// Reads the body of a PATCH of a resource of this type. All that does not depend on the resource is checked here.
    ///
    /// # Errors
    ///
    /// [`Body`](PatchError::Body) if it is no PATCH request (PAT-120), [`TooMany`](PatchError::TooMany) beyond
    /// [`MAX_OPERATIONS`], [`Operation`](PatchError::Operation) with the
    /// first operation that cannot be carried out on any resource.
    pub fn parse(body: &Value, of: &'a ResourceType, leniencies: &Leniencies) -> Result<Self, PatchError> {
        Ok(Self { of, leniencies: *leniencies, operations: Operations::read(body, of, leniencies)? })
    }

    /// Carries the operations out in order, each on the result of the one before (PAT-11), on a copy.
    ///
    /// Whether values are unique and members exist is for the store to say.
    ///
    /// # Errors
    ///
    /// [`Operation`](PatchError::Operation) with the first operation that fails on this resource,
    /// [`Result`](PatchError::Result) if they leave it without a required attribute (PAT-121),
    /// [`TooMuch`](PatchError::TooMuch) beyond [`MAX_COMPARED`].
    pub fn apply(&self, stored: Stored<'_>) -> Result<Patched, PatchError> {
        let mut draft = Draft::new(stored, self.leniencies);
        for (number, step) in &self.operations.steps {
            draft.run(*number, step)?;
        }
        let (attributes, external_id) = draft.finish();
        if let Err(error) = resource::check_required(&attributes, self.of)
            && resource::check_required(stored.attributes, self.of).as_ref() != Err(&error)
        {
            return Err(PatchError::Result(error));
        }
        let external_id = match external_id {
            same if same.as_deref() == stored.external_id => Change::Keep,
            Some(external_id) => Change::Set(external_id),
            None => Change::Remove,
        };
        Ok(Patched {
            changed: attributes != *stored.attributes || external_id != Change::Keep,
            attributes,
            external_id,
            members: self.operations.members.clone(),
            ignored: self.operations.ignored.clone(),
        })
    }
}
