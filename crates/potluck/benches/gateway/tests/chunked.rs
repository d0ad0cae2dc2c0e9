//! Chunked bodies, whole, cut and broken.

use anyhow::Result;

use crate::chunked::Chunked;

const BODY: &[u8] = b"5\r\nhello\r\n1;name=value\r\n \r\nA\r\nwide world\r\n0\r\nx-end: 1\r\n\r\n";

fn read(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool)> {
    let (mut chunked, mut payload) = (Chunked::default(), Vec::new());
    for piece in pieces {
        let taken = chunked.push(piece, &mut |slice| payload.extend_from_slice(slice))?;
        assert_eq!(taken, piece.len());
    }
    Ok((payload, chunked.is_done()))
}

#[test]
fn reads_a_whole_body() {
    assert_eq!(read(&[BODY]).unwrap(), (b"hello wide world".to_vec(), true));
}

#[test]
fn reads_a_body_cut_anywhere() {
    for cut in 0..BODY.len() {
        let (front, back) = BODY.split_at(cut);
        assert_eq!(read(&[front, back]).unwrap(), (b"hello wide world".to_vec(), true), "at {cut}");
    }
}

#[test]
fn stops_at_the_end_of_the_body() {
    let mut chunked = Chunked::default();
    let taken = chunked.push(b"0\r\n\r\nHTTP/1.1", &mut |_| {}).unwrap();
    assert_eq!((taken, chunked.is_done()), (5, true));
}

#[test]
fn refuses_what_is_no_chunk() {
    for broken in [&b"\r\n"[..], b"xyz\r\n", b"123456789\r\n", b"1\r\nab\r\n", b"1\r\naX"] {
        assert!(read(&[broken]).is_err(), "{broken:?}");
    }
}
