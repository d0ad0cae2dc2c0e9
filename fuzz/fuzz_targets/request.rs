//! Any bytes that are read as a request can be written for every provider, and forwarding them says the same as
//! writing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_core::request::ChatRequest;
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Client, Dialect, Target, estimate};

fuzz_target!(|data: &[u8]| {
    for client in Client::ALL {
        let Ok(asked) = client.read_request(data) else { continue };
        let _ = estimate::prompt_tokens(&asked.request);
        for dialect in Dialect::ALL {
            for quirks in [Quirks::empty(), Quirk::all()] {
                write(client, dialect, data, &asked.request, quirks);
            }
        }
    }
});

fn write(client: Client, dialect: Dialect, data: &[u8], request: &ChatRequest, quirks: Quirks) {
    let forwards = client.dialect() == Some(dialect);
    for stream in [false, true] {
        let target = Target { model: "m", quirks, stream, max_output: Some(100), context: 1000 };
        let written = dialect.write_request(request, &target);
        if !forwards {
            continue;
        }
        assert!(client.read_request(&written.body).is_ok());
        if let Some(forwarded) = dialect.forward_request(data, request, &target) {
            assert!(client.read_request(&forwarded.body).is_ok());
            assert_eq!(written.dropped, forwarded.dropped);
        }
    }
}
