//! Events of a stream, cut anywhere.

use crate::events::Events;

const STREAM: &[u8] =
    b": wait\n\ndata: {\"a\":1}\n\ndata:{\"b\":2}\r\n\r\n: wait\n\ndata: [DONE]\n\n";

#[test]
fn counts_events_cut_anywhere() {
    for cut in 0..STREAM.len() {
        let mut events = Events::default();
        events.push(&STREAM[..cut]);
        events.push(&STREAM[cut..]);
        assert_eq!((events.count, events.bytes, events.done), (3, 13 + 13 + 12, true), "at {cut}");
    }
}

#[test]
fn an_event_after_the_end_is_no_end() {
    let mut events = Events::default();
    events.push(b"data: [DONE]\n\ndata: {}\n\n");
    assert_eq!((events.count, events.done), (2, false));
}
