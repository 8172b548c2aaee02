//! stub
use super::leniency::Mode; use super::registry::Registry; use serde_json::{Value, json};
pub fn service_provider_config(_base: &str, _mode: Mode) -> Value { json!({}) }
pub fn resource_types(_t: &Registry, _b: &str) -> Vec<Value> { vec![] }
pub fn resource_type(_t: &Registry, _n: &str, _b: &str) -> Option<Value> { None }
pub fn schemas(_t: &Registry, _b: &str) -> Vec<Value> { vec![] }
pub fn schema(_t: &Registry, _n: &str, _b: &str) -> Option<Value> { None }
