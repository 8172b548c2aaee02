//! The people, groups and apps that an org starts with: our own sample, or a TOML file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::SamlSettings;

/// The people that every mock Okta knows unless it is told otherwise.
const SAMPLE: &str = include_str!("sample.toml");

/// Why a seed is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// The file is not TOML, or has a name in it that means nothing here.
    #[error("the seed cannot be read: {0}")]
    Read(#[from] toml::de::Error),
    /// Something is named that is not there, or there twice.
    #[error("the seed does not fit together: {0}")]
    Inconsistent(String),
}

/// What an org starts with. The file's names are those of the fields in camel case; a name that means nothing is an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Seed {
    pub(crate) org: Option<String>,
    pub(crate) people: Vec<SeedPerson>,
    pub(crate) groups: Vec<SeedGroup>,
    pub(crate) apps: Vec<SeedApp>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SeedPerson {
    pub(crate) login: String,
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) password: Option<String>,
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SeedGroup {
    pub(crate) name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SeedApp {
    pub(crate) label: String,
    /// The `exk` id where it has to stay the same from run to run: it stands in the metadata URL and in the issuer.
    pub(crate) external_key: Option<String>,
    #[serde(default)]
    pub(crate) people: Vec<String>,
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    #[serde(default)]
    pub(crate) settings: SamlSettings,
}

impl Seed {
    /// The sample: six people in three groups, and no app.
    ///
    /// # Errors
    /// None in practice: the sample is a part of this crate.
    pub fn sample() -> Result<Self, SeedError> {
        Self::from_toml(SAMPLE)
    }

    /// Reads a seed.
    ///
    /// ```
    /// let seed = mock_okta::Seed::from_toml(r#"
    ///     org = "acme"
    ///     groups = [{ name = "Engineering" }]
    ///     [[people]]
    ///     login = "ada@example.com"
    ///     groups = ["Engineering"]
    ///     attributes = { department = "Engines" }
    ///     [[apps]]
    ///     label = "Reports"
    ///     externalKey = "exk0123456789ABCDEFG"
    ///     groups = ["Engineering"]
    ///     settings = { ssoAcsUrl = "http://localhost:3000/acs", audience = "http://localhost:3000/metadata" }
    /// "#)?;
    /// # Ok::<_, mock_okta::SeedError>(())
    /// ```
    ///
    /// # Errors
    /// The text is not TOML or has unknown names in it.
    pub fn from_toml(text: &str) -> Result<Self, SeedError> {
        Ok(toml::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_seed() {
        let seed = Seed::sample().unwrap();
        assert!(seed.people.iter().any(|p| p.login == "ada@example.com"));
        assert!(seed.apps.is_empty());
    }

    #[test]
    fn unknown_names_are_refused_at_every_level() {
        let person = "[[people]]\nlogin = 'a@example.com'\n";
        let app = "[[apps]]\nlabel = 'x'\n";
        assert!(Seed::from_toml(&format!("{person}{app}")).is_ok());
        for wrong in [
            "colour = 1".to_owned(),
            format!("{person}name = 'x'"),
            format!("{app}settings = {{ acsUrl = 'x' }}"),
            format!("{app}settings = {{ attributeStatements = [{{ type = 'GROUP', name = 'g', filter = 'x' }}] }}"),
        ] {
            assert!(Seed::from_toml(&wrong).is_err(), "{wrong}");
        }
    }
}
