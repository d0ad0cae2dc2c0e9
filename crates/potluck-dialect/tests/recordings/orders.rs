//! Orders of texts: what is read against an independent reading, and what is written against what was accepted.

use potluck_core::rerank::{Document, RerankRequest};
use potluck_dialect::quirk::{Quirk, Quirks};
use potluck_dialect::rerank;
use serde_json::Value;

use crate::{check_each, recorded};

#[test]
fn orders_are_read_as_they_were_given() {
    let Some(recordings) = recorded("orders_are_read_as_they_were_given") else { return };
    let given = recordings.iter().filter(|recording| recording.kind == "rerank");
    check_each("orders", given, &[], |recording| {
        let bytes = recording.response.body.bytes();
        let body: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let read = rerank::read(bytes).map_err(|bad| format!("{bad:?}"))?;
        let list = body["results"].as_array().or(body["data"].as_array()).ok_or("no list")?;
        let expected: Vec<(u64, f64)> = list
            .iter()
            .filter_map(|one| Some((one["index"].as_u64()?, one["relevance_score"].as_f64()?)))
            .collect();
        let found: Vec<(u64, f64)> =
            read.ranking.iter().map(|ranked| (u64::from(ranked.index), ranked.score)).collect();
        if expected.is_empty() || found != expected {
            return Err(format!("{expected:?} became {found:?}"));
        }
        if read.searches != body["meta"]["billed_units"]["search_units"].as_u64() {
            return Err(format!("searches became {:?}", read.searches));
        }
        if read.usage.map(|usage| usage.total) != body["usage"]["total_tokens"].as_u64() {
            return Err("the tokens are others".to_owned());
        }
        Ok(())
    });
}

#[test]
fn accepted_requests_for_orders_are_written_alike() {
    let Some(recordings) = recorded("accepted_requests_for_orders_are_written_alike") else {
        return;
    };
    let accepted = recordings.iter().filter(|recording| recording.kind == "rerank");
    check_each("requests for orders", accepted, &[], |recording| {
        let mut body: Value =
            serde_json::from_slice(&recording.request.body).map_err(|error| error.to_string())?;
        let fields = body.as_object_mut().ok_or("no object")?;
        fields.retain(|_, value| !value.is_null());
        // Voyage's own: whether a text that is too long is cut.
        fields.remove("truncation");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let top = body["top_n"].as_u64().or(body["top_k"].as_u64());
        let request = RerankRequest {
            query: text(&body["query"]),
            documents: body["documents"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|document| Document { text: text(document), object: None })
                .collect(),
            top: top.and_then(|top| u32::try_from(top).ok()),
            ..RerankRequest::default()
        };
        let quirks = match recording.provider.as_str() {
            "voyage" => Quirk::RerankTopK.into(),
            _ => Quirks::empty(),
        };
        let written = rerank::write(&request, body["model"].as_str().unwrap_or_default(), quirks);
        let written: Value = serde_json::from_slice(&written.body).map_err(|e| e.to_string())?;
        if written == body { Ok(()) } else { Err(format!("{body} became {written}")) }
    });
}
