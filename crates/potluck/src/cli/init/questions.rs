//! Asking a person for keys: which providers, then each key without showing it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::candidate::Candidate;
use crate::cli::failure::Failure;
use crate::cli::screen::Screen;
use crate::pantry::Pantry;
use crate::settings::Secret;

/// How many providers are named where a person cannot be asked.
const SHOWN: usize = 5;

/// What a person gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Keys and accounts, by variable.
    pub(super) keys: BTreeMap<String, Secret>,
    /// Providers that are off by default and are wanted all the same.
    pub(super) switched_on: Vec<String>,
}

/// Says what would be asked on a terminal.
pub(super) fn would_be(candidates: &[Candidate], screen: &mut Screen) -> Result<(), Failure> {
    screen.note("on a terminal, these would be asked for, the most worthwhile first:")?;
    for one in candidates.iter().filter(|one| one.wants_key()).take(SHOWN) {
        let link = one.signup.as_deref().unwrap_or("not known where");
        let names = one.variables.iter().take(1).chain(one.account_variables.iter().take(1));
        let names: Vec<&str> = names.map(String::as_str).collect();
        screen.note(&format!("  {}: {} ({link})", one.name, names.join(" and ")))?;
    }
    Ok(())
}

/// Asks.
pub(super) fn ask(candidates: &[Candidate], screen: &mut Screen) -> Result<Given, Failure> {
    let mut given = Given::default();
    let ids: Vec<&str> = candidates.iter().map(|one| one.id.as_str()).collect();
    loop {
        let typed =
            line(screen, "for which of these have you a key? names, or nothing for none: ")?;
        let mut unknown = None;
        for name in typed.split([' ', ',']).filter(|name| !name.is_empty()) {
            let name = name.to_lowercase();
            match candidates.iter().find(|one| one.id == name || one.name.to_lowercase() == name) {
                Some(one) => take(one, &mut given, screen)?,
                None => unknown = Some(name),
            }
        }
        let Some(name) = unknown else { return Ok(given) };
        screen.warn(&format!("no provider is called `{name}`; there are {}", ids.join(", ")))?;
    }
}

fn take(one: &Candidate, given: &mut Given, screen: &mut Screen) -> Result<(), Failure> {
    if let Some(why) = &one.off_because {
        screen.warn(&format!("{} is off by default: {why}", one.name))?;
        if !line(screen, "switch it on? [y/N] ")?.starts_with(['y', 'Y']) {
            return Ok(());
        }
        given.switched_on.push(one.id.clone());
    }
    let Some(variable) = one.variables.first() else {
        return Ok(screen.note(&format!("{} needs no key", one.name))?);
    };
    let key = rpassword::prompt_password(format!("{} key ({variable}), not shown: ", one.name))?;
    let key = key.trim();
    if key.is_empty() {
        return Ok(screen.note(&format!("{} is left out", one.name))?);
    }
    if let Some(account) = one.account_variables.first() {
        let id = line(screen, &format!("{} account ({account}): ", one.name))?;
        given.keys.insert(account.clone(), Secret::new(id));
    }
    given.keys.insert(variable.clone(), Secret::new(key));
    Ok(())
}

fn line(screen: &mut Screen, prompt: &str) -> Result<String, Failure> {
    screen.prompt(prompt)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

// === impl Given ===

impl Given {
    /// As variables.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        self.keys.iter().map(|(name, key)| (name.clone(), key.expose().to_owned())).collect()
    }

    /// Switches on what is wanted.
    pub(super) fn switch_on(&self, pantry: &mut Pantry) {
        for id in &self.switched_on {
            if let Some(file) = pantry.providers.get_mut(id) {
                let file = Arc::make_mut(file);
                (file.enabled, file.off_because) = (true, None);
            }
        }
    }

    /// Without the keys that were refused.
    pub(super) fn without(
        mut self,
        refused: &[String],
        screen: &mut Screen,
    ) -> Result<Self, Failure> {
        for name in refused {
            if self.keys.remove(name).is_some() {
                screen.warn(&format!("the key for {name} is refused, and not written"))?;
            }
        }
        Ok(self)
    }
}
