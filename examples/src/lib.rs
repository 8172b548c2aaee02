//! What the example programs share: their options, how they start and stop, and what they say of a session.
//!
//! The programs are `demo`, `axum-app`, `own-sessions`, `own-tables`, `hyper-app` and `explain`; each prints its options with `--help`.

mod copy;
mod customer;
mod explain;
mod kept;
mod options;
mod server;
mod stop;
mod whoami;

pub use copy::copy;
pub use customer::replace_idp;
pub use explain::{Ended, explain};
pub use kept::{Kept, NoPlace, Work, open};
pub use options::Options;
pub use server::{MAX_BODY, SENSITIVE, Server, StartError, log, shutdown};
pub use stop::Stop;
pub use whoami::WhoAmI;
