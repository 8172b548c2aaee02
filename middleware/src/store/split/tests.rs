//! Two stores in memory as one.

use super::Split;
use crate::store::Memory;

#[tokio::test]
async fn passes_the_suite_for_stores() {
    crate::store::testing::check(|| async { Split::new(Memory::new(), Memory::new()) }).await;
}

#[tokio::test]
async fn passes_the_suite_over_a_table_that_knows_its_tenants_by_shadows_alone() {
    crate::store::testing::check(|| async { Split::without_tenants(Memory::new(), Memory::new()) }).await;
}
