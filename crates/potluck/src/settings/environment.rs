//! The process's environment, read once at the start and handed on as a value.
//!
//! The only file that asks the operating system for variables, so that tests can give their own and so
//! that nothing else can depend on one unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::secret::Secret;

/// Variables and their values. Its `Debug` names the variables and none of their values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    values: BTreeMap<String, String>,
    /// The variables that are not the process's.
    kept: BTreeSet<String>,
}

/// Who set a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// Whoever started the process.
    Environment,
    /// It stands in the file of keys, which potluck may change.
    Kept,
}

impl KeyOrigin {
    /// The word used in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Kept => "potluck",
        }
    }
}

impl Environment {
    /// What the process was started with. Variables that are no Unicode are left out.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// A variable's value; `None` when it is not set, empty, or only white space.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A variable's value as a secret, such as a provider's key.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }

    /// The same with further variables.
    #[must_use]
    pub fn with(&self, more: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut all = self.clone();
        all.values.extend(more);
        all
    }

    /// Who set a variable; `None` where it is not set.
    #[must_use]
    pub fn set_by(&self, name: &str) -> Option<KeyOrigin> {
        self.get(name)?;
        Some(if self.kept.contains(name) { KeyOrigin::Kept } else { KeyOrigin::Environment })
    }

    /// The same over keys that are kept: what is set here wins.
    pub(super) fn over(mut self, kept: BTreeMap<String, Secret>) -> Self {
        for (name, key) in kept {
            if self.get(&name).is_none() {
                self.values.insert(name.clone(), key.expose().to_owned());
                self.kept.insert(name);
            }
        }
        self
    }

    /// The names of the variables that begin with `prefix`.
    pub(super) fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.keys().map(String::as_str).filter(move |name| name.starts_with(prefix))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let values = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { values: values.collect(), kept: BTreeSet::new() }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_the_same_as_not_set_and_values_are_trimmed() {
        let environment = Environment::from_iter([("A", " x\n"), ("B", "  ")]);
        assert_eq!(environment.get("A"), Some("x"));
        assert_eq!(environment.get("B"), None);
        assert_eq!(environment.get("C"), None);
    }

    #[test]
    fn its_debug_shows_no_value() {
        let environment = Environment::from_iter([("GROQ_API_KEY", "gsk-1")]);
        assert_eq!(format!("{environment:?}"), r#"{"GROQ_API_KEY"}"#);
    }
}
