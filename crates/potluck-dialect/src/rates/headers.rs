//! Response headers as this crate sees them: names to text, whoever holds them.

/// The headers of a response. The crate that holds sockets implements it for its own map, so that nothing
/// is copied; slices of pairs implement it for everybody else.
pub trait Headers {
    /// The text of the first header of this name, in any spelling of case; `None` where there is none or
    /// where it is no text.
    fn get(&self, name: &str) -> Option<&str>;
}

fn find<'a, N: AsRef<str>, V: AsRef<str>>(pairs: &'a [(N, V)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(key, _)| key.as_ref().eq_ignore_ascii_case(name))?;
    Some(value.as_ref())
}

impl<N: AsRef<str>, V: AsRef<str>> Headers for &[(N, V)] {
    fn get(&self, name: &str) -> Option<&str> {
        find(self, name)
    }
}

impl<N: AsRef<str>, V: AsRef<str>, const K: usize> Headers for [(N, V); K] {
    fn get(&self, name: &str) -> Option<&str> {
        find(self, name)
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Headers for Vec<(N, V)> {
    fn get(&self, name: &str) -> Option<&str> {
        find(self, name)
    }
}

/// No headers at all: an error inside a body.
impl Headers for () {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}
