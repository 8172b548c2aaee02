//! The members of a group as a plan of changes, since they are rows that no operation has to load (RFC 7644, 3.5.2).

use crate::scim::filter::ElementFilter;
use std::collections::HashMap;

/// What a PATCH does to the members of a group, in order.
///
/// All that names members by id is a [`MemberDelta`], whose cost does not depend on how many members there are: an id
/// stands in it once, with the last word of all operations (PAT-125, PAT-126). Members are elements that come and go;
/// their sub-attributes, which are immutable, are never edited (PAT-128).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberPlan {
    steps: Vec<MemberStep>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MemberStep {
    /// Members by id.
    Delta(MemberDelta),
    /// All that the filter matches go, which has to be asked of each member as an object with `value`, `type`, `display`
    /// and `$ref`. None: nothing happens.
    RemoveMatching(ElementFilter),
    /// All that the filter matches go, and this id comes. None: the whole request fails with `noTarget`.
    ReplaceMatching {
        /// Which members go.
        filter: ElementFilter,
        /// The path, for the error.
        path: String,
        /// The id that comes.
        id: String,
    },
}

impl MemberPlan {
    /// The steps, in order. Two deltas never follow each other.
    #[must_use]
    pub fn steps(&self) -> &[MemberStep] {
        &self.steps
    }

    /// Whether no operation was about members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The whole plan, if it can be carried out without a look at the members that are there.
    #[must_use]
    pub fn as_delta(&self) -> Option<&MemberDelta> {
        match self.steps.as_slice() {
            [MemberStep::Delta(delta)] => Some(delta),
            _ => None,
        }
    }

    pub(super) fn push(&mut self, step: MemberStep) {
        self.steps.push(step);
    }

    /// All go; what was planned before does not matter any more.
    pub(super) fn clear(&mut self) {
        // A replacement may still fail, and then has to.
        while self.steps.pop_if(|step| !matches!(step, MemberStep::ReplaceMatching { .. })).is_some() {}
        self.steps.push(MemberStep::Delta(MemberDelta { clear: true, ..MemberDelta::default() }));
    }

    pub(super) fn put(&mut self, id: &str, present: bool) {
        if !matches!(self.steps.last(), Some(MemberStep::Delta(_))) {
            self.steps.push(MemberStep::Delta(MemberDelta::default()));
        }
        if let Some(MemberStep::Delta(delta)) = self.steps.last_mut() {
            delta.put(id, present);
        }
    }
}

/// Who is a member and who is not, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberDelta {
    clear: bool,
    ids: Vec<(String, bool)>,
    places: HashMap<String, usize>,
}

impl MemberDelta {
    /// Whether all that are there go first.
    #[must_use]
    pub fn clear(&self) -> bool {
        self.clear
    }

    /// The ids in the order in which they were first named, each once; `true`: is a member, `false`: is none.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, bool)> {
        self.ids.iter().map(|(id, present)| (id.as_str(), *present))
    }

    /// The ids that are members afterwards, wherever they were before.
    pub fn present(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|(_, present)| *present).map(|(id, _)| id)
    }

    /// The ids that are no members afterwards.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|(_, present)| !*present).map(|(id, _)| id)
    }

    fn put(&mut self, id: &str, present: bool) {
        match self.places.get(id).and_then(|place| self.ids.get_mut(*place)) {
            Some((_, known)) => *known = present,
            // Nobody is left whom it could take away.
            None if self.clear && !present => {}
            None => {
                self.places.insert(id.to_owned(), self.ids.len());
                self.ids.push((id.to_owned(), present));
            }
        }
    }
}
