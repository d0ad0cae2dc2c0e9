//! Log probabilities, in the one shape that clients know: the chosen tokens, each with the likeliest beside it.

use potluck_core::Sealed;

use crate::wire::{self, Broken, Cursor, Kind, Object};

/// A token and the logarithm of its probability, as it is written.
struct Token {
    text: String,
    logprob: String,
}

/// Reads `logprobsResult`; `None` where no token was chosen.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Sealed>, Broken> {
    let (mut chosen, mut likeliest) = (Vec::new(), Vec::new());
    cursor.object(|cursor, key| match (&*key, cursor.kind()?) {
        ("chosenCandidates", Kind::Array) => {
            chosen = tokens(cursor)?;
            Ok(())
        }
        ("topCandidates", Kind::Array) => cursor.array(|cursor, _| {
            likeliest.push(step(cursor)?);
            Ok::<(), Broken>(())
        }),
        _ => cursor.value().map(drop),
    })?;
    if chosen.is_empty() {
        return Ok(None);
    }
    let mut json = Vec::new();
    wire::object(&mut json, |logprobs| {
        logprobs.array("content", |items| {
            for (at, token) in chosen.iter().enumerate() {
                let beside = likeliest.get(at).map_or(&[][..], Vec::as_slice);
                items.object(|item| {
                    write(item, token);
                    item.array("top_logprobs", |items| {
                        beside.iter().for_each(|token| items.object(|item| write(item, token)));
                    });
                });
            }
        });
        logprobs.null("refusal");
    });
    Ok(Some(Sealed::from_json(wire::unlossy(&json))))
}

fn write(item: &mut Object<'_>, token: &Token) {
    item.text("token", &token.text);
    item.json("logprob", &token.logprob);
    item.array("bytes", |bytes| {
        for byte in token.text.bytes() {
            bytes.item().extend_from_slice(byte.to_string().as_bytes());
        }
    });
}

/// `{"candidates": [...]}`
fn step(cursor: &mut Cursor<'_>) -> Result<Vec<Token>, Broken> {
    let mut candidates = Vec::new();
    if cursor.kind()? != Kind::Object {
        cursor.value()?;
        return Ok(candidates);
    }
    cursor.object(|cursor, key| {
        if key == "candidates" && cursor.kind()? == Kind::Array {
            candidates = tokens(cursor)?;
            return Ok(());
        }
        cursor.value().map(drop)
    })?;
    Ok(candidates)
}

fn tokens(cursor: &mut Cursor<'_>) -> Result<Vec<Token>, Broken> {
    let mut tokens = Vec::new();
    cursor.array(|cursor, _| {
        if cursor.kind()? != Kind::Object {
            return cursor.value().map(drop);
        }
        // What is zero is left out of messages of this kind.
        let mut token = Token { text: String::new(), logprob: "0".to_owned() };
        cursor.object(|cursor, key| {
            match (&*key, cursor.kind()?) {
                ("token", Kind::Text) => token.text = cursor.text()?.into_owned(),
                ("logProbability", Kind::Number) => cursor.number()?.clone_into(&mut token.logprob),
                _ => drop(cursor.value()?),
            }
            Ok::<(), Broken>(())
        })?;
        tokens.push(token);
        Ok::<(), Broken>(())
    })?;
    Ok(tokens)
}
