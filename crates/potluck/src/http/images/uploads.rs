//! Pictures that clients send: looked at before any provider sees them.

use bytes::Bytes;
use potluck_core::image::{ImageRequest, Source};
use potluck_core::verdict::Refusal;
use potluck_picture::Fault;

use crate::house::House;

/// Looks whether every picture that was sent can be decoded.
///
/// # Errors
/// 400 for one that is broken or of a format that is not read, 413 for one that asks for more than is decoded.
pub(super) async fn check(house: &House, request: &ImageRequest) -> Result<(), Refusal> {
    let Some(edit) = &request.edit else { return Ok(()) };
    for source in &edit.sources {
        look(house, source, "image").await?;
    }
    match &edit.mask {
        Some(mask) => look(house, mask, "mask").await,
        None => Ok(()),
    }
}

async fn look(house: &House, source: &Source, field: &str) -> Result<(), Refusal> {
    let bytes = Bytes::from_owner(std::sync::Arc::clone(&source.bytes));
    let looked = house.darkroom.inspect(bytes).await;
    looked.map(drop).map_err(|fault| refuse(&fault, field))
}

fn refuse(fault: &Fault, field: &str) -> Refusal {
    let (status, code, advice) = if fault.is_too_large() {
        (413, "picture_too_large", "Send a smaller one.")
    } else {
        (400, "broken_picture", "Send it again, whole, as png, jpeg or webp.")
    };
    let message = format!("the picture in `{field}` cannot be used: {fault}. {advice}");
    let mut refusal = Refusal::new(status, "invalid_request_error", code, message);
    refusal.param = Some(field.to_owned());
    refusal
}
