//! Uploads: the fields of a `multipart/form-data` body, as they stand. What they mean is the dialect's business.

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, header};
use multer::{Constraints, Multipart, SizeLimit};
use potluck_core::verdict::Refusal;
use potluck_dialect::image::Part;

/// The most fields of one form: pictures, a mask, and the parameters that there are.
const MOST_FIELDS: usize = 64;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// As the client calls it.
    pub(super) name: String,
    /// The name of its file, where it is one.
    pub(super) file: Option<String>,
    /// Its contents.
    pub(super) bytes: Bytes,
}

impl Field {
    /// The same for the dialect.
    pub(super) fn part(&self) -> Part<'_> {
        Part { name: &self.name, file: self.file.as_deref(), bytes: &self.bytes }
    }
}

/// Whether a body says that it is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    boundary(headers).is_some()
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// Reads all fields of a form that is whole already.
///
/// # Errors
/// 400 where it is no form, breaks off, or has more fields than anybody needs.
pub(super) async fn read(headers: &HeaderMap, body: Bytes) -> Result<Vec<Field>, Refusal> {
    let boundary = boundary(headers).ok_or_else(no_form)?;
    let limits = SizeLimit::new().whole_stream(body.len() as u64);
    let body = stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(body)));
    let mut form =
        Multipart::with_constraints(body, boundary, Constraints::new().size_limit(limits));
    let mut fields = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let Some(name) = field.name().map(str::to_owned) else { continue };
        if fields.len() == MOST_FIELDS {
            return Err(too_many());
        }
        let file = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|error| broken(&error))?;
        fields.push(Field { name, file, bytes });
    }
    Ok(fields)
}

fn no_form() -> Refusal {
    Refusal::bad_request(
        "not_a_form",
        "pictures to be changed are sent as multipart/form-data with a boundary, and this body says that it is something else.",
        None,
    )
}

fn broken(error: &multer::Error) -> Refusal {
    Refusal::bad_request(
        "broken_form",
        format!(
            "the form cannot be read: {error}. Send it again, and let the client write the content-type with its boundary."
        ),
        None,
    )
}

fn too_many() -> Refusal {
    Refusal::bad_request(
        "too_many_fields",
        format!("the form has more than {MOST_FIELDS} fields; no request needs so many."),
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().expect("a value"))])
    }

    const KIND: &str = "multipart/form-data; boundary=XX";

    #[tokio::test]
    async fn fields_come_in_their_order_with_their_bytes() {
        let body = "--XX\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\na fox\r\n\
                    --XX\r\ncontent-disposition: form-data; name=\"image[]\"; filename=\"f.png\"\r\n\
                    content-type: image/png\r\n\r\n\x00\r\n-\r\n--XX--\r\n";
        let fields = read(&headers(KIND), Bytes::from(body)).await.expect("a form");
        let expected = [("prompt", &b"a fox"[..]), ("image[]", b"\x00\r\n-")];
        assert_eq!(fields.len(), 2);
        for (field, (name, bytes)) in fields.iter().zip(expected) {
            assert_eq!((field.name.as_str(), &field.bytes[..]), (name, bytes));
        }
        assert_eq!(fields[1].file.as_deref(), Some("f.png"));
    }

    #[tokio::test]
    async fn what_is_no_whole_form_is_refused() {
        let cut = "--XX\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\na fo";
        let refusal = read(&headers(KIND), Bytes::from(cut)).await.expect_err("a cut form");
        assert_eq!((refusal.status, refusal.code), (400, "broken_form"));
        let refusal = read(&headers("application/json"), Bytes::new()).await.expect_err("JSON");
        assert_eq!(refusal.code, "not_a_form");
        assert!(!is_form(&headers("multipart/form-data")));
        let many = "--XX\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\nb\r\n".repeat(65);
        let refusal = read(&headers(KIND), Bytes::from(many + "--XX--\r\n")).await;
        assert_eq!(refusal.expect_err("too many").code, "too_many_fields");
    }
}
