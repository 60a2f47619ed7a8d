//! Files that go with messages: what they are, where their bytes lie, and who may be asked for them.
//!
//! * [`sniff`]: what a file is, by its bytes
//! * [`name`]: what it may be called
//! * [`folder`]: where the bytes lie
//! * [`link`]: addresses that open one file for a time
//! * [`range`]: a part of a file, as browsers ask for it
//! * [`reach`]: which addresses of the network a fetch may go to
//! * [`parcel`]: what of a message goes as a file, and what as a link
//!
//! No file is ever opened, unpacked or drawn here: bytes come in, bytes go out.

pub mod folder;
pub mod link;
pub mod name;
pub mod parcel;
pub mod range;
pub mod reach;
pub mod sniff;
