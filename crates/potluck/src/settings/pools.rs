//! `[pools.NAME]`: what a person means by a word, used as the name of a model.

use std::collections::BTreeMap;
use std::time::Duration;

use enumset::EnumSet;
use potluck_core::capability::{Feature, Modality};
use potluck_core::catalog::{NamedPool, means_everything};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsError;
use super::key::{Key, nearest};
use super::layer::Origin;
use super::value::{Kind, Value};

/// The section's name.
pub(super) const SECTION: &str = "pools";

/// What may be said of a pool.
const KEYS: [&str; 8] = [
    "needs",
    "min_context",
    "min_quality",
    "prefer",
    "only",
    "exclude",
    "privacy",
    "deadline_seconds",
];

/// What can go in beside text.
const INPUTS: [Modality; 4] = [Modality::Image, Modality::Audio, Modality::Video, Modality::File];

const LONGEST_NAME: usize = 64;

/// The most tokens that a context is asked for, and the longest that a request may take.
const CONTEXT: Kind = Kind::Number { least: 1, most: 100_000_000 };
const DEADLINE: Kind = Kind::Number { least: 1, most: 3600 };

/// Reads the whole section, by name.
pub(super) fn read(
    section: &Spanned<DeValue<'_>>,
    at: &dyn Fn(usize) -> Origin,
) -> Result<BTreeMap<String, NamedPool>, SettingsError> {
    let DeValue::Table(pools) = section.get_ref() else {
        return Err(no_table(at(section.span().start), SECTION));
    };
    let mut read: BTreeMap<String, NamedPool> = BTreeMap::new();
    for (name, table) in pools {
        let (origin, word) = (at(name.span().start), name.get_ref().as_ref());
        let full = format!("{SECTION}.{word}");
        let wrong = |message: &str| SettingsError::Wrong {
            origin: origin.clone(),
            key: full.clone(),
            message: message.to_owned(),
        };
        check_name(word).map_err(|message| wrong(&message))?;
        if read.keys().any(|other| other.eq_ignore_ascii_case(word)) {
            return Err(wrong("is the name of another pool: names are one whatever their case"));
        }
        let DeValue::Table(keys) = table.get_ref() else { return Err(no_table(origin, &full)) };
        read.insert(word.to_owned(), pool(word, keys, at)?);
    }
    Ok(read)
}

fn no_table(origin: Origin, key: &str) -> SettingsError {
    // one letter is between this section and that of how everybody is drawn
    let meant = key.strip_prefix(SECTION).map(|rest| format!("pool{rest}"));
    let meant = meant.filter(|meant| Key::find(meant).is_some());
    let hint = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
    let message = format!("must be a table for each pool, written [{SECTION}.NAME]{hint}");
    SettingsError::Wrong { origin, key: key.to_owned(), message }
}

fn check_name(name: &str) -> Result<(), String> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !(1..=LONGEST_NAME).contains(&name.len()) || !name.chars().all(inside) {
        return Err(format!(
            "has to be 1 to {LONGEST_NAME} letters, digits, \"-\", \"_\" or \".\""
        ));
    }
    if means_everything(name) {
        return Err("means all offers already; choose another name".to_owned());
    }
    Ok(())
}

fn pool(
    name: &str,
    keys: &DeTable<'_>,
    at: &dyn Fn(usize) -> Origin,
) -> Result<NamedPool, SettingsError> {
    let mut pool = NamedPool { name: name.to_owned(), ..NamedPool::default() };
    for (key, value) in keys {
        let (origin, word) = (at(key.span().start), key.get_ref().as_ref());
        let full = format!("{SECTION}.{name}.{word}");
        if !KEYS.contains(&word) {
            let near = nearest(word, KEYS).map(|near| format!("{SECTION}.{name}.{near}"));
            return Err(SettingsError::Unknown { origin, what: "key", name: full, near });
        }
        fill(&mut pool, word, value.get_ref()).map_err(|message| SettingsError::Wrong {
            origin,
            key: full,
            message,
        })?;
    }
    Ok(pool)
}

fn fill(pool: &mut NamedPool, key: &str, value: &DeValue<'_>) -> Result<(), String> {
    match key {
        "needs" => needs(pool, &names(value)?)?,
        "min_context" => pool.min_context = Some(narrow(number(CONTEXT, value)?)),
        "min_quality" => pool.min_quality = Some(fraction(value)?),
        "prefer" => pool.prefer = names(value)?,
        "only" => pool.only = names(value)?,
        "exclude" => pool.exclude = names(value)?,
        "privacy" => pool.no_training = privacy(value)?,
        _ => pool.deadline = Some(Duration::from_secs(number(DEADLINE, value)?)),
    }
    Ok(())
}

fn needs(pool: &mut NamedPool, words: &[String]) -> Result<(), String> {
    for word in words {
        let input = INPUTS.into_iter().find(|input| input.word() == word);
        match (Feature::from_word(word), input) {
            (Some(feature), _) => pool.needs |= feature,
            (None, Some(input)) => pool.takes |= input,
            (None, None) => return Err(unknown_need(word)),
        }
    }
    Ok(())
}

fn unknown_need(word: &str) -> String {
    let features = EnumSet::<Feature>::all().iter().map(Feature::word);
    let known: Vec<&str> = features.chain(INPUTS.map(Modality::word)).collect();
    let near = nearest(word, known.iter().copied());
    let hint = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
    format!("names \"{word}\", and known are {}{hint}", known.join(", "))
}

fn names(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match Kind::Words.read_toml(value)? {
        Value::List(names) if !names.is_empty() => Ok(names),
        _ => Err("names nothing: leave it out".to_owned()),
    }
}

fn number(kind: Kind, value: &DeValue<'_>) -> Result<u64, String> {
    match kind.read_toml(value)? {
        Value::Number(number) => Ok(number),
        _ => Err(format!("must be {kind}")),
    }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn fraction(value: &DeValue<'_>) -> Result<f32, String> {
    let text = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => "",
    };
    let number: Option<f32> = text.replace('_', "").parse().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

fn privacy(value: &DeValue<'_>) -> Result<bool, String> {
    match value.as_str() {
        Some("no-training") => Ok(true),
        _ => Err("must be \"no-training\"; leave it out where anybody may serve".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Environment, Settings};
    use super::*;

    fn file(text: &str) -> Result<Settings, String> {
        Settings::from_text(Path::new("potluck.toml"), text, Environment::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_pool_is_read_whole() {
        let text = "[pools.coder]\nneeds = [\"tools\", \"image\"]\nmin_context = 64_000\nmin_quality = 0.6\n\
                    prefer = [\"groq/*\"]\nonly = [\"free\"]\nexclude = [\"small\"]\nprivacy = \"no-training\"\n\
                    deadline_seconds = 20\n[pools.any]\n";
        let settings = file(text).unwrap();
        let [any, coder] = &settings.pools[..] else { panic!("{:?}", settings.pools) };
        assert_eq!(*any, NamedPool { name: "any".to_owned(), ..NamedPool::default() });
        assert_eq!((coder.needs, coder.takes), (Feature::Tools.into(), Modality::Image.into()));
        assert_eq!((coder.min_context, coder.min_quality), (Some(64_000), Some(0.6)));
        assert_eq!((&coder.prefer[..], coder.no_training), (&["groq/*".to_owned()][..], true));
        assert_eq!(coder.deadline, Some(Duration::from_secs(20)));
        assert_eq!((coder.only.len(), coder.exclude.len()), (1, 1));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_is_known() {
        let cases = [
            ("[pools.coder]\nneed = [\"tools\"]\n", "potluck.toml:2", "`pools.coder.needs`"),
            ("[pools.coder]\nneeds = [\"tool\"]\n", "potluck.toml:2", "did you mean \"tools\"?"),
            ("[pools.coder]\nneeds = [\"tool\"]\n", "potluck.toml:2", "json_schema"),
            ("[pools.coder]\nneeds = []\n", "potluck.toml:2", "names nothing"),
            ("[pools.coder]\nmin_quality = 7\n", "potluck.toml:2", "a number from 0 to 1"),
            ("[pools.coder]\nmin_context = \"much\"\n", "potluck.toml:2", "a whole number"),
            ("[pools.coder]\nprivacy = \"trains\"\n", "potluck.toml:2", "\"no-training\""),
            ("[pools.free]\n", "potluck.toml:1", "means all offers already"),
            ("[pools.\"a/b\"]\n", "potluck.toml:1", "letters, digits"),
            ("[pools.auto]\n", "potluck.toml:1", "means all offers already"),
            ("[pools.coder]\nneeds = [\"embedding\"]\n", "potluck.toml:2", "known are tools"),
            ("[pools.a]\n[pools.A]\n", "potluck.toml", "whatever their case"),
            ("[pools]\ncoder = 1\n", "potluck.toml:2", "written [pools.NAME]"),
            ("[pools]\nwait_seconds = 1\n", "potluck.toml:2", "did you mean `pool.wait_seconds`?"),
        ];
        for (text, place, wanted) in cases {
            let told = file(text).unwrap_err();
            assert!(told.starts_with(place) && told.contains(wanted), "{text}: {told}");
        }
    }
}
