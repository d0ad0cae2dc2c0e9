use std::os::unix::fs::PermissionsExt;

use super::super::Settings;
use super::*;

/// A folder of its own, which goes with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("potluck-keys-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Keys beside the state, as they are kept where the settings name no file.
    fn beside(&self) -> KeyFile {
        KeyFile::of(&catalog(None), &self.state())
    }

    fn state(&self) -> State {
        State { path: Some(self.0.join("potluck.db")), journal: None }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn catalog(key_file: Option<PathBuf>) -> Catalog {
    Catalog { key_file, ..Settings::default().catalog }
}

fn change(set: &[(&str, &str)], remove: &[&str]) -> KeyChange {
    let set = set.iter().map(|(name, key)| ((*name).to_owned(), Secret::new(*key))).collect();
    KeyChange { set, remove: remove.iter().map(|name| (*name).to_owned()).collect() }
}

fn get(file: &KeyFile, name: &str) -> Option<String> {
    let (all, _) = file.under(Environment::default()).unwrap();
    all.get(name).map(str::to_owned)
}

#[test]
fn the_variables_of_the_process_win_and_the_later_of_two_lines_counts() {
    let place = Place::new();
    let path = place.write("k.env", "# mine\nexport A='one'\nB = two\n\nC=\nD=1\nD=2\n", 0o600);
    let own = Environment::from_iter([("B", "own")]);
    let (all, told) = KeyFile::named(&catalog(Some(path))).under(own).unwrap();
    assert_eq!((all.get("A"), all.get("B"), all.get("C")), (Some("one"), Some("own"), None));
    assert_eq!(all.get("D"), Some("2"));
    assert_eq!(all.set_by("A"), Some(super::super::KeyOrigin::Kept));
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn the_settings_name_it_and_warn_where_others_may_read_it() {
    let place = Place::new();
    let path = place.write("k.env", "GROQ_API_KEY=gsk-secret\n", 0o644);
    let text = format!("[catalog]\nkey_file = \"{}\"\n", path.display());
    let settings = Settings::from_text(Path::new("potluck.toml"), &text, Environment::default());
    let settings = settings.unwrap();
    assert_eq!(settings.environment.get("GROQ_API_KEY"), Some("gsk-secret"));
    assert!(settings.warnings.join(" ").contains("chmod 600"), "{:?}", settings.warnings);
    assert!(!format!("{settings:?}").contains("gsk-secret"));
}

#[test]
fn what_is_wrong_is_told_without_the_line_itself() {
    let place = Place::new();
    let path = place.write("k.env", "A=1\ngsk-secret\n", 0o600);
    let named = KeyFile::named(&catalog(Some(path.clone())));
    let told = named.under(Environment::default()).unwrap_err().to_string();
    assert!(told.contains(":2:") && !told.contains("gsk-secret"), "{told}");
    assert!(named.change(&change(&[("B", "2")], &[])).is_err());
    assert_eq!(place.text("k.env"), "A=1\ngsk-secret\n", "it is left as it is");
    std::fs::remove_file(&path).unwrap();
    let told = named.under(Environment::default()).unwrap_err().to_string();
    assert!(told.contains("catalog.key_file names it"), "{told}");
    assert_eq!(get(&place.beside(), "A"), None, "one that nobody named may be missing");
}

#[test]
fn a_change_leaves_alone_what_a_person_wrote_and_the_file_is_its_owners() {
    let place = Place::new();
    let path = place.write("k.env", "# mine\nexport A=1\nB=2\n", 0o644);
    let link = place.0.join("link.env");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    // what somebody who was killed left behind
    place.write("k.env.new", "half", 0o644);
    let file = KeyFile::named(&catalog(Some(link.clone())));
    let odd = "gsk-\"quoted\"\\";
    let before = file.change(&change(&[("A", odd), ("C", "'c'")], &["B"])).unwrap().unwrap();
    assert_eq!(place.text("k.env"), format!("# mine\nexport A={odd}\nC=\"'c'\"\n"));
    assert_eq!((get(&file, "A").as_deref(), get(&file, "C").as_deref()), (Some(odd), Some("'c'")));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(!place.0.join("k.env.new").exists());
    before.write().unwrap();
    assert_eq!(place.text("k.env"), "# mine\nexport A=1\nB=2\n");
    assert!(!format!("{before:?}").contains("A=1"));
}

#[test]
fn a_first_change_makes_the_file_and_can_be_undone() {
    let place = Place::new();
    let file = place.beside();
    assert!(!file.is_there());
    let before = file.change(&change(&[("A", "1")], &[])).unwrap().unwrap();
    assert!(place.text("potluck.keys.env").starts_with("# Keys of providers"));
    assert_eq!(get(&file, "A").as_deref(), Some("1"));
    before.write().unwrap();
    assert!(!file.is_there());
    file.change(&change(&[], &[])).unwrap();
    assert!(file.is_there(), "settings can name it, though it holds nothing yet");
    assert!(KeyFile::default().change(&change(&[("A", "1")], &[])).unwrap().is_none());
}

#[test]
fn what_was_kept_before_is_taken_over_once_wherever_somebody_was_killed() {
    let toml = "A = \"old-a\"\nB = \"old-b\"\n";
    // before, after the writing, and with a half of it left behind
    for (written, half) in [(false, false), (true, false), (false, true)] {
        let place = Place::new();
        place.write("potluck.keys.toml", toml, 0o600);
        place.write("potluck.keys.env", "# mine\nA=new-a\n", 0o600);
        if written {
            place.write("potluck.keys.env", "# mine\nA=new-a\nB=old-b\n", 0o600);
        }
        if half {
            place.write("potluck.keys.env.new", "# mi", 0o600);
        }
        let file = place.beside();
        assert_eq!(get(&file, "B").as_deref(), Some("old-b"), "it holds before it is taken over");
        assert_eq!(file.take_over().unwrap(), [place.0.join("potluck.keys.toml")]);
        assert_eq!(place.text("potluck.keys.env"), "# mine\nA=new-a\nB=old-b\n");
        assert!(!place.0.join("potluck.keys.toml").exists());
        assert!(file.take_over().unwrap().is_empty(), "once");
    }
}

#[test]
fn a_file_that_the_settings_name_takes_over_the_one_beside_the_state() {
    let place = Place::new();
    place.write("potluck.keys.env", "A=1\nB=1\n", 0o600);
    place.write("potluck.keys.toml", "B = \"2\"\nC = \"2\"\n", 0o600);
    let path = place.write("mine.env", "A=0\n", 0o600);
    let file = KeyFile::of(&catalog(Some(path)), &place.state());
    file.change(&change(&[("D", "3")], &["C"])).unwrap();
    assert_eq!(place.text("mine.env"), "A=0\nB=1\nD=3\n", "what is forgotten stays forgotten");
    assert_eq!(std::fs::read_dir(&place.0).unwrap().count(), 1);
}

#[test]
fn several_may_change_it_at_once() {
    let place = Place::new();
    let all: Vec<_> = (0..8)
        .map(|number| {
            let file = place.beside();
            std::thread::spawn(move || {
                file.change(&change(&[(&format!("KEY_{number}"), "k")], &[])).unwrap();
            })
        })
        .collect();
    for one in all {
        one.join().unwrap();
    }
    let held = KeyText::read(&place.0.join("potluck.keys.env")).unwrap().keys();
    assert_eq!(held.len(), 8, "{:?}", held.keys());
}

#[test]
fn a_key_can_stand_in_a_header() {
    assert!(is_key("gsk_1") && is_key(&"k".repeat(LONGEST_KEY)));
    for text in ["", "two words", "line\n", "ä", &"k".repeat(LONGEST_KEY + 1)] {
        assert!(!is_key(text));
    }
}
