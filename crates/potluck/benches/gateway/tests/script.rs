//! Orders and the sizes of what is said.

use crate::script::{Script, plain_body};

#[test]
fn an_order_is_read_as_it_was_written() {
    for usage in [false, true] {
        let script = Script { chunks: 500, pause: 20, usage };
        let body = format!(
            r#"{{"messages":[{{"content":"{}"}}],"stream_options":{{"include_usage":{usage}}}}}"#,
            script.order()
        );
        assert_eq!(Script::read(body.as_bytes()), Some(script));
    }
    assert_eq!(Script::read(b"(stream many chunks)"), None);
    assert_eq!(Script::read(b"(stream 0 chunks, 0 ms apart)"), None);
}

#[test]
fn sizes_are_those_of_real_answers() {
    let plain = plain_body().len();
    assert!((500..700).contains(&plain), "{plain}");
    let script = Script { chunks: 3, pause: 0, usage: true };
    let bodies = script.bodies();
    assert_eq!(bodies.len() as u64 + 1, script.events());
    assert!((160..210).contains(&bodies[2].len()), "{}", bodies[2].len());
}
