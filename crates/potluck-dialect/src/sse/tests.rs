use proptest::prelude::*;

use super::*;

type Found = Vec<(String, String)>;

fn decode(pieces: &[&[u8]]) -> Found {
    let mut events = Vec::new();
    let mut decoder = Decoder::default();
    let mut found = |event: Event<'_>| {
        events.push((event.name.to_owned(), event.data.into_owned()));
        Ok::<(), TooLong>(())
    };
    for piece in pieces {
        decoder.push(piece, &mut found).unwrap();
    }
    decoder.finish(&mut found).unwrap();
    events
}

fn data(pieces: &[&[u8]]) -> Vec<String> {
    decode(pieces).into_iter().map(|(_, data)| data).collect()
}

/// The standard, written as plainly as it can be over the whole body at once.
fn reference(bytes: &[u8]) -> Found {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\r' => {
                if bytes.get(at + 1) == Some(&b'\n') {
                    at += 1;
                }
                lines.push(Vec::new());
            }
            b'\n' => lines.push(Vec::new()),
            byte => lines.last_mut().unwrap().push(byte),
        }
        at += 1;
    }
    lines.push(Vec::new());
    let (mut events, mut name, mut data): (Found, String, Vec<Vec<u8>>) = Default::default();
    for line in lines {
        if line.is_empty() {
            let joined = data.join(&b'\n');
            if !joined.is_empty() {
                events.push((name.clone(), wire::unlossy(&joined).into_owned()));
            }
            name.clear();
            data.clear();
            continue;
        }
        let mut halves = line.splitn(2, |&byte| byte == b':');
        let field = halves.next().unwrap();
        let value = halves.next().unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => data.push(value.to_vec()),
            b"event" => name = wire::unlossy(value).into_owned(),
            _ => {}
        }
    }
    events
}

#[test]
fn line_ends_of_all_three_kinds() {
    for stream in
        ["data: a\n\ndata: b\n\n", "data: a\r\n\r\ndata: b\r\n\r\n", "data: a\r\rdata: b\r\r"]
    {
        assert_eq!(data(&[stream.as_bytes()]), ["a", "b"]);
    }
}

#[test]
fn a_line_feed_in_the_next_read_belongs_to_its_return() {
    assert_eq!(data(&[b"data: a\r", b"\n\r", b"\ndata: b\r", b"\n"]), ["a", "b"]);
}

#[test]
fn spaces_comments_names_and_several_lines() {
    let stream =
        b"\xef\xbb\xbf: hello\ndata:a\n\nevent: error\ndata:  b\ndata: c\nid: 7\n\n: ping\n\n";
    assert_eq!(
        decode(&[stream]),
        [(String::new(), "a".to_owned()), ("error".to_owned(), " b\nc".to_owned())]
    );
}

#[test]
fn what_stands_at_the_end_without_a_blank_line_counts() {
    assert_eq!(data(&[b"data: a\n\ndata: [DO", b"NE]"]), ["a", "[DONE]"]);
    assert_eq!(data(&[b"data: a\n"]), ["a"]);
}

#[test]
fn bytes_that_are_no_text_spoil_one_character() {
    assert_eq!(
        data(&[b"data: a\xff\xfeb\n\n", "data: é\n\n".as_bytes()]),
        ["a\u{fffd}\u{fffd}b", "é"]
    );
}

#[test]
fn a_character_cut_by_a_read_is_whole() {
    let stream = "data: héé\n\n".as_bytes();
    for cut in 0..stream.len() {
        assert_eq!(data(&[&stream[..cut], &stream[cut..]]), ["héé"]);
    }
}

#[test]
fn an_endless_line_ends() {
    let mut decoder = Decoder::new(1000);
    let mut ignore = |_: Event<'_>| Ok::<(), TooLong>(());
    let ended = (0..100).find_map(|_| decoder.push(&[b'x'; 100], &mut ignore).err());
    assert_eq!(ended, Some(TooLong { limit: 1000 }));
}

#[test]
fn an_endless_event_ends() {
    let mut decoder = Decoder::new(1000);
    let mut ignore = |_: Event<'_>| Ok::<(), TooLong>(());
    let ended = (0..100).find_map(|_| decoder.push(b"data: 0123456789\n", &mut ignore).err());
    assert_eq!(ended, Some(TooLong { limit: 1000 }));
}

/// Bytes that look enough like a stream to reach every corner.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"data"[..],
        b":",
        b" ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"event",
        b"x",
        b"data: y\n\n",
        b"\xff",
        b"\xc3\xa9",
        b"\xef\xbb\xbf",
        b"id: 1\n",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_split_gives_what_the_standard_says(stream in streams(), cuts in prop::collection::vec(0_usize..200, 0..8)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        prop_assert_eq!(decode(&pieces), reference(&stream));
    }

    #[test]
    fn random_bytes_give_what_the_standard_says(stream in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(decode(&bytes), reference(&stream));
        prop_assert_eq!(decode(&[&stream]), reference(&stream));
    }
}
