//! The numbers of a vector, in decimal and in base64.

use std::io::Write;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::BadAnswer;
use crate::answer::Fault;
use crate::wire::{Cursor, Kind};

/// Some leave out the padding.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// No model makes numbers as large. Bytes that are no floats and are read as such almost always are larger.
const LARGEST: f32 = 1e6;

/// Reads a vector: a list of numbers, or base64 of floats of 32 bits, the lowest byte first.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Vec<f32>, Fault> {
    let vector = match cursor.kind()? {
        Kind::Array => read_list(cursor)?,
        Kind::Text => read_base64(&cursor.text()?)?,
        other => return Err(not_a_vector(&format!("{} instead of a vector", other.word())).into()),
    };
    if vector.is_empty() {
        return Err(not_a_vector("a vector without numbers").into());
    }
    match vector.iter().find(|number| !number.is_finite() || number.abs() > LARGEST) {
        Some(number) => Err(not_a_vector(&format!("a vector with the number {number:e}")).into()),
        None => Ok(vector),
    }
}

/// Reads a list of vectors.
pub(super) fn read_many(cursor: &mut Cursor<'_>) -> Result<Vec<Vec<f32>>, Fault> {
    let mut vectors = Vec::new();
    cursor.array(|cursor, _| {
        vectors.push(read(cursor)?);
        Ok::<(), Fault>(())
    })?;
    Ok(vectors)
}

fn read_list(cursor: &mut Cursor<'_>) -> Result<Vec<f32>, Fault> {
    let mut vector = Vec::with_capacity(1024);
    cursor.array(|cursor, _| {
        let digits = cursor.number()?;
        vector.push(digits.parse().map_err(|_| not_a_vector("a number that is none"))?);
        Ok::<(), Fault>(())
    })?;
    vector.shrink_to_fit();
    Ok(vector)
}

fn read_base64(text: &str) -> Result<Vec<f32>, BadAnswer> {
    let bytes = TOLERANT.decode(text).map_err(|_| not_a_vector("a vector in broken base64"))?;
    let (floats, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(not_a_vector("a vector in base64 whose length is no multiple of 4 bytes"));
    }
    Ok(floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Writes a vector as a list, with as few digits as name each number.
pub(super) fn write_list(out: &mut Vec<u8>, vector: &[f32]) {
    crate::wire::array(out, |items| {
        for number in vector {
            // A vector of bytes takes everything.
            let _ = write!(items.item(), "{number:?}");
        }
    });
}

/// Writes a vector as base64 of its floats, the lowest byte first.
pub(super) fn write_base64(out: &mut Vec<u8>, vector: &[f32]) {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    crate::wire::text(out, &TOLERANT.encode(bytes));
}

fn not_a_vector(what: &str) -> BadAnswer {
    BadAnswer::Garbage(what.to_owned())
}
