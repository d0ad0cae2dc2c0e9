//! `potluck config` and what wrong settings look like.

use crate::program::{Folder, finish, potluck, run};

#[test]
fn config_shows_every_value_with_its_origin() {
    let folder = Folder::new("config");
    folder.write("potluck.toml", "[pool]\nattempts = 4\n");
    let mut command = potluck(&folder, &["config", "--json", "--bind", "127.0.0.1:9"]);
    command
        .env("POTLUCK_POOL_STRATEGY", "uniform")
        .env("POTLUCK_SERVER_KEYS", "sk-0123456789abcdef");
    let shown = finish(command);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let settings = shown.json();
    let of = |key: &str| {
        let all = settings.as_array().expect("a list");
        let found = all.iter().find(|setting| setting["key"] == key).expect("it is there");
        (found["value"].to_string(), found["origin"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(of("pool.attempts"), ("4".into(), "potluck.toml:2".into()));
    assert_eq!(of("pool.strategy"), ("\"uniform\"".into(), "POTLUCK_POOL_STRATEGY".into()));
    assert_eq!(of("server.bind"), ("\"127.0.0.1:9\"".into(), "--bind".into()));
    let state = folder.path().join(".local/state/potluck/potluck.db");
    assert_eq!(of("state.path"), (format!("{state:?}"), "default".into()));
    assert_eq!(of("server.keys"), ("[\"[secret]\"]".into(), "POTLUCK_SERVER_KEYS".into()));
    assert!(!shown.out.contains("0123456789abcdef"));
}

#[test]
fn config_shows_pools_and_credentials_as_they_are_written() {
    let folder = Folder::new("config-tables");
    let file = "[pools.coder]\nneeds = [\"tools\"]\nmin_context = 64_000\nmin_quality = 0.6\n\n[pools.any]\n\n\
                [[credentials.groq]]\nenv = \"GROQ_WORK\"\nweight = 2\n\n[[credentials.groq]]\nenv = \"GROQ_HOME\"\n";
    folder.write("potluck.toml", file);
    let mut command = potluck(&folder, &["config", "--json"]);
    command.env("GROQ_WORK", "gsk_0123456789abcdef");
    let told = finish(command);
    let all = told.json();
    let own = all.as_array().expect("a list").iter().filter(|line| line["variable"].is_null());
    let own: Vec<String> = own
        .map(|line| {
            let origin = line["origin"].as_str().unwrap_or_default();
            format!("{} {} {origin}", line["key"].as_str().unwrap_or_default(), line["value"])
        })
        .collect();
    let expected = [
        "credentials.groq.0.env \"GROQ_WORK\" potluck.toml:9",
        "credentials.groq.0.weight 2 potluck.toml:10",
        "credentials.groq.1.env \"GROQ_HOME\" potluck.toml:13",
        "pools.any {} potluck.toml:6",
        "pools.coder.needs [\"tools\"] potluck.toml:2",
        "pools.coder.min_context 64000 potluck.toml:3",
        "pools.coder.min_quality 0.6 potluck.toml:4",
    ];
    assert_eq!(own, expected);
    assert!(!told.out.contains("0123456789abcdef"));
    let shown = run(&folder, &["config"]).out;
    for line in [
        "[pools.any]",
        "[pools.coder]",
        "needs = [\"tools\"]",
        "[[credentials.groq]]",
        "weight = 2",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    // What it prints can be read again.
    folder.write("potluck.toml", &shown);
    let again = run(&folder, &["config"]);
    assert_eq!(again.code, 0, "{}", again.err);
}

#[test]
fn the_default_file_can_be_used_as_it_is_printed() {
    let folder = Folder::new("default");
    let printed = run(&folder, &["config", "default"]);
    folder.write("potluck.toml", &printed.out);
    let path = run(&folder, &["config", "path"]);
    assert_eq!((path.code, path.out.trim()), (0, "potluck.toml"));
    assert_eq!(run(&folder, &["config"]).code, 0);
}

#[test]
fn wrong_settings_are_told_with_their_line_and_end_with_2() {
    let folder = Folder::new("wrong");
    folder.write("potluck.toml", "[server]\n\nbnid = \"127.0.0.1:1\"\n");
    let told = run(&folder, &["config"]);
    assert_eq!(told.code, 2);
    assert_eq!(
        told.err.trim(),
        "error: potluck.toml:3: there is no key `server.bnid`; did you mean `server.bind`?"
    );
    assert_eq!(run(&folder, &["config", "default"]).code, 0, "help must work with broken settings");
}

#[test]
fn an_open_address_is_refused_without_a_key() {
    let folder = Folder::new("open");
    let refused = run(&folder, &["serve", "--bind", "0.0.0.0:0", "--state", ":memory:"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("will not listen on 0.0.0.0:0 without a client key"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("POTLUCK_SERVER_KEYS"), "{}", refused.err);
}

#[test]
fn check_says_why_a_provider_cannot_be_drawn_from() {
    let folder = Folder::new("check");
    let told = run(&folder, &["check", "groq", "--offline"]);
    assert_eq!(told.code, 1);
    assert!(told.err.contains("no key: set GROQ_API_KEY"), "{}", told.err);
    let mut command = potluck(&folder, &["check", "groq", "--offline"]);
    command.env("GROQ_API_KEY", "gsk-test");
    let told = finish(command);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(!told.out.contains("gsk-test"));
    let gone = run(&folder, &["check", "github-models", "--offline"]);
    assert_eq!(gone.code, 1);
    assert!(gone.err.contains("no longer free (since 2026-07-30)"), "{}", gone.err);
    assert_eq!(run(&folder, &["check", "nobody-at-all", "--offline"]).code, 2);
}

#[test]
fn check_shows_every_credential_and_tells_where_several_accounts_are_forbidden() {
    let folder = Folder::new("credentials");
    let config = "[[credentials.groq]]\nenv = \"WORK_KEY\"\nname = \"work\"\nweight = 2\n";
    folder.write("potluck.toml", config);
    let check = |args: &[&str]| {
        let mut command = potluck(&folder, args);
        command.env("GROQ_API_KEY", "gsk-one").env("WORK_KEY", "gsk-two");
        command.env("COHERE_API_KEY", "co-one").env("COHERE_API_KEY_2", "co-two");
        finish(command)
    };
    let told = check(&["check", "--offline"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(told.err.matches("keys of 2 accounts are set").count(), 1, "{}", told.err);
    assert!(
        told.err.contains("Groq: ") && told.err.contains("[[credentials.groq]]"),
        "{}",
        told.err
    );
    assert!(told.out.contains("COHERE_API_KEY, COHERE_API_KEY_2"), "{}", told.out);
    let one = check(&["check", "groq", "--offline"]);
    assert!(one.out.contains("WORK_KEY") && one.out.contains("forbidden"), "{}", one.out);
    assert!(!format!("{}{}{}", told.out, told.err, one.out).contains("gsk-"));
    let json = check(&["check", "groq", "--json", "--offline"]).json();
    assert_eq!(json["providers"][0]["credentials"][1]["name"], "work");
    assert_eq!(json["providers"][0]["credentials"][1]["weight"], 2.0);
    folder.write("potluck.toml", "[[credentials.grok]]\nenv = \"WORK_KEY\"\n");
    let wrong = check(&["check", "--offline"]);
    assert!(wrong.code != 0 && wrong.err.contains("did you mean `groq`?"), "{}", wrong.err);
}

#[test]
fn a_wrong_provider_file_is_told_with_its_line() {
    let folder = Folder::new("file");
    let mine = folder.path().join("mine");
    std::fs::create_dir(&mine).expect("the folder can be made");
    std::fs::write(
        mine.join("x.toml"),
        "dialect = \"openai\"\nbase_url = \"https://x/v1\"\nkeyles = 1\n",
    )
    .expect("the folder can be written");
    let told = run(&folder, &["check", "--providers", "mine"]);
    assert_eq!(told.code, 1);
    assert!(told.err.contains("mine/x.toml:3"), "{}", told.err);
}
