//! Any split of any bytes gives the same events, and no event is longer than its cap.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_dialect::sse::{Decoder, Event, TooLong};

fuzz_target!(|data: &[u8]| {
    let decode = |size: usize| {
        let (mut decoder, mut events) = (Decoder::new(4096), Vec::new());
        let mut found = |event: Event<'_>| {
            events.push((event.name.to_owned(), event.data.into_owned()));
            Ok::<(), TooLong>(())
        };
        let pushed = data.chunks(size).try_for_each(|piece| decoder.push(piece, &mut found));
        let ended = pushed.and_then(|()| decoder.finish(&mut found));
        (events, ended.is_ok())
    };
    let (whole, good) = decode(data.len().max(1));
    if good {
        assert_eq!(decode(1), (whole, good));
    }
});
