//! Which credentials a provider is reached with: the variables of its file, the numbered ones beside them, and what a
//! person says of any.
//!
//! Only names of variables are seen here, never what they hold.

use crate::pantry::file::{Auth, KeyWhen, ProviderFile, pattern_fits};
use crate::settings::Credential;

use super::route::WhyIdle;

/// The highest number behind a variable that is looked for.
const MOST: u32 = 99;

/// A credential that a provider can be asked under.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// `default` for the usual variable, a number for a numbered one, else its name in the settings; `anonymous`
    /// without a key.
    pub id: String,
    /// Whose it is: credentials of one account share its limits. Its own id, unless somebody said otherwise.
    pub account: String,
    /// Its share of the draw.
    pub weight: f64,
    /// The ids that it is for, or beginnings that end in `*`; empty: all.
    pub models: Vec<String>,
    /// The variable that holds the key; `None` to ask without one.
    pub key_env: Option<String>,
    /// The variable that holds the account for `{account_id}`.
    pub account_env: Option<String>,
}

impl Held {
    /// Whether it is for the model of this id.
    #[must_use]
    pub fn takes(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|pattern| pattern_fits(pattern, model))
    }
}

/// The credentials of a provider: the usual one first, then by number, then in the order of the settings.
pub(super) fn held(
    file: &ProviderFile,
    is_set: &dyn Fn(&str) -> bool,
    said: &[Credential],
) -> Result<Vec<Held>, WhyIdle> {
    let auth = &file.auth;
    let mut found = found(auth, is_set, said);
    if found.is_empty() {
        if !auth.keyless {
            return Err(WhyIdle::NoKey(auth.env.clone()));
        }
        found.push(Found { key_env: None, found_by: By::Name, said: None });
    }
    let mut held: Vec<Held> = Vec::with_capacity(found.len());
    for one in found {
        let account_env = one.account_env(auth, is_set);
        if account_env.is_none() && !auth.account_env.is_empty() {
            continue;
        }
        let account = one.account(&held, account_env.as_deref());
        held.push(one.held(account, account_env));
    }
    if held.is_empty() { Err(WhyIdle::NoAccount(auth.account_env.clone())) } else { Ok(held) }
}

/// A key that is there.
struct Found<'s> {
    key_env: Option<String>,
    found_by: By,
    said: Option<&'s Credential>,
}

/// How a key was found.
#[derive(Clone, Copy)]
enum By {
    /// By a variable of the provider's file.
    Name,
    /// By such a variable with a number behind it.
    Number(u32),
    /// By the settings alone.
    Settings,
}

impl By {
    const fn number(self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(number),
            Self::Name | Self::Settings => None,
        }
    }
}

fn found<'s>(auth: &Auth, is_set: &dyn Fn(&str) -> bool, said: &'s [Credential]) -> Vec<Found<'s>> {
    if auth.key_when == KeyWhen::Never {
        return Vec::new();
    }
    let about = |env: &str| said.iter().find(|one| one.env == env);
    let mut found: Vec<Found<'_>> = [By::Name]
        .into_iter()
        .chain((2..=MOST).map(By::Number))
        .filter_map(|found_by| {
            let env = first_set(&auth.env, found_by.number(), is_set)?;
            Some(Found { said: about(&env), key_env: Some(env), found_by })
        })
        .collect();
    for one in said.iter().filter(|one| is_set(&one.env)) {
        if found.iter().all(|other| other.key_env.as_ref() != Some(&one.env)) {
            let key_env = Some(one.env.clone());
            found.push(Found { key_env, found_by: By::Settings, said: Some(one) });
        }
    }
    let complete =
        |one: &Found<'_>| one.said.and_then(|said| said.account_env.as_deref()).is_none_or(is_set);
    found.retain(complete);
    found
}

/// The first of the variables that is set, with this number behind its name.
fn first_set(
    names: &[String],
    number: Option<u32>,
    is_set: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let numbered = |name: &String| match number {
        Some(number) => format!("{name}_{number}"),
        None => name.clone(),
    };
    names.iter().map(numbered).find(|name| is_set(name))
}

impl Found<'_> {
    /// The variable of the account that is part of the address: its own, that of its number, else the usual one.
    fn account_env(&self, auth: &Auth, is_set: &dyn Fn(&str) -> bool) -> Option<String> {
        let own = self.said.and_then(|said| said.account_env.clone());
        let of_number = || first_set(&auth.account_env, Some(self.found_by.number()?), is_set);
        own.or_else(of_number).or_else(|| first_set(&auth.account_env, None, is_set))
    }

    fn id(&self) -> String {
        let said = self.said.and_then(|said| said.name.clone());
        said.unwrap_or_else(|| match (&self.key_env, self.found_by) {
            (None, _) => "anonymous".to_owned(),
            (_, By::Name) => "default".to_owned(),
            (_, By::Number(number)) => number.to_string(),
            (Some(env), By::Settings) => env.clone(),
        })
    }

    /// Keys of one account id are of one account, whatever else was not said.
    fn account(&self, earlier: &[Held], account_env: Option<&str>) -> String {
        let said = self.said.and_then(|said| said.account.clone());
        let same = || {
            let env = account_env?;
            let other = earlier.iter().find(|other| other.account_env.as_deref() == Some(env));
            other.map(|other| other.account.clone())
        };
        said.or_else(same).unwrap_or_else(|| self.id())
    }

    fn held(self, account: String, account_env: Option<String>) -> Held {
        Held {
            id: self.id(),
            account,
            weight: self.said.map_or(1.0, |said| said.weight),
            models: self.said.map(|said| said.models.clone()).unwrap_or_default(),
            key_env: self.key_env,
            account_env,
        }
    }
}
