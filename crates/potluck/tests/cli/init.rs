//! `potluck init` and `potluck check` over simulated providers that want keys.

use std::os::unix::fs::PermissionsExt;

use potluck_testkit::{Limit, Model, SimulatedProvider, Span};

use crate::program::{Folder, Run, finish, potluck};

/// Two providers: one wants a key and lists its models, one needs none.
struct Scene {
    folder: Folder,
    _keyed: SimulatedProvider,
    open: Option<SimulatedProvider>,
    runtime: tokio::runtime::Runtime,
}

impl Scene {
    fn new(name: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let keyed = SimulatedProvider::build("keyed")
            .model(Model::capable("tiny"))
            .model(Model::capable("small"))
            .limit(Limit::requests(50, Span::Day))
            .key("the-right-key", "KEYED_API_KEY")
            .listed()
            .tells();
        let open = SimulatedProvider::build("open").model(Model::capable("tiny")).listed();
        let (keyed, open) = runtime.block_on(async {
            (keyed.start().await.expect("it starts"), open.start().await.expect("it starts"))
        });
        let folder = Folder::new(name);
        let files = folder.path().join("files");
        std::fs::create_dir(&files).expect("the folder can be made");
        for provider in [&keyed, &open] {
            let mut file = provider.provider_file();
            if provider.name() == "keyed" {
                file = format!(
                    "signup = \"https://keyed.example/keys\"\n{file}\n[asks]\nphone = \"yes\"\ncard = \"no\"\n"
                );
            }
            std::fs::write(files.join(format!("{}.toml", provider.name())), file).expect("ours");
        }
        Self { folder, _keyed: keyed, open: Some(open), runtime }
    }

    fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut all = args.to_vec();
        all.extend(["--providers", "files", "--set", "catalog.builtin=false"]);
        all.extend(["--set", "catalog.local=false"]);
        let mut command = potluck(&self.folder, &all);
        command.envs(variables.iter().copied());
        finish(command)
    }

    fn close_the_open_one(&mut self) {
        if let Some(open) = self.open.take() {
            self.runtime.block_on(open.stop());
        }
    }
}

const RIGHT: (&str, &str) = ("KEYED_API_KEY", "the-right-key");
const WRONG: (&str, &str) = ("KEYED_API_KEY", "a-wrong-key");

#[test]
fn check_tries_keys_and_says_what_to_do_about_a_wrong_one() {
    let scene = Scene::new("check-keys");
    let good = scene.run(&["check"], &[RIGHT]);
    assert_eq!(good.code, 0, "{} {}", good.out, good.err);
    assert!(good.out.contains("takes the key"), "{}", good.out);
    assert!(good.out.contains("answers, and wants no key"), "{}", good.out);
    let wrong = scene.run(&["check"], &[WRONG]);
    assert_eq!(wrong.code, 1, "{}", wrong.out);
    assert!(wrong.out.contains("refuses the key in KEYED_API_KEY"), "{}", wrong.out);
    let fix = "keyed: get another key at https://keyed.example/keys, and set KEYED_API_KEY to it";
    assert!(wrong.out.contains(fix), "{}", wrong.out);
    assert!(wrong.err.contains("these cannot serve now: keyed"), "{}", wrong.err);
    assert!(!format!("{}{}", wrong.out, wrong.err).contains("a-wrong-key"));
    let offline = scene.run(&["check", "--offline"], &[WRONG]);
    assert_eq!(offline.code, 0, "nobody was asked: {}", offline.err);
    let one = scene.run(&["check", "keyed", "--json"], &[RIGHT]).json();
    let found = &one["providers"][0]["found"][0];
    assert_eq!((&found["good"], &found["models"]), (&true.into(), &2.into()), "{one}");
}

#[test]
fn check_tells_who_is_not_there() {
    let mut scene = Scene::new("check-gone");
    scene.close_the_open_one();
    let told = scene.run(&["check", "open"], &[]);
    assert_eq!(told.code, 1, "{}", told.out);
    assert!(told.out.contains("cannot be reached"), "{}", told.out);
    assert!(told.err.contains("nobody could be reached"), "{}", told.err);
    let other = scene.run(&["check"], &[RIGHT]);
    assert_eq!(other.code, 0, "no key of ours fails: {}", other.err);
}

#[test]
fn init_shows_what_each_provider_adds_and_asks_nothing_where_nobody_is() {
    let scene = Scene::new("init-table");
    let asked = scene.run(&["init"], &[]);
    assert_eq!(asked.code, 2, "{}", asked.err);
    assert!(asked.out.contains("50 requests"), "{}", asked.out);
    assert!(asked.out.contains("a phone number"), "{}", asked.out);
    assert!(asked.err.contains("KEYED_API_KEY (https://keyed.example/keys)"), "{}", asked.err);
    assert!(asked.err.contains("nothing was read or written"), "{}", asked.err);
    let table = scene.run(&["init", "--json"], &[RIGHT]).json();
    let keyed = table.as_array().and_then(|all| all.iter().find(|one| one["id"] == "keyed"));
    let keyed = keyed.expect("it is in the table");
    assert_eq!((&keyed["has"], &keyed["a_day"][0]["amount"]), (&"key".into(), &50.0.into()));
    let printed = scene.run(&["init", "--print"], &[]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("+key_file = \"keys.env\""), "{}", printed.out);
    assert!(!scene.folder.path().join(".config").exists(), "nothing is written");
}

#[test]
fn init_writes_files_that_are_their_owners_alone_and_that_work() {
    let scene = Scene::new("init-write");
    let written = scene.run(&["init", "--yes"], &[RIGHT]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(written.out.contains("takes the key"), "{}", written.out);
    let folder = scene.folder.path().join(".config/potluck");
    for name in ["potluck.toml", "keys.env"] {
        let mode = std::fs::metadata(folder.join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    std::fs::write(folder.join("keys.env"), "KEYED_API_KEY=the-right-key\n").expect("it is ours");
    let checked = scene.run(&["check", "keyed"], &[]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    assert!(checked.out.contains("takes the key"), "{}", checked.out);
    let again = scene.run(&["init", "--yes"], &[]);
    assert!(again.err.contains("says all that is needed"), "{}", again.err);
    let before = std::fs::read_to_string(folder.join("keys.env")).expect("it is there");
    assert_eq!(before, "KEYED_API_KEY=the-right-key\n", "keys that are there stay");
}

#[test]
fn init_adds_to_settings_that_are_there_and_keeps_what_was() {
    let scene = Scene::new("init-add");
    let mine = scene.folder.write("mine.toml", "# mine\n[pool]\nattempts = 3 # few\n");
    let path = mine.to_str().expect("a path");
    let written = scene.run(&["init", "--yes", "--config", path], &[]);
    assert_eq!(written.code, 0, "{}", written.err);
    let after = std::fs::read_to_string(&mine).expect("it is there");
    assert!(after.starts_with("# mine\n[pool]\nattempts = 3 # few\n"), "{after}");
    assert!(after.contains("key_file = \"keys.env\"") && !after.contains("[state]"), "{after}");
    assert!(scene.folder.path().join("mine.toml.before-potluck").exists());
    let fresh = scene.folder.path().join("new/fresh.toml");
    let fresh = fresh.to_str().expect("a path");
    let written = scene.run(&["init", "--yes", "--config", fresh], &[]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(std::fs::read_to_string(fresh).is_ok_and(|text| text.contains("key_file")));
}

#[test]
fn init_goes_on_with_the_file_in_which_the_dashboard_kept_keys() {
    for (name, text) in [
        ("potluck.keys.env", "# mine\nKEYED_API_KEY=the-right-key\n"),
        ("potluck.keys.toml", "KEYED_API_KEY = \"the-right-key\"\n"),
    ] {
        let scene = Scene::new(&format!("init-one-{name}"));
        let state = scene.folder.path().join(".local/state/potluck");
        std::fs::create_dir_all(&state).expect("it can be made");
        let kept = state.join(name);
        std::fs::write(&kept, text).expect("it can be written");
        std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).expect("mine");
        let written = scene.run(&["init", "--yes"], &[]);
        assert_eq!(written.code, 0, "{}", written.err);
        assert!(written.out.contains("takes the key"), "{}", written.out);
        let one = state.join("potluck.keys.env");
        let settings = scene.folder.path().join(".config/potluck");
        let said = std::fs::read_to_string(settings.join("potluck.toml")).expect("it is there");
        assert!(said.contains(&format!("key_file = \"{}\"", one.display())), "{said}");
        assert!(!settings.join("keys.env").exists(), "there is one file");
        let held = std::fs::read_to_string(&one).expect("it is there");
        assert!(held.ends_with("KEYED_API_KEY=the-right-key\n"), "{held}");
        assert_eq!(std::fs::read_dir(&state).expect("it is there").count(), 1);
        let checked = scene.run(&["check", "keyed"], &[]);
        assert_eq!(checked.code, 0, "{}", checked.err);
    }
}
