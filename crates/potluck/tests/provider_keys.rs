//! Keys of providers that are given to the router to keep: they go in, are used at once and after a restart, and never come out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::path::Path;

use house::{Asker, House, Reply, fresh_folder};
use http_body_util::Full;
use potluck_testkit::{Model, Pool, SimulatedProvider};
use serde_json::{Value, json};

/// The router looks at its files once a second: 600 looks are half a minute.
const LOOKS: usize = 600;

const KEY: &str = "key-one-that-nobody-may-see";

async fn keyed() -> Pool {
    let one = SimulatedProvider::build("keyed").model(Model::new("m")).key(KEY, "KEYED");
    Pool::start(vec![one, SimulatedProvider::build("free").model(Model::new("f"))]).await.unwrap()
}

fn open(pool: &Pool, state: &Path, variables: &[(&str, &str)]) -> House {
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    House::open_with(folder, "", state.to_str().unwrap(), variables)
}

/// Where the state is, outside of any house's folder.
struct State(std::path::PathBuf);

impl State {
    fn new() -> Self {
        Self(fresh_folder())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.join("state.db")
    }

    fn keys(&self) -> std::path::PathBuf {
        self.0.join("state.keys.env")
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn change(house: &House, asker: &Asker, method: &str, id: &str, body: &Value) -> Reply {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{}/pool/providers/{id}/key", house.address))
        .header("content-type", "application/json")
        .header("x-potluck-csrf", "open")
        .body(Full::from(body.to_string()))
        .unwrap();
    asker.send(request).await
}

async fn ask(house: &House, asker: &Asker) -> Reply {
    let body = json!({ "model": "keyed/m", "messages": [{ "role": "user", "content": "hello" }] });
    asker.post(&format!("{}/v1/chat/completions", house.address), body.to_string()).await
}

async fn told(house: &House, asker: &Asker) -> Value {
    let all = asker.get(&format!("{}/pool/providers", house.address)).await;
    assert!(!all.body.contains(KEY), "a key came out");
    let all = all.json();
    let mut providers = all["providers"].as_array().unwrap().iter();
    providers.find(|each| each["provider"] == "keyed").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_used_at_once_and_after_a_restart_and_is_never_told() {
    let (pool, state, asker) = (keyed().await, State::new(), Asker::new());
    let house = open(&pool, &state.path(), &[]);
    assert_eq!(ask(&house, &asker).await.status, 404, "no key, no offer");
    let kept = change(&house, &asker, "PUT", "keyed", &json!({ "key": format!(" {KEY}\n") })).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert_eq!(kept.json()["keys"], json!([{ "variable": "KEYED", "set_by": "potluck" }]));
    assert!(!kept.body.contains(KEY), "{}", kept.body);
    assert_eq!(ask(&house, &asker).await.status, 200);
    assert_eq!(told(&house, &asker).await["why_not"], Value::Null);
    #[cfg(unix)]
    {
        let mode = std::fs::metadata(state.keys()).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    }
    drop(house);
    let house = open(&pool, &state.path(), &[]);
    assert_eq!(ask(&house, &asker).await.status, 200, "kept over a restart");
    let gone = change(&house, &asker, "DELETE", "keyed", &json!({})).await;
    assert_eq!(gone.status, 200, "{}", gone.body);
    assert_eq!(ask(&house, &asker).await.status, 404);
    assert!(!std::fs::read_to_string(state.keys()).unwrap().contains(KEY));
    let again = change(&house, &asker, "DELETE", "keyed", &json!({})).await;
    assert_eq!(again.status, 404, "{}", again.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_key_is_mended_by_another() {
    let (pool, state, asker) = (keyed().await, State::new(), Asker::new());
    let house = open(&pool, &state.path(), &[]);
    let wrong = json!({ "key": "key-that-is-wrong" });
    assert_eq!(change(&house, &asker, "PUT", "keyed", &wrong).await.status, 200);
    assert_ne!(ask(&house, &asker).await.status, 200);
    let right = json!({ "key": KEY });
    assert_eq!(change(&house, &asker, "PUT", "keyed", &right).await.status, 200);
    let mended = ask(&house, &asker).await;
    assert_eq!(mended.status, 200, "{}", mended.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_is_refused_and_changes_nothing() {
    let (pool, state, asker) = (keyed().await, State::new(), Asker::new());
    let house = open(&pool, &state.path(), &[]);
    let cases = [
        ("nobody", json!({ "key": KEY }), 404, "unknown_provider"),
        ("free", json!({ "key": KEY }), 409, "no_key_needed"),
        ("keyed", json!({ "key": "two words" }), 400, "invalid_key"),
        ("keyed", json!({ "key": "" }), 400, "invalid_key"),
        ("keyed", json!({ "kee": KEY }), 400, "invalid_body"),
    ];
    for (id, body, status, code) in cases {
        let refused = change(&house, &asker, "PUT", id, &body).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert_eq!(refused.json()["error"]["code"], code);
        assert!(!refused.body.contains(KEY), "{}", refused.body);
    }
    assert!(!state.keys().exists());
    drop(house);
    let house = open(&pool, &state.path(), &[("KEYED", KEY)]);
    let other = change(&house, &asker, "PUT", "keyed", &json!({ "key": "another" })).await;
    assert_eq!(other.json()["error"]["code"], "key_in_environment", "{}", other.body);
    let by = told(&house, &asker).await["keys"].clone();
    assert_eq!(by, json!([{ "variable": "KEYED", "set_by": "environment" }]));
    assert_eq!(ask(&house, &asker).await.status, 200, "the environment's key serves");
    drop(house);
    let house = open(&pool, Path::new(":memory:"), &[]);
    let nowhere = change(&house, &asker, "PUT", "keyed", &json!({ "key": KEY })).await;
    assert_eq!(nowhere.json()["error"]["code"], "nothing_is_kept", "{}", nowhere.body);
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    let rights = std::fs::metadata(path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::mode(&rights) & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_before_is_taken_over_once_and_can_be_forgotten() {
    let (pool, state, asker) = (keyed().await, State::new(), Asker::new());
    let before = state.0.join("state.keys.toml");
    std::fs::write(&before, format!("KEYED = \"{KEY}\"\nOTHER = \"o-1\"\n")).unwrap();
    let house = open(&pool, &state.path(), &[]);
    assert_eq!(ask(&house, &asker).await.status, 200, "it goes on to hold");
    assert!(!before.exists(), "it is taken over");
    let text = std::fs::read_to_string(state.keys()).unwrap();
    assert!(text.contains(&format!("KEYED={KEY}\n")) && text.contains("OTHER=o-1\n"));
    #[cfg(unix)]
    assert_eq!(mode(&state.keys()), 0o600);
    assert_eq!(change(&house, &asker, "DELETE", "keyed", &json!({})).await.status, 200);
    assert_eq!(ask(&house, &asker).await.status, 404);
    drop(house);
    let house = open(&pool, &state.path(), &[]);
    assert_eq!(ask(&house, &asker).await.status, 404, "it does not come back");
    assert!(std::fs::read_to_string(state.keys()).unwrap().contains("OTHER=o-1\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_that_the_settings_name_is_the_one_that_is_written() {
    let (pool, state, asker) = (keyed().await, State::new(), Asker::new());
    let folder = fresh_folder();
    pool.write_files(&folder.join("providers")).unwrap();
    let file = folder.join("keys.env");
    std::fs::write(&file, "# mine\nOTHER=1\nKEYED=a-wrong-key\n").unwrap();
    let settings = "[catalog]\nbuiltin = false\nlocal = false\nkey_file = \"keys.env\"\n";
    let house = House::open_with(folder, settings, state.path().to_str().unwrap(), &[]);
    assert_ne!(ask(&house, &asker).await.status, 200);
    let by = told(&house, &asker).await["keys"].clone();
    assert_eq!(by, json!([{ "variable": "KEYED", "set_by": "potluck" }]));
    let kept = change(&house, &asker, "PUT", "keyed", &json!({ "key": KEY })).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert_eq!(ask(&house, &asker).await.status, 200);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, format!("# mine\nOTHER=1\nKEYED={KEY}\n"));
    assert!(!state.keys().exists(), "there is one file");
    // a person takes it out again, by hand
    std::fs::write(&file, "# mine\n").unwrap();
    let mut looks = 0;
    while ask(&house, &asker).await.status != 404 {
        looks += 1;
        assert!(looks < LOOKS, "the change is not seen");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // what cannot be written is refused, and the file stays as it is
    std::fs::write(&file, "no line of keys\n").unwrap();
    let refused = change(&house, &asker, "PUT", "keyed", &json!({ "key": KEY })).await;
    assert_eq!(refused.json()["error"]["code"], "configuration_refused", "{}", refused.body);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "no line of keys\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_changes_loses_no_key() {
    let (pool, state) = (keyed().await, State::new());
    std::fs::write(state.keys(), "# mine\nOTHER=1\n").unwrap();
    for round in 0..8u32 {
        let house = open(&pool, &state.path(), &[]);
        let (enough, now) = tokio::sync::oneshot::channel();
        let changing = keep_changing(house.address.clone(), round, enough);
        let killing = async move {
            now.await.unwrap();
            drop(house); // killed, while the next change is on its way
        };
        let (answered, ()) = futures_util::future::join(changing, killing).await;
        assert!(answered > round, "{answered}");
        let text = std::fs::read_to_string(state.keys()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((&lines[..2], lines.len()), (&["# mine", "OTHER=1"][..], 3), "{text}");
        let kept = lines[2].strip_prefix(&format!("KEYED=key-{round}-")).map(str::parse::<u32>);
        let kept = kept.unwrap_or_else(|| panic!("a key of before: {text}")).unwrap();
        assert!(kept + 1 >= answered, "{kept} is kept, {answered} were answered");
    }
}

/// Gives one key after the other until nobody answers; tells when there were enough. How many were answered.
async fn keep_changing(
    address: String,
    round: u32,
    enough: tokio::sync::oneshot::Sender<()>,
) -> u32 {
    let (asker, mut enough) = (Asker::new(), Some(enough));
    for number in 0.. {
        let body = json!({ "key": format!("key-{round}-{number}") }).to_string();
        let request = http::Request::put(format!("{address}/pool/providers/keyed/key"))
            .header("x-potluck-csrf", "open")
            .body(Full::from(body))
            .unwrap();
        match asker.try_send(request).await {
            Ok(reply) if reply.status == 200 => {}
            _ => return number,
        }
        if number == round {
            enough.take().map(|enough| enough.send(()));
        }
    }
    unreachable!("nobody gives so many")
}
