//! What a check is: one rule, where it stands, and the exchange that shows whether a server keeps it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::run::Run;

/// How binding a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// The standard demands it.
    Must,
    /// The standard advises it.
    Should,
    /// The standard does not ask for it, but a client in use needs it.
    Lenient,
}

impl Level {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Lenient => "lenient",
        }
    }
}

/// A set of checks that is run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Suite {
    /// RFC 7643 and RFC 7644.
    Rfc,
    /// What Okta sends and needs back, its published SPEC test included.
    Okta,
    /// What Microsoft Entra ID sends and needs back.
    Entra,
    /// The interop profile and IPSIE: choices that the RFCs leave open, made in one way. It contradicts what Okta
    /// sends, so it is for servers, or connections, in a strict mode.
    Strict,
}

impl Suite {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rfc, Self::Okta, Self::Entra, Self::Strict];

    /// The name on the command line and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rfc => "rfc",
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Strict => "strict",
        }
    }

    /// The suite with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.as_str() == name)
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a check ends before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The server did something else.
    Failed {
        /// What the rule allows.
        expected: String,
        /// What the server did.
        received: String,
    },
    /// The rule does not concern this server, or cannot be seen in this run.
    Skipped(String),
}

impl Stop {
    /// The check cannot say anything here.
    pub(crate) fn skip(reason: impl Into<String>) -> Self {
        Self::Skipped(reason.into())
    }

    /// A failure, in words.
    pub(crate) fn failed(expected: impl Into<String>, received: impl Into<String>) -> Self {
        Self::Failed { expected: expected.into(), received: received.into() }
    }
}

/// What a check comes to.
pub(crate) type Verdict = Result<(), Stop>;

/// Goes on when it holds.
pub(crate) fn ensure(holds: bool, expected: impl Into<String>, received: impl fmt::Display) -> Verdict {
    if holds { Ok(()) } else { Err(Stop::failed(expected, received.to_string())) }
}

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One rule and how it is seen. The ids are stable: reports, tests and `--only` name checks by them.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Check {
    /// The stable id, such as `RES-01`.
    pub id: &'static str,
    /// The rule, in one line.
    pub title: &'static str,
    /// How binding it is.
    pub level: Level,
    /// Where it stands.
    pub section: &'static str,
    /// The suites that it is in.
    pub suites: &'static [Suite],
    pub(crate) run: for<'a> fn(&'a Run) -> Boxed<'a, Verdict>,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Check");
        debug.field("id", &self.id).field("level", &self.level).field("section", &self.section);
        debug.field("suites", &self.suites).finish_non_exhaustive()
    }
}

/// Declares the checks of one file, and from the same list a macro with one test function for each.
///
/// A line is: function, id, level, suites, section, title. The function stands below the list.
macro_rules! checks {
    (
        ($d:tt) $exported:ident;
        $($name:ident $id:literal $level:ident [$($suite:ident)+] $section:literal $title:literal;)+
    ) => {
        pub(crate) const CHECKS: &[$crate::check::Check] = &[$($crate::check::Check {
            id: $id,
            title: $title,
            level: $crate::check::Level::$level,
            section: $section,
            suites: &[$($crate::check::Suite::$suite),+],
            run: |run| Box::pin($name(run)),
        }),+];

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $exported {
            ($d suite:ident, $d target:path) => {
                $($crate::__if_in_suite! {
                    $d suite [$($suite)+]
                    #[tokio::test]
                    async fn $name() {
                        $crate::__private::one($d target().await, $id).await;
                    }
                })+
            };
        }
    };
}

pub(crate) use checks;
