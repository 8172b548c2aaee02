//! The options of `explain`.

use std::ffi::OsString;
use std::time::Duration;

use lexopt::prelude::*;
use vestibule::saml::{DEFAULT_CLOCK_SKEW, MAX_CLOCK_SKEW};
use vestibule::{Dangerous, Timestamp};

use super::allow::{allow, names};
use super::time::{EXAMPLE, rfc3339};
use crate::stop::Stop;

/// What `explain` is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// One message, for people.
    One(Box<Options>),
    /// Many, for programs.
    Lines,
}

/// What is told of one message on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) input: String,
    pub(super) nth: Option<usize>,
    pub(super) idp_metadata: Option<String>,
    pub(super) idp_certs: Vec<String>,
    pub(super) idp_entity_id: Option<String>,
    pub(super) sp_entity_id: Option<String>,
    pub(super) acs_url: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) allow_unsolicited: bool,
    pub(super) at: Option<Timestamp>,
    pub(super) dangerous: Dangerous,
    pub(super) want_assertions_signed: bool,
    pub(super) clock_skew: Duration,
}

impl Options {
    /// Reads the arguments, without the name of the program.
    pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Mode, Stop> {
        let mut options = Self {
            input: String::new(),
            nth: None,
            idp_metadata: None,
            idp_certs: Vec::new(),
            idp_entity_id: None,
            sp_entity_id: None,
            acs_url: None,
            request_id: None,
            allow_unsolicited: false,
            at: None,
            dangerous: Dangerous::default(),
            want_assertions_signed: false,
            clock_skew: DEFAULT_CLOCK_SKEW,
        };
        let (mut lines, mut others, mut input) = (false, false, None);
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            others |= argument != Long("lines");
            match argument {
                Long("lines") => lines = true,
                Long("nth") => options.nth = Some(parser.value()?.parse()?),
                Long("idp-metadata") => options.idp_metadata = Some(parser.value()?.string()?),
                Long("idp-cert") => options.idp_certs.push(parser.value()?.string()?),
                Long("idp-entity-id") => options.idp_entity_id = Some(parser.value()?.string()?),
                Long("sp-entity-id") => options.sp_entity_id = Some(parser.value()?.string()?),
                Long("acs-url") => options.acs_url = Some(parser.value()?.string()?),
                Long("request-id") => options.request_id = Some(parser.value()?.string()?),
                Long("allow-unsolicited") => options.allow_unsolicited = true,
                Long("at") => options.at = Some(time(&parser.value()?.string()?)?),
                Long("allow") => allow(&mut options.dangerous, &parser.value()?.string()?)
                    .map_err(|error| Stop::Usage(format!("--allow: {error}")))?,
                Long("want-assertions-signed") => options.want_assertions_signed = true,
                Long("clock-skew") => options.clock_skew = skew(&parser.value()?.string()?)?,
                Short('h') | Long("help") => return Err(Stop::Help(help())),
                Value(value) if input.is_none() => input = Some(value.string()?),
                _ => return Err(argument.unexpected().into()),
            }
        }
        if lines {
            let alone = "--lines: expected no other argument, since each line says everything";
            return if others { Err(Stop::Usage(alone.to_owned())) } else { Ok(Mode::Lines) };
        }
        if options.idp_metadata.is_some() && !options.idp_certs.is_empty() {
            return Err(Stop::Usage("expected either --idp-metadata or --idp-cert, received both".to_owned()));
        }
        options.input = input.ok_or_else(|| Stop::Usage("expected a file with the response, or -".to_owned()))?;
        Ok(Mode::One(Box::new(options)))
    }
}

fn time(text: &str) -> Result<Timestamp, Stop> {
    rfc3339(text).ok_or_else(|| Stop::Usage(format!("--at: expected {EXAMPLE}, received {text:?}")))
}

fn skew(text: &str) -> Result<Duration, Stop> {
    let limit = MAX_CLOCK_SKEW.as_secs();
    let seconds = text.parse().ok().filter(|seconds| *seconds <= limit);
    let seconds = seconds
        .ok_or_else(|| Stop::Usage(format!("--clock-skew: expected 0 to {limit} seconds, received {text:?}")))?;
    Ok(Duration::from_secs(seconds))
}

fn help() -> String {
    format!(
        "\
Usage: explain FILE|- [options]
       explain --lines

Why was this response refused? Checks a SAMLResponse as the app would.

FILE is the response as XML or base64, the form that carried it, or a HAR file that the browser's network tab saved;
- is standard input.

The app and the identity provider:
  --idp-metadata FILE      the identity provider's metadata, saved to a file
  --idp-cert FILE          or a certificate of it; may be repeated
  --idp-entity-id ID       and its entity id (Okta: Issuer)
  --sp-entity-id ID        the app's entity id (Okta: Audience URI)
  --acs-url URL            where the app takes responses (Okta: Single sign-on URL)

What is known of the login:
  --request-id ID          the request that has to be answered; unless given, that is not checked
  --at TIME                the time of the check, such as 2026-01-31T12:00:00Z (now)
  --nth N                  of several posts in a HAR file the one with this number (the last)

How the app is set up:
  --allow-unsolicited      it takes logins that start at the identity provider
  --want-assertions-signed it asks for the Assertion's own signature
  --clock-skew SECONDS     how far clocks may differ, 0 to {limit} ({default})
  --allow NAME             it gives up a check; may be repeated:
                           {first},
                           {second}

  --lines                  read one JSON object a line, answer each with one line of JSON: verdict \"ok\" or \"no\",
                           name_id, reason; every line is answered, a blank one, too, and what is wrong with one that
                           cannot be understood (reason \"bad-input\") is said on standard error. Its keys, all of them:
                           response (XML or base64), idp_certs (list of base64 DER), idp_entity_id, sp_entity_id,
                           acs_url, request_id (or null), now (RFC 3339), allow_unsolicited, allow (list of the names
                           above)
  --help                   print this

Exit code: 0 accepted, 1 refused, 2 when that could not be decided.
",
        limit = MAX_CLOCK_SKEW.as_secs(),
        default = DEFAULT_CLOCK_SKEW.as_secs(),
        first = names().split(", ").take(3).collect::<Vec<_>>().join(", "),
        second = names().split(", ").skip(3).collect::<Vec<_>>().join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Mode, Stop> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    fn usage(arguments: &[&str]) -> String {
        match parse(arguments) {
            Err(Stop::Usage(text)) => text,
            other => panic!("expected a usage error, received {other:?}"),
        }
    }

    #[test]
    fn one_file_or_lines() {
        let Mode::One(options) = parse(&["-", "--allow", "sha1", "--clock-skew", "300"]).unwrap() else { panic!() };
        assert_eq!((options.input.as_str(), options.clock_skew), ("-", MAX_CLOCK_SKEW));
        assert!(options.dangerous.sha1 && !options.dangerous.rsa1024);
        assert_eq!(parse(&["--lines"]).unwrap(), Mode::Lines);
        assert!(matches!(parse(&["--help"]), Err(Stop::Help(_))));
    }

    #[test]
    fn what_cannot_be_understood_says_what_was_expected() {
        assert!(usage(&[]).contains("file"));
        assert!(usage(&["a", "b"]).contains('b'));
        assert!(usage(&["a", "--allow", "md5"]).contains("missing-audience"));
        for time in ["yesterday", "2026-01-31", "2026-01-31 12:00:00Z"] {
            assert!(usage(&["a", "--at", time]).contains("2026-01-31T12:00:00Z"), "{time}");
        }
        assert!(usage(&["a", "--clock-skew", "301"]).contains("300"));
        assert!(usage(&["a", "--clock-skew", "-1"]).contains("300"));
        assert!(usage(&["--lines", "a"]).contains("--lines"));
        assert!(usage(&["a", "--idp-metadata", "m", "--idp-cert", "c"]).contains("both"));
        assert!(usage(&["a", "--verbose"]).contains("--verbose"));
    }
}
