//! Reading a whole file without leaving a copy of it in memory.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// The size of the largest file that is read. A file is held in memory as a whole, several times while it is rendered.
pub(crate) const SIZE_LIMIT: usize = 256 * 1024 * 1024;

/// Reads everything from `reader`, with a buffer for `expected` bytes at first. More than `limit` bytes are
/// [`io::ErrorKind::FileTooLarge`].
///
/// A vector that grows by itself does not wipe its old memory; here every outgrown buffer is wiped.
pub(crate) fn read_whole(
    mut reader: impl Read,
    expected: usize,
    limit: usize,
) -> io::Result<Zeroizing<Vec<u8>>> {
    // One byte more than expected, so that the end is reached without growing.
    let mut bytes = Zeroizing::new(vec![0; expected.min(limit).max(1024) + 1]);
    let mut filled = 0;
    loop {
        let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) else {
            let mut larger = Zeroizing::new(vec![0; bytes.len() * 2]);
            larger[..filled].copy_from_slice(&bytes);
            bytes = larger;
            continue;
        };
        match reader.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::read_whole;

    #[test]
    fn reader_of_any_size_is_read_whole() {
        let text: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
        for expected in [0, 1, text.len() - 1, text.len(), text.len() + 1] {
            assert_eq!(*read_whole(text.as_slice(), expected, 1 << 20).unwrap(), text, "{expected} expected");
        }
    }

    #[test]
    fn reader_beyond_the_limit_is_too_large() {
        let text = [7; 5000];
        assert_eq!(read_whole(text.as_slice(), 0, 5000).unwrap().len(), 5000);
        assert_eq!(read_whole(text.as_slice(), 0, 4999).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
