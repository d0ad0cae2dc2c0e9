//! The last good lists on disk, for the next start.
//!
//! Not being able to keep them costs one read of the lists; it is logged and harms nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use potluck_core::Moment;
use potluck_core::capability::{Feature, Modality};
use serde::{Deserialize, Serialize};

use crate::pantry::Listed;

#[derive(Serialize, Deserialize)]
struct Kept {
    written_at_ms: i64,
    providers: BTreeMap<String, Vec<KeptModel>>,
}

#[derive(Serialize, Deserialize)]
struct KeptModel {
    id: String,
    context: Option<u32>,
    max_output: Option<u32>,
    input: Option<Vec<String>>,
    features: Option<Vec<String>>,
}

/// The lists that were kept; none when there are none, or when the file cannot be read.
pub(super) fn read(path: &Path) -> BTreeMap<String, Vec<Listed>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return BTreeMap::new(),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the kept model lists cannot be read");
            return BTreeMap::new();
        }
    };
    match serde_json::from_str::<Kept>(&text) {
        Ok(kept) => kept
            .providers
            .into_iter()
            .map(|(provider, models)| (provider, models.into_iter().map(Listed::from).collect()))
            .collect(),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the kept model lists are damaged, and are read anew");
            BTreeMap::new()
        }
    }
}

/// Keeps the lists.
pub(super) fn write(path: &Path, lists: &BTreeMap<String, Vec<Listed>>, now: Moment) {
    if let Err(error) = try_write(path, lists, now) {
        tracing::warn!(path = %path.display(), %error, "the model lists cannot be kept for the next start");
    }
}

/// Into a new file first, so that an end in the middle leaves the old one whole.
fn try_write(path: &Path, lists: &BTreeMap<String, Vec<Listed>>, now: Moment) -> io::Result<()> {
    let providers = lists
        .iter()
        .map(|(provider, models)| (provider.clone(), models.iter().map(KeptModel::from).collect()))
        .collect();
    let kept = Kept { written_at_ms: now.as_millis(), providers };
    let fresh = path.with_extension("json.new");
    std::fs::write(&fresh, serde_json::to_vec(&kept)?)?;
    std::fs::rename(&fresh, path)
}

impl From<&Listed> for KeptModel {
    fn from(model: &Listed) -> Self {
        let words = |words: Vec<&'static str>| words.into_iter().map(str::to_owned).collect();
        Self {
            id: model.id.clone(),
            context: model.context,
            max_output: model.max_output,
            input: model.input.map(|input| words(input.iter().map(Modality::word).collect())),
            features: model.features.map(|all| words(all.iter().map(Feature::word).collect())),
        }
    }
}

impl From<KeptModel> for Listed {
    fn from(model: KeptModel) -> Self {
        Self {
            id: model.id,
            context: model.context,
            max_output: model.max_output,
            input: model
                .input
                .map(|all| all.iter().filter_map(|w| Modality::from_word(w)).collect()),
            features: model
                .features
                .map(|all| all.iter().filter_map(|w| Feature::from_word(w)).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_damage_is_survived() {
        let folder = std::env::temp_dir().join(format!("potluck-kept-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("lists.json");
        assert!(read(&path).is_empty());
        let model = Listed {
            id: "a/b:free".to_owned(),
            context: Some(8192),
            max_output: None,
            input: Some(Modality::Text | Modality::Image),
            features: Some(Feature::Tools.into()),
        };
        let lists = BTreeMap::from([("p".to_owned(), vec![model])]);
        write(&path, &lists, Moment::from_millis(1));
        assert_eq!(read(&path), lists);
        std::fs::write(&path, "{\"written_at_ms\": 1, \"prov").unwrap();
        assert!(read(&path).is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
