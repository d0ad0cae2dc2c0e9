//! Any split of any bytes gives the same events, and what the bridge writes is a stream that ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_core::request::ChatRequest;
use potluck_dialect::bridge::StreamBridge;
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Client, Dialect, Echo, Recipient, Stamp};

fuzz_target!(|data: &[u8]| {
    for dialect in Dialect::ALL {
        for quirks in [Quirks::empty(), Quirk::ThinkTags.into()] {
            let read = |size: usize| {
                let (mut reader, mut events) = (dialect.stream_reader(quirks), Vec::new());
                let pushed =
                    data.chunks(size).try_for_each(|piece| reader.push(piece, &mut events));
                let ended = pushed.and_then(|()| reader.finish(&mut events));
                (events, ended)
            };
            assert_eq!(read(1), read(data.len().max(1)));
            Client::ALL.into_iter().for_each(|client| bridge(dialect, quirks, client, data));
        }
    }
});

fn bridge(dialect: Dialect, quirks: Quirks, client: Client, data: &[u8]) {
    let request = ChatRequest { include_usage: Some(true), ..ChatRequest::default() };
    let stamp = Stamp { id: "gen-1".into(), created: 1, model: "p/m".into() };
    let recipient = Recipient { client, stamp, request: &request, echo: &Echo::Nothing };
    let mut bridge = StreamBridge::new(dialect, quirks, &recipient);
    let mut out = Vec::new();
    let pushed = data.chunks(7).try_for_each(|piece| bridge.push(piece, &mut out));
    let ended = pushed.and_then(|()| bridge.finish(&mut out)).is_ok();
    if ended && client == Client::Chat {
        assert!(out.ends_with(b"data: [DONE]\n\n"));
    }
}
