//! YAML, by lines: entries are added and replaced as blocks of lines, everything else is left as it stands.
//!
//! Only block style is edited. What is written otherwise is found out by reading the result again.

use serde_json::Value;

use super::Refused;

/// What a text means.
pub(super) fn read(text: &str) -> Result<Value, Refused> {
    serde_saphyr::from_str(text).map_err(|error| {
        let why = error.to_string().lines().next().unwrap_or_default().to_owned();
        Refused::Invalid { format: "YAML", why }
    })
}

/// A text with `settings` laid over it; `old` and `new` are what both mean.
pub(super) fn edit(
    text: &str,
    settings: &str,
    old: &Value,
    new: &Value,
) -> Result<String, Refused> {
    if old.is_null() {
        let gap = if text.trim().is_empty() { "" } else { text };
        return Ok(format!("{gap}{settings}"));
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let settings: Vec<&str> = settings.lines().collect();
    let end = lines.len();
    lay(&mut lines, 0..end, &settings, (old, new))?;
    Ok(lines.join("\n") + "\n")
}

type Range = std::ops::Range<usize>;

/// Lays a block of settings over the block of lines in `range`.
fn lay(
    lines: &mut Vec<String>,
    range: Range,
    settings: &[&str],
    (old, new): (&Value, &Value),
) -> Result<(), Refused> {
    match (old, new) {
        (Value::Object(old), Value::Object(_)) => lay_mapping(lines, range, settings, (old, new)),
        (Value::Array(old), Value::Array(new)) => {
            let indent = indent_of(lines, &range).ok_or(Refused::Unusual)?;
            let mut at = content_end(lines, &range);
            for (entry, value) in entries(settings).into_iter().zip(new) {
                if !old.contains(value) {
                    let block = indented(&entry, indent);
                    let more = block.len();
                    lines.splice(at..at, block);
                    at += more;
                }
            }
            Ok(())
        }
        _ => Err(Refused::Unusual),
    }
}

/// Key by key, from the last to the first, so that the lines before keep their numbers.
fn lay_mapping(
    lines: &mut Vec<String>,
    range: Range,
    settings: &[&str],
    (old, new): (&serde_json::Map<String, Value>, &Value),
) -> Result<(), Refused> {
    let indent = indent_of(lines, &range).ok_or(Refused::Unusual)?;
    let (mut own_end, mut added) = (content_end(lines, &range), Vec::new());
    for block in blocks(settings) {
        let key = key_of(block.first().copied().unwrap_or_default()).ok_or(Refused::Unusual)?;
        let value = new.get(key).ok_or(Refused::Unusual)?;
        let Some(held) = old.get(key) else {
            added.extend(indented(&block, indent));
            continue;
        };
        if held == value {
            continue;
        }
        let inside = range.start..own_end;
        let own = find(lines, &inside, indent, key).ok_or(Refused::Unusual)?;
        let before = lines.len();
        let has_lines = content_end(lines, &own) > own.start + 1;
        if matches!(held, Value::Object(_) | Value::Array(_)) && has_lines {
            let inner: Vec<&str> = block.iter().skip(1).copied().collect();
            lay(lines, own.start + 1..content_end(lines, &own), &inner, (held, value))?;
        } else {
            let last = content_end(lines, &own);
            lines.splice(own.start..last, indented(&block, indent));
        }
        own_end = (own_end + lines.len()).saturating_sub(before);
    }
    lines.splice(own_end..own_end, added);
    Ok(())
}

/// The lines of each key of a mapping, or of each entry of a list.
fn blocks<'s>(settings: &[&'s str]) -> Vec<Vec<&'s str>> {
    let least = settings.iter().filter(|line| is_content(line)).map(|line| indent(line)).min();
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    for line in settings.iter().filter(|line| is_content(line)) {
        match blocks.last_mut() {
            Some(block) if Some(indent(line)) != least => block.push(line),
            _ => blocks.push(vec![line]),
        }
    }
    blocks
}

fn entries<'s>(settings: &[&'s str]) -> Vec<Vec<&'s str>> {
    blocks(settings)
}

/// A block moved to another indentation.
fn indented(block: &[&str], to: usize) -> Vec<String> {
    let from = block.first().map_or(0, |line| indent(line));
    let pad = " ".repeat(to);
    block.iter().map(|line| format!("{pad}{}", line.get(from..).unwrap_or_default())).collect()
}

/// The lines of the entry of a key, up to the next line as far out as it.
fn find(lines: &[String], range: &Range, depth: usize, key: &str) -> Option<Range> {
    let inside = || lines.iter().enumerate().skip(range.start).take(range.len());
    let is_own = |line: &str| indent(line) == depth && key_of(line) == Some(key);
    let (start, _) = inside().find(|(_, line)| is_own(line))?;
    // a list may stand as far out as the key that it belongs to
    let ends = |line: &str| {
        is_content(line)
            && indent(line) <= depth
            && !(indent(line) == depth && line.trim_start().starts_with("- "))
    };
    let end = inside().skip(start + 1 - range.start).find(|(_, line)| ends(line));
    Some(start..end.map_or(range.end, |(at, _)| at))
}

/// The key of a line such as `key: value`.
fn key_of(line: &str) -> Option<&str> {
    let (key, rest) = line.trim().split_once(':')?;
    let plain = rest.is_empty() || rest.starts_with(' ');
    plain.then(|| key.trim_matches(['"', '\'']))
}

/// How far in the first content stands.
fn indent_of(lines: &[String], range: &Range) -> Option<usize> {
    let inside = lines.iter().skip(range.start).take(range.len());
    inside.map(String::as_str).find(|line| is_content(line) && *line != "---").map(indent)
}

/// Behind the last line of content.
fn content_end(lines: &[String], range: &Range) -> usize {
    let mut inside = lines.iter().enumerate().skip(range.start).take(range.len());
    let last = inside.rfind(|(_, line)| is_content(line));
    last.map_or(range.start, |(at, _)| at + 1)
}

fn is_content(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
