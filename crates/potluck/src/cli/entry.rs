//! What a client has to send to be let in: as the router says that runs, else by what it would read when it starts.

use serde_json::Value;

use super::call::Caller;
use super::router;
use crate::clock::Clock;
use crate::keys;
use crate::settings::Settings;

/// What a client has to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Whatever it likes: whoever reaches the router is let in.
    Open,
    /// One of the keys that the settings name.
    OfSettings,
    /// A client key that was made.
    Made,
    /// Nobody says.
    Unknown,
}

impl Entry {
    /// What the router at `url` wants, else the one of the settings.
    pub(super) async fn find(url: Option<&str>, settings: &Settings) -> Self {
        let own = Self::of_settings(settings);
        if url.is_none() && own == Self::OfSettings {
            return own;
        }
        let base = format!("http://{}", router::reachable(settings.server.bind));
        match (asked(url.unwrap_or(&base)).await, url) {
            (Some(true), _) => Self::Made,
            (Some(false), _) => Self::Open,
            (None, Some(_)) => Self::Unknown,
            (None, None) => in_file(settings),
        }
    }

    /// What a router of these settings wants, of which `made`: whether a client key was ever made.
    pub(super) fn of_house(settings: &Settings, made: bool) -> Self {
        match Self::of_settings(settings) {
            Self::Open if made => Self::Made,
            own => own,
        }
    }

    fn of_settings(settings: &Settings) -> Self {
        let server = &settings.server;
        if server.keys.is_empty() && server.admin_keys.is_empty() {
            // of any other address a router without a key is refused
            if settings.is_loopback() { Self::Open } else { Self::Made }
        } else {
            Self::OfSettings
        }
    }

    /// For people: what stands where a client asks for a key.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Open => "any text",
            Self::OfSettings => {
                "one of server.keys, or a client key (`potluck keys create NAME` makes one)"
            }
            Self::Made => "a client key (`potluck keys create NAME` makes one)",
            Self::Unknown => "any text, or a client key where the router asks for one",
        }
    }
}

/// Whether the router there wants a key; `None` where none answers.
async fn asked(base: &str) -> Option<bool> {
    let caller = Caller::new(base, None).ok()?;
    let told = tokio::time::timeout(router::LOOK, caller.get::<Value>("/session")).await;
    told.ok()?.ok()?["keys_needed"].as_bool()
}

fn in_file(settings: &Settings) -> Entry {
    let path = settings.state.path.as_deref().map(keys::beside).filter(|path| path.exists());
    match path.map(|path| keys::closed_by(&path, Clock.now())) {
        None | Some(Ok(false)) => Entry::of_settings(settings),
        Some(Ok(true)) => Entry::Made,
        // a router holds it, and does not answer here
        Some(Err(_)) => Entry::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    #[test]
    fn a_key_is_wanted_where_the_settings_or_the_address_say_so() {
        let mut settings = Settings::default();
        assert_eq!(Entry::of_house(&settings, false), Entry::Open);
        assert_eq!(Entry::of_house(&settings, true), Entry::Made);
        settings.server.bind = ([0, 0, 0, 0], 80).into();
        assert_eq!(Entry::of_house(&settings, false), Entry::Made);
        settings.server.keys = vec![Secret::new("pk-of-the-settings")];
        assert_eq!(Entry::of_house(&settings, true), Entry::OfSettings);
    }
}
