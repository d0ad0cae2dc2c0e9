use std::time::Duration;

use potluck_core::capability::{Feature, Modality};
use potluck_core::outcome::{Class, Scope};
use potluck_core::quota::Meter;
use potluck_dialect::fault::Until;

use super::*;
use crate::pantry::file::{Per, SharedBy};

/// The smallest useful file, as the documentation has it.
const SMALLEST: &str = r#"
dialect = "openai"
base_url = "http://127.0.0.1:9001/v1"
[auth]
keyless = true
[[limits]]
counts = "requests"
amount = 5
per = "day"
resets = "UTC"
scope = "account"
[[models]]
id = "tiny"
family = "tiny"
context = 8192
max_output = 1024
input = ["text"]
output = ["text"]
features = ["tools", "json_object", "json_schema", "reasoning"]
quality = 0.5
"#;

/// What is said of a file that holds `line` on top of the smallest one.
fn told(line: &str) -> String {
    let text = format!(
        "{line}\ndialect = \"openai\"\nbase_url = \"https://x/v1\"\n[auth]\nkeyless = true\n"
    );
    read("providers/x.toml", &text).unwrap_err().to_string()
}

/// What is said of a file that ends in `tables`, whose first line is the fifth of the file.
fn told_of(tables: &str) -> String {
    let head = "dialect = \"openai\"\nbase_url = \"https://x/v1\"\n[auth]\nkeyless = true\n";
    read("providers/x.toml", &format!("{head}{tables}")).unwrap_err().to_string()
}

#[test]
fn the_smallest_file_is_read() {
    let file = read("somewhere/fake.toml", SMALLEST).unwrap();
    assert_eq!((file.id.as_str(), file.name.as_str()), ("fake", "fake"));
    assert_eq!(file.chat_path, None);
    assert!(file.enabled && file.auth.keyless);
    let limit = &file.limits[0];
    assert_eq!((limit.meter, limit.amount, limit.per), (Meter::Requests, 5, Some(Per::Day)));
    assert_eq!(limit.shared_by, SharedBy::Account);
    assert_eq!(limit.resets.as_ref().and_then(|zone| zone.iana_name()), Some("UTC"));
    let model = &file.models[0];
    assert_eq!((model.context, model.max_output), (Some(8192), Some(1024)));
    assert_eq!(model.input, Modality::Text);
    assert!(model.features.contains(Feature::JsonSchema));
    assert_eq!(model.quality, Some(0.5));
}

#[test]
fn a_misspelt_key_is_told_with_its_line_and_the_nearest_key() {
    assert_eq!(
        told_of("[[limts]]\ncounts = \"requests\""),
        "providers/x.toml:5: unknown key \"limts\"; did you mean \"limits\"?"
    );
    assert_eq!(
        told("bse_url = \"https://x\""),
        "providers/x.toml:1: unknown key \"bse_url\"; did you mean \"base_url\"?"
    );
    assert_eq!(
        told_of("[[models]]\nid = \"m\"\ncontxt = 5"),
        "providers/x.toml:7: unknown key \"contxt\"; did you mean \"context\"?"
    );
    assert_eq!(
        told_of("[privacy]\nwombat = 1"),
        "providers/x.toml:6: unknown key \"wombat\"; known here: trains, logs, region, note"
    );
}

#[test]
fn a_misspelt_word_is_told_with_the_nearest_word() {
    assert_eq!(
        told("quirks = [\"no_seed\", \"max_token_only\"]"),
        "providers/x.toml:1: unknown quirk \"max_token_only\"; did you mean \"max_tokens_only\"?"
    );
    assert_eq!(
        told_of("[[models]]\nid = \"m\"\nfeatures = [\"tool\"]"),
        "providers/x.toml:7: unknown feature \"tool\"; did you mean \"tools\"?"
    );
    assert_eq!(
        told_of("[[limits]]\ncounts = \"request\"\namount = 1\nper = \"day\""),
        "providers/x.toml:6: unknown meter \"request\"; did you mean \"requests\"?"
    );
    assert_eq!(
        told_of("[[errors]]\nstatus = 429\nclass = \"rate_limit\""),
        "providers/x.toml:7: unknown class \"rate_limit\"; did you mean \"rate_limited\"?"
    );
    assert_eq!(
        told("status = \"dead\""),
        "providers/x.toml:1: unknown status \"dead\"; known here: live, uncertain, trial, local"
    );
}

#[test]
fn every_problem_of_a_file_is_told_in_the_order_of_its_lines() {
    let told =
        read("providers/x.toml", "dialect = \"opnai\"\nrank = 0\nbase_url = 7\ncolour = 1\n");
    let told = told.unwrap_err().to_string();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "providers/x.toml:1: [auth] is missing: set env = [\"…_API_KEY\"] there, or keyless = true",
            "providers/x.toml:1: unknown dialect \"opnai\"; did you mean \"openai\"?",
            "providers/x.toml:2: rank must be a whole number above 0",
            "providers/x.toml:3: base_url must be a text",
            "providers/x.toml:4: unknown key \"colour\"; known here: dialect, base_url, status, enabled, \
             off_because, auth, models, limits, name, chat_path, embedding_path, rerank_path, images, \
             simulated, rank, signup, asks, terms, stacking, note, source, checked, \
             quirks, concurrency, needs_input, first_event_ms, privacy, rate_headers, errors, listing, account",
        ]
    );
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let told = read("providers/x.toml", "dialect = \"openai\"\nbase_url = \n").unwrap_err();
    assert_eq!(told.0[0].line, 2);
    assert!(told.to_string().starts_with("providers/x.toml:2: no TOML: "), "{told}");
}

#[test]
fn addresses_are_checked() {
    let refused = |address: &str| {
        let text =
            format!("dialect = \"openai\"\nbase_url = \"{address}\"\n[auth]\nkeyless = true\n");
        read("providers/x.toml", &text).map(|file| file.base_url)
    };
    assert_eq!(refused("https://x/v1/").unwrap(), "https://x/v1");
    for here in ["http://localhost:1/v1", "http://127.0.0.1:1", "http://[::1]:1/v1"] {
        assert!(refused(here).is_ok(), "{here}");
    }
    assert_eq!(
        refused("http://example.com/v1").unwrap_err().to_string(),
        "providers/x.toml:2: base_url is \"http://example.com/v1\", which is plain http to another \
         machine: use https, keys travel with it"
    );
    for wrong in
        ["", "x", "ftp://x/v1", "https://", "https://u:p@x/v1", "https://x/v1?a=b", "file:///a"]
    {
        assert!(refused(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn windows_are_checked() {
    let limit =
        |rest: &str| told_of(&format!("[[limits]]\ncounts = \"requests\"\namount = 1\n{rest}"));
    assert_eq!(
        limit("per = \"day\"\nresets = \"Mars/Olympus\""),
        "providers/x.toml:9: resets is \"Mars/Olympus\", which is no time zone: write \"UTC\" or \
         \"America/Los_Angeles\""
    );
    let calendar = "a window resets by the calendar only per = \"day\" or \"month\"";
    assert!(limit("per = \"minute\"\nresets = \"UTC\"").contains(calendar));
    assert!(limit("per = \"day\"\nevery = 2\nresets = \"UTC\"").contains(calendar));
    assert_eq!(limit(""), "providers/x.toml:5: \"per\" is missing");
    assert_eq!(
        told_of("[[limits]]\ncounts = \"requests\"\namount = 0\nper = \"day\""),
        "providers/x.toml:7: amount must be a number above 0"
    );
    assert_eq!(
        told_of("[[limits]]\ncounts = \"concurrent\"\namount = 1\nper = \"day\""),
        "providers/x.toml:8: what is in flight has no window: leave out per"
    );
    assert_eq!(
        told_of("[[limits]]\ncounts = \"tokens\"\namount = 0.5\nper = \"day\""),
        "providers/x.toml:7: amount is no whole number of tokens"
    );
}

#[test]
fn amounts_are_kept_in_their_smallest_unit() {
    let limit = |counts: &str, amount: &str| {
        let text = format!(
            "{SMALLEST}\n[[limits]]\ncounts = \"{counts}\"\namount = {amount}\nper = \"day\""
        );
        read("x.toml", &text).unwrap().limits[1].amount
    };
    assert_eq!(limit("neurons", "10_000"), 10_000_000);
    assert_eq!(limit("usd", "0.1"), 100_000);
    assert_eq!(limit("tokens", "1000000000"), 1_000_000_000);
}

#[test]
fn a_pattern_that_matches_nothing_is_told_unless_the_list_is_open() {
    let limit =
        "[[limits]]\ncounts = \"requests\"\namount = 1\nper = \"day\"\nmodels = [\"a*\", \"c\"]\n";
    let models = "[[models]]\nid = \"ab\"\n";
    assert_eq!(
        told_of(&format!("{limit}{models}")),
        "providers/x.toml:9: \"c\" matches no model of this file"
    );
    let open = format!("{SMALLEST}\n{limit}[listing]\nfree = \"all\"\n");
    assert!(read("x.toml", &open).is_ok());
}

#[test]
fn a_price_alone_is_never_enough() {
    let price = "[[listing.rules]]\npointer = \"/pricing/prompt\"\nequals = 0\n";
    let listing = "[listing]\nfree = \"rules\"\n";
    assert_eq!(
        told_of(&format!("{listing}{price}")),
        "providers/x.toml:6: a price of zero alone never proves that a model is free: add a rule on \
         the id or a flag, or use free = \"allow_list\""
    );
    let name = "[[listing.rules]]\nends_with = \":free\"\n";
    let file = read("x.toml", &format!("{SMALLEST}{listing}{price}{name}")).unwrap();
    assert_eq!(file.listing.unwrap().rules.len(), 2);
    assert!(told_of(listing).contains("free = \"rules\" needs [[listing.rules]]"));
    assert!(told_of(&format!("[listing]\n{name}")).contains("the rules are not asked"));
    assert!(
        told_of(&format!("{listing}{name}equals = 1\npointer = \"/a\"")).contains("asks one thing")
    );
}

#[test]
fn error_rules_are_read_and_checked() {
    let rule = "[[errors]]\nstatus = [429, 402]\npointer = \"/error/code\"\nequals = 1113\n\
                class = \"quota_spent\"\nscope = \"ip\"\nwait = \"2m\"\n";
    let file = read("x.toml", &format!("{SMALLEST}{rule}")).unwrap();
    let read = &file.errors[0];
    assert_eq!(*read.statuses, [429, 402]);
    assert_eq!(read.equals.as_deref(), Some("1113"));
    assert_eq!((read.class, read.scope), (Class::QuotaSpent, Some(Scope::Account)));
    assert_eq!(read.wait, Some(Until::For(Duration::from_secs(120))));
    assert_eq!(
        told_of("[[errors]]\nstatus = 429\nclass = \"rate_limited\"\nwait = \"soon\""),
        "providers/x.toml:8: wait is \"soon\", which is no wait: write \"15s\", \"2m\", \"24h\", \
         \"reset\" or \"month\""
    );
    assert!(told_of("[[errors]]\nclass = \"rate_limited\"").contains("would match every error"));
    assert!(told_of("[[errors]]\nclass = \"bad_answer\"\nequals = \"x\"").contains("equals what?"));
    assert!(
        told_of("[[errors]]\nclass = \"bad_answer\"\npointer = \"a\"").contains("no JSON pointer")
    );
    assert!(told_of("[[errors]]\nclass = \"bad_answer\"\nstatus = 42").contains("an HTTP status"));
    assert!(
        told_of("[[errors]]\nclass = \"bad_answer\"\nheader = \"a b\"")
            .contains("no header's name")
    );
}

#[test]
fn models_are_checked() {
    assert_eq!(
        told_of("[[models]]\nid = \"m\"\n[[models]]\nid = \"m\""),
        "providers/x.toml:8: the model \"m\" is listed twice"
    );
    assert_eq!(
        told_of("[[models]]\nid = \"m\"\ncontext = 0"),
        "providers/x.toml:7: context must be a whole number above 0"
    );
    assert!(told_of("[[models]]\ncontext = 1").contains("\"id\" is missing"));
    assert!(
        told_of("[[models]]\nid = \"m\"\ncontext = 5\nmax_output = 6")
            .contains("more than context")
    );
    assert!(told_of("[[models]]\nid = \"m\"\nquality = 1.5").contains("between 0 and 1"));
    assert!(told_of("[[models]]\nid = \"m\"\noutput = [\"audio\"]").contains("output must be"));
    assert!(told_of("[[models]]\nid = \"m\"\nexpires = \"soon\"").contains("which is no day"));
}

#[test]
fn what_is_off_says_why() {
    assert_eq!(
        told("enabled = false"),
        "providers/x.toml:1: enabled = false needs off_because = \"why\""
    );
    assert!(told("off_because = \"x\"").contains("but enabled is true"));
    let trial = read("x.toml", &format!("status = \"trial\"\n{SMALLEST}")).unwrap();
    assert!(!trial.enabled);
    assert_eq!(
        trial.off_because.as_deref(),
        Some("a trial or a credit, which can turn into a bill")
    );
}

#[test]
fn auth_is_checked() {
    let auth = |lines: &str| {
        let text = format!(
            "dialect = \"openai\"\nbase_url = \"https://x/{{account_id}}\"\n[auth]\n{lines}"
        );
        read("x.toml", &text).map_err(|problems| problems.to_string())
    };
    assert!(auth("keyless = true\naccount_env = [\"A\"]").is_ok());
    assert!(auth("keyless = true").unwrap_err().contains("account_env = [\"…_ACCOUNT_ID\"]"));
    assert!(auth("account_env = [\"A\"]").unwrap_err().contains("nobody could use this"));
    let header = "env = [\"K\"]\naccount_env = [\"A\"]\nscheme = \"header\"\n";
    assert!(auth(header).unwrap_err().contains("needs name"));
    assert!(auth(&format!("{header}name = \"x-key\"")).is_ok());
}

#[test]
fn names_of_files_are_ids() {
    let told = read("My Provider.toml", SMALLEST).unwrap_err().to_string();
    assert!(told.starts_with("My Provider.toml:1: the file's name is the provider's id"), "{told}");
}

#[test]
fn dates_may_be_as_rough_as_what_is_known() {
    for date in ["2026", "2026-11", "2026-11-22"] {
        assert!(read("x.toml", &format!("checked = \"{date}\"\n{SMALLEST}")).is_ok(), "{date}");
    }
    for wrong in ["", "yesterday", "2026-13", "2026-11-31", "26-11-22", "2026-11-22T12:00"] {
        assert!(read("x.toml", &format!("checked = \"{wrong}\"\n{SMALLEST}")).is_err(), "{wrong}");
    }
}

mod hostile {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*") {
            let _ = super::read("x.toml", &text);
        }

        #[test]
        fn no_value_under_a_known_key_makes_it_panic(
            key in "name|status|auth|limits|errors|listing|models|quirks|rank|source|checked|first_event_ms",
            value in "true|-1|1e999|0x10|9999999999999999999|''|'a'|\\[\\]|\\[1\\]|\\['a',\\{\\}\\]|\\{\\}|1979-05-27|\\{ wait = '-5s' \\}|nan",
        ) {
            let _ = super::read("x.toml", &format!("{key} = {value}\n{}", super::SMALLEST));
        }
    }
}
