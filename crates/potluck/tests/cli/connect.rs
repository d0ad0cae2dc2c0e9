//! `potluck connect`: what it prints, and what it does to the files of clients.

use std::os::unix::fs::PermissionsExt;

use crate::program::{Folder, finish, potluck, run};

#[test]
fn without_a_client_it_lists_all_of_them() {
    let folder = Folder::new("connect-list");
    let listed = run(&folder, &["connect"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    for name in ["openai-python", "claude-code", "codex", "lobehub", "twinny", "n8n", "llm"] {
        assert!(listed.out.contains(name), "{name} is not in {}", listed.out);
    }
    let json = run(&folder, &["connect", "--json"]).json();
    let all = json.as_array().expect("a list");
    let twinny = all.iter().find(|one| one["name"] == "twinny").expect("it is listed");
    assert!(twinny["ran"].is_null(), "nobody has run it: {twinny}");
    let unknown = run(&folder, &["connect", "codexx"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("did you mean `codex`?"), "{}", unknown.err);
}

#[test]
fn a_program_is_printed_alone_with_the_address_of_the_settings_and_the_key() {
    let folder = Folder::new("connect-code");
    folder.write("potluck.toml", "[server]\nbind = \"0.0.0.0:8080\"\n");
    let args = ["connect", "openai-python", "-m", "gpt-oss-120b", "--with-key"];
    let mut command = potluck(&folder, &args);
    command.env("POTLUCK_KEY", "a-key-of-a-client");
    let shown = finish(command);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.starts_with("import openai\n"), "{}", shown.out);
    assert!(shown.out.contains("base_url=\"http://127.0.0.1:8080/v1\""), "{}", shown.out);
    assert!(shown.out.contains("api_key=\"a-key-of-a-client\""), "{}", shown.out);
    assert!(shown.out.contains("model=\"gpt-oss-120b\""), "{}", shown.out);
    assert!(shown.err.contains("run with openai "), "{}", shown.err);
    let other = run(&folder, &["connect", "n8n", "--url", "https://potluck.lan/v1"]);
    assert!(other.out.contains("Base URL: https://potluck.lan/v1\n"), "{}", other.out);
    assert!(other.err.contains("not verified"), "{}", other.err);
    let odd = run(&folder, &["connect", "curl", "-m", "a'b"]);
    assert_eq!(odd.code, 2, "{}", odd.out);
}

#[test]
fn a_key_is_never_shown_unasked_and_where_one_is_needed_it_says_so() {
    let folder = Folder::new("connect-key");
    let nowhere = ["--bind", "127.0.0.1:1"];
    let connect = |args: &[&str], key: &str| {
        let mut all = vec!["connect", "openai-python"];
        all.extend(args);
        all.extend(nowhere);
        let mut command = potluck(&folder, &all);
        command.env("POTLUCK_KEY", key);
        finish(command)
    };
    let open = connect(&[], "a-key-of-a-client");
    assert!(open.out.contains("api_key=\"none\""), "no key is asked for: {}", open.out);
    let made = run(&folder, &["keys", "create", "me", "--admin", "--bind", "127.0.0.1:1"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let closed = connect(&[], "a-key-of-a-client");
    assert!(closed.out.contains("api_key=\"YOUR-POTLUCK-KEY\""), "{}", closed.out);
    assert!(closed.err.contains("`potluck keys create NAME` makes one"), "{}", closed.err);
    assert!(!format!("{}{}", closed.out, closed.err).contains("a-key-of-a-client"));
    let asked = connect(&["--with-key"], "a-key-of-a-client");
    assert!(asked.out.contains("api_key=\"a-key-of-a-client\""), "{}", asked.out);
    let none = connect(&["--with-key"], "");
    assert_eq!(none.code, 2, "{}", none.err);
    assert!(none.err.contains("POTLUCK_KEY"), "{}", none.err);
    let elsewhere = connect(&["--url", "http://127.0.0.1:1"], "");
    assert!(elsewhere.out.contains("api_key=\"YOUR-POTLUCK-KEY\""), "{}", elsewhere.out);
    assert!(elsewhere.err.contains("no router says"), "{}", elsewhere.err);
    let file = folder.path().join("written.toml");
    let mut command = potluck(&folder, &["connect", "codex", "--write", "--yes", "--with-key"]);
    command.args(["--bind", "127.0.0.1:1", "--file"]).arg(&file);
    let written = finish({
        command.env("POTLUCK_KEY", "a-key-of-a-client");
        command
    });
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(!written.out.contains("a-key-of-a-client"), "{}", written.out);
}

#[test]
fn a_file_is_only_written_when_somebody_agrees() {
    let folder = Folder::new("connect-ask");
    let asked = run(&folder, &["connect", "codex", "--write"]);
    assert_eq!(asked.code, 2, "{}", asked.err);
    assert!(asked.out.contains("+model_provider = \"potluck\""), "{}", asked.out);
    assert!(asked.err.contains("Say --yes"), "{}", asked.err);
    assert!(!folder.path().join(".codex").exists());
    let nothing = run(&folder, &["connect", "curl", "--write", "--yes"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("no file that potluck could write"), "{}", nothing.err);
}

#[test]
fn what_else_is_in_a_file_stays_and_what_was_there_is_kept() {
    let folder = Folder::new("connect-write");
    let codex = folder.path().join(".codex");
    std::fs::create_dir(&codex).expect("the folder can be made");
    let before = "# mine\nmodel = \"gpt\"\n\n[tui]\ntheme = \"dark\"\n";
    let file = codex.join("config.toml");
    std::fs::write(&file, before).expect("it can be written");
    let written = run(&folder, &["connect", "codex", "--write", "--yes"]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(written.out.contains("-model = \"gpt\"\n+model = \"free\""), "{}", written.out);
    let after = std::fs::read_to_string(&file).expect("it is there");
    assert!(after.starts_with("# mine\nmodel = \"free\"\n"), "{after}");
    assert!(
        after.contains("theme = \"dark\"") && after.contains("[model_providers.potluck]"),
        "{after}"
    );
    let kept = std::fs::read_to_string(codex.join("config.toml.before-potluck"));
    assert_eq!(kept.ok().as_deref(), Some(before));
    let again = run(&folder, &["connect", "codex", "--write", "--yes"]);
    assert!(again.out.contains("says so already"), "{}", again.out);
    assert_eq!(std::fs::read_dir(&codex).expect("it is there").count(), 2);
}

#[test]
fn a_new_file_with_a_key_is_its_owners_alone() {
    let folder = Folder::new("connect-new");
    for (client, place) in [
        ("claude-code", ".claude/settings.json"),
        ("continue", ".continue/config.yaml"),
        ("aider", ".aider.conf.yml"),
        ("opencode", ".config/opencode/opencode.json"),
        ("pal-mcp-server", ".env"),
    ] {
        let written = run(&folder, &["connect", client, "--write", "--yes"]);
        assert_eq!(written.code, 0, "{client}: {}", written.err);
        let file = std::fs::metadata(folder.path().join(place)).expect(place);
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{place}");
    }
    let broken = folder.write("mine.json", "{ \"env\": [1] }");
    let path = broken.to_str().expect("a path");
    let refused = run(&folder, &["connect", "claude-code", "--write", "--yes", "--file", path]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("is left as it is"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(broken).ok().as_deref(), Some("{ \"env\": [1] }"));
}

#[test]
fn completions_and_the_manual_need_no_settings() {
    let folder = Folder::new("connect-shell");
    folder.write("potluck.toml", "this is no TOML");
    let bash = run(&folder, &["completions", "bash"]);
    assert_eq!(bash.code, 0, "{}", bash.err);
    assert!(bash.out.contains("complete -F _potluck"), "{}", bash.out);
    let man = run(&folder, &["man"]);
    assert!(man.out.contains(".TH potluck 1"), "{}", man.out);
    let into = run(&folder, &["man", "--into", "pages"]);
    assert_eq!(into.code, 0, "{}", into.err);
    assert!(folder.path().join("pages/potluck-connect.1").exists());
}
