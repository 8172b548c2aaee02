//! An app and a mock Okta in one process, to be clicked through.
//!
//! `cargo run -p vestibule-examples --bin demo`; with `-- --check` it clicks by itself.

mod app;
mod bodies;
mod check;
mod data;
mod invoices;
mod options;
mod pages;
mod panel;
mod provisioning;
mod saved;
mod scim;
mod world;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use vestibule_examples::{Stop, log, shutdown};

use options::Options;
use world::{World, WorldError};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Instant::now()).await {
        Ok(code) => code,
        Err(stop) => stop.report("demo"),
    }
}

async fn run(begun: Instant) -> Result<ExitCode, Stop> {
    let options = Options::parse(lexopt::Parser::from_env())?;
    let mut world = World::open(&options).await.map_err(failed)?;
    if options.check {
        log("error");
        let provisioning = world.connect().await.map_err(failed)?;
        let (passed, world) = check::run(world, provisioning, begun.elapsed(), &mut io::stdout().lock()).await?;
        if let Some(world) = world {
            end(world).await?;
        }
        return Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let asked_to_end = shutdown().map_err(|error| Stop::Failed(error.into()))?;
    greet(&world, begun.elapsed())?;
    world.connect().await.map_err(failed)?;
    // Only now: what was done to set things up is no sign-in.
    log("warn,vestibule::audit=info");
    asked_to_end.await;
    end(world).await?;
    Ok(ExitCode::SUCCESS)
}

/// Ends both servers, and removes what was only to last so long.
async fn end(world: World) -> io::Result<()> {
    world.stop().await.close()
}

fn failed(error: WorldError) -> Stop {
    Stop::Failed(error.into())
}

fn greet(world: &World, took: Duration) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out)?;
    writeln!(out, "  Ledgerline, a small app     {}   <- open this", world.app_url)?;
    writeln!(out, "  mock Okta, its sign-in      {}", world.okta.url())?;
    writeln!(out)?;
    for person in world.people() {
        let note = if person.assigned { "" } else { "   (not assigned to the app)" };
        writeln!(out, "  {:<26}  {}{note}", person.login, person.password)?;
    }
    writeln!(out)?;
    let folder = world.data.folder().display();
    if world.data.is_temporary() {
        writeln!(out, "  State is in {folder}")?;
        writeln!(out, "  until this ends; with --data DIR it stays, and the next start goes on from there.")?;
    } else {
        let what = if world.goes_on() { "Goes on with the state in" } else { "State is kept in" };
        writeln!(out, "  {what} {folder}: accounts, sessions, and the")?;
        writeln!(
            out,
            "  people of mock Okta with its token. Its own sign-ins and the list of calls end with each run."
        )?;
    }
    writeln!(out)?;
    for (wanted, got) in &world.moved {
        writeln!(out, "  Port {wanted} is taken, so {got} is used.")?;
    }
    writeln!(out, "  Started in {} ms. Sign-ins are reported below. Ctrl-C ends it.", took.as_millis())?;
    writeln!(out)?;
    out.flush()
}
