//! Files of variables: a line `NAME=value` each, as systemd, containers and shells read them.
//!
//! Knows no name and no meaning. A line that sets nothing stays as it is, with its place.

/// What a line sets; `None` for one that sets nothing.
pub(crate) fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(fits)).then(|| (name, bare(value)))
}

/// A text in which the name is set: where it stood last, else at the end.
pub(crate) fn set(text: &str, name: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = format!("{name}={}", quoted(value));
    match lines.iter_mut().rev().find(|line| sets(line, name)) {
        Some(place) => {
            let export = if place.trim_start().starts_with("export ") { "export " } else { "" };
            *place = format!("{export}{line}");
        }
        None => lines.push(line),
    }
    joined(lines)
}

/// A text in which the name is not set.
pub(crate) fn remove(text: &str, name: &str) -> String {
    joined(text.lines().filter(|line| !sets(line, name)).map(str::to_owned))
}

fn sets(line: &str, name: &str) -> bool {
    assignment(line).is_some_and(|(own, _)| own == name)
}

fn joined(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

fn bare(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// A value that has quotes of its own around it is put into others, since a reader takes one pair away.
fn quoted(value: &str) -> String {
    match value.chars().next() {
        Some('"') if bare(value) != value => format!("'{value}'"),
        Some('\'') if bare(value) != value => format!("\"{value}\""),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_sets_a_name_or_nothing() {
        assert_eq!(assignment(" export A = 'one' "), Some(("A", "one")));
        assert_eq!(assignment("A="), Some(("A", "")));
        for line in ["", "# A=1", "A", "A B=1", "=1"] {
            assert_eq!(assignment(line), None, "{line}");
        }
    }

    #[test]
    fn what_else_stands_in_a_text_stays() {
        let text = "# mine\nexport A=1\n\nB=2\nA=3\n";
        assert_eq!(set(text, "B", "4"), "# mine\nexport A=1\n\nB=4\nA=3\n");
        assert_eq!(set(text, "A", "4"), "# mine\nexport A=1\n\nB=2\nA=4\n", "the later one counts");
        assert_eq!(set("export A=1", "A", "2"), "export A=2\n");
        assert_eq!(remove(text, "A"), "# mine\n\nB=2\n");
        assert_eq!((set("", "A", "1"), remove("A=1\n", "A")), ("A=1\n".to_owned(), String::new()));
    }

    proptest! {
        /// Whatever can be a key is read as it was given.
        #[test]
        fn what_is_set_is_read_again(text in "[\"'#=\\\\$a-z0-9-]{1,12}") {
            let written = set("", "A", &text);
            prop_assert_eq!(assignment(written.trim_end_matches('\n')), Some(("A", text.as_str())));
        }
    }
}
