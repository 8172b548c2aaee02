//! An Okta org on your own machine: an identity provider for demos and tests.
//!
//! ```no_run
//! # async fn example(serve_my_app: impl Fn(String) -> String) {
//! use mock_okta::MockOkta;
//!
//! let okta = MockOkta::start().await; // sample people, a free port
//! let tile = okta.add_app("Acme").await; // has its own metadata URL
//! let app = serve_my_app(tile.metadata_url()); // your server, told about it
//! tile.trust(format!("{app}/sso/acme/metadata")).assign("ada@example.com").await;
//! let page = okta.browser("ada@example.com").open(format!("{app}/reports")).await;
//! assert_eq!(page.status(), 200);
//! # }
//! ```
//!
//! What it sends has the shape of Okta's own messages and is really signed, so the app under test needs no test configuration.
//! [`App::response_for`] gives the same messages to be bent, and [`xml`] and [`sign`] are what [attacks](attack) on service providers are made of.
//!
//! Not for production: passwords are printed on the front page.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `program` | yes | the program `mock-okta` |

mod app;
pub mod attack;
mod browser;
mod clock;
mod error;
pub mod idp;
mod ids;
mod mock;
mod org;
mod respond;
mod server;
pub mod sign;
mod unconfirmed;
pub mod xml;

pub use app::{App, Change};
pub use browser::{
    Browser, BrowserError, Captured, Cookie, ExchangeError, Form, Hop, Navigation, Outcome, Page, SameSite,
};
pub use clock::Clock;
pub use error::Error;
pub use idp::response::{Attribute, NameId, Response, ResponseBuilder, SignMode, Status};
pub use mock::{Builder, MockOkta};
pub use org::{
    AcsEndpoint, AttributeStatement, ExpressionError, Group, GroupFilter, NameFormat, NameIdFormat, Person,
    SamlSettings, Seed, SeedError, SettingsError,
};
