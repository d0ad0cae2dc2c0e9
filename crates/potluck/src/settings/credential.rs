//! `[[credentials.PROVIDER]]`: what a person says of the keys of a provider, by the variables that hold them.
//!
//! A key itself never stands in the file, and a text that may be one is never repeated in a message.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsError;
use super::environment::Environment;
use super::key::nearest;
use super::layer::Origin;
use super::value::{Kind, Value};

/// The section's name.
pub(super) const SECTION: &str = "credentials";

/// A key of a provider, by the variable that holds it, and how it is to be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// The variable that holds the key.
    pub env: String,
    /// The variable that holds the account id which is part of the address, where it is not the provider's usual one.
    pub account_env: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Whose it is: credentials of one account share its limits.
    pub account: Option<String>,
    /// Its share of the draw, beside 1 of every other.
    pub weight: f64,
    /// The ids that it is for, or beginnings that end in `*`; empty: all.
    pub models: Vec<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// What may be said of a credential.
const KEYS: [&str; 6] = ["env", "account_env", "name", "account", "weight", "models"];

/// How people call a key when they write it where it must not stand.
const SECRETS: [&str; 5] = ["key", "api_key", "token", "secret", "value"];

/// Names that are given to keys found by their variables.
const TAKEN: [&str; 2] = ["default", "anonymous"];

/// The heaviest and the lightest share.
const WEIGHTS: std::ops::RangeInclusive<f64> = 0.01..=100.0;

/// Reads the whole section: for each provider its list.
pub(super) fn read(
    section: &Spanned<DeValue<'_>>,
    at: &dyn Fn(usize) -> Origin,
) -> Result<BTreeMap<String, Vec<Credential>>, SettingsError> {
    let DeValue::Table(providers) = section.get_ref() else {
        return Err(no_list(at(section.span().start), SECTION, "groq"));
    };
    let mut read = BTreeMap::new();
    for (provider, list) in providers {
        let id = provider.get_ref().to_string();
        let DeValue::Array(items) = list.get_ref() else {
            return Err(no_list(at(provider.span().start), &format!("{SECTION}.{id}"), &id));
        };
        let mut credentials = Vec::with_capacity(items.len());
        for item in items {
            let origin = at(item.span().start);
            let DeValue::Table(table) = item.get_ref() else {
                return Err(no_list(origin, &format!("{SECTION}.{id}"), &id));
            };
            credentials.push(Entry { id: &id, at }.read(table, origin)?);
        }
        check_apart(&id, &credentials)?;
        read.insert(id, credentials);
    }
    Ok(read)
}

/// What a person should hear of credentials whose variables are not set: they are left out.
pub(super) fn unset(
    credentials: &BTreeMap<String, Vec<Credential>>,
    environment: &Environment,
) -> Vec<String> {
    let all = credentials.iter().flat_map(|(id, own)| own.iter().map(move |one| (id, one)));
    let missing = all.filter_map(|(id, one)| {
        let mut variables = [Some(&one.env), one.account_env.as_ref()].into_iter().flatten();
        let name = variables.find(|name| environment.get(name).is_none())?;
        Some(format!(
            "{}: the variable {name} is not set, so this credential of {id} is left out",
            one.origin
        ))
    });
    missing.collect()
}

fn no_list(origin: Origin, key: &str, provider: &str) -> SettingsError {
    let message = format!("must be a list of tables, written [[{SECTION}.{provider}]]");
    SettingsError::Wrong { origin, key: key.to_owned(), message }
}

/// No two of one provider may have one name or one variable.
fn check_apart(id: &str, credentials: &[Credential]) -> Result<(), SettingsError> {
    let (mut names, mut variables) = (BTreeSet::new(), BTreeSet::new());
    for one in credentials {
        let name = one.name.as_ref().unwrap_or(&one.env);
        let wrong = |key: &str, what: &str| {
            let key = format!("{SECTION}.{id}.{key}");
            Err(SettingsError::Wrong { origin: one.origin.clone(), key, message: what.to_owned() })
        };
        if !variables.insert(&one.env) {
            return wrong("env", "is the variable of an earlier credential of this provider");
        }
        if !names.insert(name) {
            return wrong("name", "is the name of an earlier credential of this provider");
        }
    }
    Ok(())
}

/// One table of the list, while it is read.
struct Entry<'e> {
    id: &'e str,
    at: &'e dyn Fn(usize) -> Origin,
}

impl Entry<'_> {
    fn read(&self, table: &DeTable<'_>, origin: Origin) -> Result<Credential, SettingsError> {
        let mut credential = Credential {
            env: String::new(),
            account_env: None,
            name: None,
            account: None,
            weight: 1.0,
            models: Vec::new(),
            origin: origin.clone(),
        };
        for (key, value) in table {
            let origin = (self.at)(key.span().start);
            let (name, value) = (key.get_ref().as_ref(), value.get_ref());
            if !KEYS.contains(&name) {
                return Err(self.unknown(origin, name));
            }
            let filled = fill(&mut credential, name, value);
            filled.map_err(|message| self.wrong(origin, name, message))?;
        }
        if credential.env.is_empty() {
            let message = "is missing: it names the variable that holds the key".to_owned();
            return Err(self.wrong(origin, "env", message));
        }
        Ok(credential)
    }

    fn wrong(&self, origin: Origin, key: &str, message: String) -> SettingsError {
        SettingsError::Wrong { origin, key: format!("{SECTION}.{}.{key}", self.id), message }
    }

    fn unknown(&self, origin: Origin, name: &str) -> SettingsError {
        if SECRETS.contains(&name) {
            let message = "is not taken: a key stands in a variable, and `env` names that variable";
            return self.wrong(origin, name, message.to_owned());
        }
        SettingsError::Unknown {
            origin,
            what: "key",
            name: format!("{SECTION}.{}.{name}", self.id),
            near: nearest(name, KEYS).map(str::to_owned),
        }
    }
}

fn fill(credential: &mut Credential, name: &str, value: &DeValue<'_>) -> Result<(), String> {
    match name {
        "env" => credential.env = variable(value)?,
        "account_env" => credential.account_env = Some(variable(value)?),
        "name" => credential.name = Some(free_name(value)?),
        "account" => credential.account = Some(word(value)?),
        "weight" => credential.weight = weight(value)?,
        _ => credential.models = models(value)?,
    }
    Ok(())
}

/// The name of a variable, in capitals: what is not may be a key, and is not repeated.
fn variable(value: &DeValue<'_>) -> Result<String, String> {
    let fits = |text: &str| {
        let inside = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && text.chars().all(inside)
    };
    value.as_str().filter(|text| fits(text)).map(str::to_owned).ok_or_else(|| {
        "must be the name of a variable in capitals, such as GROQ_API_KEY_2; the key itself never stands in a file"
            .to_owned()
    })
}

fn word(value: &DeValue<'_>) -> Result<String, String> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = |text: &&str| (1..=64).contains(&text.len()) && text.chars().all(inside);
    value
        .as_str()
        .filter(fits)
        .map(str::to_owned)
        .ok_or_else(|| "must be 1 to 64 letters, digits, \"-\", \"_\" or \".\"".to_owned())
}

fn free_name(value: &DeValue<'_>) -> Result<String, String> {
    let name = word(value)?;
    if TAKEN.contains(&name.as_str()) || name.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!(
            "is \"{name}\", which potluck gives itself to keys that it finds by their variables; choose another"
        ));
    }
    Ok(name)
}

fn weight(value: &DeValue<'_>) -> Result<f64, String> {
    let text = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => "",
    };
    let weight = text.replace('_', "").parse().ok();
    weight
        .filter(|weight| WEIGHTS.contains(weight))
        .ok_or_else(|| format!("must be a number from {} to {}", WEIGHTS.start(), WEIGHTS.end()))
}

fn models(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match Kind::Words.read_toml(value)? {
        Value::List(models) if !models.is_empty() => Ok(models),
        _ => Err("names no model: leave it out to mean all".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Settings;

    fn file(text: &str, variables: &[&str]) -> Result<Settings, String> {
        let environment = variables.iter().map(|name| (*name, "secret-key")).collect();
        Settings::from_text(Path::new("potluck.toml"), text, environment)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_credential_is_read_whole() {
        let text = "[[credentials.groq]]\nenv = \"WORK\"\nname = \"work\"\naccount = \"firm\"\nweight = 2\n\
                    models = [\"llama-*\", \"kimi\"]\n[[credentials.groq]]\nenv = \"HOME_KEY\"\nweight = 0.5\n";
        let settings = file(text, &["WORK", "HOME_KEY"]).unwrap();
        let [work, home] = &settings.catalog.credentials["groq"][..] else { panic!("two") };
        assert_eq!((work.env.as_str(), work.name.as_deref()), ("WORK", Some("work")));
        assert_eq!((work.account.as_deref(), work.weight), (Some("firm"), 2.0));
        assert_eq!(work.models, ["llama-*", "kimi"]);
        assert_eq!(work.origin.to_string(), "potluck.toml:1");
        assert_eq!((home.name.as_deref(), home.weight, home.models.len()), (None, 0.5, 0));
        assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
    }

    #[test]
    fn a_variable_that_is_not_set_is_told_and_no_error() {
        let text = "[[credentials.groq]]\nenv = \"WORK\"\naccount_env = \"OTHER\"\n";
        let told = |variables: &[&str]| file(text, variables).unwrap().warnings.join("\n");
        assert_eq!(
            told(&[]),
            "potluck.toml:1: the variable WORK is not set, so this credential of groq is left out"
        );
        assert!(told(&["WORK"]).contains("the variable OTHER is not set"));
        assert_eq!(told(&["WORK", "OTHER"]), "");
    }

    #[test]
    fn a_key_in_the_file_is_refused_and_never_repeated() {
        let key = "gsk_abcdef0123456789";
        for line in [format!("env = \"{key}\""), format!("key = \"{key}\"")] {
            let told = file(&format!("[[credentials.groq]]\n{line}\n"), &[]).unwrap_err();
            assert!(told.starts_with("potluck.toml:2: `credentials.groq."), "{told}");
            assert!(!told.contains(key), "{told}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = |body: &str| file(&format!("[[credentials.groq]]\n{body}"), &[]).unwrap_err();
        let cases = [
            ("name = \"a\"\n", "potluck.toml:1: `credentials.groq.env` is missing"),
            ("env = \"A\"\nweigth = 1\n", "did you mean `weight`?"),
            ("env = \"A\"\nweight = 0\n", "must be a number from 0.01 to 100"),
            ("env = \"A\"\nname = \"2\"\n", "which potluck gives itself"),
            ("env = \"A\"\nname = \"a b\"\n", "must be 1 to 64 letters"),
            ("env = \"A\"\nmodels = []\n", "names no model"),
            ("env = \"A\"\n[[credentials.groq]]\nenv = \"A\"\n", "the variable of an earlier"),
            (
                "env = \"A\"\nname = \"x\"\n[[credentials.groq]]\nenv = \"B\"\nname = \"x\"\n",
                "the name of an earlier",
            ),
        ];
        for (body, wanted) in cases {
            let told = told(body);
            assert!(told.contains(wanted), "{body}: {told}");
        }
        let flat = file("[credentials]\ngroq = \"A\"\n", &[]).unwrap_err();
        assert!(flat.contains("written [[credentials.groq]]"), "{flat}");
    }
}
