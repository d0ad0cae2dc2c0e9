use proptest::prelude::*;

use super::*;

fn decode(pieces: &[&[u8]], limit: usize) -> Result<Vec<(String, bool)>, TooLong> {
    let (mut lines, mut decoder) = (Vec::new(), Decoder::new(limit));
    let mut found = |line: Line<'_>| {
        lines.push((line.text.into_owned(), line.is_text));
        Ok::<(), TooLong>(())
    };
    for piece in pieces {
        decoder.push(piece, &mut found)?;
    }
    decoder.finish(&mut found)?;
    Ok(lines)
}

fn texts(body: &[u8]) -> Vec<String> {
    decode(&[body], LONGEST).unwrap().into_iter().map(|(text, _)| text).collect()
}

#[test]
fn lines_end_as_they_like_and_blank_ones_say_nothing() {
    assert_eq!(texts(b"{\"a\":1}\r\n\n  \n{\"b\":2}"), ["{\"a\":1}", "{\"b\":2}"]);
    assert_eq!(texts(b"\xef\xbb\xbf{}\n"), ["{}"]);
    assert_eq!(texts(b""), Vec::<String>::new());
}

#[test]
fn bytes_that_are_no_text_spoil_their_own_line_only() {
    let lines = decode(&[b"\"\xff\"\n\"ok\"\n"], LONGEST).unwrap();
    assert_eq!(lines, [("\"\u{fffd}\"".to_owned(), false), ("\"ok\"".to_owned(), true)]);
}

#[test]
fn an_endless_line_is_refused_wherever_it_is_cut() {
    let long = [b'a'; 40];
    for pieces in [vec![&long[..]], long.chunks(1).collect(), vec![&long[..], b"\n"]] {
        assert_eq!(decode(&pieces, 32), Err(TooLong { limit: 32 }));
    }
    assert!(decode(&[&long[..32], b"\n"], 32).is_ok());
}

proptest! {
    #[test]
    fn any_split_gives_the_same_lines(
        body in prop::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'\n')], 0..200),
        cuts in prop::collection::vec(0_usize..200, 0..8),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
        cuts.sort_unstable();
        let (mut pieces, mut from) = (Vec::new(), 0);
        for cut in cuts {
            pieces.push(&body[from..cut]);
            from = cut;
        }
        pieces.push(&body[from..]);
        prop_assert_eq!(decode(&pieces, LONGEST), decode(&[&body], LONGEST));
        let singles: Vec<&[u8]> = body.chunks(1).collect();
        prop_assert_eq!(decode(&singles, LONGEST), decode(&[&body], LONGEST));
    }
}
