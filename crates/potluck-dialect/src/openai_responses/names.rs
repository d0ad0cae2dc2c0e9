//! What a model is told that a tool is called, and what the client calls it.
//!
//! Clients group tools in namespaces, and describe tools whose input is free text; the models of the pool know
//! one flat list of functions. The way back from a function to the client's own tool is kept here.

use crate::call_id::fingerprint;

/// The longest name of a function that providers take.
const LONGEST: usize = 64;

/// The tools of a request, by the names that the model is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(Vec<Named>);

/// One tool under both its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    told: String,
    /// What the client calls it.
    pub(super) name: String,
    /// The namespace in which it stands there.
    pub(super) namespace: Option<String>,
    /// Whether its input is free text.
    pub(super) custom: bool,
}

impl Names {
    /// Takes in a tool and gives the name to tell the model.
    pub(super) fn add(&mut self, namespace: Option<&str>, name: &str, custom: bool) -> String {
        let flat = flat(namespace, name);
        let mut told = flat.clone();
        let mut copies = 1;
        while namespace.is_some() && self.find(&told).is_some() {
            copies += 1;
            told = shortened(&format!("{flat}_{copies}"));
        }
        let namespace = namespace.map(str::to_owned);
        self.0.push(Named { told: told.clone(), name: name.to_owned(), namespace, custom });
        told
    }

    /// The client's tool that the model calls `told`.
    pub(super) fn find(&self, told: &str) -> Option<&Named> {
        self.0.iter().find(|named| named.told == told)
    }

    /// What the model was told that a tool is called; a tool that is described no more keeps its flat name.
    pub(super) fn told(&self, namespace: Option<&str>, name: &str) -> String {
        let is = |named: &&Named| named.name == name && named.namespace.as_deref() == namespace;
        self.0.iter().find(is).map_or_else(|| flat(namespace, name), |named| named.told.clone())
    }
}

fn flat(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        None => name.to_owned(),
        Some(namespace) => {
            let between = if namespace.ends_with('_') { "" } else { "__" };
            let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
            shortened(&format!("{namespace}{between}{name}").chars().map(plain).collect::<String>())
        }
    }
}

/// Names that are cut stay apart by their fingerprint.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let mark = fingerprint(name.as_bytes()) >> 32;
    format!("{}_{mark:08x}", name.get(..LONGEST - 9).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_flat_short_and_lead_back() {
        let mut names = Names::default();
        assert_eq!(names.add(None, "run", false), "run");
        assert_eq!(names.add(Some("files"), "read", false), "files__read");
        assert_eq!(names.add(Some("mcp__git__"), "log", true), "mcp__git__log");
        assert_eq!(names.add(Some("files_"), "_read", false), "files__read_2");
        let long = names.add(Some("a.b"), &"x".repeat(100), false);
        assert!(long.len() == LONGEST && long.starts_with("a_b__xxx"), "{long}");
        let found = names.find("mcp__git__log").unwrap();
        assert_eq!((found.name.as_str(), found.custom), ("log", true));
        assert_eq!(names.find("files__read_2").unwrap().name, "_read");
        assert_eq!(names.find("nobody"), None);
        assert_eq!(names.told(Some("files"), "read"), "files__read");
        assert_eq!(names.told(Some("gone"), "tool"), "gone__tool");
    }
}
