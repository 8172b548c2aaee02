//! mock Okta over HTTP, from outside.

mod app;
mod login;
mod messages;
mod pages;
mod xmlsec;
