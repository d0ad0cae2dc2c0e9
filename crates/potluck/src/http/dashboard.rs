//! The dashboard's files, embedded in the binary: a page, modules, styles, and one library as its makers ship it.
//!
//! What the page shows it asks at the same doors as any client. This room knows files and how a browser is told to
//! treat them; it knows no pool, and no request but for a file.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use rust_embed::{Embed, EmbeddedFile};

use potluck_dialect::Client;

use crate::http::answer;

#[derive(Embed)]
#[folder = "web"]
struct Web;

/// Where the files are, beside the page itself at `/`.
const BASE: &str = "/dashboard/";

const PAGE: &str = "index.html";

/// What a browser is told of every file. No script or style may stand inside the page, nothing may be asked of
/// another origin, and no other page may frame it. A file is asked for again each time and is mostly unchanged.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// The page, for a browser that comes to `/`.
pub(super) fn page(asked: &HeaderMap) -> Response {
    let mut response = file(PAGE, asked);
    // Ollama's clients are told something else at the same address.
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// `GET /dashboard/{path}`: one of its files.
pub(super) async fn serve(Path(path): Path<String>, asked: HeaderMap) -> Response {
    file(&path, &asked)
}

fn file(path: &str, asked: &HeaderMap) -> Response {
    let Some(file) = Web::get(path) else {
        let whole = format!("{BASE}{path}");
        return answer::refuse(Client::Chat, &answer::no_such_path(&whole), None);
    };
    let tag = tag(&file);
    let mut response = if is_known(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, kind(path))];
        (kind, file.data).into_response()
    };
    let headers = response.headers_mut();
    headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// A file's own mark: the beginning of the hash of its bytes.
fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let letters: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{letters}\"")
}

/// Whether the browser has the file with this mark already.
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known.split(',').map(str::trim).any(|one| one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the policy forbids would only be missed in a browser.
    #[test]
    fn nothing_stands_inside_the_page_and_nothing_leaves_the_origin() {
        let own = Web::iter().filter(|path| !path.starts_with("vendor/"));
        let texts = own.map(|path| {
            let text = String::from_utf8(Web::get(&path).unwrap().data.into_owned()).unwrap();
            (path, text)
        });
        let mut files = 0;
        for (path, text) in texts {
            files += 1;
            for forbidden in ["style=\"", "onclick=", "<style", "javascript:", "innerHTML", "eval("]
            {
                assert!(!text.contains(forbidden), "{path} has {forbidden}");
            }
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{path}");
        }
        assert!(files > 10, "{files}");
        let page = String::from_utf8(Web::get(PAGE).unwrap().data.into_owned()).unwrap();
        for script in page.split("<script").skip(1) {
            assert!(script.contains(" src=\"/dashboard/"), "{script}");
            assert!(script.split_once('>').is_some_and(|(_, rest)| rest.starts_with("</script>")));
        }
    }

    #[test]
    fn every_file_that_another_names_is_there() {
        let page = String::from_utf8(Web::get(PAGE).unwrap().data.into_owned()).unwrap();
        let named = page.split('"').filter_map(|word| word.strip_prefix(BASE));
        for path in named {
            assert!(Web::get(path).is_some(), "the page names {path}");
        }
        for path in Web::iter().filter(|path| path.ends_with(".js") && !path.contains("vendor")) {
            let text = String::from_utf8(Web::get(&path).unwrap().data.into_owned()).unwrap();
            for named in text.split(" from './").skip(1).filter_map(|rest| rest.split('\'').next())
            {
                assert!(Web::get(named).is_some(), "{path} takes from {named}");
            }
        }
    }

    #[test]
    fn a_mark_is_known_again() {
        let asked = |value: &'static str| {
            HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))])
        };
        assert!(is_known(&asked("\"a\", W/\"b\""), "\"b\""));
        assert!(!is_known(&asked("\"a\""), "\"b\"") && !is_known(&HeaderMap::new(), "\"b\""));
    }
}
