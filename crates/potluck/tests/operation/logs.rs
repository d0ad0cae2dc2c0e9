//! The log as JSON: a line is an object, and none has a prompt, an answer or a key in it, however much is told.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use http_body_util::Full;
use potluck_testkit::{Fault, Model, Plan, Pool, ServerTrouble, SimulatedProvider};
use serde_json::{Value, json};

use crate::house::{Asker, fresh_folder};

const PROVIDERS_KEY: &str = "sk-of-a-provider-0123456789";
const CLIENTS_KEY: &str = "a-key-of-a-client-0123456789";
const PROMPT: &str = "a secret of mine that nobody may read";

/// Killed when dropped, so that a test that fails leaves nothing behind.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the test starts the program under test")]
async fn logged() -> (Vec<String>, String) {
    let down = Fault::Trouble(ServerTrouble::Unavailable);
    let pool = Pool::start(vec![
        SimulatedProvider::build("down")
            .model(Model::new("m").family("m"))
            .faults(Plan::always(down)),
        SimulatedProvider::build("sound")
            .model(Model::new("m").family("m"))
            .key(PROVIDERS_KEY, "SOUND_KEY"),
    ])
    .await
    .unwrap();
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    let log = folder.join("log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_potluck"));
    command.args(["serve", "--bind", "127.0.0.1:0", "--state", ":memory:", "--providers"]);
    command.arg(folder.join("providers")).current_dir(&folder).env("SOUND_KEY", PROVIDERS_KEY);
    command.args(["--set", "catalog.builtin=false", "--set", "catalog.local=false"]);
    command.args(["--set", "log.format=json", "--set", "log.level=trace"]);
    command.env("POTLUCK_SERVER_KEYS", CLIENTS_KEY);
    command.stdout(Stdio::piped()).stderr(std::fs::File::create(&log).unwrap());
    let mut program = Program(command.spawn().unwrap());
    let mut lines = BufReader::new(program.0.stdout.take().unwrap()).lines();
    let address = lines.next().unwrap().unwrap().replace("listening on ", "");
    let asker = Asker::new();
    let mut answers = String::new();
    for body in [
        json!({ "model": "m", "provider": { "order": ["down", "sound"] }, "messages": [{ "role": "user", "content": PROMPT }] }),
        json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": PROMPT }] }),
        json!({ "model": "nobody", "messages": [{ "role": "user", "content": PROMPT }] }),
        json!({ "messages": PROMPT }),
    ] {
        let request = http::Request::post(format!("{address}/v1/chat/completions"))
            .header("authorization", format!("Bearer {CLIENTS_KEY}"));
        let reply = asker.send(request.body(Full::from(body.to_string())).unwrap()).await;
        if let Ok(text) = reply.whole_text() {
            answers = text;
        }
    }
    drop(program);
    let text = std::fs::read_to_string(&log).unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    (text.lines().map(str::to_owned).collect(), answers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_line_has_a_prompt_an_answer_or_a_key_in_it() {
    let (lines, answer) = logged().await;
    let objects: Vec<Value> = lines
        .iter()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        objects.iter().any(|line| line["message"] == "attempt failed" && line["level"] == "DEBUG"),
        "{lines:#?}"
    );
    assert!(objects.iter().all(|line| line["timestamp"].is_string() && line["target"].is_string()));
    assert!(answer.len() > 20, "{answer}");
    for secret in [PROMPT, PROVIDERS_KEY, CLIENTS_KEY, answer.as_str()] {
        let leak = lines.iter().find(|line| line.contains(secret));
        assert!(leak.is_none(), "{secret:?} is in the log: {leak:?}");
    }
}
