//! Why was this response refused? Checks one SAMLResponse as the layers would and says what to change.
//!
//! `cargo run -p vestibule-examples --bin explain -- response.txt --idp-metadata okta.xml --sp-entity-id … --acs-url …`

use std::io;
use std::process::ExitCode;

use vestibule::Timestamp;
use vestibule_examples::explain;

fn main() -> ExitCode {
    let (mut stdin, mut stdout, mut stderr) = (io::stdin().lock(), io::stdout().lock(), io::stderr());
    match explain(std::env::args_os().skip(1), &mut stdin, &mut stdout, &mut stderr, Timestamp::now()) {
        Ok(ended) => ExitCode::from(ended.code()),
        Err(stop) => stop.report("explain"),
    }
}
