//! A form with files (`multipart/form-data`), written.

use std::borrow::Cow;

use memchr::memmem;
use potluck_core::image::Source;

use super::step::{Method, Step};

/// A form being filled in.
#[derive(Debug, Default)]
pub(super) struct Form<'a>(Vec<Field<'a>>);

#[derive(Debug)]
struct Field<'a> {
    name: &'static str,
    /// The file's media type and ending, where it is one.
    file: Option<(&'static str, &'static str)>,
    value: Cow<'a, [u8]>,
}

impl<'a> Form<'a> {
    /// A field of text.
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.0.push(Field { name, file: None, value: value.as_bytes().to_vec().into() });
    }

    /// A picture.
    pub(super) fn file(&mut self, name: &'static str, source: &'a Source) {
        let file = Some((source.format.media_type(), source.format.word()));
        self.0.push(Field { name, file, value: Cow::Borrowed(&source.bytes) });
    }

    /// The form as a request.
    pub(super) fn step(self, path: impl Into<String>) -> Step {
        let boundary = self.boundary();
        let mut body = Vec::with_capacity(self.0.iter().map(|field| field.value.len() + 256).sum());
        for (number, field) in self.0.iter().enumerate() {
            let name = field.name;
            let mut head =
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
            if let Some((media_type, ending)) = field.file {
                head.push_str(&format!(
                    "; filename=\"{number}.{ending}\"\r\nContent-Type: {media_type}"
                ));
            }
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(&field.value);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let content_type = Some(format!("multipart/form-data; boundary={boundary}").into());
        Step { content_type, body, ..Step::bare(Method::Post, path) }
    }

    /// A line that stands in none of the fields. Chance would do; none is here, so it is looked for.
    fn boundary(&self) -> String {
        let is_in = |line: &str| {
            self.0.iter().any(|field| memmem::find(&field.value, line.as_bytes()).is_some())
        };
        let mut line = "potluck-7f1c3a9e5b2d".to_owned();
        for number in 0_u32.. {
            if !is_in(&line) {
                break;
            }
            line = format!("potluck-7f1c3a9e5b2d-{number}");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_cut_at_lines_that_stand_in_no_field() {
        let source = Source::sniffed(b"\xff\xd8\xff\xe0 potluck-7f1c3a9e5b2d".as_slice()).unwrap();
        let mut form = Form::default();
        form.text("prompt", "a red fox");
        form.file("image", &source);
        let step = form.step("/images/edits");
        let line = "potluck-7f1c3a9e5b2d-0";
        let content_type = step.content_type.unwrap();
        assert_eq!(content_type, format!("multipart/form-data; boundary={line}"));
        let expected = [
            format!("--{line}\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na red fox\r\n").as_bytes(),
            format!("--{line}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"1.jpeg\"\r\nContent-Type: image/jpeg\r\n\r\n").as_bytes(),
            &source.bytes,
            format!("\r\n--{line}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(step.body, expected);
    }
}
