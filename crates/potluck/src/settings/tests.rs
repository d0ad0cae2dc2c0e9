//! Layers, origins and messages.

use std::path::Path;
use std::time::Duration;

use super::*;

fn file(text: &str) -> Result<Settings, SettingsError> {
    Settings::from_text(Path::new("potluck.toml"), text, Environment::default())
}

fn message(text: &str) -> String {
    file(text).expect_err("this file is wrong").to_string()
}

fn flags(values: &[(&'static str, &str, &str)]) -> Flags {
    let own = |(flag, key, value): &(&'static str, &str, &str)| {
        (*flag, (*key).to_owned(), (*value).to_owned())
    };
    Flags { values: values.iter().map(own).collect(), ..Flags::default() }
}

fn resolve(text: &str, environment: Environment, flags: &Flags) -> Settings {
    let found = file::Found { path: "potluck.toml".into(), text: text.to_owned() };
    resolve::settings(flags, Some(found), environment).expect("these settings are valid")
}

#[test]
fn the_commented_file_is_the_defaults_and_names_every_key_once() {
    let defaults = Settings::default();
    let parsed = file(DEFAULT_FILE).expect("the commented file is valid");
    assert_eq!(defaults.table.len(), KEYS.len());
    for (default, parsed) in defaults.table.iter().zip(&parsed.table) {
        assert_eq!(default.key.name, parsed.key.name);
        assert_eq!(default.value, parsed.value, "{}", default.key.name);
        assert_eq!(default.origin, Origin::Default);
        assert!(matches!(parsed.origin, Origin::File { .. }), "{}", default.key.name);
    }
}

#[test]
fn the_documentation_shows_the_commented_file() {
    let shown = include_str!("../../../../docs/configuration.md");
    assert!(shown.contains(DEFAULT_FILE), "copy settings/default.toml into docs/configuration.md");
}

#[test]
fn the_defaults_keep_the_public_contract() {
    let settings = Settings::default();
    assert_eq!(settings.server.bind.to_string(), "127.0.0.1:7685");
    assert_eq!(settings.server.body_limit, 32 * 1024 * 1024);
    assert!(settings.catalog.builtin && settings.catalog.local && !settings.catalog.dirs_are_set);
    assert_eq!(settings.catalog.dirs, [Path::new("./providers")]);
    assert_eq!(settings.pool.strategy, Strategy::Balanced);
    assert_eq!(settings.state.path.as_deref(), Some(Path::new("potluck.db")));
    assert!(settings.check_bind().is_ok() && settings.warnings.is_empty());
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let text = "[server]\nbind = \"127.0.0.1:1\"\ngrace_seconds = 1\nbody_limit_mib = 1\n";
    let environment = Environment::from_iter([
        ("POTLUCK_SERVER_BIND", "127.0.0.1:2"),
        ("POTLUCK_SERVER_GRACE_SECONDS", "2"),
    ]);
    let settings = resolve(text, environment, &flags(&[("--bind", "server.bind", "127.0.0.1:3")]));
    assert_eq!(settings.server.bind.port(), 3);
    assert_eq!(settings.server.grace, Duration::from_secs(2));
    assert_eq!(settings.server.body_limit, 1024 * 1024);
    assert_eq!(settings.origin("server.bind").to_string(), "--bind");
    assert_eq!(settings.origin("server.grace_seconds").to_string(), "POTLUCK_SERVER_GRACE_SECONDS");
    assert_eq!(settings.origin("server.body_limit_mib").to_string(), "potluck.toml:4");
    assert_eq!(settings.origin("pool.strategy").to_string(), "default");
}

#[test]
fn the_last_flag_for_a_key_counts() {
    let both = [("--strategy", "pool.strategy", "uniform"), ("--set", "pool.strategy", "balanced")];
    let settings = resolve("", Environment::default(), &flags(&both));
    assert_eq!(settings.pool.strategy, Strategy::Balanced);
    assert_eq!(settings.origin("pool.strategy").to_string(), "--set");
}

#[test]
fn every_key_has_a_variable_that_sets_it() {
    for key in KEYS {
        let text = match key.kind {
            Kind::Address => "127.0.0.1:9",
            Kind::Number { .. } => "11",
            Kind::Switch => "false",
            Kind::Choice(words) => words[1],
            Kind::Text if key.name == "telemetry.endpoint" => "http://127.0.0.1:9",
            Kind::Secrets if key.name == "telemetry.headers" => "one=first, other=second",
            Kind::Text | Kind::Path => "trace",
            // it is read: one that is there and holds nothing
            Kind::MaybePath => "/dev/null",
            Kind::Paths | Kind::Words | Kind::Secrets => "first-of-two-items, second-of-two-items",
        };
        let environment = Environment::from_iter([(key.variable(), text)]);
        let settings = resolve("", environment, &Flags::default());
        assert_eq!(settings.origin(key.name), Origin::Variable(key.variable()));
        let default = Settings::default();
        let value = |settings: &Settings| {
            settings
                .table
                .iter()
                .find(|setting| setting.key.name == key.name)
                .map(|it| it.value.clone())
        };
        assert_ne!(value(&settings), value(&default), "{}", key.name);
    }
}

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_the_nearest_key() {
    assert_eq!(
        message("# mine\n[server]\nbnid = \"127.0.0.1:1\"\n"),
        "potluck.toml:3: there is no key `server.bnid`; did you mean `server.bind`?"
    );
    assert_eq!(
        message("[serer]\nbind = \"127.0.0.1:1\"\n"),
        "potluck.toml:1: there is no section `serer`; did you mean `server`?"
    );
    assert_eq!(
        message("[pools]\nstrategy = \"uniform\"\n"),
        "potluck.toml:2: `pools.strategy` must be a table for each pool, written [pools.NAME]; did you mean `pool.strategy`?"
    );
    assert_eq!(
        message("bind = \"127.0.0.1:1\"\n"),
        "potluck.toml:1: there is no section `bind`; did you mean `server.bind`?"
    );
    assert_eq!(
        message("[quux]\n"),
        "potluck.toml:1: there is no section `quux`; `potluck config default` lists all that exist"
    );
}

#[test]
fn a_wrong_value_says_what_it_must_be_and_what_it_is() {
    for (text, expected) in [
        (
            "[server]\nbind = 7685",
            "potluck.toml:2: `server.bind` must be an address such as 127.0.0.1:7685, and is the number 7685",
        ),
        (
            "[server]\nbind = \"7685\"",
            "potluck.toml:2: `server.bind` must be an address such as 127.0.0.1:7685, and is `7685`",
        ),
        (
            "[pool]\nattempts = 0",
            "potluck.toml:2: `pool.attempts` must be a whole number from 1 to 32, and is `0`",
        ),
        (
            "[pool]\nattempts = \"3\"",
            "potluck.toml:2: `pool.attempts` must be a whole number from 1 to 32, and is the text \"3\"",
        ),
        (
            "[pool]\nstrategy = \"fair\"",
            "potluck.toml:2: `pool.strategy` must be one of balanced, uniform, and is `fair`",
        ),
        (
            "[catalog]\ndirs = [1]",
            "potluck.toml:2: `catalog.dirs` must be a list of paths, and is a list with the number 1",
        ),
        (
            "[catalog]\nlocal = 1",
            "potluck.toml:2: `catalog.local` must be true or false, and is the number 1",
        ),
        (
            "[server]\nkeys = [\"a-key-that-must-not-show\", \"\"]",
            "potluck.toml:2: `server.keys` must be a list of keys, none empty, and is something else",
        ),
        (
            "[server]\nkeys = \"a-key-that-must-not-show\"",
            "potluck.toml:2: `server.keys` must be a list of keys, none empty, and is something else",
        ),
        ("server = 1", "potluck.toml:1: `server` must be a section, written [server]"),
    ] {
        assert_eq!(message(text), expected);
    }
}

#[test]
fn broken_toml_says_where() {
    assert!(message("[server]\nbind = \n").starts_with("potluck.toml:2: this is no valid TOML: "));
}

#[test]
fn a_wrong_variable_and_a_wrong_flag_are_named() {
    let environment = Environment::from_iter([("POTLUCK_POOL_ATTEMPTS", "many")]);
    let error = resolve::settings(&Flags::default(), None, environment).expect_err("many");
    assert!(error.to_string().starts_with("POTLUCK_POOL_ATTEMPTS: `pool.attempts` must be"));
    let error =
        resolve::settings(&flags(&[("--set", "pol.attempts", "1")]), None, Environment::default());
    let error = error.expect_err("no such key").to_string();
    assert_eq!(error, "--set: there is no key `pol.attempts`; did you mean `pool.attempts`?");
}

#[test]
fn a_misspelt_variable_is_told_and_foreign_ones_are_not() {
    let environment = Environment::from_iter([
        ("POTLUCK_SERVER_BNID", "x"),
        ("POTLUCK_PORT_7685_TCP_ADDR", "10.0.0.1"),
        ("POTLUCK_RECORDINGS", "/somewhere"),
    ]);
    let settings = resolve("", environment, &Flags::default());
    let expected =
        "the variable POTLUCK_SERVER_BNID is no setting; did you mean POTLUCK_SERVER_BIND?";
    assert_eq!(settings.warnings, [expected]);
}

#[test]
fn paths_in_a_file_start_at_its_folder_and_others_at_the_working_directory() {
    let text = "[catalog]\ndirs = [\"mine\", \"/all\"]\n[state]\npath = \"here.db\"\n";
    let path = Path::new("/etc/potluck/potluck.toml");
    let settings = Settings::from_text(path, text, Environment::default()).expect("valid");
    assert_eq!(settings.catalog.dirs, [Path::new("/etc/potluck/mine"), Path::new("/all")]);
    assert_eq!(settings.state.path.as_deref(), Some(Path::new("/etc/potluck/here.db")));
    let environment = Environment::from_iter([("POTLUCK_CATALOG_DIRS", "mine")]);
    let settings = Settings::from_text(path, text, environment).expect("valid");
    assert_eq!(settings.catalog.dirs, [Path::new("mine")]);
    let memory = Settings::from_text(path, "[state]\npath = \":memory:\"", Environment::default());
    assert_eq!(memory.expect("valid").state.path, None);
}

#[test]
fn the_state_is_in_the_users_folder_where_nothing_else_is_said() {
    let settings = |pairs: &[(&'static str, &'static str)]| {
        let environment = Environment::from_iter(pairs.iter().copied());
        Settings::from_text(Path::new("/etc/potluck/potluck.toml"), "", environment).expect("valid")
    };
    let home = ("HOME", "/home/ada");
    let kept = settings(&[home]).state.path;
    assert_eq!(kept.as_deref(), Some(Path::new("/home/ada/.local/state/potluck/potluck.db")));
    let named = settings(&[home, ("POTLUCK_STATE_PATH", "here.db")]).state.path;
    assert_eq!(named.as_deref(), Some(Path::new("here.db")));
    assert_eq!(settings(&[]).state.path.as_deref(), Some(Path::new("potluck.db")));
}

#[test]
fn an_open_address_needs_a_key() {
    let open = |text: &str| file(text).expect("valid").check_bind().is_err();
    assert!(open("[server]\nbind = \"0.0.0.0:7685\""));
    assert!(open("[server]\nbind = \"192.168.1.5:7685\""));
    assert!(open("[server]\nbind = \"[::]:7685\""));
    assert!(!open("[server]\nbind = \"[::1]:7685\""));
    assert!(!open("[server]\nbind = \"[::ffff:127.0.0.1]:7685\""));
    assert!(!open("[server]\nbind = \"localhost:80\""));
    assert!(!open("[server]\nbind = \"0.0.0.0:7685\"\nkeys = [\"0123456789abcdef\"]"));
}

#[test]
fn keys_are_never_shown() {
    let settings = file("[server]\nkeys = [\"sk-1\", \"sk-2\"]").expect("valid");
    let shown = settings.table.iter().map(|setting| setting.value.to_string()).collect::<String>();
    assert!(shown.contains("[2 not shown]") && !shown.contains("sk-"));
    assert!(!format!("{settings:?}").contains("sk-"));
    assert_eq!(settings.warnings.len(), 1, "short keys are told");
}

#[test]
fn the_file_is_looked_for_in_the_working_directory_and_then_the_users_folder() {
    let places = |variables: &[(&str, &str)]| {
        file::places(&variables.iter().copied().collect())
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
    };
    let home = ("HOME", "/home/ada");
    assert_eq!(places(&[home]), ["potluck.toml", "/home/ada/.config/potluck/potluck.toml"]);
    let own = ("XDG_CONFIG_HOME", "/cfg");
    assert_eq!(places(&[home, own]), ["potluck.toml", "/cfg/potluck/potluck.toml"]);
    assert_eq!(places(&[]), ["potluck.toml"]);
}

#[test]
fn a_named_file_must_exist() {
    let flags = Flags { config: Some("/no/such/file.toml".into()), ..Flags::default() };
    let error = Settings::load(&flags, Environment::default()).expect_err("missing").to_string();
    assert!(error.starts_with("cannot read the settings in /no/such/file.toml: "), "{error}");
}
