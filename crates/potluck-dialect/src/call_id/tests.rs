use std::collections::BTreeSet;

use potluck_core::request::{Content, Message, Role, ToolCall};
use potluck_core::response::{ChatResponse, Choice, Reply, StreamEvent};
use proptest::prelude::*;

use super::*;

fn message(role: Role) -> Message {
    Message::new(role, Content::Text("x".to_owned()))
}

fn called(id: &str, name: &str) -> ToolCall {
    let (id, name, arguments) = (id.to_owned(), name.to_owned(), "{}".to_owned());
    ToolCall { id, name, arguments, extra: Vec::new() }
}

/// A turn that calls `f` under each of these ids.
fn calls(ids: &[&str]) -> Message {
    let tool_calls = ids.iter().map(|id| called(id, "f")).collect();
    Message { tool_calls, ..message(Role::Assistant) }
}

fn answer(id: Option<&str>) -> Message {
    Message { tool_call_id: id.map(str::to_owned), ..message(Role::Tool) }
}

fn settled(mut messages: Vec<Message>, form: Form) -> Vec<Message> {
    settle(&mut messages, form);
    assert!(are_settled(&messages, form), "settled: {messages:?}");
    messages
}

fn call_ids(messages: &[Message]) -> Vec<&str> {
    messages.iter().flat_map(|message| &message.tool_calls).map(|call| call.id.as_str()).collect()
}

fn answer_ids(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(|message| message.tool_call_id.as_deref()).collect()
}

#[test]
fn good_ids_are_kept() {
    let good = vec![calls(&["a", "b"]), answer(Some("b")), answer(Some("a")), message(Role::User)];
    assert!(are_settled(&good, Form::Any) && !are_settled(&good, Form::Nine));
    assert_eq!(settled(good.clone(), Form::Any), good);
    assert!(are_settled(&[message(Role::User)], Form::Nine));
}

#[test]
fn missing_and_empty_ids_are_given_in_order() {
    let out = settled(vec![calls(&["", ""]), answer(None), answer(Some(""))], Form::Any);
    let ids = call_ids(&out);
    assert!(ids[0] != ids[1] && ids.iter().all(|id| !id.is_empty()));
    assert_eq!(answer_ids(&out), ids);
}

#[test]
fn answers_without_ids_are_told_by_name() {
    let mut turn = calls(&["x", "y"]);
    turn.tool_calls[1].name = "g".to_owned();
    let mut of_g = answer(None);
    of_g.name = Some("g".to_owned());
    let out = settled(vec![turn, of_g, answer(None)], Form::Any);
    assert_eq!(answer_ids(&out), ["y", "x"]);
}

#[test]
fn ids_that_come_again_in_every_turn_are_told_apart() {
    let turn = || [calls(&["call_0"]), answer(Some("call_0"))];
    let out = settled([turn(), turn(), turn()].concat(), Form::Any);
    let ids = call_ids(&out);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!((ids[0], answer_ids(&out)), ("call_0", ids.clone()));
}

#[test]
fn twins_of_one_turn_are_answered_in_order() {
    let out = settled(vec![calls(&["a", "a"]), answer(Some("a")), answer(Some("a"))], Form::Nine);
    assert_eq!(answer_ids(&out), call_ids(&out));
}

#[test]
fn an_answer_to_no_call_keeps_an_id_of_its_own() {
    let out = settled(vec![answer(Some("gone")), calls(&["a"]), answer(Some("gone"))], Form::Nine);
    let ids = answer_ids(&out);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(call_ids(&out)[0], ids[0]);
}

#[test]
fn ids_of_an_answer_are_new() {
    let mut fresh = Fresh::after(&[calls(&["call_0", "b"])]);
    let tool_calls =
        vec![called("call_0", "f"), called("", "f"), called("c", "f"), called("c", "f")];
    let reply = Reply { tool_calls, ..Reply::default() };
    let choices = vec![Choice { reply, ..Choice::default() }];
    let mut response = ChatResponse { choices, ..ChatResponse::default() };
    fresh.settle(&mut response);
    let ids: Vec<&str> =
        response.choices[0].reply.tool_calls.iter().map(|call| call.id.as_str()).collect();
    let all: BTreeSet<&str> = ids.iter().copied().chain(["call_0", "b", ""]).collect();
    assert_eq!((all.len(), ids[2]), (7, "c"), "{ids:?}");
}

/// Few different ids, so that they collide; some of the short form, some that a short form was made of.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ab]{1,2}",
        "[ab]{9}",
        (0..4_u64).prop_map(|salt| Form::Nine.make("a", salt)),
        (0..4_u64).prop_map(|salt| Form::Any.make("", salt)),
    ]
}

/// A conversation, and for each of its answers which call of the latest turn it belongs to.
fn conversation() -> impl Strategy<Value = Vec<Message>> {
    let turn = prop_oneof![
        prop::collection::vec((id(), "[fg]"), 1..4).prop_map(|calls| {
            let tool_calls = calls.iter().map(|(id, name)| called(id, name)).collect();
            Message { tool_calls, ..message(Role::Assistant) }
        }),
        (prop::option::of(id()), prop::option::of("[fg]"))
            .prop_map(|(id, name)| { Message { tool_call_id: id, name, ..message(Role::Tool) } }),
        Just(message(Role::User)),
    ];
    prop::collection::vec(turn, 0..12)
}

proptest! {
    #[test]
    fn every_call_has_an_id_of_its_own(messages in conversation(), short: bool) {
        let form = if short { Form::Nine } else { Form::Any };
        let out = settled(messages, form);
        let ids = call_ids(&out);
        prop_assert!(ids.iter().all(|id| form.takes(id)));
        prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        prop_assert_eq!(settled(out.clone(), form), out, "settling twice changes nothing");
    }

    #[test]
    fn an_answer_goes_to_a_call_of_its_id(messages in conversation(), short: bool) {
        let form = if short { Form::Nine } else { Form::Any };
        let out = settled(messages.clone(), form);
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for (asked, given) in messages.iter().zip(&out) {
            let asked_calls = asked.tool_calls.iter().map(|call| call.id.as_str());
            seen.extend(asked_calls.zip(given.tool_calls.iter().map(|call| call.id.as_str())));
            let Some(bound) = given.tool_call_id.as_deref() else { continue };
            let asked = asked.tool_call_id.as_deref().unwrap_or_default();
            let called = seen.iter().rfind(|(_, id)| *id == bound);
            if seen.iter().any(|(id, _)| *id == asked) && !asked.is_empty() {
                prop_assert_eq!(called.map(|(id, _)| *id), Some(asked));
            }
        }
    }

    #[test]
    fn what_is_added_changes_nothing_before_it(messages in conversation(), at in 0..12_usize, short: bool) {
        let form = if short { Form::Nine } else { Form::Any };
        let at = at.min(messages.len());
        let whole = settled(messages.clone(), form);
        let part = settled(messages[..at].to_vec(), form);
        prop_assert_eq!(&whole[..at], part.as_slice());
    }

    #[test]
    fn nothing_but_ids_changes(messages in conversation()) {
        let bare = |messages: Vec<Message>| -> Vec<Message> {
            messages.into_iter().map(|mut message| {
                message.tool_call_id = None;
                message.tool_calls.iter_mut().for_each(|call| call.id.clear());
                message
            }).collect()
        };
        prop_assert_eq!(bare(settled(messages.clone(), Form::Nine)), bare(messages));
    }

    #[test]
    fn an_id_of_an_answer_is_none_of_the_conversation(messages in conversation(), ids in prop::collection::vec(id(), 1..5)) {
        let mut fresh = Fresh::after(&messages);
        let known: BTreeSet<&str> = call_ids(&messages).into_iter().collect();
        let mut given = BTreeSet::new();
        for id in ids {
            let mut event = StreamEvent::ToolCall {
                choice: 0, index: 0, id: Some(id), name: None, arguments: String::new(), extra: Vec::new(),
            };
            fresh.settle_event(&mut event);
            let StreamEvent::ToolCall { id: Some(id), .. } = event else { panic!("it was a call") };
            prop_assert!(!id.is_empty() && !known.contains(id.as_str()));
            prop_assert!(given.insert(id));
        }
    }
}
