//! The page on adding a provider, followed to the letter: its file, and its commands.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::path::Path;
use std::process::{Command, Output};

use house::fresh_folder;
use potluck_testkit::{Model, Pool, SimulatedProvider};

const PAGE: &str = include_str!("../../../CONTRIBUTING.md");
const KEY: &str = "sk-from-acme";

/// The first file of the section.
fn file() -> String {
    let section = PAGE.split("## Add a provider").nth(1).unwrap();
    let block = section.split("```toml provider\n").nth(1).unwrap().split("```").next().unwrap();
    block.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The commands of the step that tries it, without the name of the program.
fn commands() -> Vec<Vec<&'static str>> {
    let step = PAGE.lines().find(|line| line.contains("Try it from a folder")).unwrap();
    let quoted = step.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| Some(text.strip_prefix("potluck ")?.split(' ').collect())).collect()
}

#[expect(clippy::disallowed_methods, reason = "the test starts the program under test")]
fn run(words: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_potluck"))
        .args(words)
        .args(["--bind", "127.0.0.1:9", "--set", "catalog.local=false"])
        .env("ACME_API_KEY", KEY)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_file_adds_a_provider() {
    let acme =
        SimulatedProvider::build("acme").model(Model::capable("alpha-1")).key(KEY, "ACME_API_KEY");
    let pool = Pool::start(vec![acme]).await.unwrap();
    let address = pool.provider("acme").unwrap().base_url();
    let folder = fresh_folder();
    std::fs::create_dir(folder.join("mine")).unwrap();
    let text = file().replace("https://api.acme.example/v1", &address);
    std::fs::write(folder.join("mine/acme.toml"), text).unwrap();
    let commands = commands();
    assert_eq!(commands.iter().map(|words| words[0]).collect::<Vec<_>>(), ["check", "chat"]);
    for words in commands {
        let Output { status, stdout, stderr } = run(&words, &folder);
        let (said, told) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert!(status.success(), "{words:?}: {said}{told}");
        let expected = if words[0] == "check" { &address } else { "simulated by acme" };
        assert!(said.contains(expected), "{words:?}: {said}{told}");
        assert!(!said.contains(KEY) && !told.contains(KEY));
    }
    let _ = std::fs::remove_dir_all(folder);
}
