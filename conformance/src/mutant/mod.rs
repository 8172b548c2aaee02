//! Servers with one fault each: they prove that a check can fail.
//!
//! A mutant stands before a server that is right, and rewrites what goes in or what comes out. Which checks fail on it
//! is said beside it, and held against what happens.

mod answers;
#[cfg(feature = "program")]
mod builtin;
mod clients;
mod described;
mod filters;
mod lists;
mod okta;
mod patches;
mod resources;
mod server;
mod table;

#[cfg(feature = "program")]
pub use builtin::builtin;
pub use table::{Table, table};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};

use self::server::{Ask, Reply, Server};
use crate::TargetError;
use crate::check::Boxed;
use crate::conformance::Conformance;

type Answered = Result<Reply, TargetError>;

#[derive(Clone, Copy)]
enum Fault {
    /// What comes in is changed.
    Before(fn(&mut Ask)),
    /// What goes out is changed.
    After(fn(&Ask, &mut Reply)),
    /// Some requests never reach the server.
    Instead(fn(&Ask) -> Option<Reply>),
    /// It needs the server more than once.
    Serve(for<'a> fn(&'a Server, Ask) -> Boxed<'a, Answered>),
}

/// A server with one fault.
#[derive(Clone, Copy)]
pub struct Mutant {
    /// Its name, in small letters.
    pub name: &'static str,
    /// What it does wrong.
    pub what: &'static str,
    /// The checks that fail on it, among others perhaps.
    pub fails: &'static [&'static str],
    fault: Fault,
}

impl std::fmt::Debug for Mutant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mutant").field("name", &self.name).field("what", &self.what).finish_non_exhaustive()
    }
}

const fn before(name: &'static str, what: &'static str, fault: fn(&mut Ask), fails: &'static [&'static str]) -> Mutant {
    Mutant { name, what, fails, fault: Fault::Before(fault) }
}

const fn after(
    name: &'static str,
    what: &'static str,
    fault: fn(&Ask, &mut Reply),
    fails: &'static [&'static str],
) -> Mutant {
    Mutant { name, what, fails, fault: Fault::After(fault) }
}

const fn instead(
    name: &'static str,
    what: &'static str,
    fault: fn(&Ask) -> Option<Reply>,
    fails: &'static [&'static str],
) -> Mutant {
    Mutant { name, what, fails, fault: Fault::Instead(fault) }
}

const fn serve(
    name: &'static str,
    what: &'static str,
    fault: for<'a> fn(&'a Server, Ask) -> Boxed<'a, Answered>,
    fails: &'static [&'static str],
) -> Mutant {
    Mutant { name, what, fails, fault: Fault::Serve(fault) }
}

/// Every mutant.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    let all: [&'static [Mutant]; 8] = [
        resources::MUTANTS,
        answers::MUTANTS,
        filters::MUTANTS,
        lists::MUTANTS,
        patches::MUTANTS,
        described::MUTANTS,
        clients::MUTANTS,
        okta::MUTANTS,
    ];
    all.into_iter().flatten()
}

impl Mutant {
    /// The same run, against the server with this fault.
    #[must_use]
    pub fn before(&self, conformance: &Conformance) -> Conformance {
        let fault = self.fault;
        conformance.clone().map_target(|target| {
            let server = Server::new(target.clone());
            target.answered_by(move |request| -> Boxed<'static, _> {
                let server = server.clone();
                Box::pin(async move { answer(&server, fault, request).await })
            })
        })
    }
}

async fn answer(server: &Server, fault: Fault, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, TargetError> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
    let mut ask = Ask::of(Request::from_parts(parts, Full::default()), body);
    let reply = match fault {
        Fault::Before(change) => {
            change(&mut ask);
            server.send(&ask).await?
        }
        Fault::After(change) => {
            let mut reply = server.send(&ask).await?;
            change(&ask, &mut reply);
            reply
        }
        Fault::Instead(own) => match own(&ask) {
            Some(reply) => reply,
            None => server.send(&ask).await?,
        },
        Fault::Serve(serve) => serve(server, ask).await?,
    };
    Ok(reply.response())
}
