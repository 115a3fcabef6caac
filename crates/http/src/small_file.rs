//! Files of credentials and certificates, which are small.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use airbridge_core::why;
use zeroize::Zeroizing;

/// The size up to which a file of credentials or certificates is read: 4 MiB. The certificates of a whole system take a
/// tenth of it.
const LIMIT: u64 = 4 << 20;

/// The content of a file or pipe of at most 4 MiB. It is wiped when it is dropped.
///
/// # Errors
/// Why it cannot be read, as the end of a sentence: it is missing, a folder, a device, or larger.
pub fn read_small_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let file = File::open(path).map_err(|error| why(&error))?;
    let metadata = file.metadata().map_err(|error| why(&error))?;
    if metadata.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if metadata.len() > LIMIT {
        return Err(too_large());
    }
    // With the full size the buffer never moves, which would leave a copy behind.
    let size = if metadata.is_file() { metadata.len() } else { LIMIT };
    let mut content = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1));
    file.take(LIMIT + 1).read_to_end(&mut content).map_err(|error| why(&error))?;
    if u64::try_from(content.len()).is_ok_and(|length| length > LIMIT) {
        return Err(too_large());
    }
    Ok(content)
}

/// Fails for what [`read_small_file`] would not read, and for pipes. For files that a library reads itself.
///
/// # Errors
/// As [`read_small_file`]. A missing file is none.
pub fn check_small_file(path: &Path) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err("it is not a regular file".to_owned()),
        Ok(metadata) if metadata.len() > LIMIT => Err(too_large()),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn too_large() -> String {
    "it is larger than 4 MiB".to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LIMIT, check_small_file, read_small_file};

    #[test]
    fn file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let full = vec![b'x'; usize::try_from(LIMIT).unwrap()];
        std::fs::write(&path, &full).unwrap();
        assert_eq!(*read_small_file(&path).unwrap(), full);
        check_small_file(&path).unwrap();
        std::fs::write(&path, [full, b"x".to_vec()].concat()).unwrap();
        for outcome in [read_small_file(&path).map(|_| ()), check_small_file(&path)] {
            assert_eq!(outcome.unwrap_err(), "it is larger than 4 MiB");
        }
    }

    #[test]
    fn device_that_never_ends_is_not_read() {
        let device = Path::new("/dev/zero");
        assert!(read_small_file(device).unwrap_err().contains("larger"));
        assert!(check_small_file(device).unwrap_err().contains("not a regular file"));
        assert!(read_small_file(Path::new("/")).unwrap_err().contains("folder"));
        assert!(read_small_file(Path::new("/nope/x")).unwrap_err().contains("does not exist"));
        check_small_file(Path::new("/nope/x")).unwrap();
    }
}
