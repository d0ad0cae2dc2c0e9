//! `catalog.key_file`: keys of providers that stand in no variable of the process, a line `NAME=value` each.
//!
//! The one file that may hold a key, apart from the settings so that those can be shown and shared. A line that is wrong is
//! told by its number alone: it may be a key.

use std::path::Path;

use super::SettingsError;
use super::environment::Environment;

/// The variables of a file under those of the process, which win; and what a person should hear of it.
pub(super) fn under(
    environment: Environment,
    path: &Path,
) -> Result<(Environment, Vec<String>), SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    let mut all = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = assignment(line) else {
            return Err(SettingsError::KeyLine { path: path.to_owned(), line: number });
        };
        if environment.get(name).is_none() {
            all.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok((environment.over_file(all), open_to_others(path)))
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(fits);
    let value = value.trim();
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    is_name.then(|| (name, inside('"').or_else(|| inside('\'')).unwrap_or(value)))
}

fn open_to_others(path: &Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0, |held| held.permissions().mode());
    if mode & 0o077 == 0 {
        return Vec::new();
    }
    let path = path.display();
    vec![format!(
        "others on this machine may read the keys in {path}: `chmod 600 {path}` ends that"
    )]
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::super::Settings;
    use super::*;

    fn file(text: &str, mode: u32) -> PathBuf {
        let name = format!("potluck-keys-{}", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).expect("it can be written");
        let rights = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&path, rights).expect("it is ours");
        path
    }

    #[test]
    fn the_variables_of_the_process_win() {
        let path = file("# mine\nexport A='one'\nB = two\n\nC=\n", 0o600);
        let own = Environment::from_iter([("B", "own")]);
        let (all, told) = under(own, &path).expect("it is valid");
        assert_eq!((all.get("A"), all.get("B"), all.get("C")), (Some("one"), Some("own"), None));
        assert!(told.is_empty(), "{told:?}");
        std::fs::remove_file(path).expect("it is there");
    }

    #[test]
    fn the_settings_name_it_and_warn_where_others_may_read_it() {
        let path = file("GROQ_API_KEY=gsk-secret\n", 0o644);
        let text = format!("[catalog]\nkey_file = \"{}\"\n", path.display());
        let settings =
            Settings::from_text(Path::new("potluck.toml"), &text, Environment::default());
        let settings = settings.expect("they are valid");
        assert_eq!(settings.environment.get("GROQ_API_KEY"), Some("gsk-secret"));
        assert!(settings.warnings.join(" ").contains("chmod 600"), "{:?}", settings.warnings);
        assert!(!format!("{settings:?}").contains("gsk-secret"));
        std::fs::remove_file(path).expect("it is there");
    }

    #[test]
    fn what_is_wrong_is_told_without_the_line_itself() {
        let path = file("A=1\ngsk-secret\n", 0o600);
        let told = under(Environment::default(), &path).expect_err("it is wrong").to_string();
        assert!(told.contains(":2:") && !told.contains("gsk-secret"), "{told}");
        std::fs::remove_file(&path).expect("it is there");
        let told = under(Environment::default(), &path).expect_err("it is gone").to_string();
        assert!(told.contains("cannot read"), "{told}");
    }
}
