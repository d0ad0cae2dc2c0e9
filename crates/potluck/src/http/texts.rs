//! The doors at which texts are sent to be worked on one by one: made into vectors, or put in order.
//!
//! Both are answered whole, by one offer. Vectors of different models cannot be compared, so a name that means
//! several families of them is refused with the list (`docs/adr/0008-one-embedding-family.md`).

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use potluck_core::capability::Modality;
use potluck_core::requirements::{Requirements, Wishes};
use potluck_core::verdict::{Refusal, several_families, unknown_embedding};
use potluck_dialect::{embedding, estimate, rerank};

use crate::house::House;
use crate::http::arrival::Arrival;
use crate::http::caller::Caller;
use crate::http::routes::{Methods, post};
use crate::http::{answer, terms, wishes};
use crate::relay::{self, Answer, Job, Work};

/// The door at which vectors are asked for.
pub(super) fn embeddings(door: embedding::Door) -> Methods {
    post(
        move |State(house): State<Arc<House>>,
              Extension(caller): Extension<Caller>,
              mut arrival: Arrival,
              headers: HeaderMap,
              body: Body| async move {
            let read = |bytes: &[u8], wishes: &Wishes| {
                let asked = door.read_request(bytes)?;
                let tokens = estimate::embedding_tokens(&asked.request);
                let requirements = Requirements::embedding(&asked.request, tokens, wishes);
                one_family(&house, &asked.request.models)?;
                Ok((Work::Embedding(asked), requirements))
            };
            let served = serve(&house, &mut arrival, (&headers, &caller), body, read).await;
            served.unwrap_or_else(|refusal| {
                let body = door.write_refusal(&refusal, &arrival.id);
                answer::refuse_with(body, &refusal, Some(&arrival.id))
            })
        },
    )
}

/// The door at which an order is asked for.
pub(super) fn rerank(door: rerank::Door) -> Methods {
    post(
        move |State(house): State<Arc<House>>,
              Extension(caller): Extension<Caller>,
              mut arrival: Arrival,
              headers: HeaderMap,
              body: Body| async move {
            let read = |bytes: &[u8], wishes: &Wishes| {
                let asked = door.read_request(bytes)?;
                let tokens = estimate::rerank_tokens(&asked.request);
                let requirements = Requirements::rerank(&asked.request, tokens, wishes);
                Ok((Work::Rerank(asked), requirements))
            };
            let served = serve(&house, &mut arrival, (&headers, &caller), body, read).await;
            served.unwrap_or_else(|refusal| {
                let body = door.write_refusal(&refusal, &arrival.id);
                answer::refuse_with(body, &refusal, Some(&arrival.id))
            })
        },
    )
}

async fn serve(
    house: &Arc<House>,
    arrival: &mut Arrival,
    (headers, caller): (&HeaderMap, &Caller),
    body: Body,
    read: impl FnOnce(&[u8], &Wishes) -> Result<(Work, Requirements), Refusal>,
) -> Result<Response, Refusal> {
    let bytes = arrival.body(house, body).await?;
    let (work, mut requirements) = read(&bytes, &wishes::of(headers, caller)?)?;
    let charge = terms::engage(house, caller, work.models(), &mut requirements).await?;
    let explains = wishes::explains(headers)?;
    let job = Job { explains, ..arrival.job(work, requirements, charge) };
    let found = Box::pin(relay::find(house, &job)).await?;
    let mut response = match found.answer {
        Answer::Whole(body) => answer::json(StatusCode::OK, body),
        Answer::Stream(pour) => Response::new(Body::new(*pour)),
        Answer::Picture(painted) => Response::new(Body::from(painted.bytes)),
    };
    answer::name(response.headers_mut(), &job.id);
    answer::describe(response.headers_mut(), &found.head);
    Ok(response)
}

/// Refuses names under which vectors of several families could be given.
fn one_family(house: &House, names: &[String]) -> Result<(), Refusal> {
    let shelf = house.shelf();
    let catalog = &shelf.catalog;
    let selection = catalog.select(names).map_err(|unknown| {
        let known = catalog.families(&catalog.everything(), Modality::Embedding);
        unknown_embedding(&unknown, &known)
    })?;
    let families = catalog.families(&selection, Modality::Embedding);
    if families.len() > 1 { Err(several_families(names, &families)) } else { Ok(()) }
}
