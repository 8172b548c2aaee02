//! `axum-app copy FROM TO`: everything from one store to another.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;
use vestibule::store::{Copied, CopyError, Section, Sqlite, copy as copy_store};

use crate::kept::{Kept, open};
use crate::server::StartError;
use crate::stop::Stop;

const HELP: &str = "\
Usage: axum-app copy FROM TO

Copies everything that a store holds into an empty one, and says how much it was.

  FROM, TO  sqlite:FILE; the file of TO is made if need be, and anything in it ends the copying before it begins

No program should write to FROM meanwhile. What of a damaged file cannot be read is left out and named, and the exit
code is 1 then; it is 0 only if TO has all of it.
";

/// Why nothing, or only a part, was copied.
#[derive(Debug, thiserror::Error)]
#[error("cannot copy {from} to {to}{}", match source {
    CopyError::NotEmpty => "",
    _ => ", which may hold a part of it now",
})]
struct Failed {
    from: Kept,
    to: Kept,
    source: CopyError,
}

/// Does what the arguments behind `copy` say.
///
/// # Errors
/// [`Stop`], when they cannot be understood or nothing could be copied.
pub async fn copy(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Stop> {
    let [from, to] = files(lexopt::Parser::from_args(arguments))?;
    let source = Sqlite::options(&from).read_only().open().await;
    let source = source.map_err(|source| StartError::Store { path: from.clone(), source })?;
    let target = open(&to).await?;
    let (from, to) = (Kept::Sqlite(from), Kept::Sqlite(to));
    let copied = copy_store(&source, &target).await;
    target.close().await;
    match copied {
        Ok(copied) => {
            report(&copied, (&from, &to), &mut io::stdout().lock())?;
            Ok(if copied.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(source) => Err(Stop::Failed(Failed { from, to, source }.into())),
    }
}

fn files(mut parser: lexopt::Parser) -> Result<[PathBuf; 2], Stop> {
    let mut files = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(text) => match text.string()?.parse() {
                Ok(Kept::Sqlite(file)) => files.push(file),
                Ok(Kept::Memory) => {
                    let why = "what is in memory is gone with its process, and nobody else can reach it";
                    return Err(Stop::Usage(format!("copy: expected sqlite:FILE, received memory: {why}")));
                }
                Err(error) => return Err(Stop::Usage(format!("copy: {error}"))),
            },
            Short('h') | Long("help") => return Err(Stop::Help(HELP.to_owned())),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let count = files.len();
    files.try_into().map_err(|_| Stop::Usage(format!("copy: expected FROM and TO, received {count} of them")))
}

fn report(copied: &Copied, (from, to): (&Kept, &Kept), out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Copied {from} to {to}:\n")?;
    for section in Section::ALL {
        writeln!(out, "  {:<24} {:>10}", section.to_string(), copied.count(*section))?;
    }
    writeln!(out)?;
    if copied.is_whole() {
        return writeln!(out, "That is all of it.");
    }
    writeln!(out, "Not all of it could be read. What {to} lacks:\n")?;
    for lost in &copied.lost {
        writeln!(out, "  {lost}")?;
    }
    if copied.lost_more > 0 {
        writeln!(out, "  and {} more", copied.lost_more)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<[PathBuf; 2], Stop> {
        files(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn two_files_are_expected() {
        assert_eq!(parsed(&["sqlite:a", "sqlite:b"]).unwrap(), [PathBuf::from("a"), PathBuf::from("b")]);
        assert!(matches!(parsed(&["--help"]), Err(Stop::Help(_))));
        for (wrong, expected) in [
            (&["sqlite:a"][..], "FROM and TO"),
            (&["sqlite:a", "sqlite:b", "sqlite:c"], "received 3"),
            (&["sqlite:a", "memory"], "nobody else can reach it"),
            (&["a", "sqlite:b"], "memory or sqlite:FILE"),
            (&["--from", "sqlite:b"], "--from"),
        ] {
            let Err(Stop::Usage(text)) = parsed(wrong) else { panic!("{wrong:?}") };
            assert!(text.contains(expected), "{text}");
        }
    }
}
