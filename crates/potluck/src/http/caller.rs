//! Who asks: found once, at the door, and handed on beside the request.

use std::sync::Arc;

use http::{HeaderMap, header};
use potluck_core::Moment;
use potluck_core::requirements::Wishes;
use potluck_core::rights::Permit;
use potluck_core::verdict::Refusal;

use crate::house::House;
use crate::keys::{By, Holder, Session, Standing};

/// The cookie of a browser that was let in.
pub(super) const COOKIE: &str = "potluck_session";

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// Whoever can reach a router that only this machine can reach, while there is no key.
    Anybody,
    /// Somebody without a key, where none is needed.
    Stranger,
    /// Somebody with a key of the settings.
    Known {
        /// Whether it is one that manages.
        admin: bool,
    },
    /// Somebody with a client key that was made here.
    Holder(Arc<Holder>),
    /// A browser that was let in by a key that manages.
    Browser(Session),
}

impl Caller {
    /// Who sends these headers.
    ///
    /// # Errors
    /// 401 for a key that opens nothing, and for none where one is needed.
    pub(super) fn identify(house: &House, headers: &HeaderMap) -> Result<Self, Refusal> {
        if house.is_open() {
            return Ok(Self::Anybody);
        }
        let now = house.clock.now();
        if let Some(given) = given_key(headers).filter(|given| !given.is_empty()) {
            return Self::of_key(house, given, now);
        }
        let session = cookie(headers).and_then(|token| house.keys.sessions.find(token, now));
        match session.filter(|session| still_manages(house, session, now)) {
            Some(session) => Ok(Self::Browser(session)),
            None => Err(unauthorised("no key was sent")),
        }
    }

    /// Whoever has this key.
    ///
    /// # Errors
    /// 401 where it opens nothing, with why.
    pub(super) fn of_key(house: &House, given: &str, now: Moment) -> Result<Self, Refusal> {
        let terms = house.terms();
        let door = &terms.door;
        // Every key is compared, so that the time tells nothing of which one was near.
        let among = |keys: &[crate::settings::Secret]| {
            keys.iter().fold(false, |known, key| known | key.matches(given.as_bytes()))
        };
        let (admin, plain) = (among(&door.admin_keys), among(&door.keys));
        if admin || plain {
            return Ok(Self::Known { admin });
        }
        let Some(holder) = house.keys.find(given) else {
            return Err(unauthorised("that key is not known here"));
        };
        match holder.key.standing(now) {
            Standing::Good => Ok(Self::Holder(holder)),
            Standing::Expired(at) => {
                Err(unauthorised(&format!("that key ({}) expired on {}", holder.key.name, day(at))))
            }
            Standing::Revoked(at) => {
                let name = &holder.key.name;
                Err(unauthorised(&format!("that key ({name}) was revoked on {}", day(at))))
            }
        }
    }

    /// Whether their key may manage keys and settings. Where there are no keys, it depends on what they send.
    pub(super) fn has_admin_key(&self, now: Moment) -> bool {
        match self {
            Self::Known { admin } => *admin,
            Self::Holder(holder) => holder.key.manages(now),
            Self::Anybody | Self::Stranger | Self::Browser(_) => false,
        }
    }

    /// Whose client key it is, where it is one that was made here.
    pub(super) const fn holder(&self) -> Option<&Arc<Holder>> {
        match self {
            Self::Holder(holder) => Some(holder),
            _ => None,
        }
    }

    /// Which names may be asked for; `None`: all.
    pub(super) fn permit(&self) -> Option<&Permit> {
        self.holder()?.key.rights.permit.as_deref()
    }

    /// Adds what the key prescribes to what the request wishes.
    pub(super) fn bind(&self, wishes: &mut Wishes) {
        if let Self::Holder(holder) = self {
            holder.key.rights.bind(wishes);
            wishes.client.clone_from(&holder.key.id);
        }
    }
}

/// Whether the key that let a browser in still would.
fn still_manages(house: &House, session: &Session, now: Moment) -> bool {
    match &session.by {
        By::Settings => !house.terms().door.admin_keys.is_empty(),
        By::Key(id) => house.keys.by_id(id).is_some_and(|holder| holder.key.manages(now)),
    }
}

/// The key that a client sent, whether it is known or not.
pub(super) fn given_key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    bearer.or_else(|| headers.get("x-api-key")?.to_str().ok())
}

/// What the session's cookie holds.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    })
}

fn unauthorised(what: &str) -> Refusal {
    Refusal::new(
        401,
        "authentication_error",
        "invalid_api_key",
        format!(
            "{what}. Send a client key of this router as \"Authorization: Bearer KEY\" or as \"x-api-key: KEY\"; whoever manages this router makes one with `potluck keys create NAME`, on its dashboard or by POST /keys."
        ),
    )
}

fn day(moment: Moment) -> String {
    let stamp = jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default();
    stamp.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
