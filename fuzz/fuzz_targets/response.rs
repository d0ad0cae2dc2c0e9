//! Any bytes that are read as an answer can be written for every client.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_core::request::ChatRequest;
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Client, Dialect, Echo, Recipient, Stamp};

fuzz_target!(|data: &[u8]| {
    for dialect in Dialect::ALL {
        for quirks in [Quirks::empty(), Quirk::all()] {
            let Ok(response) = dialect.read_response(data, quirks) else { continue };
            for client in Client::ALL {
                let stamp = Stamp { id: "gen-1".into(), created: 1, model: "p/m".into() };
                let request = ChatRequest::default();
                let recipient =
                    Recipient { client, stamp, request: &request, echo: &Echo::Nothing };
                let written = recipient.write_response(&response);
                if client.dialect() == Some(dialect) {
                    let again = dialect.read_response(&written, Quirks::empty());
                    let choices = again.map(|again| again.choices.len());
                    assert_eq!(choices, Ok(response.choices.len()));
                }
            }
        }
    }
});
