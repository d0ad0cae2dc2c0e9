//! What an answer rests on: places in the text, each with the documents and the tools' answers behind it.
//!
//! They have no addresses, so they are none of the citations that clients know, and travel as they came.

use potluck_core::Sealed;

/// Citations as a list of annotations.
pub(super) fn annotations(citations: &[&str]) -> Sealed {
    let items: Vec<String> = citations
        .iter()
        .map(|citation| format!(r#"{{"type":"citation","citation":{citation}}}"#))
        .collect();
    Sealed::from_json(format!("[{}]", items.join(",")))
}
