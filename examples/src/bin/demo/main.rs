//! An app and a mock Okta in one process, to be clicked through.
//!
//! `cargo run -p vestibule-examples --bin demo`; with `-- --check` it clicks by itself.

mod app;
mod check;
mod invoices;
mod options;
mod pages;
mod world;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use vestibule_examples::{Stop, log, shutdown};

use options::Options;
use world::World;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Instant::now()).await {
        Ok(code) => code,
        Err(stop) => stop.report("demo"),
    }
}

async fn run(begun: Instant) -> Result<ExitCode, Stop> {
    let options = Options::parse(lexopt::Parser::from_env())?;
    let world = World::start(&options).await.map_err(|error| Stop::Failed(error.into()))?;
    let took = begun.elapsed();
    if options.check {
        log("error");
        let passed = check::run(&world, took, &mut io::stdout().lock()).await?;
        return Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    greet(&world, took)?;
    // Only now: what was done to set things up would stand above the greeting.
    log("warn,vestibule::audit=info");
    shutdown().await;
    Ok(ExitCode::SUCCESS)
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
    for (wanted, got) in &world.moved {
        writeln!(out, "  Port {wanted} is taken, so {got} is used.")?;
    }
    writeln!(out, "  Started in {} ms. Sign-ins are reported below. Ctrl-C ends it.", took.as_millis())?;
    writeln!(out)?;
    out.flush()
}
