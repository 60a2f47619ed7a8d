//! Pictures that go with messages: each is known by the words beside it, so that nothing but the words must be remembered.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::dice::Dice;

/// What words end with that a picture goes with.
pub const MARK: &str = " with a picture";

/// Whether a picture goes with these words.
pub fn goes_with(words: &str) -> bool {
    words.ends_with(MARK)
}

/// The bytes of the picture that goes with these words: they begin as PNG does.
pub fn of(words: &str) -> Vec<u8> {
    const LONGEST: u64 = 24 * 1024;
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    let mut dice = Dice::of(hasher.finish(), 0);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for _ in 0..dice.below(LONGEST) {
        bytes.push(u8::try_from(dice.below(256)).unwrap_or_default());
    }
    bytes
}
