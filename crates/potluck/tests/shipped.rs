//! The shipped provider files: that all load, that they agree with the facts they were made from, and
//! that the documentation tells of each.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests may panic and tell"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use potluck::pantry::{
    Free, KeyWhen, Limit, Model, Pantry, Per, ProviderFile, SharedBy, Stacking, Status, builtin,
};
use potluck_core::capability::{Modalities, Modality};
use potluck_core::quota::Meter;
use potluck_dialect::Dialect;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pantry() -> Pantry {
    match Pantry::new(builtin()) {
        Ok(pantry) => pantry,
        Err(problems) => panic!("the shipped files are wrong:\n{problems}"),
    }
}

// === by themselves ===

#[test]
fn every_shipped_file_loads() {
    let pantry = pantry();
    let models = pantry.providers.values().map(|file| file.models.len()).sum::<usize>();
    let limits = pantry.providers.values().map(|file| file.limits.len()).sum::<usize>();
    println!("{} providers, {models} models, {limits} limits", pantry.providers.len());
    assert_eq!((pantry.providers.len(), models, limits), (51, 220, 72));
}

#[test]
fn every_fact_names_a_source_that_is_known_and_a_date() {
    let pantry = pantry();
    for (id, file) in &pantry.providers {
        let own = &file.provenance;
        let of_models = file.models.iter().map(|model| &model.provenance);
        for provenance in of_models.chain([own]) {
            assert!(!provenance.checked.is_empty(), "{id}: a row without a date");
            assert!(!provenance.source.is_empty(), "{id}: a row without a source");
        }
        let of_limits = file.limits.iter().map(|limit| &limit.provenance);
        let all = file.models.iter().map(|model| &model.provenance).chain(of_limits).chain([own]);
        for source in all.flat_map(|provenance| &provenance.source) {
            assert!(pantry.sources.contains_key(source), "{id}: unknown source {source}");
        }
    }
}

#[test]
fn every_family_is_known() {
    let pantry = pantry();
    for (id, file) in &pantry.providers {
        for family in file.models.iter().filter_map(|model| model.family.as_ref()) {
            assert!(pantry.families.contains_key(family), "{id}: unknown family {family}");
        }
    }
}

#[test]
fn trials_and_resellers_are_off_and_local_servers_are_looked_for() {
    let resellers = [
        "agnes",
        "anyapi",
        "bazaarlink",
        "blockrun",
        "nara",
        "navyai",
        "orcarouter",
        "routeway",
        "zenmux",
    ];
    for (id, file) in &pantry().providers {
        let off = file.status == Status::Trial || resellers.contains(&id.as_str());
        assert!(!off || !file.enabled, "{id} is on");
        assert!(file.status != Status::Local || file.enabled, "{id} is never looked for");
    }
}

#[test]
fn nothing_that_is_no_longer_free_is_shipped() {
    let pantry = pantry();
    assert!(pantry.not_free.len() >= 20);
    for name in &pantry.not_free {
        assert!(!pantry.providers.contains_key(&name.id), "{} is shipped", name.id);
    }
    let models = pantry.providers.values().flat_map(|file| &file.models);
    for id in models.map(|model| model.id.to_lowercase()) {
        let other_trade = ["guard", "moderation", "compound", "3.1-pro", "flash-image"];
        assert!(!other_trade.iter().any(|word| id.contains(word)), "{id}");
    }
}

// === against the facts ===

/// Facts that are not shipped as they are, and why.
const NOT_SHIPPED: [(&str, &str); 2] = [
    ("edgeone-makers", "no address is known"),
    ("stable-diffusion-webui", "only its owner knows its models: docs/providers.md has the file"),
];
/// Variables that are asked for elsewhere, or not at all.
const OTHER_VARIABLES: [(&str, &[&str], &str); 4] = [
    ("zai", &["ZAI_API_KEY"], "keys of the Chinese host are others: bigmodel.toml asks for them"),
    ("ovhcloud", &[], "a key makes calls billed, so none is ever sent"),
    ("jan", &["JAN_API_KEY"], "newer versions want the key of their settings"),
    ("pollinations-legacy", &[], "takes no key"),
];
/// Models whose kind is for chat and that are not in the provider's file.
const OTHER_MODELS: [(&str, &str, &str); 5] = [
    (
        "ai-horde",
        "any text model (status/models?type=text)",
        "a placeholder, no id: the list is read live",
    ),
    ("zai", "glm-4-flash-250414", "only the Chinese host has it: bigmodel.toml"),
    ("zai", "glm-z1-flash", "only the Chinese host has it: bigmodel.toml"),
    ("zai", "glm-4v-flash", "only the Chinese host has it: bigmodel.toml"),
    ("zai", "glm-4.1v-thinking-flash", "only the Chinese host has it: bigmodel.toml"),
];
/// Models whose inputs differ from the facts, by the beginning of the id.
const OTHER_INPUTS: [(&str, &str, &str); 4] = [
    ("google-ai-studio", "gemini-", "takes documents as well, as recorded exchanges with PDF show"),
    (
        "vlm-run",
        "zai-org/glm-ocr",
        "a prompt beside the picture is taken; needs_input keeps text alone away",
    ),
    ("vlm-run", "deepseek-ocr-2", "as above"),
    ("vlm-run", "paddleocr/pp-ocrv6", "as above"),
];

/// The facts the files were made from: a folder beside the checkout, or beside the recordings.
fn facts() -> Option<Value> {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the recordings are")]
    let recordings = std::env::var("POTLUCK_RECORDINGS").map(PathBuf::from);
    let shared = recordings.map_or_else(|_| root().join("../shared"), |path| path.join(".."));
    let path = shared.join("catalogue/providers.json");
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(error) => {
            eprintln!(
                "SKIPPED: the facts are not compared, {} is not there: {error}",
                path.display()
            );
            None
        }
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The address of the surface that is spoken to.
fn told_address(urls: &Value, dialect: Dialect) -> &str {
    let surface = if dialect == Dialect::OpenAi { "openai" } else { "native" };
    let told = urls[surface].as_str().unwrap();
    // Below the root these dialects have paths of their own.
    match dialect {
        Dialect::Ollama => told.strip_suffix("/api").unwrap(),
        Dialect::Cohere => told.strip_suffix("/v2").unwrap(),
        Dialect::OpenAi | Dialect::Gemini | Dialect::Anthropic => told,
    }
}

#[test]
fn each_provider_of_the_facts_is_shipped_with_its_address_and_variables() {
    let Some(facts) = facts() else { return };
    let pantry = pantry();
    let mut compared = 0;
    for fact in facts["providers"].as_array().unwrap() {
        let id = fact["id"].as_str().unwrap();
        let Some(file) = pantry.providers.get(id) else {
            assert!(NOT_SHIPPED.iter().any(|(name, _)| *name == id), "{id} is not shipped");
            continue;
        };
        // A number cannot be made to mean another machine; a name can.
        let told = told_address(&fact["base_urls"], file.dialect).replace("localhost", "127.0.0.1");
        assert_eq!(file.base_url, told, "{id}");
        assert_eq!(Some(file.status.word()), fact["status"].as_str(), "{id}");
        let exception = OTHER_VARIABLES.iter().find(|(name, _, _)| *name == id);
        let wanted = exception.map_or_else(|| texts(&fact["env"]), |(_, names, _)| names.to_vec());
        assert_eq!(file.auth.env, wanted, "{id}");
        assert_eq!(file.auth.account_env, texts(&fact["env_extra"]), "{id}");
        let keyless = fact["auth"]["keyless"] == true;
        assert_eq!(file.auth.keyless, keyless, "{id}");
        compared += 1;
    }
    println!("compared {compared} providers with the facts");
    assert_eq!(compared, 49);
}

#[test]
fn each_chat_model_of_the_facts_is_shipped_as_it_is() {
    let Some(facts) = facts() else { return };
    let pantry = pantry();
    let mut compared = 0;
    for fact in facts["providers"].as_array().unwrap() {
        let Some(file) = pantry.providers.get(fact["id"].as_str().unwrap()) else { continue };
        for model in fact["models"].as_array().unwrap() {
            if model["kind"] == "chat" && compare_model(&pantry, file, model) {
                compared += 1;
            }
        }
    }
    println!("compared {compared} chat models with the facts");
    assert_eq!(compared, 187);
}

fn compare_model(pantry: &Pantry, file: &ProviderFile, fact: &Value) -> bool {
    let id = fact["id"].as_str().unwrap();
    let excepted = OTHER_MODELS.iter().any(|(name, model, _)| *name == file.id && *model == id);
    let home = if excepted { pantry.providers.get("bigmodel").unwrap() } else { file };
    let Some(model) = home.models.iter().find(|model| model.id == id) else {
        assert!(excepted, "{} lacks {id}", file.id);
        return false;
    };
    let tokens = |value: &Value| value.as_u64().and_then(|tokens| u32::try_from(tokens).ok());
    assert_eq!(model.context, tokens(&fact["context"]), "context of {id} at {}", file.id);
    assert_eq!(model.max_output, tokens(&fact["max_output"]), "max_output of {id} at {}", file.id);
    let family = fact["family"].as_str().filter(|name| !["router", "horde-any"].contains(name));
    assert_eq!(model.family.as_deref(), family, "family of {id} at {}", file.id);
    let inputs: Modalities =
        texts(&fact["input"]).into_iter().filter_map(Modality::from_word).collect();
    let other = |(name, start, _): &(&str, &str, &str)| *name == file.id && id.starts_with(start);
    assert!(
        model.input == inputs || OTHER_INPUTS.iter().any(other),
        "input of {id} at {}",
        file.id
    );
    let tools = fact["tools"] == true;
    assert_eq!(model.features.iter().any(|f| f.word() == "tools"), tools, "{id} at {}", file.id);
    true
}

#[test]
fn each_numeric_limit_of_the_facts_binds_somewhere() {
    let Some(facts) = facts() else { return };
    let pantry = pantry();
    let mut compared = 0;
    for fact in facts["providers"].as_array().unwrap() {
        let Some(file) = pantry.providers.get(fact["id"].as_str().unwrap()) else { continue };
        for model in fact["models"].as_array().unwrap() {
            let id = model["id"].as_str().unwrap();
            let Some(own) = file.models.iter().find(|row| row.id == id) else { continue };
            for limit in model["limits"].as_array().into_iter().flatten() {
                let all =
                    file.limits.iter().filter(|limit| limit.binds(&own.id)).chain(&own.limits);
                let found = all.into_iter().any(|shipped| agrees(shipped, limit));
                assert!(found, "{}: {id} lacks {limit}", file.id);
                compared += 1;
            }
        }
    }
    println!("compared {compared} limits of models with the facts");
    assert!(compared > 100, "only {compared} were compared");
}

fn agrees(shipped: &Limit, fact: &Value) -> bool {
    let per = shipped.per.map_or("now", Per::word);
    Some(shipped.meter.word()) == fact["metric"].as_str()
        && Some(shipped.amount) == fact["value"].as_u64()
        && Some(per) == fact["window"].as_str()
}

#[test]
fn paid_models_of_the_facts_are_nowhere() {
    let Some(facts) = facts() else { return };
    let pantry = pantry();
    for fact in facts["providers"].as_array().unwrap() {
        let Some(file) = pantry.providers.get(fact["id"].as_str().unwrap()) else { continue };
        for paid in texts(&fact["paid_only_models"]) {
            let id = paid.split(' ').next().unwrap();
            assert!(!file.models.iter().any(|model| model.id == id), "{id} is paid at {}", file.id);
        }
        let listing = file.listing.as_ref();
        let open = listing.is_some_and(|listing| listing.free != Free::AllowList);
        assert!(
            !open || texts(&fact["paid_only_models"]).is_empty(),
            "{} must be an allow list",
            file.id
        );
    }
}

/// Of which providers the facts say that their terms speak against several accounts; nobody else is said to.
#[test]
fn stacking_is_forbidden_where_the_facts_say_so() {
    let pantry = pantry();
    let strict = pantry.providers.values().filter(|file| file.stacking == Stacking::Forbidden);
    let strict: Vec<&str> = strict.map(|file| file.id.as_str()).collect();
    assert_eq!(strict, ["google-ai-studio", "groq", "openrouter"]);
    for id in strict {
        let terms = pantry.providers[id].terms.clone().unwrap_or_default();
        assert!(["account", "project"].iter().any(|word| terms.contains(word)), "{id}: {terms}");
    }
}

#[test]
fn each_model_of_pictures_is_asked_in_a_shape_and_none_that_is_on_is_of_unknown_cost() {
    let pantry = pantry();
    let mut painters = 0;
    for file in pantry.providers.values() {
        let paints = |model: &&Model| model.output.contains(Modality::Image);
        for model in file.models.iter().filter(paints) {
            assert!(file.image_shape(model).is_some(), "{} at {}", model.id, file.id);
            let neurons = file.limits.iter().any(|limit| limit.meter == Meter::MilliNeurons);
            let priced = model.image.as_ref().is_some_and(|painter| {
                painter.price.milli_neurons_step > 0 || painter.price.milli_neurons_tile > 0
            });
            let unpriced = model.uncertain.as_ref().is_some_and(|why| why.contains("unpriced"));
            let known = !neurons || priced || unpriced;
            assert!(known || !model.enabled, "{} at {} is on", model.id, file.id);
            painters += 1;
        }
    }
    println!("{painters} models of pictures");
    assert_eq!(painters, 23);
}

// === the documentation ===

#[test]
fn the_documentation_tells_of_every_shipped_provider() {
    let table = table(&pantry());
    let path = root().join("docs/providers.md");
    let documentation = std::fs::read_to_string(&path).unwrap();
    assert!(
        documentation.contains(&table),
        "the table in docs/providers.md is stale; it should be:\n\n{table}"
    );
}

#[test]
fn the_documentation_names_every_key() {
    let documentation = std::fs::read_to_string(root().join("docs/providers.md")).unwrap();
    let files: Vec<_> =
        builtin().into_iter().filter(|file| !file.path.ends_with("ces.toml")).collect();
    let mut keys = BTreeSet::new();
    for line in files.iter().flat_map(|file| file.text.lines()) {
        let key = line.split(" = ").next().unwrap_or_default();
        if line.contains(" = ")
            && !key.is_empty()
            && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            keys.insert(key.to_owned());
        }
    }
    assert!(keys.len() > 50, "only {} keys were found", keys.len());
    for key in keys {
        assert!(
            documentation.contains(&format!("`{key}`")),
            "docs/providers.md does not tell of {key}"
        );
    }
}

#[test]
fn the_examples_of_the_documentation_load() {
    let documentation = std::fs::read_to_string(root().join("docs/providers.md")).unwrap();
    let blocks = documentation.split("```toml provider\n").skip(1);
    let mut read = 0;
    for example in blocks.map(|rest| rest.split("```").next().unwrap_or_default()) {
        let told =
            potluck::pantry::read("example.toml", example).map_err(|wrong| wrong.to_string());
        assert!(told.is_ok(), "{}\n{example}", told.unwrap_err());
        read += 1;
    }
    assert!(read >= 2, "only {read} examples were found");
}

fn table(pantry: &Pantry) -> String {
    let mut rows = vec![
        "| id | name | drawn from | key | models | limits |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    let mut files: Vec<&ProviderFile> = pantry.providers.values().map(|file| &**file).collect();
    files.sort_by_key(|file| (file.rank.unwrap_or(u32::MAX), file.id.clone()));
    for file in files {
        let on = match (file.enabled, file.status) {
            (true, Status::Local) => "when it runs",
            (true, Status::Uncertain) => "yes, if it answers",
            (true, _) => "yes",
            (false, _) => "no",
        };
        let limits = limits(&file.limits);
        let (id, name, key, models) = (&file.id, &file.name, key(file), models(file));
        rows.push(format!("| `{id}` | {name} | {on} | {key} | {models} | {limits} |"));
    }
    rows.join("\n")
}

fn key(file: &ProviderFile) -> String {
    let first = file.auth.env.first().map(|name| format!("`{name}`"));
    match (file.auth.keyless, file.auth.key_when, first) {
        (true, KeyWhen::Set, Some(name)) => format!("none, or {name}"),
        (true, _, _) => "none".to_owned(),
        (false, _, name) => name.unwrap_or_default(),
    }
}

fn models(file: &ProviderFile) -> String {
    let of = |wanted| file.models.iter().filter(|model| model.output == wanted).count();
    let kinds = [
        (Modality::Text, "chat"),
        (Modality::Image, "image"),
        (Modality::Embedding, "embedding"),
        (Modality::Score, "rerank"),
    ];
    let parts: Vec<String> = kinds
        .into_iter()
        .map(|(kind, word)| (of(Modalities::only(kind)), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let listed = file.listing.as_ref().is_some_and(|listing| listing.free != Free::AllowList);
    match (parts.is_empty(), listed) {
        (true, true) => "its live list".to_owned(),
        (true, false) => "none known".to_owned(),
        (false, true) => format!("{} and its live list", parts.join(", ")),
        (false, false) => parts.join(", "),
    }
}

/// The limits in a few words; those over the same models in one group.
fn limits(limits: &[Limit]) -> String {
    let mut groups: BTreeMap<(usize, String), Vec<String>> = BTreeMap::new();
    let mut order = Vec::new();
    for limit in limits {
        let which = which(limit);
        if !order.contains(&which) {
            order.push(which.clone());
        }
        let place = order.iter().position(|known| *known == which).unwrap_or_default();
        groups.entry((place, which)).or_default().push(amount(limit));
    }
    let told = groups.into_iter().map(|((_, which), parts)| format!("{}{which}", parts.join(", ")));
    let told: Vec<String> = told.collect();
    if told.is_empty() { "unknown".to_owned() } else { told.join("; ") }
}

fn which(limit: &Limit) -> String {
    let shared = match limit.shared_by {
        SharedBy::Account => "",
        SharedBy::Model | SharedBy::AccountModel => " each model",
        SharedBy::Ip => " by address",
    };
    match limit.models.first() {
        Some(first) => {
            let more = if limit.models.len() > 1 { " …" } else { "" };
            format!("{shared} (`{first}`{more})")
        }
        None => shared.to_owned(),
    }
}

fn amount(limit: &Limit) -> String {
    let (amount, unit) = match limit.meter.word() {
        "neurons" => (grouped(limit.amount / 1_000), "neurons"),
        "usd" => (format!("{:.2}", limit.amount as f64 / 1e6), "USD"),
        "requests" => (grouped(limit.amount), ""),
        "concurrent" => (grouped(limit.amount), "in flight"),
        other => (grouped(limit.amount), other),
    };
    let unit = if unit.is_empty() { String::new() } else { format!(" {}", unit.replace('_', " ")) };
    match limit.per {
        None => format!("{amount}{unit}"),
        Some(per) if limit.every > 1 => {
            format!("{amount}{unit} in {} {}s", limit.every, per.word())
        }
        Some(per) => format!("{amount}{unit}/{}", per.word()),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
