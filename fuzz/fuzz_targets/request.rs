//! Any bytes that are read as a request can be written, and forwarding them says the same as writing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Dialect, Target, estimate};

fuzz_target!(|data: &[u8]| {
    let Ok(request) = Dialect::OpenAi.read_request(data) else { return };
    let _ = estimate::prompt_tokens(&request);
    for quirks in [Quirks::empty(), Quirk::all()] {
        for stream in [false, true] {
            let target =
                Target { model: "m", quirks, stream, max_output: Some(100), context: 1000 };
            let written = Dialect::OpenAi.write_request(&request, &target);
            assert!(Dialect::OpenAi.read_request(&written.body).is_ok());
            if let Some(forwarded) = Dialect::OpenAi.forward_request(data, &request, &target) {
                assert!(Dialect::OpenAi.read_request(&forwarded.body).is_ok());
                assert_eq!(written.dropped, forwarded.dropped);
            }
        }
    }
});
