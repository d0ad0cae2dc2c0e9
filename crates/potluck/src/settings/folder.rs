//! Where a person's own files are, by the variables of their system. Looks at no disk.

use std::path::{Path, PathBuf};

use super::environment::Environment;

/// Where their settings are.
pub(super) fn config(environment: &Environment) -> Option<PathBuf> {
    of_potluck(environment, "XDG_CONFIG_HOME", ".config")
}

/// Where programs keep what outlives them and no other machine needs.
pub(super) fn state(environment: &Environment) -> Option<PathBuf> {
    of_potluck(environment, "XDG_STATE_HOME", ".local/state")
        .or_else(|| environment.get("LOCALAPPDATA").map(|folder| Path::new(folder).join("potluck")))
}

/// The folder of the XDG base directory specification 0.8, which has it that a relative one is ignored.
fn of_potluck(environment: &Environment, variable: &str, beneath_home: &str) -> Option<PathBuf> {
    environment
        .get(variable)
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| environment.get("HOME").map(|home| Path::new(home).join(beneath_home)))
        .map(|folder| folder.join("potluck"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(folder: Option<PathBuf>) -> Option<String> {
        folder.map(|folder| folder.display().to_string())
    }

    #[test]
    fn variables_name_the_folders_where_they_are_absolute() {
        let home = Environment::from_iter([("HOME", "/home/ada"), ("XDG_STATE_HOME", "relative")]);
        assert_eq!(shown(config(&home)).as_deref(), Some("/home/ada/.config/potluck"));
        assert_eq!(shown(state(&home)).as_deref(), Some("/home/ada/.local/state/potluck"));
        let own = Environment::from_iter([("HOME", "/home/ada"), ("XDG_STATE_HOME", "/var/ada")]);
        assert_eq!(shown(state(&own)).as_deref(), Some("/var/ada/potluck"));
        assert_eq!(shown(state(&Environment::default())), None);
    }
}
