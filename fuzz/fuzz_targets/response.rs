//! Any bytes that are read as an answer can be written, and are then read as the same answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::{Dialect, Stamp};

fuzz_target!(|data: &[u8]| {
    for quirks in [Quirks::empty(), Quirk::all()] {
        let Ok(response) = Dialect::OpenAi.read_response(data, quirks) else { continue };
        let stamp = Stamp { id: "gen-1".into(), created: 1, model: "p/m".into() };
        let written = Dialect::OpenAi.write_response(&response, &stamp);
        let again = Dialect::OpenAi.read_response(&written, Quirks::empty());
        let choices = again.map(|again| again.choices.len());
        assert_eq!(choices, Ok(response.choices.len()));
    }
});
