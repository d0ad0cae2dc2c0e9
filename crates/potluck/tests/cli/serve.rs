//! `potluck serve` over one simulated provider, and the commands that talk to it.

use potluck_testkit::{Limit, Model, SimulatedProvider, Span};

use crate::program::{Folder, Run, Running, Server, finish, potluck, run};

/// A provider with two requests a day, its router, and a folder to run commands in.
struct Scene {
    folder: Folder,
    server: Server,
    _provider: SimulatedProvider,
    _runtime: tokio::runtime::Runtime,
}

impl Scene {
    fn new(name: &str, more: &[&str]) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let model = Model::capable("tiny").family("tiny").words(12);
        let limit = Limit::requests(2, Span::Day);
        let provider = runtime
            .block_on(SimulatedProvider::build("sim").model(model).limit(limit).start())
            .expect("the provider starts");
        let folder = Folder::new(name);
        let files = folder.path().join("files");
        std::fs::create_dir(&files).expect("the folder can be made");
        std::fs::write(files.join("sim.toml"), provider.provider_file())
            .expect("it can be written");
        let mut args = vec!["serve", "--bind", "127.0.0.1:0", "--state", ":memory:"];
        args.extend(["--providers", "files", "--set", "catalog.builtin=false"]);
        args.extend(["--set", "catalog.local=false"]);
        args.extend(more);
        let server = Server::start(&folder, &args);
        Self { folder, server, _provider: provider, _runtime: runtime }
    }

    fn ask(&self, args: &[&str]) -> Run {
        let mut all = args.to_vec();
        all.extend(["--url", &self.server.url]);
        run(&self.folder, &all)
    }

    /// A command that goes on until it is told to end.
    fn start(&self, args: &[&str]) -> Running {
        let mut all = args.to_vec();
        all.extend(["--url", &self.server.url]);
        Running::start(potluck(&self.folder, &all))
    }
}

#[test]
fn commands_show_the_running_router_and_a_dry_pool_ends_with_3() {
    let scene = Scene::new("serve", &[]);
    let models = scene.ask(&["models", "--json", "--needs", "tools"]);
    assert_eq!(models.code, 0, "{}", models.err);
    assert_eq!(models.json()[0]["offer"], "sim/tiny");
    assert_eq!(scene.ask(&["models", "--json", "--needs", "image"]).json(), serde_json::json!([]));

    let explained = scene.ask(&["explain", "--json", "hello"]);
    assert_eq!(explained.code, 0, "{}", explained.err);
    assert_eq!(explained.json()["candidates"][0]["probability"], 1.0);

    let streamed = scene.ask(&["chat", "hello"]);
    assert_eq!(streamed.code, 0, "{}", streamed.err);
    assert!(streamed.out.starts_with("[simulated by sim]"), "{}", streamed.out);
    assert!(streamed.err.contains("sim/tiny"), "{}", streamed.err);
    let whole = scene.ask(&["chat", "--json", "--no-stream", "hello"]);
    assert_eq!(whole.code, 0, "{}", whole.err);
    assert_eq!(
        (&whole.json()["model"], &whole.json()["attempts"]),
        (&"sim/tiny".into(), &1.into())
    );

    let dry = scene.ask(&["chat", "hello"]);
    assert_eq!(dry.code, 3, "{} {}", dry.out, dry.err);
    assert!(dry.err.contains("(HTTP 429)"), "{}", dry.err);
    assert_eq!(scene.ask(&["explain", "hello"]).code, 3);
    let status = scene.ask(&["status", "--json"]).json();
    assert_eq!(status["offers"][0]["limits"][0]["remaining"], 0);
    assert!(scene.ask(&["status"]).out.contains("0/2 requests a day"));
    assert_eq!(scene.ask(&["chat", "-m", "no-such-model", "hello"]).code, 1);
}

#[test]
fn sigterm_ends_it_in_good_order() {
    let scene = Scene::new("term", &[]);
    assert_eq!(scene.server.terminate(), Some(0));
}

#[test]
fn a_router_with_keys_wants_one() {
    let key = "0123456789abcdef0123";
    let scene = Scene::new("keys", &["--set", &format!("server.keys={key}")]);
    let refused = scene.ask(&["status", "--json"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    let mut command = potluck(&scene.folder, &["status", "--json", "--url", &scene.server.url]);
    command.env("POTLUCK_KEY", key);
    assert_eq!(finish(command).code, 0);
}

#[test]
fn nobody_at_the_address_ends_with_4() {
    let folder = Folder::new("nobody");
    // port 1 of loopback: nothing listens there without privileges
    let told = run(&folder, &["status", "--url", "http://127.0.0.1:1"]);
    assert_eq!(told.code, 4, "{}", told.err);
    assert!(told.err.contains("no router answers at http://127.0.0.1:1"), "{}", told.err);
}

#[test]
fn a_command_opens_a_router_of_its_own_when_none_runs() {
    let scene = Scene::new("own", &[]);
    let mut args = vec!["models", "--json", "--bind", "127.0.0.1:1", "--state", ":memory:"];
    args.extend(["--providers", "files", "--set", "catalog.builtin=false"]);
    args.extend(["--set", "catalog.local=false"]);
    let own = run(&scene.folder, &args);
    assert_eq!(own.code, 0, "{}", own.err);
    assert_eq!(own.json()[0]["offer"], "sim/tiny");
    assert!(own.err.contains("no router runs at 127.0.0.1:1"), "{}", own.err);
}

#[test]
fn a_forecast_says_what_is_left_in_a_sentence_and_a_table() {
    let scene = Scene::new("forecast", &[]);
    assert_eq!(scene.ask(&["chat", "hello"]).code, 0);
    let told = scene.ask(&["forecast", "--needs", "tools", "--context", "4000"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let sentence = "With tools and 4,000 tokens of context: 1 offer now, 1 request today";
    assert!(told.out.starts_with(sentence), "{}", told.out);
    assert!(told.out.contains("COMES BACK"), "{}", told.out);
    let json = scene.ask(&["forecast", "--json"]).json();
    assert_eq!((&json["requests"]["at_once"], &json["requests"]["hour"]), (&1.into(), &1.into()));
    assert_eq!(scene.ask(&["forecast", "--needs", "wings"]).code, 1);
}

#[test]
fn watching_tells_each_change_in_a_line_and_ends_in_good_order() {
    let scene = Scene::new("watch", &[]);
    let mut watch = scene.start(&["status", "--watch"]);
    let first = watch.line();
    assert!(
        first.ends_with("1 of 1 offer at 1 provider can serve now; the draw is balanced"),
        "{first}"
    );
    assert_eq!(scene.ask(&["chat", "hello"]).code, 0);
    let served = watch.find("served by sim/tiny");
    assert!(served.contains(" ms"), "{served}");
    let limit = watch.find("1/2 requests a day");
    assert!(limit.contains("some back in"), "{limit}");
    assert_eq!(watch.interrupt(), Some(0));
}
