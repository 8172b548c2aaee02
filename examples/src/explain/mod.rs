//! The program `explain`: holds one response against a connection, and says why it is refused and what to change.

mod advice;
mod allow;
mod check;
mod facts;
mod har;
mod input;
mod lines;
mod options;
mod report;
mod text;
mod time;

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, Read, Write};

use vestibule::Timestamp;
use vestibule::saml::metadata::IdpMetadata;
use vestibule::saml::xml::Limits;
use vestibule::saml::{IdpKey, IdpKeys};

use self::check::{Setup, check};
use self::facts::{Facts, Known};
use self::input::Input;
use self::options::{Mode, Options};
use crate::stop::Stop;

/// The largest file that is read: 64 MiB, which is a long HAR.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The response is accepted, or every line was answered.
    Accepted,
    /// The response is refused.
    Refused,
    /// Something was missing, so nothing was decided, or a line could not be understood.
    Undecided,
}

impl Ended {
    /// The exit code: 0, 1 and 2.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Refused => 1,
            Self::Undecided => 2,
        }
    }
}

/// Runs the program; `now` is the time of the check unless the arguments name one. To `stderr` goes what is wrong with a
/// line of many; what stops the program is the error that is returned.
///
/// # Errors
/// [`Stop::Help`] when it is asked for, [`Stop::Usage`] when arguments or files cannot be understood, or when nobody
/// reads the output any more.
pub fn explain(
    arguments: impl IntoIterator<Item = OsString>,
    stdin: &mut dyn BufRead,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    now: Timestamp,
) -> Result<Ended, Stop> {
    match Options::parse(arguments)? {
        Mode::Lines => lines::run(stdin, stdout, stderr).map_err(cannot_write),
        Mode::One(options) => one(&options, stdin, stdout, now),
    }
}

fn one(options: &Options, stdin: &mut dyn BufRead, stdout: &mut dyn Write, now: Timestamp) -> Result<Ended, Stop> {
    let octets = if options.input == "-" { read("standard input", stdin)? } else { read_file(&options.input)? };
    let input = Input::read(&octets, options.nth).map_err(|error| Stop::Usage(error.to_string()))?;
    let provider = provider(options)?;
    let now = options.at.unwrap_or(now);
    let known = Known {
        idp_entity_id: provider.entity_id.as_deref(),
        sp_entity_id: options.sp_entity_id.as_deref(),
        acs_url: options.acs_url.as_deref(),
        request_id: options.request_id.as_deref(),
        keys: provider.keys.as_ref(),
        clock_skew: options.clock_skew,
    };
    let message = input.posted.octets();
    let facts = message.as_ref().ok().and_then(|octets| Facts::of(octets, &known, now));
    let mut text = report::heading(&input, now, options, &provider.warnings);
    let (Some(keys), Some(idp_entity_id), Some(sp_entity_id), Some(acs_url)) =
        (known.keys, known.idp_entity_id, known.sp_entity_id, known.acs_url)
    else {
        text.push_str(&report::missing(&known, &input));
        text.push_str(&report::facts(facts.as_ref()));
        return print(stdout, &text, Ended::Undecided);
    };
    let setup = Setup {
        keys,
        idp_entity_id,
        sp_entity_id,
        acs_url,
        clock_skew: options.clock_skew,
        dangerous: options.dangerous,
        want_assertions_signed: options.want_assertions_signed,
        allow_unsolicited: options.allow_unsolicited,
    };
    // Whoever asks why a login failed rarely knows the request; that it is not checked then is said in the report.
    let assumed = facts.as_ref().and_then(Facts::in_response_to).filter(|_| options.request_id.is_none());
    let request_id = options.request_id.as_deref().or(assumed);
    let result = message.map_err(Into::into).and_then(|octets| check(&octets, &setup, request_id, now));
    let ended = match result {
        Ok(accepted) => {
            text.push_str(&report::accepted(&accepted, assumed));
            Ended::Accepted
        }
        Err(refusal) => {
            text.push_str(&report::refused(&refusal, options.clock_skew));
            text.push_str(&report::facts(facts.as_ref()));
            Ended::Refused
        }
    };
    print(stdout, &text, ended)
}

fn print(stdout: &mut dyn Write, text: &str, ended: Ended) -> Result<Ended, Stop> {
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(cannot_write)?;
    Ok(ended)
}

// Exit code 1 says "refused", which a broken pipe is not.
#[allow(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn cannot_write(error: std::io::Error) -> Stop {
    Stop::Usage(format!("cannot write the answer: {error}"))
}

/// What the arguments say of the identity provider.
struct Provider {
    entity_id: Option<String>,
    keys: Option<IdpKeys>,
    /// What was odd about its metadata.
    warnings: Vec<String>,
}

fn provider(options: &Options) -> Result<Provider, Stop> {
    let mut provider = Provider { entity_id: options.idp_entity_id.clone(), keys: None, warnings: Vec::new() };
    if let Some(path) = &options.idp_metadata {
        let metadata = IdpMetadata::parse(&read_file(path)?, &Limits::METADATA)
            .map_err(|error| Stop::Usage(format!("--idp-metadata {path}: {error}")))?;
        provider.entity_id.get_or_insert(metadata.entity_id);
        provider.keys = Some(metadata.keys);
        provider.warnings = metadata.warnings;
    }
    if !options.idp_certs.is_empty() {
        let mut keys = Vec::new();
        for path in &options.idp_certs {
            let octets = read_file(path)?;
            let read = match std::str::from_utf8(&octets) {
                Ok(text) => IdpKey::parse_certificates(text),
                Err(_) => IdpKey::from_certificate(&octets).map(|key| vec![key]),
            };
            keys.extend(read.map_err(|error| Stop::Usage(format!("--idp-cert {path}: {error}")))?);
        }
        provider.keys = Some(IdpKeys::new(keys).map_err(|error| Stop::Usage(format!("--idp-cert: {error}")))?);
    }
    Ok(provider)
}

fn read_file(path: &str) -> Result<Vec<u8>, Stop> {
    let mut file = File::open(path).map_err(|error| Stop::Usage(format!("cannot open {path}: {error}")))?;
    read(path, &mut file)
}

fn read(name: &str, from: &mut (impl Read + ?Sized)) -> Result<Vec<u8>, Stop> {
    let mut octets = Vec::new();
    from.take(MAX_FILE + 1)
        .read_to_end(&mut octets)
        .map_err(|error| Stop::Usage(format!("cannot read {name}: {error}")))?;
    if u64::try_from(octets.len()).is_ok_and(|length| length <= MAX_FILE) {
        Ok(octets)
    } else {
        Err(Stop::Usage(format!("{name}: expected at most {MAX_FILE} octets")))
    }
}
