//! Towards a provider: a conversation in which every call has an id of its own, and every answer that of its call.
//!
//! Clients send what some provider once gave them: ids that are missing, empty, the same in every turn, or of a
//! form that the next provider refuses. Nothing is remembered between requests: the same conversation gets the
//! same ids on every turn, and what is added at its end changes none before it.

use std::collections::{HashMap, HashSet};

use potluck_core::request::{Message, Role};

use super::{fingerprint, invent};

/// What an id may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any text but an empty one.
    Any,
    /// Nine letters and digits of ASCII.
    Nine,
    /// Letters and digits of ASCII, `_` and `-`.
    Word,
}

impl Form {
    pub(super) fn takes(self, id: &str) -> bool {
        match self {
            Self::Any => !id.is_empty(),
            Self::Nine => id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            Self::Word => {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
                !id.is_empty() && id.bytes().all(fits)
            }
        }
    }

    /// An id of this form; another one for every `salt`.
    pub(super) fn make(self, id: &str, salt: u64) -> String {
        match self {
            Self::Any | Self::Word => invent(salt, 0, id),
            Self::Nine => nine(fingerprint(id.as_bytes()).wrapping_add(salt)),
        }
    }
}

fn nine(mut number: u64) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut id = String::with_capacity(9);
    for _ in 0..9 {
        id.push(char::from(LETTERS[(number % 62) as usize]));
        number /= 62;
    }
    id
}

/// Whether [`settle`] would change nothing.
pub(crate) fn are_settled(messages: &[Message], form: Form) -> bool {
    let mut known = HashSet::new();
    messages.iter().all(|message| {
        let mut calls = message.tool_calls.iter().map(|call| call.id.as_str());
        calls.all(|id| form.takes(id) && known.insert(id)) && is_bound(message, form, &mut known)
    })
}

fn is_bound<'a>(message: &'a Message, form: Form, known: &mut HashSet<&'a str>) -> bool {
    if !is_answer(message) {
        return true;
    }
    let id = message.tool_call_id.as_deref().unwrap_or_default();
    known.contains(id) || (form.takes(id) && known.insert(id))
}

fn is_answer(message: &Message) -> bool {
    message.role == Role::Tool || message.tool_call_id.is_some()
}

/// Gives every call an id of its own of the form, and every answer the id of its call. Ids that are good
/// already are kept.
///
/// An answer belongs to the latest turn that has its id, and of several calls with one id to the first that was not
/// answered; one without an id belongs to the call of its name, or else to the next in order.
pub(crate) fn settle(messages: &mut [Message], form: Form) {
    let mut ledger = Ledger::new(form);
    for (turn, message) in messages.iter_mut().enumerate() {
        for call in &mut message.tool_calls {
            call.id = ledger.enter(turn, &call.id, &call.name);
        }
        if is_answer(message) {
            let asked = message.tool_call_id.take().unwrap_or_default();
            message.tool_call_id = Some(ledger.find(&asked, message.name.as_deref()));
        }
    }
}

/// Who was called so far, and under which ids.
struct Ledger {
    form: Form,
    taken: HashSet<String>,
    /// By the id that the client sent.
    by_id: HashMap<String, Group>,
    /// By the name of the function.
    by_name: HashMap<String, Group>,
    /// The calls of the latest turn that made any.
    latest: Group,
}

/// Calls of one turn that are alike in something, to be answered in their order.
#[derive(Default)]
struct Group {
    turn: usize,
    ids: Vec<String>,
    answered: usize,
    /// How many ids were made for what this group is alike in.
    made: u64,
}

impl Group {
    fn enter(&mut self, turn: usize, id: &str) {
        if self.turn != turn {
            (self.turn, self.answered) = (turn, 0);
            self.ids.clear();
        }
        self.ids.push(id.to_owned());
    }

    /// The first that was not answered; when all were, the last.
    fn next(&mut self) -> Option<String> {
        let at = self.answered.min(self.ids.len().checked_sub(1)?);
        self.answered += 1;
        self.ids.get(at).cloned()
    }
}

impl Ledger {
    fn new(form: Form) -> Self {
        Self {
            form,
            taken: HashSet::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            latest: Group::default(),
        }
    }

    /// Takes down a call and gives it its id.
    fn enter(&mut self, turn: usize, asked: &str, name: &str) -> String {
        let id = self.give(asked);
        self.by_id.entry(asked.to_owned()).or_default().enter(turn, &id);
        self.by_name.entry(name.to_owned()).or_default().enter(turn, &id);
        self.latest.enter(turn, &id);
        id
    }

    /// The id of the call that an answer belongs to. An answer to no call keeps its own, if it can.
    fn find(&mut self, asked: &str, name: Option<&str>) -> String {
        let group = if asked.is_empty() {
            Some(match name.and_then(|name| self.by_name.get_mut(name)) {
                Some(named) => named,
                None => &mut self.latest,
            })
        } else {
            self.by_id.get_mut(asked)
        };
        if let Some(id) = group.and_then(Group::next) {
            return id;
        }
        let id = self.give(asked);
        if !asked.is_empty() {
            self.by_id.entry(asked.to_owned()).or_default().enter(usize::MAX, &id);
        }
        id
    }

    /// An id that nobody has: the one asked for, if it is one.
    fn give(&mut self, asked: &str) -> String {
        if self.form.takes(asked) && self.taken.insert(asked.to_owned()) {
            return asked.to_owned();
        }
        let group = self.by_id.entry(asked.to_owned()).or_default();
        loop {
            let id = self.form.make(asked, group.made);
            group.made += 1;
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}
