use super::*;

const CODEX: &str = "model = \"free\"\nmodel_provider = \"potluck\"\n\n[model_providers.potluck]\nname = \"potluck\"\n";

fn laid(format: Format, text: &str, settings: &str, by: Option<&str>) -> String {
    lay_over(format, text, settings, by).unwrap_or_else(|why| panic!("{why} in {text}"))
}

#[test]
fn json_keeps_comments_order_and_everything_else() {
    let text =
        "{\n  // mine\n  \"theme\": \"dark\",\n  \"env\": {\n    \"A\": \"1\" // one\n  }\n}\n";
    let edited =
        laid(Format::Json, text, r#"{"env":{"B":"2"},"list":[{"name":"p"}]}"#, Some("name"));
    assert!(edited.contains("// mine") && edited.contains("// one"), "{edited}");
    assert!(edited.find("theme") < edited.find("env"), "{edited}");
    let value = read(Format::Json, &edited).expect("it is valid");
    assert_eq!(value["env"], serde_json::json!({ "A": "1", "B": "2" }));
    assert_eq!(value["list"][0]["name"], "p");
}

#[test]
fn json_lists_grow_once_and_never_lose_an_entry() {
    let text = r#"{"models":[{"name":"mine"}]}"#;
    let settings = r#"{"models":[{"name":"potluck"}]}"#;
    let once = laid(Format::Json, text, settings, Some("name"));
    assert_eq!(
        read(Format::Json, &once).map(|it| it["models"].as_array().map(Vec::len)),
        Ok(Some(2))
    );
    assert_eq!(laid(Format::Json, &once, settings, Some("name")), once);
    let other = r#"{"models":[{"name":"potluck","model":"other"}]}"#;
    let refused = lay_over(Format::Json, &once, other, Some("name"));
    assert_eq!(refused, Err(Refused::Taken { name: "potluck".to_owned() }));
}

#[test]
fn toml_keeps_comments_and_sets_top_keys_before_tables() {
    let text = "# mine\nmodel = \"gpt\" # the old one\n\n[model_providers.other]\nname = \"other\"\n\n[tui]\nx = 1\n";
    let edited = laid(Format::Toml, text, CODEX, None);
    assert!(edited.starts_with("# mine\nmodel = \"free\" # the old one\n"), "{edited}");
    let value = read(Format::Toml, &edited).expect("it is valid");
    assert_eq!(value["model_provider"], "potluck");
    assert_eq!(value["model_providers"]["other"]["name"], "other");
    assert_eq!(value["tui"]["x"], 1);
    assert_eq!(laid(Format::Toml, "", CODEX, None), CODEX);
}

#[test]
fn yaml_replaces_a_scalar_where_it_stands_and_adds_the_rest() {
    let text = "# mine\nmodel: gpt-4o   # old\ndark-mode: true\n";
    let edited =
        laid(Format::Yaml, text, "model: openai/free\nopenai-api-base: http://h/v1\n", None);
    assert_eq!(
        edited,
        "# mine\nmodel: openai/free\ndark-mode: true\nopenai-api-base: http://h/v1\n"
    );
}

#[test]
fn yaml_lists_grow_in_their_own_indentation() {
    let settings = "models:\n  - name: potluck\n    model: free\n";
    for (text, expected) in [
        (
            "name: Mine\nmodels:\n- name: a\n  model: b\nrules:\n- x\n",
            "name: Mine\nmodels:\n- name: a\n  model: b\n- name: potluck\n  model: free\nrules:\n- x\n",
        ),
        (
            "models:\n    - name: a\n# end\n",
            "models:\n    - name: a\n    - name: potluck\n      model: free\n# end\n",
        ),
        ("name: Mine\n", "name: Mine\nmodels:\n  - name: potluck\n    model: free\n"),
        ("models: []\nname: Mine\n", "models:\n  - name: potluck\n    model: free\nname: Mine\n"),
        ("- other\n", ""),
    ] {
        let edited = lay_over(Format::Yaml, text, settings, Some("name")).unwrap_or_default();
        assert_eq!(edited, expected, "{text}");
    }
}

#[test]
fn yaml_goes_down_into_mappings() {
    let text = "version: 1.2.1\nendpoints:\n  agents:\n    x: 1\n  custom:\n    - name: other\ninterface:\n  a: b\n";
    let settings =
        "endpoints:\n  custom:\n    - name: potluck\n      models:\n        fetch: true\n";
    let edited = laid(Format::Yaml, text, settings, Some("name"));
    assert_eq!(
        edited,
        "version: 1.2.1\nendpoints:\n  agents:\n    x: 1\n  custom:\n    - name: other\n    - name: potluck\n      \
         models:\n        fetch: true\ninterface:\n  a: b\n"
    );
}

#[test]
fn a_list_at_the_top_grows() {
    let entry = "- model_id: potluck\n  model_name: free\n";
    assert_eq!(laid(Format::Yaml, "", entry, None), entry);
    let grown = laid(Format::Yaml, "- model_id: a\n", entry, Some("model_id"));
    assert_eq!(grown, format!("- model_id: a\n{entry}"));
}

#[test]
fn what_is_written_unusually_is_left_alone() {
    let settings = "models:\n  - name: potluck\n";
    for text in [
        "models: [{name: a}]\n",
        "{models: {}}\n",
        "models: &a\n  - name: a\nother: *a\nmodels2: !x 1\n",
    ] {
        let done = lay_over(Format::Yaml, text, settings, Some("name"));
        if let Ok(edited) = done {
            let wanted = merged(
                &read(Format::Yaml, text).expect("valid"),
                &read(Format::Yaml, settings).expect("valid"),
                Some("name"),
                "",
            );
            assert_eq!(read(Format::Yaml, &edited), wanted, "{text}");
        }
    }
    assert!(matches!(
        lay_over(Format::Toml, "a = = 1", CODEX, None),
        Err(Refused::Invalid { format: "TOML", .. })
    ));
    assert_eq!(
        lay_over(Format::Json, r#"{"env":[1]}"#, r#"{"env":{"A":"1"}}"#, None),
        Err(Refused::Other { key: "env".to_owned() })
    );
}

#[test]
fn variables_are_replaced_in_place_and_comments_kept() {
    let text = "# keys\nexport OPENAI_API_KEY=\"sk-old\"\n#CUSTOM_API_URL=x\nOTHER=1\n";
    let edited = laid(Format::Env, text, "OPENAI_API_KEY=none\nCUSTOM_API_URL=http://h/v1\n", None);
    assert_eq!(
        edited,
        "# keys\nexport OPENAI_API_KEY=none\n#CUSTOM_API_URL=x\nOTHER=1\nCUSTOM_API_URL=http://h/v1\n"
    );
}
