//! Names and what they mean.

use super::*;
use crate::fixture::Stock;

fn catalog() -> std::sync::Arc<Catalog> {
    Stock::default()
        .offer("groq/openai/gpt-oss-120b", "gpt-oss-120b")
        .offer("openrouter/openai/gpt-oss-120b:free", "gpt-oss-120b")
        .offer("openrouter/qwen/qwen3-coder:free", "qwen3-coder")
        .offer("ollama/qwen3:4b", "qwen3-4b")
        .done()
}

fn meant(names: &[&str]) -> Vec<(u32, u16)> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    catalog().select(&names).unwrap().iter().map(|(at, rank)| (at.0, rank)).collect()
}

#[test]
fn free_and_its_other_names_mean_everything() {
    for name in [
        "free",
        "auto",
        "FREE",
        "potluck/free",
        "openrouter/free",
        "openrouter/auto",
        "free:latest",
    ] {
        assert_eq!(meant(&[name]), [(0, 0), (1, 0), (2, 0), (3, 0)], "{name}");
    }
    assert_eq!(meant(&[]).len(), 4);
}

#[test]
fn a_name_means_a_family_an_offer_a_model_or_a_provider() {
    assert_eq!(meant(&["gpt-oss-120b"]), [(0, 0), (1, 0)]);
    assert_eq!(meant(&["groq/openai/gpt-oss-120b"]), [(0, 0)]);
    assert_eq!(meant(&["openai/gpt-oss-120b"]), [(0, 0)]);
    assert_eq!(meant(&["qwen/qwen3-coder:free"]), [(2, 0)]);
    assert_eq!(meant(&["openrouter"]), [(1, 0), (2, 0)]);
    assert_eq!(meant(&["openrouter/*"]), [(1, 0), (2, 0)]);
}

#[test]
fn what_clients_put_around_a_name_is_forgiven() {
    assert_eq!(meant(&["gpt-oss-120b:latest"]), [(0, 0), (1, 0)]);
    assert_eq!(meant(&["gpt-oss-120b:free"]), [(0, 0), (1, 0)]);
    assert_eq!(meant(&["openrouter/gpt-oss-120b:free"]), [(0, 0), (1, 0)]);
    assert_eq!(meant(&["potluck/gpt-oss-120b"]), [(0, 0), (1, 0)]);
    assert_eq!(meant(&["GPT-OSS-120B"]), [(0, 0), (1, 0)]);
    assert_eq!(meant(&["ollama/qwen3:4b"]), [(3, 0)]);
    assert_eq!(meant(&["potluck/groq/openai/gpt-oss-120b"]), [(0, 0)]);
}

#[test]
fn a_list_is_an_order() {
    assert_eq!(meant(&["qwen3-coder", "free"]), [(0, 1), (1, 1), (2, 0), (3, 1)]);
    assert_eq!(meant(&["groq", "gpt-oss-120b"]), [(0, 0), (1, 1)]);
    assert_eq!(meant(&["nobody", "groq"]), [(0, 1)], "an unknown name beside a known one");
}

#[test]
fn an_unknown_name_names_its_neighbours() {
    let unknown = catalog().select(&["gpt-oss-20b".to_owned()]).unwrap_err();
    assert_eq!(unknown.name, "gpt-oss-20b");
    assert_eq!(unknown.near.first().map(String::as_str), Some("gpt-oss-120b"));
    assert!(unknown.near.len() <= 5);
    let provider = catalog().select(&["grok/*".to_owned()]).unwrap_err();
    assert_eq!(provider.near.first().map(String::as_str), Some("groq"));
    assert!(catalog().select(&["zzz".to_owned()]).unwrap_err().near.is_empty());
    assert!(catalog().select(&[String::new()]).is_err());
}

#[test]
fn a_hostile_name_is_cut() {
    for name in ["é".repeat(1_000_000), "openrouter/".to_owned(), "/*".to_owned(), "é".to_owned()]
    {
        let unknown = catalog().select(std::slice::from_ref(&name)).unwrap_err();
        assert!(unknown.name.chars().count() <= 200);
    }
}

#[test]
fn a_permit_leaves_what_it_names_of_what_is_meant() {
    use crate::rights::Permit;
    let catalog = catalog();
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let everything = catalog.select(&[]).unwrap();
    for (_, offer) in catalog.enumerate() {
        let own = offer.name.as_str();
        let permit = Permit::of(Vec::new(), list(&[own])).unwrap();
        let left = catalog.select_permitted(&list(&["free"]), Some(&permit)).unwrap();
        let names: Vec<&str> = left.iter().map(|(at, _)| catalog.offer(at).name.as_str()).collect();
        assert_eq!(names, [own]);
    }
    let nobody = Permit::of(Vec::new(), list(&["nobody/nothing"])).unwrap();
    assert!(catalog.select_permitted(&[], Some(&nobody)).unwrap().is_empty());
    let all = Permit::of(Vec::new(), list(&["free"])).unwrap();
    assert_eq!(catalog.select_permitted(&[], Some(&all)).unwrap().len(), everything.len());
    assert!(catalog.select_permitted(&list(&["nobody"]), Some(&all)).is_err());
}
