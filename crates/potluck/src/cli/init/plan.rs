//! What init writes, and where: the settings, and the keys into the one file of keys.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::questions::Given;
use crate::cli::edit::{Format, lay_over};
use crate::cli::failure::Failure;
use crate::cli::put;
use crate::cli::screen::Screen;
use crate::settings::{Flags, KeyChange, KeyFile, Settings};

/// The name of the file of keys beside the settings, where there is no other yet.
const KEYS: &str = "keys.env";

const HEAD: &str = "\
# Written by `potluck init`. `potluck config default` prints every setting with its meaning, `potluck config`
# what holds now. Keys of providers stand in catalog.key_file, or in variables.
";

/// What is to be written.
#[derive(Debug)]
pub(super) struct Plan {
    settings: PathBuf,
    keys: KeyFile,
    /// What the settings have to say of it; `None`: they name it already.
    key_file: Option<String>,
}

// === impl Plan ===

impl Plan {
    /// The settings file that is named, else that in use, else the one of the person's configuration folder.
    pub(super) fn new(flags: &Flags, settings: &Settings) -> Result<Self, Failure> {
        let own = flags.config.clone().or_else(|| settings.file.clone());
        let path =
            own.or_else(|| Settings::usual_file(&settings.environment)).ok_or_else(|| {
                Failure::Usage(
                    "there is no home folder here: name the file with --config".to_owned(),
                )
            })?;
        if settings.catalog.key_file.is_some() {
            return Ok(Self { settings: path, keys: settings.keys.clone(), key_file: None });
        }
        let kept = settings.keys.path.as_deref().filter(|_| settings.keys.is_there());
        let (keys, named) = match kept {
            // wherever potluck is started from now on, what the dashboard was given goes on to hold
            Some(kept) => (settings.keys.clone(), std::path::absolute(kept)?.display().to_string()),
            None => {
                let beside = path.parent().unwrap_or(Path::new("")).join(KEYS);
                (KeyFile::at(beside), KEYS.to_owned())
            }
        };
        Ok(Self { settings: path, keys, key_file: Some(named) })
    }

    /// Shows what would be written.
    pub(super) fn print(&self, given: &Given, screen: &mut Screen) -> Result<(), Failure> {
        let (before, after) = self.settings_text(given)?;
        screen.say("")?;
        if before.as_deref() == Some(after.as_str()) {
            return Ok(screen.say(&format!("{} says all that is needed", self.settings.display()))?);
        }
        for line in put::difference(&self.settings, before.as_deref().unwrap_or_default(), &after) {
            screen.say(&line)?;
        }
        Ok(())
    }

    /// Writes it, after asking where something is there already.
    pub(super) fn write(
        &self,
        given: &Given,
        yes: bool,
        screen: &mut Screen,
    ) -> Result<(), Failure> {
        // the keys first: settings that name a file which is not there are no use
        self.write_keys(given, screen)?;
        let (before, after) = self.settings_text(given)?;
        if before.as_deref() == Some(after.as_str()) {
            let path = self.settings.display();
            return Ok(screen.note(&format!("{path} says all that is needed"))?);
        }
        for line in put::difference(&self.settings, before.as_deref().unwrap_or_default(), &after) {
            screen.say(&line)?;
        }
        if before.is_some() && !yes && !agrees(screen)? {
            return Ok(screen.note("the settings were left as they are")?);
        }
        tell(&self.settings, put::put(&self.settings, &after)?, screen)
    }

    fn write_keys(&self, given: &Given, screen: &mut Screen) -> Result<(), Failure> {
        let Some(path) = &self.keys.path else { return Ok(()) };
        if given.keys.is_empty() && path.exists() {
            return Ok(());
        }
        let set = given.keys.iter().map(|(name, key)| (name.clone(), key.clone())).collect();
        self.keys.change(&KeyChange { set, remove: Vec::new() })?;
        Ok(screen.note(&format!("written: {}", path.display()))?)
    }

    /// The text of the settings file, before and after.
    fn settings_text(&self, given: &Given) -> Result<(Option<String>, String), Failure> {
        let before = put::read(&self.settings)?;
        let mut text = String::new();
        if self.key_file.is_some() || !given.switched_on.is_empty() {
            text.push_str("[catalog]\n");
        }
        if let Some(path) = &self.key_file {
            text.push_str(&format!("key_file = {}\n", toml::Value::String(path.clone())));
        }
        if !given.switched_on.is_empty() {
            text.push_str(&format!("enable = {:?}\n", given.switched_on));
        }
        let start = before.as_deref().unwrap_or_default();
        let mut after = if text.is_empty() {
            start.to_owned()
        } else {
            lay_over(Format::Toml, start, &text, None).map_err(|why| {
                anyhow::anyhow!("{} is left as it is: {why}", self.settings.display())
            })?
        };
        if before.is_none() {
            after = format!("{HEAD}\n{}", after.trim_start());
        }
        Ok((before, after))
    }
}

fn tell(path: &Path, done: put::Put, screen: &mut Screen) -> Result<(), Failure> {
    let kept = done.kept.map_or_else(String::new, |kept| format!("; before: {}", kept.display()));
    Ok(screen.note(&format!("written: {}{kept}", path.display()))?)
}

fn agrees(screen: &mut Screen) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    screen.prompt("the file is there already; write this change? [y/N] ")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
