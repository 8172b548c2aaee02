//! stub
use crate::scim::schema::ResourceType;
#[derive(Clone, Debug)]
pub struct Registry { all: Vec<ResourceType>, user: ResourceType, group: ResourceType }
impl Default for Registry { fn default() -> Self { Self { all: vec![ResourceType::user(), ResourceType::group()], user: ResourceType::user(), group: ResourceType::group() } } }
impl Registry {
    pub fn user(&self) -> &ResourceType { &self.user } pub fn group(&self) -> &ResourceType { &self.group }
    pub fn at(&self, endpoint: &str) -> Option<&ResourceType> { self.all.iter().find(|t| t.endpoint == endpoint) }
}
