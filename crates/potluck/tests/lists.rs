//! The catalog follows what changes outside: live model lists, and servers on this machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;

use std::time::Duration;

use house::{Asker, House, fresh_folder};
use potluck_testkit::{Fault, Model, Plan, ServerTrouble, SimulatedProvider};

/// Long enough for the first look at the lists, two seconds after the start, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn file(provider: &SimulatedProvider, status: &str, models: &str) -> String {
    format!(
        "dialect = \"openai\"\nbase_url = {:?}\nstatus = {status:?}\n\n[auth]\nkeyless = true\n\n\
         [listing]\npath = \"/models\"\nfree = \"all\"\nleast = 1\n{models}",
        provider.base_url()
    )
}

async fn offers(asker: &Asker, house: &House) -> Vec<String> {
    let pool = asker.get(&format!("{}/pool", house.address)).await.json();
    let offers = pool["offers"].as_array().unwrap();
    offers.iter().map(|offer| offer["offer"].as_str().unwrap().to_owned()).collect()
}

async fn wait_for(asker: &Asker, house: &House, offer: &str) -> Vec<String> {
    let mut waited = Duration::ZERO;
    loop {
        let offers = offers(asker, house).await;
        if offers.iter().any(|known| known == offer) || waited > PATIENCE {
            return offers;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        waited += Duration::from_millis(100);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_list_refreshes_the_catalog_and_is_kept_for_the_next_start() {
    let (old, new) = (Model::new("old"), Model::new("new"));
    let provider = SimulatedProvider::build("live").model(old).model(new).start().await.unwrap();
    let folder = fresh_folder();
    let known = "\n[[models]]\nid = \"old\"\nfamily = \"old\"\ncontext = 8192\n";
    let text = file(&provider, "live", known);
    std::fs::write(folder.join("providers/live.toml"), &text).unwrap();
    let keep = fresh_folder();
    let state = keep.join("potluck.db");
    let asker = Asker::new();
    {
        let house = House::open(folder, "", state.to_str().unwrap());
        assert_eq!(offers(&asker, &house).await, ["live/old"], "the file alone, at first");
        assert_eq!(wait_for(&asker, &house, "live/new").await, ["live/old", "live/new"]);
    }
    // The list cannot be read at the next start: the last good one is used.
    let folder = fresh_folder();
    std::fs::write(folder.join("providers/live.toml"), &text).unwrap();
    provider.set_listing_faults(Plan::always(Fault::Trouble(ServerTrouble::Internal)));
    let house = House::open(folder, "", state.to_str().unwrap());
    assert_eq!(offers(&asker, &house).await, ["live/old", "live/new"]);
    std::fs::remove_dir_all(keep).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_this_machine_is_found_at_the_start_and_answers() {
    let server = SimulatedProvider::build("desk").model(Model::new("mine")).start().await.unwrap();
    let folder = fresh_folder();
    std::fs::write(folder.join("providers/desk.toml"), file(&server, "local", "")).unwrap();
    let house = House::open(folder, "[catalog]\nbuiltin = false\nlocal = true\n", ":memory:");
    let asker = Asker::new();
    assert_eq!(offers(&asker, &house).await, ["desk/mine"]);
    let body = r#"{"model": "free", "messages": [{"role": "user", "content": "hello"}]}"#;
    let reply = asker.post(&format!("{}/v1/chat/completions", house.address), body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("x-potluck-offer"), "desk/mine");
}
