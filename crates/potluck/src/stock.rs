//! From settings to the pantry: which files are read, and who is switched on or off.
//!
//! The pantry knows files and no settings; this room lays the person's choices over what the files say.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::pantry::{LoadError, Pantry, Problems, builtin, read_folder};
use crate::settings;

/// Why the catalog cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// A folder or a file cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Files that are wrong.
    #[error("these provider files cannot be used:\n{0}")]
    Files(Problems),
    /// `enable`, `disable` or `credentials` names nobody.
    #[error("{list} names the provider `{id}`, which no file describes{}", hint(near.as_deref()))]
    Nobody {
        /// `catalog.enable`, `catalog.disable`, or `credentials` with its place.
        list: String,
        /// The id.
        id: String,
        /// What may have been meant.
        near: Option<String>,
    },
}

/// Reads the provider files that the settings name, and switches providers on and off as they say.
///
/// # Errors
/// When a folder that somebody named is missing, a file is wrong, or a switch names nobody.
pub fn pantry(catalog: &settings::Catalog) -> Result<Pantry, StockError> {
    let mut files = if catalog.builtin { builtin() } else { Vec::new() };
    for dir in &catalog.dirs {
        match read_folder(dir) {
            Ok(more) => files.extend(more),
            Err(LoadError::Folder { source, .. })
                if source.kind() == ErrorKind::NotFound && !catalog.dirs_are_set => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut pantry = Pantry::new(files).map_err(StockError::Files)?;
    switch(&mut pantry, "catalog.enable", &catalog.enable)?;
    switch(&mut pantry, "catalog.disable", &catalog.disable)?;
    let unknown = catalog.credentials.iter().find(|(id, _)| !pantry.providers.contains_key(*id));
    match unknown {
        Some((id, credentials)) => {
            let place = credentials.first().map(|first| format!("{}: ", first.origin));
            Err(nobody(&pantry, &format!("{}credentials", place.unwrap_or_default()), id))
        }
        None => Ok(pantry),
    }
}

fn switch(pantry: &mut Pantry, list: &'static str, ids: &[String]) -> Result<(), StockError> {
    for id in ids {
        let Some(file) = pantry.providers.get_mut(id) else {
            return Err(nobody(pantry, list, id));
        };
        let file = Arc::make_mut(file);
        file.enabled = list == "catalog.enable";
        file.off_because =
            (!file.enabled).then(|| "the settings say so, in catalog.disable".to_owned());
    }
    Ok(())
}

fn nobody(pantry: &Pantry, list: &str, id: &str) -> StockError {
    let near = nearest(id, pantry.providers.keys());
    StockError::Nobody { list: list.to_owned(), id: id.to_owned(), near }
}

fn nearest<'a>(id: &str, ids: impl Iterator<Item = &'a String>) -> Option<String> {
    let near = ids.map(|other| (strsim::jaro_winkler(id, other), other));
    let near = near.filter(|(likeness, _)| *likeness > 0.75);
    near.max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, other)| other.clone())
}

fn hint(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => "; `potluck check` lists all".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pantry::TextFile;
    use crate::settings::Settings;

    fn catalog(change: impl FnOnce(&mut settings::Catalog)) -> settings::Catalog {
        let mut catalog = settings::Catalog { dirs: Vec::new(), ..Settings::default().catalog };
        change(&mut catalog);
        catalog
    }

    #[test]
    fn the_built_in_files_can_be_left_out() {
        let none = pantry(&catalog(|catalog| catalog.builtin = false)).expect("nothing is fine");
        assert!(none.providers.is_empty());
        let all = pantry(&catalog(|_| ())).expect("the shipped files are valid");
        assert!(all.providers.len() > 30, "{}", all.providers.len());
    }

    #[test]
    fn a_default_folder_may_be_missing_and_a_named_one_may_not() {
        let missing = |set: bool| {
            pantry(&catalog(|catalog| {
                catalog.dirs = vec!["/no/such/folder".into()];
                catalog.dirs_are_set = set;
            }))
        };
        assert!(missing(false).is_ok());
        assert!(matches!(missing(true), Err(StockError::Load(LoadError::Folder { .. }))));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_once() {
        let wrong = TextFile {
            path: "tiny.toml".to_owned(),
            text: "name = \"Tiny\"\ndialect = \"telex\"\n".to_owned(),
        };
        let refused = Pantry::new([wrong]).map_err(StockError::Files);
        let told = format!("{:#}", anyhow::Error::from(refused.expect_err("no such dialect")));
        assert_eq!(told.matches("unknown dialect").count(), 1, "{told}");
    }

    #[test]
    fn switches_win_over_files_and_must_name_somebody() {
        let all = pantry(&catalog(|_| ())).expect("the shipped files are valid");
        let off = all.providers.values().find(|file| !file.enabled).expect("one is off");
        let on = all.providers.values().find(|file| file.enabled).expect("one is on");
        let switched = pantry(&catalog(|catalog| {
            catalog.enable = vec![off.id.clone()];
            catalog.disable = vec![on.id.clone()];
        }))
        .expect("both exist");
        assert!(switched.providers[&off.id].enabled && !switched.providers[&on.id].enabled);
        let nobody = pantry(&catalog(|catalog| catalog.disable = vec!["grok".to_owned()]));
        let message = nobody.expect_err("no such provider").to_string();
        assert!(
            message.contains("`grok`") && message.contains("did you mean `groq`?"),
            "{message}"
        );
    }
}
