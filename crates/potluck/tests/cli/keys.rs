//! `potluck keys`: with a router that runs, and on its file where none does.

use potluck_testkit::{Model, SimulatedProvider};

use crate::program::{Folder, Run, Server, finish, potluck, run};

/// Nothing listens there without privileges.
const NOWHERE: &str = "127.0.0.1:1";

/// A folder with the state of a router, and a provider for it.
struct Scene {
    folder: Folder,
    _provider: SimulatedProvider,
    _runtime: tokio::runtime::Runtime,
}

impl Scene {
    fn new(name: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let model = Model::capable("tiny").family("tiny").words(12);
        let started = SimulatedProvider::build("sim").model(model).start();
        let provider = runtime.block_on(started).expect("the provider starts");
        let folder = Folder::new(name);
        let files = folder.path().join("files");
        std::fs::create_dir(&files).expect("the folder can be made");
        std::fs::write(files.join("sim.toml"), provider.provider_file()).expect("written");
        Self { folder, _provider: provider, _runtime: runtime }
    }

    fn serve(&self) -> Server {
        let mut args = vec!["serve", "--bind", "127.0.0.1:0"];
        args.extend(["--providers", "files", "--set", "catalog.builtin=false"]);
        args.extend(["--set", "catalog.local=false"]);
        Server::start(&self.folder, &args)
    }

    /// Asks the router, with a key where one is given.
    fn ask(&self, server: &Server, key: &str, args: &[&str]) -> Run {
        let mut command = potluck(&self.folder, args);
        command.args(["--url", &server.url]).env("POTLUCK_KEY", key);
        finish(command)
    }

    /// Works where no router answers.
    fn keys(&self, args: &[&str]) -> Run {
        file(&self.folder, args)
    }
}

fn file(folder: &Folder, args: &[&str]) -> Run {
    let mut all = vec!["keys"];
    all.extend(args);
    all.extend(["--bind", NOWHERE]);
    run(folder, &all)
}

/// The key that was printed: alone on standard output.
fn secret(made: &Run) -> String {
    assert_eq!(made.code, 0, "{}", made.err);
    let key = made.out.strip_suffix('\n').expect("a line");
    assert!(key.starts_with("pk-") && !key.contains(char::is_whitespace), "{}", made.out);
    assert!(!made.err.contains(key), "{}", made.err);
    key.to_owned()
}

#[track_caller]
fn assert_refused(run: &Run, code: i32, words: &str) {
    assert_eq!(run.code, code, "{} {}", run.out, run.err);
    assert!(run.err.contains(words), "{}", run.err);
}

#[test]
fn where_no_router_runs_its_file_is_worked_on() {
    let folder = Folder::new("keys-file");
    let keys = |args: &[&str]| file(&folder, args);
    let none = keys(&["list"]);
    assert_eq!(none.code, 0, "{}", none.err);
    assert!(none.out.contains("`potluck keys create NAME --admin`"), "{}", none.out);
    assert!(none.err.contains("no router runs at 127.0.0.1:1; this is its file"), "{}", none.err);
    assert!(!folder.path().join("potluck.keys.db").exists(), "looking makes no file");

    assert_refused(&keys(&["create", "app"]), 1, "potluck keys create NAME --admin");
    let me = secret(&keys(&["create", "me", "--admin"]));
    let limits = ["--requests-per-minute", "5", "--tokens-per-day", "200000"];
    let mut wish = vec!["create", "app", "--expires", "30d", "--model", "sim/*"];
    wish.extend(["--privacy", "no-training", "--priority", "batch"]);
    wish.extend(limits);
    let app = secret(&keys(&wish));
    let listed = keys(&["list"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    for words in ["5/5 requests a minute", "200k/200k tokens a day", "sim/*; no-training; batch"] {
        assert!(listed.out.contains(words), "{words}: {}", listed.out);
    }
    assert!(listed.out.contains("all; manages keys"), "{}", listed.out);
    assert!(!listed.out.contains(&me) && !listed.out.contains(&app), "{}", listed.out);

    assert_refused(&keys(&["revoke", "me"]), 1, "the last key that may manage keys");
    assert_refused(&keys(&["revoke", "nobody"]), 1, "`potluck keys list`");
    let revoked = keys(&["revoke", "app"]);
    assert!(revoked.out.starts_with("revoked app (key-"), "{} {}", revoked.out, revoked.err);
    assert!(!keys(&["list"]).out.contains("app"));
    assert!(keys(&["list", "--all"]).out.contains("revoked 2"));
    let data = keys(&["list", "--json"]).json()["data"].clone();
    let names: Vec<_> = data.as_array().expect("a list").iter().map(|key| &key["name"]).collect();
    assert_eq!(names, ["me", "app"]);
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let folder = Folder::new("keys-wrong");
    let keys = |args: &[&str]| file(&folder, args);
    secret(&keys(&["create", "me", "--admin"]));
    secret(&keys(&["create", "app", "--expires", "2999-01-31T00:00:00Z"]));
    assert_refused(&keys(&["create", "app"]), 1, "another key is called \"app\". Choose another");
    for (when, words) in [
        ("soon", "such as 90m, 12h, 30d or 4w"),
        ("0d", "such as 90m"),
        ("30", "such as 90m"),
        ("-1d", "such as 90m"),
        ("2001-01-01T00:00:00Z", "has passed already"),
    ] {
        let args = ["create", "late", &format!("--expires={when}")];
        assert_refused(&keys(&args), 1, words);
    }
    assert_refused(
        &keys(&["create", "x", "--requests-per-day", "0"]),
        1,
        "leave it out for no limit",
    );
    assert_refused(&keys(&["create", "x", "--priority", "high"]), 2, "batch");
    assert_refused(&keys(&["create", "x", "--privacy", "none"]), 2, "no-training");
    assert_refused(&keys(&["create", "x", "--tokens-per-day", "many"]), 2, "invalid");
    assert_refused(&keys(&["create", "x", "--pool", "codre"]), 1, "the settings define none");
    assert_eq!(keys(&["list", "--json"]).json()["data"].as_array().map(Vec::len), Some(2));
    let odd = keys(&["create", "odd", "--model", "nobody/nothing"]);
    assert!(odd.err.contains("warning: no model is called \"nobody/nothing\""), "{}", odd.err);
    secret(&odd);
    folder.write("potluck.toml", "[pools.coder]\nneeds = [\"tools\"]\n");
    assert_refused(&keys(&["create", "x", "--pool", "codre"]), 1, "the settings define coder");
    let pooled = keys(&["create", "agent", "--pool", "coder", "--json"]);
    assert_eq!(pooled.json()["pools"][0], "coder", "{}", pooled.err);
    let nowhere = keys(&["create", "me", "--admin", "--state", ":memory:"]);
    assert_refused(&nowhere, 2, "Start the router");
    let gone = run(&folder, &["keys", "list", "--url", "http://127.0.0.1:1"]);
    assert_refused(&gone, 4, "no router answers");
}

#[test]
fn a_router_that_runs_is_asked_and_heeds_a_revocation_at_once() {
    let scene = Scene::new("keys-router");
    let me = secret(&scene.keys(&["create", "me", "--admin"]));
    let server = scene.serve();
    let ask = |key: &str, args: &[&str]| scene.ask(&server, key, args);
    let made = ask(&me, &["keys", "create", "app", "--requests-per-day", "7"]);
    let app = secret(&made);
    assert!(made.err.contains(&format!("asking the router at {}", server.url)), "{}", made.err);
    assert_eq!(ask(&app, &["chat", "hello"]).code, 0);
    let listed = ask(&me, &["keys", "list"]);
    assert!(listed.out.contains("6/7 requests a day"), "{} {}", listed.out, listed.err);
    assert_refused(&ask(&me, &["keys", "create", "app"]), 1, "another key is called \"app\"");
    assert_refused(&ask(&me, &["keys", "create", "b", "--expires", "soon"]), 1, "such as 90m");

    assert_refused(&ask("", &["keys", "list"]), 1, "POTLUCK_KEY");
    assert_refused(&ask("pk-wrong", &["keys", "list"]), 1, "not known here");
    assert_refused(&ask(&app, &["keys", "revoke", "me"]), 1, "potluck keys create NAME --admin");
    assert_refused(&ask(&me, &["keys", "revoke", "nobody"]), 1, "(HTTP 404)");
    let elsewhere = scene.keys(&["list"]);
    assert!(elsewhere.out.contains("app") && elsewhere.err.contains("this is its file"));

    assert_eq!(ask(&me, &["keys", "revoke", "app", "--json"]).json()["state"], "revoked");
    assert_refused(&ask(&app, &["chat", "hello"]), 1, "was revoked on");
    let again = secret(&ask(&me, &["keys", "create", "app"]));
    assert_eq!(ask(&again, &["chat", "hello"]).code, 0);

    assert_eq!(server.terminate(), Some(0));
    let all = scene.keys(&["list", "--all"]);
    assert_eq!(all.code, 0, "{}", all.err);
    assert!(all.out.contains("6/7 requests a day") && all.out.contains("revoked 2"), "{}", all.out);
}

#[test]
fn the_first_key_of_an_open_router_needs_none() {
    let scene = Scene::new("keys-first");
    let server = scene.serve();
    let open = |args: &[&str]| scene.ask(&server, "", args);
    assert!(open(&["keys", "list"]).out.contains("no key was ever made"));
    assert!(open(&["connect", "curl"]).out.contains("none"));
    assert_refused(&open(&["keys", "create", "my app/ä"]), 1, "--admin");
    let first = secret(&open(&["keys", "create", "my app/ä", "--admin"]));
    assert_refused(&open(&["keys", "list"]), 1, "no key was sent");
    let shown = open(&["connect", "curl"]);
    assert!(shown.out.contains("YOUR-POTLUCK-KEY"), "the router says so: {}", shown.out);
    let second = scene.ask(&server, &first, &["keys", "create", "second", "--admin"]);
    let second = secret(&second);
    let gone = scene.ask(&server, &second, &["keys", "revoke", "my app/ä"]);
    assert!(gone.out.starts_with("revoked my app/ä (key-"), "{} {}", gone.out, gone.err);
    assert_refused(&scene.ask(&server, &first, &["keys", "list"]), 1, "was revoked");
}
