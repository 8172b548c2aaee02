//! Suites that prove the SAML and SCIM behaviour of any app, over the network or in process.
//!
//! This crate is in the making: it has no suite yet. It will take the attacks of `mock-okta` and the rules of SCIM as
//! data, run them against a base URL or a Tower service, and write what happened as a report and as snapshots.
