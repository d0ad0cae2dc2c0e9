//! Where a client is to ask, with which key and for which model: the words that stand for these in a client file.

use super::key::Key;
use super::{Connect, address};
use crate::cli::failure::Failure;
use crate::settings::Settings;

/// Where to ask, with what, for what.
#[derive(Debug)]
pub(super) struct Place {
    words: Vec<(&'static str, String)>,
}

/// From the flags and the settings.
pub(super) fn of(connect: &Connect, settings: &Settings, key: &Key) -> Result<Place, Failure> {
    Place::new(&address(connect, settings), key.text(), &connect.model)
}

impl Place {
    /// The router at `url`, `key` to send and `model` to ask for. They end up inside programs, shells and files of many
    /// formats, so only letters that mean nothing in any of them are taken.
    pub(super) fn new(url: &str, key: &str, model: &str) -> Result<Self, Failure> {
        for (what, text) in [("the address", url), ("the client's key", key), ("the model", model)]
        {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~:/@+=[],%".contains(c);
            if text.is_empty() || !text.chars().all(plain) {
                return Err(Failure::Usage(format!(
                    "{what} may hold only letters, digits and -_.~:/@+=[],% to stand in a client's settings"
                )));
            }
        }
        let url = url.trim_end_matches('/');
        let url = url.strip_suffix("/v1").unwrap_or(url);
        let address: http::Uri = url.parse().map_err(|_| {
            Failure::Usage(format!(
                "--url takes an address such as http://127.0.0.1:7685, and was given `{url}`"
            ))
        })?;
        let (Some(scheme), Some(host)) = (address.scheme_str(), address.host()) else {
            return Err(Failure::Usage(format!(
                "--url takes an address such as http://127.0.0.1:7685, and was given `{url}`"
            )));
        };
        let usual = if scheme == "https" { 443 } else { 80 };
        let port = address.port_u16().unwrap_or(usual);
        Ok(Self {
            words: vec![
                ("{{base}}", format!("{url}/v1")),
                ("{{url}}", url.to_owned()),
                ("{{scheme}}", scheme.to_owned()),
                ("{{host}}", host.to_owned()),
                ("{{port}}", port.to_string()),
                ("{{key}}", key.to_owned()),
                ("{{model}}", model.to_owned()),
            ],
        })
    }

    /// A text with its words in their places.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (word, value) in &self.words {
            text = text.replace(word, value);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_take_their_places() {
        let place = Place::new("https://potluck.lan/v1/", "k", "free").expect("a place");
        let filled = place.fill("{{base}} {{url}} {{scheme}} {{host}} {{port}} {{key}} {{model}}");
        assert_eq!(
            filled,
            "https://potluck.lan/v1 https://potluck.lan https potluck.lan 443 k free"
        );
    }

    #[test]
    fn what_could_leave_its_quotes_is_refused() {
        for (url, key, model) in [
            ("http://h:1", "k", "a\"b"),
            ("http://h:1", "k'k", "free"),
            ("http://h:1", "$(id)", "free"),
            ("http://h:1\n", "k", "free"),
            ("http://h:1", "k", ""),
            ("h:1", "k", "free"),
        ] {
            assert!(Place::new(url, key, model).is_err(), "{url} {key} {model}");
        }
    }
}
