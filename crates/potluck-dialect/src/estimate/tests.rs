use potluck_core::request::Role;
use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn characters_are_counted_however_many(words in "[a-zé漢😀 ]{0,600}") {
        let ascii = words.chars().filter(char::is_ascii).count() as u64;
        let others = words.chars().filter(|letter| !letter.is_ascii()).count() as u64;
        prop_assert_eq!(text(&words), ascii.div_ceil(3) + others);
    }
}

#[test]
fn pictures_and_tools_cost() {
    let message = |content| Message::new(Role::User, content);
    let plain = ChatRequest {
        messages: vec![message(Content::Text("x".repeat(300)))],
        ..ChatRequest::default()
    };
    assert_eq!(prompt_tokens(&plain), 64 + 6 + 100);
    let picture = Part::Image {
        media: Media::Inline("data:image/png;base64,".to_owned() + &"A".repeat(1_000_000)),
        detail: None,
        extra: Extra::new(),
    };
    let seen = ChatRequest {
        messages: vec![message(Content::Parts(vec![picture]))],
        ..ChatRequest::default()
    };
    assert_eq!(prompt_tokens(&seen), 64 + 6 + 1_500);
    let armed =
        ChatRequest { tools: vec![Tool::Other(Sealed::from_json("\"x\""))], ..plain.clone() };
    assert!(prompt_tokens(&armed) > prompt_tokens(&plain) + 200);
}
