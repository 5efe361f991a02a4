//! `TFRecord` framing and the part of protocol buffers that event files use.
//!
//! Comes in: bytes. Goes out: records whose checksums hold; fields of a message. Framing
//! (<https://www.tensorflow.org/tutorials/load_data/tfrecord>): length `u64`, masked CRC-32C of the length, data, masked
//! CRC-32C of the data, all little-endian. Nothing here knows what a field means.

/// Polynomial of CRC-32C (Castagnoli), bits reversed.
const CASTAGNOLI: u32 = 0x82f6_3b78;
/// What `TensorFlow` adds to a rotated checksum (`crc32c.h`).
const MASK: u32 = 0xa282_ead8;

/// The checksum of every byte, made when the program is compiled.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ CASTAGNOLI } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// Masked CRC-32C.
pub(super) fn masked_crc(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        let at = (crc ^ u32::from(*byte)) & 0xff;
        TABLE.get(at as usize).copied().unwrap_or_default() ^ (crc >> 8)
    });
    (!crc).rotate_right(15).wrapping_add(MASK)
}

/// The records of a file.
#[derive(Debug)]
pub(super) struct Records<'a> {
    /// Offset and data of each.
    pub(super) records: Vec<(usize, &'a [u8])>,
    /// Where the last record breaks off: a job that still writes, or was killed.
    pub(super) truncated_at: Option<usize>,
}

/// Splits a file; the error says at which offset a checksum does not hold.
pub(super) fn split(bytes: &[u8]) -> Result<Records<'_>, String> {
    let mut found = Records { records: Vec::new(), truncated_at: None };
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some((length, after)) = take::<8>(rest) else {
            found.truncated_at = Some(at);
            break;
        };
        let Some((crc, after)) = take::<4>(after) else {
            found.truncated_at = Some(at);
            break;
        };
        if u32::from_le_bytes(crc) != masked_crc(&length) {
            return Err(format!("the record at byte {at}: the checksum of its length does not hold"));
        }
        let whole = usize::try_from(u64::from_le_bytes(length))
            .ok()
            .and_then(|length| after.split_at_checked(length))
            .and_then(|(data, after)| take::<4>(after).map(|(crc, after)| (data, crc, after)));
        let Some((data, crc, after)) = whole else {
            found.truncated_at = Some(at);
            break;
        };
        if u32::from_le_bytes(crc) != masked_crc(data) {
            return Err(format!("the record at byte {at}: the checksum of its data does not hold"));
        }
        found.records.push((at, data));
        at = bytes.len() - after.len();
    }
    Ok(found)
}

/// True when the bytes begin as a record does.
pub(super) fn begins_a_record(bytes: &[u8]) -> bool {
    take::<8>(bytes)
        .and_then(|(length, after)| Some((length, take::<4>(after)?.0)))
        .is_some_and(|(length, crc)| u32::from_le_bytes(crc) == masked_crc(&length))
}

fn take<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    bytes.split_first_chunk::<N>().map(|(first, rest)| (*first, rest))
}

/// The payload of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64([u8; 8]),
    /// Wire type 2: text, bytes, a message, packed numbers.
    Bytes(&'a [u8]),
    /// Wire type 5.
    Fixed32([u8; 4]),
}

/// The fields of a message in order; `None` when the bytes are no message.
pub(super) fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (key, rest) = varint(bytes)?;
        let (field, rest) = match key & 7 {
            0 => varint(rest).map(|(number, rest)| (Field::Varint(number), rest))?,
            1 => take::<8>(rest).map(|(number, rest)| (Field::Fixed64(number), rest))?,
            2 => {
                let (length, rest) = varint(rest)?;
                let (data, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                (Field::Bytes(data), rest)
            }
            5 => take::<4>(rest).map(|(number, rest)| (Field::Fixed32(number), rest))?,
            _ => return None,
        };
        found.push((key >> 3, field));
        bytes = rest;
    }
    Some(found)
}

/// A number of seven bits a byte, low ones first, at most ten bytes.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, B.4: 32 bytes of zeros have CRC-32C 0x8a9136aa; "123456789" has 0xe3069283.
        let unmask = |masked: u32| masked.wrapping_sub(MASK).rotate_left(15);
        assert_eq!(unmask(masked_crc(&[0; 32])), 0x8a91_36aa);
        assert_eq!(unmask(masked_crc(b"123456789")), 0xe306_9283);
    }

    #[test]
    fn numbers_of_many_bytes() {
        assert_eq!(varint(&[0xac, 0x02, 9]), Some((300, &[9][..])));
        assert_eq!(varint(&[0xff; 9]), None);
        assert_eq!(varint(&[0xff; 12]), None);
        assert_eq!(fields(&[0x0a, 0x05, 1]), None);
        assert_eq!(fields(&[0x0b]), None);
        assert_eq!(fields(&[0x10, 0x07]), Some(vec![(2, Field::Varint(7))]));
    }
}
