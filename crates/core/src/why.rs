//! Why a file cannot be read or written.

use std::io;

/// The cause of an I/O error, in words that continue "cannot be read: ".
pub fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        // What a parser says may quote the content.
        io::ErrorKind::InvalidData if error.get_ref().is_some() => {
            "it is damaged, or another version of airbridge wrote it".to_owned()
        }
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::InvalidInput => "it is a device".to_owned(),
        io::ErrorKind::FileTooLarge => "it is larger than 256 MiB".to_owned(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::why;

    #[test]
    fn content_that_a_parser_rejects_is_told_from_bytes_that_are_no_text_and_not_quoted() {
        assert_eq!(why(&io::Error::from(io::ErrorKind::InvalidData)), "it is not UTF-8 text");
        let parsed = io::Error::new(io::ErrorKind::InvalidData, "expected a number, found \"c4n4ry\"");
        assert_eq!(why(&parsed), "it is damaged, or another version of airbridge wrote it");
    }
}
