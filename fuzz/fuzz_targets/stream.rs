//! Any split of any bytes gives the same events, and what the bridge writes is a stream that ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_dialect::bridge::StreamBridge;
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Dialect, Stamp};

fuzz_target!(|data: &[u8]| {
    for quirks in [Quirks::empty(), Quirk::ThinkTags.into()] {
        let read = |size: usize| {
            let (mut reader, mut events) = (Dialect::OpenAi.stream_reader(quirks), Vec::new());
            let pushed = data.chunks(size).try_for_each(|piece| reader.push(piece, &mut events));
            let ended = pushed.and_then(|()| reader.finish(&mut events));
            (events, ended)
        };
        assert_eq!(read(1), read(data.len().max(1)));
        let stamp = Stamp { id: "gen-1".into(), created: 1, model: "p/m".into() };
        let mut bridge = StreamBridge::new(Dialect::OpenAi, quirks, Dialect::OpenAi, stamp, true);
        let mut out = Vec::new();
        let pushed = data.chunks(7).try_for_each(|piece| bridge.push(piece, &mut out));
        if pushed.and_then(|()| bridge.finish(&mut out)).is_ok() {
            assert!(out.ends_with(b"data: [DONE]\n\n"));
        }
    }
});
